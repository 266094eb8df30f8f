"""What changed between two audits: two systems on the same data, or two versions of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.audit.result import AuditResult
    from recognizance.audit.values import Cell, Estimate, Group, OperatingPoint, Verdict


@dataclass(frozen=True, slots=True)
class RateChange:
    """The rate of one group in both audits, at the thresholds that keep the same target.

    Attributes:
        rate: `fmr`, `fnmr` or `fta`.
        target: The false match rate of both thresholds; `None` for `fta`.
        group: Whose.
        before: In the first audit.
        after: In the second.
        times: `after / before`; `None` where it is undefined or not given.
        told_apart: Whether the two intervals have nothing in common: so much of a difference is
            hardly chance. Where they overlap, it may be.
        verdict_before: On the target.
        verdict_after: Likewise.
    """

    rate: str
    target: float | None
    group: Group
    before: Estimate
    after: Estimate
    times: float | None
    told_apart: bool
    verdict_before: Verdict | None
    verdict_after: Verdict | None


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """One measure of inequality in both audits, likewise."""

    target: float
    grouping: tuple[str, ...]
    name: str
    before: float | None
    after: float | None
    told_apart: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that both audits measured.

    Attributes:
        same_data: Whether both digests are the same; otherwise a difference may be the data's.
        notes: What a reader must know before comparing, in sentences.
        thresholds: (target, before, after) for each target of both.
        rates: Of all groups of both.
        measures: Of all groupings of both.
        only_before: Groups that only the first audit has.
        only_after: Groups that only the second has.
    """

    same_data: bool
    notes: tuple[str, ...]
    thresholds: tuple[tuple[float, float, float], ...]
    rates: tuple[RateChange, ...]
    measures: tuple[MeasureChange, ...]
    only_before: tuple[Group, ...]
    only_after: tuple[Group, ...]


def compare_results(before: AuditResult, after: AuditResult) -> Changes:
    """Put two audits side by side, at the targets and for the groups that both have."""
    pairs = list(_points_of_both(before, after))
    rates = list(_rate_changes("fta", None, before.acquisition, after.acquisition))
    for one, other in pairs:
        for rate, left, right in (
            ("fmr", (one.overall_fmr, *one.fmr), (other.overall_fmr, *other.fmr)),
            ("fnmr", (one.overall_fnmr, *one.fnmr), (other.overall_fnmr, *other.fnmr)),
        ):
            rates += _rate_changes(rate, one.target, left, right)
    groups, other_groups = _groups(before), _groups(after)
    return Changes(
        same_data=before.data.digest == after.data.digest,
        notes=tuple(_notes(before, after)),
        thresholds=tuple(
            (one.target, one.threshold, other.threshold)
            for one, other in pairs
            if one.target is not None
        ),
        rates=tuple(rates),
        measures=tuple(change for pair in pairs for change in _measure_changes(*pair)),
        only_before=tuple(group for group in groups if group not in other_groups),
        only_after=tuple(group for group in other_groups if group not in groups),
    )


def _points_of_both(
    before: AuditResult, after: AuditResult
) -> Iterator[tuple[OperatingPoint, OperatingPoint]]:
    by_target = {(point.target, point.basis): point for point in after.points if point.target}
    for point in before.points:
        if point.target is not None and (point.target, point.basis) in by_target:
            yield point, by_target[point.target, point.basis]


def _rate_changes(
    rate: str, target: float | None, before: tuple[Cell, ...], after: tuple[Cell, ...]
) -> Iterator[RateChange]:
    by_group = {cell.group: cell for cell in after}
    for cell in before:
        other = by_group.get(cell.group)
        if other is None or not (cell.estimate.trials and other.estimate.trials):
            continue
        one, two = cell.estimate, other.estimate
        yield RateChange(
            rate=rate,
            target=target,
            group=cell.group,
            before=one,
            after=two,
            times=two.rate / one.rate if one.rate and two.rate is not None else None,
            told_apart=_apart((one.lower, one.upper), (two.lower, two.upper)),
            verdict_before=cell.verdict,
            verdict_after=other.verdict,
        )


def _measure_changes(one: OperatingPoint, other: OperatingPoint) -> Iterator[MeasureChange]:
    by_grouping = {each.grouping: each for each in other.inequality}
    for each in one.inequality:
        second = by_grouping.get(each.grouping)
        if second is None or one.target is None:
            continue
        for measure in each.measures:
            again = second.measure(measure.name)
            if again is None:
                continue
            yield MeasureChange(
                target=one.target,
                grouping=each.grouping,
                name=measure.name,
                before=measure.value,
                after=again.value,
                told_apart=_apart((measure.lower, measure.upper), (again.lower, again.upper)),
            )


def _apart(
    one: tuple[float | None, float | None], other: tuple[float | None, float | None]
) -> bool:
    """Whether two intervals have nothing in common; an end that is not there is no end."""
    (low, high), (other_low, other_high) = one, other
    above = low is not None and other_high is not None and low > other_high
    below = high is not None and other_low is not None and high < other_low
    return above or below


def _groups(result: AuditResult) -> tuple[Group, ...]:
    return tuple(dict.fromkeys(cell.group for point in result.points for cell in point.fmr))


def _notes(before: AuditResult, after: AuditResult) -> Iterator[str]:
    if before.data.digest != after.data.digest:
        yield (
            "The two audits are of different data (or of templates of different models): a "
            "difference may be the data's."
        )
    if before.disclosure is not after.disclosure:
        yield "The two audits show their figures in different detail."
    if before.method.groupings != after.method.groupings:
        yield "The two audits split people by different labels; only common groups are compared."
    yield (
        "Both systems are compared at the same target, each at its own threshold. Intervals that "
        "overlap do not tell the two apart, and intervals of the same people are wider than a "
        "paired comparison would need."
    )
