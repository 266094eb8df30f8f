"""What an audit found: the one value that the report, the table files and `compare` read.

Its parts are in `values` and are exported here too. Rates are fractions in [0, 1]; a pair matches
when `score >= threshold`. Everything undefined is `None`, never infinite and never zero. Nothing
in here names a person, a picture or the score of one pair, unless the audit was made under a
permit for its data: then `disclosure` is `named` and findings have examples.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from recognizance.audit.coding import decode, encode
from recognizance.audit.values import (
    Attribute,
    AttributeValue,
    Basis,
    Cell,
    CrossGroup,
    Curve,
    Data,
    Disclosure,
    Estimate,
    Finding,
    Group,
    Histogram,
    Inequality,
    Measure,
    Method,
    OperatingPoint,
    System,
    Verdict,
)
from recognizance.errors import InputError

__all__ = [
    "SCHEMA",
    "Attribute",
    "AttributeValue",
    "AuditResult",
    "Basis",
    "Cell",
    "Cost",
    "CrossGroup",
    "Curve",
    "Data",
    "Disclosure",
    "Estimate",
    "Finding",
    "Group",
    "Histogram",
    "Identification",
    "Inequality",
    "Measure",
    "Method",
    "NormalisationRow",
    "OperatingPoint",
    "SearchCell",
    "System",
    "TradeOff",
    "Verdict",
    "WorstGroupThreshold",
]

SCHEMA = "recognizance.audit/1"


@dataclass(frozen=True, slots=True)
class SearchCell:
    """Searches by one group of people.

    Attributes:
        group: Who was searched for.
        fpir: Share of non-mated searches with a candidate at or above the threshold; with the
            verdict on the target.
        fpir_by_formula: `1 - (1 - FMR)^N` with the group's own false match rate against
            everybody; `None` where that is not known.
        fnir: Share of mated searches that miss the mate within `rank` at the threshold; no
            trials where nobody had a mate.
    """

    group: Group
    fpir: Cell
    fpir_by_formula: float | None
    fnir: Cell


@dataclass(frozen=True, slots=True)
class Identification:
    """Real searches of galleries drawn from the data, at one threshold.

    Attributes:
        gallery_size: People in each gallery, one reference each.
        galleries: How many galleries were drawn.
        rank: Longest candidate list.
        threshold: Of the searches.
        target: The false positive identification rate aimed at; `None` = none.
        cells: Everybody, then each group of the main grouping.
        cmc: Share of mated searches whose mate is among the first 1, 2, ...; empty without any.
    """

    gallery_size: int
    galleries: int
    rank: int
    threshold: float
    target: float | None
    cells: tuple[SearchCell, ...]
    cmc: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stricter threshold costs one group.

    Attributes:
        group: Whose.
        fnmr_before: At the threshold that keeps the target on the mean of the groups.
        fnmr_after: At the threshold that keeps it in the worst group.
    """

    group: Group
    fnmr_before: Estimate
    fnmr_after: Estimate


@dataclass(frozen=True, slots=True)
class WorstGroupThreshold:
    """The threshold at which the upper bound of every group keeps the target.

    Attributes:
        rate: `fmr`, or `fpir` of one search of `gallery_size` references.
        target: At most this.
        gallery_size: 1 for `fmr`.
        fmr_target: The target as a rate a comparison.
        threshold: `None` where no measured threshold keeps it.
        mean_threshold: The one that keeps it on the mean of the groups only.
        worst: The group with the highest bound there.
        bound: That bound.
        not_covered: Groups with too few people for any bound as low as the target: the
            threshold says nothing of them.
        costs: By group, everybody first; empty without mated pairs.
    """

    rate: str
    target: float
    gallery_size: int
    fmr_target: float
    threshold: float | None
    mean_threshold: float
    worst: Group | None
    bound: float | None
    not_covered: tuple[Group, ...]
    costs: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class TradeOff:
    """Rates over thresholds, for the curve and the what-if slider.

    Every tuple but `groups` has one value a threshold; `None` where fewer than five people were
    in error.

    Attributes:
        thresholds: Rising.
        groups: Of the main grouping; none = everybody alone.
        fmr: One row a group.
        fnmr: One row a group; empty rows without mated pairs.
        overall_fmr: All pairs.
        overall_fnmr: All mated pairs; empty without any.
    """

    thresholds: tuple[float, ...]
    groups: tuple[Group, ...]
    fmr: tuple[tuple[float | None, ...], ...]
    fnmr: tuple[tuple[float | None, ...], ...]
    overall_fmr: tuple[float | None, ...]
    overall_fnmr: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class NormalisationRow:
    """One way to normalise scores, at one target.

    Attributes:
        method: In words, as `mean of the 20 nearest`.
        fmr_target: Mean of the groups' false match rates aimed at.
        threshold: That keeps it.
        max_over_min: Worst over best group; `None` where undefined.
        lower: Of its joint bootstrap interval.
        upper: `None` = no end.
        max_over_geomean: Likewise of the worst over the geometric mean.
        max_over_geomean_lower: Of its interval.
        max_over_geomean_upper: `None` = no end.
        fnmr: Of mated pairs at the threshold where all non-mated pairs of the mated data keep
            `fnmr_at_fmr`; `None` without mated data.
        fnmr_at_fmr: That rate.
    """

    method: str
    fmr_target: float
    threshold: float
    max_over_min: float | None
    lower: float | None
    upper: float | None
    max_over_geomean: float | None
    max_over_geomean_lower: float | None
    max_over_geomean_upper: float | None
    fnmr: float | None
    fnmr_at_fmr: float | None


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Everything that an audit found.

    Attributes:
        system: What was audited.
        data: What on.
        disclosure: How much the figures may show.
        method: How.
        findings: About the data; read these before any rate.
        acquisition: Failure-to-acquire rate of everybody, then by group of each grouping.
        points: By falling target.
        worst_group: Thresholds that hold in the worst group, and their cost.
        identification: Searches; empty where there are scores of single pairs only.
        curves: Everybody, then each group of the main grouping.
        histograms: Likewise, mated and non-mated.
        trade_off: Rates over thresholds.
        normalisation: Ways to normalise, compared; empty unless asked for.
    """

    system: System
    data: Data
    disclosure: Disclosure
    method: Method
    findings: tuple[Finding, ...]
    acquisition: tuple[Cell, ...]
    points: tuple[OperatingPoint, ...]
    worst_group: tuple[WorstGroupThreshold, ...]
    identification: tuple[Identification, ...]
    curves: tuple[Curve, ...]
    histograms: tuple[Histogram, ...]
    trade_off: TradeOff
    normalisation: tuple[NormalisationRow, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The one JSON shape of a result."""
        return {"schema": SCHEMA, **encode(self)}

    def as_json(self) -> str:
        """`as_dict` as text."""
        return json.dumps(self.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    @staticmethod
    def from_dict(data: object) -> AuditResult:
        """Read what `as_dict` wrote.

        Raises:
            InputError: It is no audit's result, or one of another version.
        """
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise InputError(
                "This is not the result of an audit that this version can read.",
                hint=f"Give the JSON file of an audit; its schema is {SCHEMA}.",
            )
        return decode(AuditResult, {k: v for k, v in data.items() if k != "schema"})

    @property
    def main(self) -> tuple[str, ...]:
        """The grouping of matrices, curves and differentials."""
        return self.method.main
