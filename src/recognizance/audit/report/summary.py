"""The summary in plain words: what was measured, on whom, what stands out, what cannot be said.

Every sentence follows from the result by a rule that stands here; none is written by hand for a
data set, and none says that a system is fair or unfair: that is for its readers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.audit.estimates import FEW_PEOPLE
from recognizance.audit.report.words import (
    count,
    grouping_name,
    interval,
    listed,
    name_of,
    one_in,
    opened,
    percent,
    plural,
    ratio_interval,
    times,
    visible,
)
from recognizance.audit.report.words import ratio as ratio_words
from recognizance.audit.result import Disclosure, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recognizance.audit.result import AuditResult, Cell, Inequality, OperatingPoint

LEAD_TARGET: Final = 1e-3
"""The target that the report leads with where the data supports it."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure, large, and what it is."""

    figure: str
    words: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The first page.

    Attributes:
        tiles: A few figures.
        measured: What was measured, how, on whom.
        stands_out: What differs.
        found: What is odd about the data.
        not_said: What cannot be said from these data.
    """

    tiles: tuple[Tile, ...]
    measured: tuple[str, ...]
    stands_out: tuple[str, ...]
    found: tuple[str, ...]
    not_said: tuple[str, ...]


def lead_point(result: AuditResult) -> OperatingPoint | None:
    """The operating point that the report leads with.

    Among those that the data supports, where groups can be told apart if there is one, the
    nearest to `LEAD_TARGET`; a given threshold where there is no target.
    """
    points = [point for point in result.points if point.supported] or list(result.points)
    compared = [point for point in points if _ratio_of(main_inequality(result, point))]
    return min(compared or points, key=_distance, default=None)


def main_inequality(result: AuditResult, point: OperatingPoint) -> Inequality | None:
    """How far apart the groups of the main grouping are; `None` with fewer than two."""
    return next((each for each in point.inequality if each.grouping == result.main), None)


def summarise(result: AuditResult) -> Summary:
    """Put the result into words."""
    point = lead_point(result)
    return Summary(
        tiles=tuple(_tiles(result, point)),
        measured=tuple(_measured(result)),
        stands_out=tuple(_stands_out(result, point)),
        found=tuple(_found(result)),
        not_said=tuple(_not_said(result, point)),
    )


def _distance(point: OperatingPoint) -> float:
    if not point.target:
        return 0.0
    return abs(math.log10(point.target / LEAD_TARGET))


def _ratio_of(inequality: Inequality | None) -> float | None:
    found = None if inequality is None else inequality.measure("max_over_min")
    return None if found is None else found.value


# ---- what was measured ----------------------------------------------------------------------


def _measured(result: AuditResult) -> Iterator[str]:
    data, system = result.data, result.system
    version = f", version {visible(system.version)}" if system.version else ""
    people = plural(data.people, "person", "people")
    whose = f"{plural(data.images, 'image', 'images')} of {people}" if data.images else people
    yield (
        f"{opened(visible(system.name))}{version}, on {visible(data.name)}: {whose}, "
        f"{data.non_mated_pairs:,} comparisons of two different people and "
        f"{data.mated_pairs:,} of one person with themselves."
    )
    for attribute in result.data.attributes:
        known = [
            f"{visible(each.value)} {count(each.people)}"
            for each in attribute.values
            if each.value and not each.few
        ]
        if any(each.few for each in attribute.values):
            known.append(f"values that fewer than {FEW_PEOPLE} people have")
        each = "people" if data.identities else "images (who is who is not known)"
        yield f"By {visible(attribute.name)}, in {each}: {listed(known, most=14)}."
    yield (
        "Labels came with the data. None was inferred from a face. A pair counts as a match "
        "where its score is at or above the threshold."
    )


# ---- what stands out ------------------------------------------------------------------------


def _stands_out(result: AuditResult, point: OperatingPoint | None) -> Iterator[str]:
    if point is not None:
        yield from _false_matches(result, point)
        yield from _misses(result, point)
    yield from _worst_group(result)
    yield from _not_acquired(result)


def _found(result: AuditResult) -> Iterator[str]:
    for each in result.findings:
        about = f" ({visible(each.attribute)})" if each.attribute else ""
        values = f": {listed([visible(value) for value in each.values])}" if each.values else ""
        if each.kind == "too_small" and each.count > len(each.values):
            unnamed = each.count - len(each.values)
            values += f"; {unnamed} of them have fewer than {FEW_PEOPLE} people and no name here"
        sentence = visible(each.sentence).rstrip(".")
        yield f"{opened(count(each.count, few=each.few))}{about}: {sentence}{values}."
    if not result.findings:
        yield "Nothing odd was found in the labels."


def aim(point: OperatingPoint) -> str:
    """What the threshold of a point is, in words."""
    if point.target is None:
        return f"At the given threshold of {point.threshold:.4g}"
    over = {"mean of the groups": "on average over the groups", "all pairs": "over all pairs"}
    doubt = "" if point.supported else ", a target that these data do not support,"
    return (
        f"At the threshold that lets at most {one_in(point.target)} pairs of different people "
        f"match {over.get(str(point.basis), '')}".rstrip()
        + doubt
    ).rstrip(",")


def _false_matches(result: AuditResult, point: OperatingPoint) -> Iterator[str]:
    inequality = main_inequality(result, point)
    ratio = None if inequality is None else inequality.measure("max_over_min")
    by_group = {cell.group: cell for cell in point.fmr}
    if inequality is None or ratio is None or ratio.value is None:
        if point.overall_fmr.estimate.rate is not None:
            rate = point.overall_fmr.estimate
            yield (
                f"{aim(point)}, {percent(rate.rate)} of all pairs of different people match "
                f"(95 % interval {interval(rate.lower, rate.upper)})."
            )
        return
    if inequality.worst is None or inequality.best is None:
        return
    worst, best = by_group[inequality.worst], by_group[inequality.best]
    yield (
        f"{aim(point)}, two different people are taken for one most often among "
        f"{name_of(worst.group)} ({_one_in(worst)}) and least often among {name_of(best.group)} "
        f"({_one_in(best)}). That is {times(ratio.value, ratio.lower, ratio.upper)}. "
        + _chance(inequality)
    )
    counted = inequality.measure("max_over_min", with_suspected=True)
    if counted is not None and counted.value is not None:
        yield (
            "Pairs that look like the same person twice are left out of these figures, since "
            "nobody reviewed them; counted as false matches, the ratio would be "
            f"{times(counted.value, counted.lower, counted.upper)}."
        )


def _one_in(cell: Cell) -> str:
    estimate = cell.estimate
    if estimate.rate is None:
        return "no rate given"
    ends = interval(estimate.lower, estimate.upper)
    return f"{percent(estimate.rate)} or {one_in(estimate.rate)}, interval {ends}"


def _chance(inequality: Inequality) -> str:
    if inequality.p_value is None:
        return "Whether that could be chance was not computed."
    chance = "If labels meant nothing"
    if inequality.by_chance:
        chance += f", the same data would show about {ratio_words(inequality.by_chance)} times"
    if inequality.verdict is Verdict.ESTABLISHED:
        verb = "that the groups differ is established"
    elif inequality.verdict is Verdict.NOT_ESTABLISHED:
        verb = "that the groups differ is not established"
    else:
        verb = "there is not enough data to say whether the groups differ"
    return f"{chance}, and this or more with a chance of {inequality.p_value:.2g}: {verb}."


def _misses(result: AuditResult, point: OperatingPoint) -> Iterator[str]:
    overall = point.overall_fnmr.estimate
    if overall.rate is None:
        return
    cells = [cell for cell in point.fnmr_by(result.main) if cell.estimate.rate is not None]
    text = (
        f"There, {percent(overall.rate)} of the pairs of one person are missed (95 % interval "
        f"{interval(overall.lower, overall.upper)}, {overall.people:,} people)"
    )
    worst = max(cells, key=lambda cell: cell.estimate.rate or 0, default=None)
    best = min(cells, key=lambda cell: cell.estimate.rate or 0, default=None)
    if worst and best and worst.estimate.rate != best.estimate.rate:
        text += (
            f": most often {name_of(worst.group)} ({percent(worst.estimate.rate)}, "
            f"{interval(worst.estimate.lower, worst.estimate.upper)}), least often "
            f"{name_of(best.group)} ({percent(best.estimate.rate)}, "
            f"{interval(best.estimate.lower, best.estimate.upper)})"
        )
    yield text + "."


def _worst_group(result: AuditResult) -> Iterator[str]:
    kept = [each for each in result.worst_group if each.threshold is not None]
    each = min(kept, key=lambda one: abs(math.log10(one.fmr_target / LEAD_TARGET)), default=None)
    if each is None or each.threshold is None:
        return
    what = (
        f"{one_in(each.target)} pairs"
        if each.gallery_size == 1
        else f"{one_in(each.target)} searches of {each.gallery_size:,} people"
    )
    held = f"At most {what} holds in every group"
    if each.not_covered:
        named = listed([name_of(group) for group in each.not_covered])
        held = (
            f"For at most {what} the data say too little of {named}. In each other group it holds"
        )
    text = (
        f"{held}, by its upper bound and not only on average, at a threshold of "
        f"{each.threshold:.4g} instead of {each.mean_threshold:.4g}"
    )
    if each.costs and each.costs[0].fnmr_after.rate is not None:
        before, after = each.costs[0].fnmr_before.rate, each.costs[0].fnmr_after.rate
        text += f"; misses of everybody go from {percent(before)} to {percent(after)}"
    yield text + "."


def _not_acquired(result: AuditResult) -> Iterator[str]:
    cells = [
        cell
        for cell in result.acquisition
        if cell.group.grouping == result.main and cell.group.labels and cell.estimate.rate
    ]
    if result.data.failures_to_acquire:
        text = f"In {failures(result)} of {result.data.images:,} no usable face was found"
        if cells:
            worst = max(cells, key=lambda cell: cell.estimate.rate or 0)
            text += f"; most often of {name_of(worst.group)} ({percent(worst.estimate.rate)})"
        yield text + "."


def failures(result: AuditResult) -> str:
    """Images without a usable face, no more exactly than the findings say it."""
    found = result.data.failures_to_acquire
    if result.disclosure is Disclosure.COUNTS and 0 < found < FEW_PEOPLE:
        return f"{count(found, few=True)} images"
    return plural(found, "image", "images")


# ---- what cannot be said --------------------------------------------------------------------


def _not_said(result: AuditResult, point: OperatingPoint | None) -> Iterator[str]:
    if not result.data.identities:
        yield (
            "Nothing is said of misses: the data does not tell who is who. The same person may "
            "occur twice and look like a false match."
        )
    elif not result.data.mated_pairs:
        yield "Nothing is said of misses: nobody has two different pictures."
    unsupported = [
        one_in(each.target) for each in result.points if each.target and not each.supported
    ]
    if unsupported:
        yield (
            f"Targets of {listed(unsupported)} are shown but not supported: fewer than 30 errors "
            "are expected there."
        )
    if point is not None:
        yield from _too_small(result, point)
    yield (
        "Figures hold for these pictures, these people and this version. Other cameras, light, "
        "ages or countries have other rates; a cause of a difference is not measured here."
    )
    if result.data.attributes:
        yield (
            "Groups are the words of the label file. People who are in none of them, or in "
            "several, are not described by these rates."
        )
    if result.disclosure is Disclosure.COUNTS:
        yield (
            "No name, picture or score of a pair is in this report, and fewer than five people "
            "in error are not told from none: that would need an audit permit for these data."
        )


def _too_small(result: AuditResult, point: OperatingPoint) -> Iterator[str]:
    cells: Sequence[Cell] = [
        cell
        for cell in (*point.fmr_by(result.main), *point.fnmr_by(result.main))
        if cell.verdict is Verdict.NOT_ENOUGH_DATA
        or (cell.estimate.rate is None and not cell.estimate.few and cell.estimate.trials)
    ]
    names = list(dict.fromkeys(name_of(cell.group) for cell in cells))
    if not names:
        return
    missing = [cell.people_missing for cell in cells if cell.people_missing]
    more = ""
    if missing:
        least, most = f"{min(missing):,}", f"{max(missing):,}"
        span = least if least == most else f"{least} to {most}"
        more = f"; it would take {span} more people in a group"
    yield (
        f"By {grouping_name(result.main)}, there is not enough data on {listed(names)} for the "
        f"target{more}."
    )


# ---- figures --------------------------------------------------------------------------------


def _tiles(result: AuditResult, point: OperatingPoint | None) -> Iterator[Tile]:
    if point is None:
        return
    inequality = main_inequality(result, point)
    ratio = None if inequality is None else inequality.measure("max_over_min")
    if inequality is not None and ratio is not None and ratio.value is not None:
        ends = ratio_interval(ratio.lower, ratio.upper)
        yield Tile(
            f"{ratio_words(ratio.value)} \N{MULTIPLICATION SIGN}",
            f"worst over best of {inequality.groups} groups in false matches (95 % interval "
            f"{ends})",
        )
        worst = next((c for c in point.fmr if c.group == inequality.worst), None)
        if worst is not None and worst.estimate.rate:
            words = f"false matches in the worst group, {name_of(worst.group)}"
            yield Tile(one_in(worst.estimate.rate), words)
    overall = point.overall_fnmr.estimate
    if overall.rate is not None:
        yield Tile(percent(overall.rate), "misses, everybody")
    elif point.overall_fmr.estimate.rate is not None:
        yield Tile(one_in(point.overall_fmr.estimate.rate), "false matches, everybody")
    yield Tile(f"{len(result.findings)}", "findings about the data and its labels")
