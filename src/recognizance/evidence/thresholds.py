"""From an error-rate target to a threshold: the only way there is.

A threshold is the lowest one at which the upper 95 % bound of the false match rate (FMR) is at
most the target in every group that was measured. It is never extrapolated:

- A group of `n` pairs of people supports no target below `30 / n`: thirty expected false matches
  are what Doddington's rule of 30 asks for.
- Data without identities supports none below 3e-4: there the same person may occur twice. Pairs
  that look so are set aside, but the bound keeps an allowance of 1e-4 for them (`build`).
- A target that no group supports is refused. Where only some groups support it, the others still
  bind at the strictest rate they do support, and are named as not measured at this one.

Children's cells are reported and set no threshold: at children's rates every adult's threshold
would be useless, and a permit for children needs evidence of its own (rule EV-09).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance.errors import EvidenceError, InputError, TargetUnsupportedError
from recognizance.types import PPB, ErrorRate

if TYPE_CHECKING:
    from recognizance.evidence.document import Differential, Evidence, MatedCell, NonMatedCell

LADDER_PPB = (10_000_000, 3_000_000, 1_000_000, 300_000, 100_000, 30_000)
"""The rates that answers are given in, 1e-2 to 3e-5: bands, never scores."""

MIN_FALSE_MATCHES = 30
NO_IDENTITIES_FLOOR_PPB = 300_000


@dataclass(frozen=True, slots=True)
class GroupRate:
    """The false match rate of one group at a threshold.

    Attributes:
        group: Data set and group in words.
        labels: The group as key and value, e.g. `(("race", "Black"), ("sex", "female"))`.
        fmr: The measured rate; pairs that look like one person are set aside where the data has
            no identities.
        upper: Its upper 95 % bound, with an allowance for the pairs set aside.
        fmr_with_suspected: The rate if every such pair were a false match.
        pairs: Pairs of distinct people measured.
        people: People measured.
        sets_threshold: False for children's cells.
        measured: Whether the group has pairs enough for the target.
    """

    group: str
    labels: tuple[tuple[str, str], ...]
    fmr: float
    upper: float
    fmr_with_suspected: float
    pairs: int
    people: int
    sets_threshold: bool
    measured: bool

    @property
    def false_matches(self) -> float:
        """How many of the measured pairs were false matches."""
        return self.fmr * self.pairs


@dataclass(frozen=True, slots=True)
class MissRate:
    """The false non-match rate of one group at a threshold.

    Attributes:
        group: Data set and group in words.
        labels: The group as key and value.
        fnmr: Share of mated pairs of images below the threshold.
        fnmr_by_subject: The same with one vote a person.
        pairs: Mated pairs.
        people: People with such pairs.
    """

    group: str
    labels: tuple[tuple[str, str], ...]
    fnmr: float
    fnmr_by_subject: float
    pairs: int
    people: int


@dataclass(frozen=True, slots=True)
class GroupRatio:
    """How far apart the groups of one data set lie at a threshold. None = not defined.

    A ratio of extremes is pushed up by noise. Where a group has few `false_matches`, all three
    figures are too high, and the ratio itself may lie below its lower bound.

    Attributes:
        data_set: The data set.
        with_suspected: Whether pairs that look like one person count as false matches.
        ratio: Worst over best false match rate.
        lower: Its lower 95 % bound.
        upper: Its upper 95 % bound.
        over_geomean: Worst over the geometric mean of all groups.
    """

    data_set: str
    with_suspected: bool
    ratio: float | None
    lower: float | None
    upper: float | None
    over_geomean: float | None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold with the rate, the data and the groups it was set on.

    Attributes:
        score: A pair at or above it is a match.
        rate: What the target is a rate of.
        target_ppb: The target.
        gallery_size: References that one search meets; 1 for a verification.
        fmr_target_ppb: The target as a rate per comparison.
        basis: The cells that support the target, in words.
        worst: The one of them with the highest upper bound.
        fmr_by_group: Every non-mated cell, children's too.
        fnmr_by_group: Every mated cell.
        ratios: Worst over best group of each data set that was split into groups.
        not_measured: Groups with too few pairs for this target.
        stricter: Rungs of the ladder at or below the target, with their thresholds.
        evidence_digest: The evidence that all this comes from.
    """

    score: float
    rate: ErrorRate
    target_ppb: int
    gallery_size: int
    fmr_target_ppb: int
    basis: tuple[str, ...]
    worst: GroupRate
    fmr_by_group: tuple[GroupRate, ...]
    fnmr_by_group: tuple[MissRate, ...]
    ratios: tuple[GroupRatio, ...]
    not_measured: tuple[str, ...]
    stricter: tuple[tuple[int, float], ...]
    evidence_digest: str


def fmr_per_comparison_ppb(rate: ErrorRate, target_ppb: int, gallery_size: int) -> int:
    """The false match rate that keeps a target, rounded down.

    The binomial link: if `N` comparisons err independently, a search has a false positive with
    probability `FPIR = 1 - (1 - FMR)^N`, so `FMR = 1 - (1 - FPIR)^(1/N)`. Scores are normalised
    by a fixed cohort and not by the gallery, so that the gallery does not change them. A person
    with several references counts once for each.

    Raises:
        InputError: The target is not between 1 and 10^9 - 1, or the gallery is empty.
    """
    if not 0 < target_ppb < PPB:
        raise InputError(
            "An error-rate target must lie between 0 and 1.",
            hint="Give it in parts per billion: 1000000 is 1 in 1,000.",
        )
    if gallery_size < 1:
        raise InputError(
            "A gallery size must be at least 1.",
            hint="Count every reference; one person may have several.",
        )
    if rate is ErrorRate.FMR:
        return target_ppb
    per_comparison = -math.expm1(math.log1p(-target_ppb / PPB) / gallery_size)
    return math.floor(per_comparison * PPB)


def cell_floor_ppb(evidence: Evidence, cell: NonMatedCell) -> int:
    """The strictest false match rate that one group's pairs support."""
    by_count = math.ceil(MIN_FALSE_MATCHES * PPB / cell.pairs)
    if evidence.has_identities(cell.data_set):
        return by_count
    return max(by_count, NO_IDENTITIES_FLOOR_PPB)


def floor_ppb(evidence: Evidence) -> int:
    """The strictest false match rate that any group supports.

    Raises:
        EvidenceError: No cell may set a threshold.
    """
    return min(cell_floor_ppb(evidence, cell) for cell in _setting_cells(evidence))


def require_supported(evidence: Evidence, fmr_target_ppb: int) -> None:
    """Check that a target lies where there is data.

    Raises:
        TargetUnsupportedError: It is below the floor; the hint says which data is missing.
    """
    floor = floor_ppb(evidence)
    if fmr_target_ppb >= floor:
        return
    pairs = math.ceil(MIN_FALSE_MATCHES * PPB / max(fmr_target_ppb, 1))
    people = math.ceil((1 + math.sqrt(1 + 8 * pairs)) / 2)
    raise TargetUnsupportedError(
        f"A false match rate of {_one_in(fmr_target_ppb)} per comparison is below what was "
        f"measured; the evidence reaches {_one_in(floor)}.",
        hint=f"Choose a looser target or a smaller gallery, or measure at least {people:,} "
        f"people with identity labels ({pairs:,} pairs of distinct people).",
    )


def threshold_for(
    evidence: Evidence, rate: ErrorRate, target_ppb: int, gallery_size: int = 1
) -> Threshold:
    """The lowest threshold that keeps a target in the worst measured group.

    Args:
        evidence: What was measured about the model in use.
        rate: Per comparison (FMR) or per search (FPIR).
        target_ppb: At most this rate, in parts per billion.
        gallery_size: References that one search meets; matters for FPIR only.

    Raises:
        InputError: The target or the gallery size is no such number.
        TargetUnsupportedError: The evidence does not reach this target.
        EvidenceError: No cell may set a threshold.
    """
    fmr_target_ppb = fmr_per_comparison_ppb(rate, target_ppb, gallery_size)
    index = _edge_for(evidence, fmr_target_ppb)
    groups = tuple(
        _group_rate(evidence, cell, index, fmr_target_ppb) for cell in evidence.non_mated
    )
    binding = [group for group in groups if group.sets_threshold and group.measured]
    return Threshold(
        score=evidence.edge(index),
        rate=rate,
        target_ppb=target_ppb,
        gallery_size=gallery_size,
        fmr_target_ppb=fmr_target_ppb,
        basis=tuple(group.group for group in binding),
        worst=max(binding, key=lambda group: group.upper),
        fmr_by_group=groups,
        fnmr_by_group=tuple(_miss_rate(cell, index) for cell in evidence.mated),
        ratios=tuple(_group_ratio(entry, index) for entry in evidence.differentials),
        not_measured=tuple(group.group for group in groups if not group.measured),
        stricter=_rungs(evidence, fmr_target_ppb),
        evidence_digest=evidence.digest,
    )


def band(evidence: Evidence, score: float) -> int | None:
    """The strictest rung of the ladder at which a score is still a match, in parts per billion.

    Returns:
        A value of `LADDER_PPB`, or None where the score is below the loosest rung.
    """
    return _strictest(_rungs(evidence, LADDER_PPB[0]), score)


def band_words(threshold: Threshold, score: float) -> str:
    """Say how strong a match is without giving its score.

    Nothing is said about how near a non-match came: that would guide whoever tries again.
    """
    if score < threshold.score:
        return "below the threshold"
    return f"matches at a false match rate of {_one_in(band_ppb(threshold, score))}"


def band_ppb(threshold: Threshold, score: float) -> int:
    """The strictest rate, in parts per billion, at which a score that matches still matches."""
    return _strictest(threshold.stricter, score) or threshold.fmr_target_ppb


def tightened(threshold: Threshold, at_most_ppb: int | None) -> tuple[float, int]:
    """The least score, and its rate, where somebody asks for a rate beside the permit's.

    A rate that is no stricter than the permit's changes nothing.

    Args:
        threshold: The permit's.
        at_most_ppb: The false match rate per comparison that is asked for; None for none.

    Raises:
        TargetUnsupportedError: Nothing was measured that low; it is never extrapolated.
    """
    if at_most_ppb is None or at_most_ppb >= threshold.fmr_target_ppb:
        return threshold.score, threshold.fmr_target_ppb
    for rung, score in threshold.stricter:
        if rung <= at_most_ppb:
            return score, rung
    raise TargetUnsupportedError(
        f"A false match rate of {_one_in(at_most_ppb)} per comparison is asked for, which is "
        "below what was measured.",
        hint="Ask for a looser rate, or for none: the permit's own holds.",
    )


def _setting_cells(evidence: Evidence) -> tuple[NonMatedCell, ...]:
    cells = tuple(cell for cell in evidence.non_mated if cell.sets_threshold)
    if not cells:
        raise EvidenceError(
            "The evidence measured no group that a threshold may be set on.",
            hint="Measure non-mated pairs of people aged 10 and up, by group.",
        )
    return cells


def _edge_for(evidence: Evidence, fmr_target_ppb: int) -> int:
    """The lowest edge at which every group keeps the target, or its own floor where that is higher.

    Counting each group at its floor keeps thresholds in order: a stricter target never gets a
    lower threshold, however few groups support it.
    """
    require_supported(evidence, fmr_target_ppb)
    index = 0
    for cell in _setting_cells(evidence):
        allowed = max(fmr_target_ppb, cell_floor_ppb(evidence, cell))
        kept = cell.upper_ppb <= allowed
        if not kept[-1]:
            raise TargetUnsupportedError(
                f"The group {cell.name} does not keep a false match rate of {_one_in(allowed)} "
                "at any measured threshold.",
                hint="Choose a looser target, or review the pairs of this group that look like "
                "one person and measure again.",
            )
        index = max(index, int(np.argmax(kept)))
    return index


def _group_rate(
    evidence: Evidence, cell: NonMatedCell, index: int, fmr_target_ppb: int
) -> GroupRate:
    return GroupRate(
        group=cell.name,
        labels=tuple(sorted(cell.labels.items())),
        fmr=int(cell.fmr_ppb[index]) / PPB,
        upper=int(cell.upper_ppb[index]) / PPB,
        fmr_with_suspected=int(cell.fmr_with_suspected_ppb[index]) / PPB,
        pairs=cell.pairs,
        people=cell.people,
        sets_threshold=cell.sets_threshold,
        measured=cell_floor_ppb(evidence, cell) <= fmr_target_ppb,
    )


def _miss_rate(cell: MatedCell, index: int) -> MissRate:
    return MissRate(
        group=cell.name,
        labels=tuple(sorted(cell.labels.items())),
        fnmr=int(cell.fnmr_ppb[index]) / PPB,
        fnmr_by_subject=int(cell.fnmr_by_subject_ppb[index]) / PPB,
        pairs=cell.pairs,
        people=cell.people,
    )


def _group_ratio(differential: Differential, index: int) -> GroupRatio:
    def at(curve: tuple[int | None, ...]) -> float | None:
        thousandths = curve[index]
        return None if thousandths is None else thousandths / 1000

    return GroupRatio(
        data_set=differential.data_set,
        with_suspected=differential.with_suspected,
        ratio=at(differential.ratio),
        lower=at(differential.lower),
        upper=at(differential.upper),
        over_geomean=at(differential.over_geomean),
    )


def _rungs(evidence: Evidence, loosest_ppb: int) -> tuple[tuple[int, float], ...]:
    """The supported rungs at or below a rate, loosest first, each with its threshold."""
    floor = floor_ppb(evidence)
    return tuple(
        (rung, evidence.edge(_edge_for(evidence, rung)))
        for rung in LADDER_PPB
        if floor <= rung <= loosest_ppb
    )


def _strictest(rungs: tuple[tuple[int, float], ...], score: float) -> int | None:
    reached = [rung for rung, threshold in rungs if score >= threshold]
    return min(reached, default=None)


def _one_in(rate_ppb: int) -> str:
    return f"1 in {round(PPB / max(rate_ppb, 1)):,}"
