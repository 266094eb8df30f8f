"""Figures of the evidence document as tables: by group, with bounds and denominators.

A rate without a bound or without the number of pairs and people behind it is not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.documents.model import Table
from recognizance.documents.words import share
from recognizance.evidence import LADDER_PPB, floor_ppb, threshold_for
from recognizance.types import PPB, ErrorRate

if TYPE_CHECKING:
    from recognizance.documents.sources import Sources
    from recognizance.evidence import GroupRate, Threshold

TOO_FEW: Final = "\N{EN DASH}"


def points(facts: Sources) -> tuple[Threshold, ...]:
    """The operating points that the figures are given at.

    The permit's target, where there is a permit; else every second supported rate of the ladder
    that answers are given in (1 in 100, 1 in 1,000, 1 in 10,000). None without evidence.

    Raises:
        TargetUnsupportedError: The permit's target lies below what the evidence supports.
    """
    evidence, permit = facts.evidence, facts.permit
    if evidence is None:
        return ()
    if permit is not None:
        target = permit.target
        size = target.gallery_size or 1
        return (threshold_for(evidence, target.rate, target.target_ppb, size),)
    floor = floor_ppb(evidence)
    return tuple(
        threshold_for(evidence, ErrorRate.FMR, rung) for rung in LADDER_PPB[::2] if rung >= floor
    )


def thresholds(at: tuple[Threshold, ...]) -> Table | None:
    """Each target with its threshold and the worst group at it."""
    rows = tuple(
        (
            _target(point),
            f"{point.score:.6g}",
            str(len(point.basis)),
            point.worst.group,
            share(point.worst.upper),
        )
        for point in at
    )
    head = ("Target", "Threshold", "Groups it is set on", "Worst group", "Its upper bound")
    return Table(head, rows) if rows else None


def false_matches(at: tuple[Threshold, ...], label_counts: set[int]) -> Table | None:
    """False match rates of the groups that are described by so many labels."""
    if not at:
        return None
    rows = tuple(
        (
            first.group if first.sets_threshold else f"{first.group} (sets no threshold)",
            f"{first.people:,}",
            f"{first.pairs:,}",
            *(_rate(point.fmr_by_group[index]) for point in at),
        )
        for index, first in enumerate(at[0].fmr_by_group)
        if len(first.labels) in label_counts
    )
    head = ("Group", "People", "Pairs", *(f"At {_target(point)}" for point in at))
    return Table(head, rows) if rows else None


def misses(at: tuple[Threshold, ...], label_counts: set[int]) -> Table | None:
    """False non-match rates of the groups that are described by so many labels."""
    if not at:
        return None
    rows = tuple(
        (
            first.group,
            f"{first.people:,}",
            f"{first.pairs:,}",
            *(
                f"{_percent(point.fnmr_by_group[index].fnmr)} by pair, "
                f"{_percent(point.fnmr_by_group[index].fnmr_by_subject)} by person"
                for point in at
            ),
        )
        for index, first in enumerate(at[0].fnmr_by_group)
        if len(first.labels) in label_counts
    )
    head = ("Group", "People", "Pairs", *(f"At {_target(point)}" for point in at))
    return Table(head, rows) if rows else None


def ratios(at: tuple[Threshold, ...]) -> Table | None:
    """How far apart the groups of one data set lie, with both bounds."""
    rows = tuple(
        (
            _target(point),
            each.data_set,
            "counted as false matches" if each.with_suspected else "set aside",
            _ratio(each.ratio),
            _ratio(each.lower),
            _ratio(each.upper),
            _ratio(each.over_geomean),
        )
        for point in at
        for each in point.ratios
    )
    head = (
        "Target",
        "Data set",
        "Pairs that look like one person",
        "Ratio",
        "Lower bound",
        "Upper bound",
        "Worst over mean",
    )
    return Table(head, rows) if rows else None


def not_measured(at: tuple[Threshold, ...]) -> Table | None:
    """The groups whose pairs are too few for a target."""
    rows = tuple((_target(point), "; ".join(point.not_measured) or "none") for point in at)
    return Table(("Target", "Groups"), rows) if rows else None


def _target(point: Threshold) -> str:
    """A target in a few words, for the head of a column."""
    rate = f"1 in {round(PPB / point.target_ppb):,}"
    if point.rate is ErrorRate.FPIR:
        return f"{rate} searches of {point.gallery_size:,} references"
    return rate


def _rate(group: GroupRate) -> str:
    if not group.measured:
        return TOO_FEW
    return f"{_percent(group.fmr)}, at most {_percent(group.upper)}"


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g} %"


def _ratio(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3g}"
