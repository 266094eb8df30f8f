"""A small made-up result of an audit, with every kind of cell that there is."""

from __future__ import annotations

from dataclasses import replace

from recognizance.audit.report import About
from recognizance.audit.result import (
    Attribute,
    AttributeValue,
    AuditResult,
    Basis,
    Cell,
    Cost,
    CrossGroup,
    Curve,
    Data,
    Disclosure,
    Estimate,
    Finding,
    Group,
    Histogram,
    Identification,
    Inequality,
    Measure,
    Method,
    NormalisationRow,
    OperatingPoint,
    SearchCell,
    System,
    TradeOff,
    Verdict,
    WorstGroupThreshold,
)

ABOUT = About(
    made_at="2026-11-24T03:00:00Z",
    tool="recognizance 0.0",
    command="recognizance audit images LABELS.csv --group race,sex",
    versions=(("numpy", "2.4.0"),),
)
EVERYBODY = Group()


def group(race: str, sex: str) -> Group:
    return Group((("race", race), ("sex", sex)))


def estimate(rate: float | None, *, trials: int = 120_000, people: int = 490, **more) -> Estimate:
    if rate is None:
        return Estimate(None, None, None, 0.006, None, trials, people, **more)
    return Estimate(
        rate, rate * 0.7, rate * 1.4, rate * 1.3, round(rate * trials), trials, people, **more
    )


def made_up(
    races: tuple[str, ...] = ("Black", "White", "Indian"), *, rates: bool = True
) -> AuditResult:
    """A result; without `rates`, one of data that is too small for any."""
    groups = tuple(group(race, sex) for race in races for sex in ("female", "male"))
    worth = {each: 0.0005 * 1.6**place for place, each in enumerate(groups)}
    if not rates:
        worth = {}
    points = tuple(_point(groups, worth, target) for target in (1e-2, 1e-3, 1e-4))
    thresholds = tuple(0.1 + 0.01 * step for step in range(30))
    falling = tuple(0.05 * 0.75**step for step in range(30))
    return AuditResult(
        system=System("the default pair", "0.0", "a" * 64, "b" * 64, "cosine, cohort-normalised"),
        data=Data(
            name="made-up faces",
            kind="images",
            digest="c" * 64,
            people=2940,
            images=4000,
            failures_to_acquire=12,
            identities=True,
            mated_pairs=3000,
            non_mated_pairs=7_000_000,
            attributes=(
                Attribute("race", tuple(AttributeValue(race, 980, 1300) for race in races)),
                Attribute(
                    "sex",
                    (
                        AttributeValue("female", 1470, 2000),
                        AttributeValue("male", 1470, 2000),
                        AttributeValue("", 0, 0, few=True),
                    ),
                ),
            ),
        ),
        disclosure=Disclosure.COUNTS,
        method=Method(
            groupings=(("race",), ("sex",), ("race", "sex")),
            main=("race", "sex"),
            draws=1000,
            seed=8280,
            confidence=0.95,
            min_people=30,
            people_drawn_from=2940,
            suspected_from=0.55,
            same_photograph_from=0.95,
        ),
        findings=(
            Finding(
                "missing",
                "Some labels are missing.",
                25,
                attribute="sex",
                groups=((groups[0], 15), (groups[1], 10)),
            ),
            Finding(
                "mangled_age",
                "An age was mangled by a spreadsheet.",
                0,
                True,
                "age",
                (),
                ("3-Sep",),
            ),
        ),
        acquisition=(
            Cell(EVERYBODY, estimate(0.003, trials=4000, people=2940)),
            *(Cell(each, estimate(0.002 + 0.001 * i, trials=600)) for i, each in enumerate(groups)),
        ),
        points=points,
        worst_group=(
            WorstGroupThreshold(
                "fmr",
                1e-3,
                1,
                1e-3,
                0.31,
                0.27,
                groups[-1],
                0.00098,
                (groups[0],),
                (Cost(EVERYBODY, estimate(0.01), estimate(0.02)),),
            ),
        ),
        identification=(
            Identification(
                100,
                20,
                10,
                0.3,
                1e-2,
                (
                    SearchCell(
                        EVERYBODY,
                        Cell(EVERYBODY, estimate(0.02, trials=2000)),
                        0.021,
                        Cell(EVERYBODY, estimate(0.05, trials=2000)),
                    ),
                ),
                (0.95, 0.97, 0.98, 0.985),
            ),
        ),
        curves=tuple(
            Curve(
                each,
                tuple(rate * (1 + i) for rate in falling),
                tuple(0.002 * 1.15**step * (1 + i / 5) for step in range(30)),
                thresholds,
            )
            for i, each in enumerate((EVERYBODY, *groups))
        ),
        histograms=(
            Histogram(EVERYBODY, True, (0.2, 0.4, 0.5, 0.6, 0.8), (20, 300, 500, 180)),
            *(
                Histogram(
                    each,
                    False,
                    (-0.3, -0.2, -0.1, 0.0 + i / 50, 0.1 + i / 50, 0.4),
                    (500, 9000, 15000, 5000, 70),
                )
                for i, each in enumerate((EVERYBODY, *groups))
            ),
        ),
        trade_off=TradeOff(
            thresholds,
            groups,
            tuple(
                tuple(None if step > 27 else 0.02 * 0.75**step * (1 + i) for step in range(30))
                for i in range(len(groups))
            ),
            tuple(tuple(0.002 * 1.15**step for step in range(30)) for _ in groups),
            tuple(0.03 * 0.75**step for step in range(30)),
            tuple(0.002 * 1.15**step for step in range(30)),
        ),
        normalisation=(
            NormalisationRow("none", 1e-3, 0.4, 10.3, 6.0, None, 3.26, 2.8, 4.0, 0.006, 1e-4),
        ),
    )


def without_rates() -> AuditResult:
    """A result of data that is too small for anything."""
    return replace(
        made_up(rates=False),
        curves=(),
        histograms=(),
        trade_off=TradeOff((), (), (), (), (), ()),
        worst_group=(),
        identification=(),
        normalisation=(),
        findings=(),
    )


def _point(groups, worth, target: float) -> OperatingPoint:
    scale = target / 1e-3

    def rate(each: Group) -> float | None:
        return worth[each] * scale if each in worth else None

    fmr = tuple(
        Cell(
            each,
            estimate(rate(each), few=not place and rate(each) is None),
            with_suspected=estimate((rate(each) or 0.001) * 1.1),
            target=target,
            verdict=list(Verdict)[place % 3],
            people_missing=250 if place % 3 == 2 else None,
        )
        for place, each in enumerate(groups)
    )
    fnmr = tuple(
        Cell(each, estimate(0.01 + place / 500 if worth else None, trials=500 if worth else 0))
        for place, each in enumerate(groups)
    )
    cross = CrossGroup(
        groups,
        tuple(
            Cell(one, estimate((rate(one) or 0) / (1 + abs(i - j)) or None), against=other)
            for i, one in enumerate(groups)
            for j, other in enumerate(groups)
            if i <= j
        ),
    )
    ratio = 1.6 ** (len(groups) - 1) if worth else None
    measures = (
        Measure("max_over_min", ratio, ratio and ratio * 0.8, None),
        Measure("max_over_geomean", ratio and ratio / 2, ratio and ratio * 0.4, ratio),
        Measure("gini", 0.3 if worth else None, 0.2, 0.4),
        Measure("fdr", 0.9987654321, None, None),
    )
    return OperatingPoint(
        target=target,
        basis=Basis.GROUP_MEAN,
        threshold=0.27 - 0.04 * scale**0.5,
        supported=target >= 1e-3,
        overall_fmr=Cell(EVERYBODY, estimate(target * 0.4, trials=7_000_000, people=2940)),
        overall_fnmr=Cell(
            EVERYBODY, estimate(0.0123, trials=3000) if worth else estimate(None, trials=0)
        ),
        fmr=fmr,
        fnmr=fnmr,
        cross=cross,
        inequality=(
            Inequality(
                ("race", "sex"),
                len(groups),
                measures,
                measures,
                groups[-1] if worth else None,
                groups[0] if worth else None,
                0.001 if worth else None,
                1.7 if worth else None,
                Verdict.ESTABLISHED if worth else Verdict.NOT_ENOUGH_DATA,
            ),
        ),
    )
