"""The measured figures behind a decision, each in a sentence that names its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from recognizance.evidence import Evidence, Threshold

ASKED_FALSE_POSITIVES = 30
CHILDREN = ("0-2", "3-9")
"""The age bands of the evidence below ten years."""


def figures_for(rules: Iterable[str], threshold: Threshold) -> tuple[str, ...]:
    """What was measured at a threshold about what these rules ask for."""
    known = set(rules)
    return tuple(
        words for rule, tell in _FIGURES.items() if rule in known and (words := tell(threshold))
    )


def children_measured(evidence: Evidence, threshold: Threshold) -> tuple[tuple[str, str], ...]:
    """What the evidence holds about children, and what it does not: a figure and its words."""
    told = []
    for group in threshold.fmr_by_group:
        band = dict(group.labels).get("age")
        if band in CHILDREN:
            words = (
                f"strangers taken for one another: {group.false_matches:.0f} of "
                f"{group.pairs:,} pairs of {group.people} children; at most "
                f"{one_in(group.upper)} (95 %)"
            )
            told.append((f"aged {band}", words))
    mated = [cell for cell in evidence.mated if cell.labels.get("age") in CHILDREN]
    pairs = sum(cell.pairs for cell in mated)
    told.append(("pairs of one child", f"{pairs:,}" + ("" if pairs else ": not measured")))
    adults = sum(cell.pairs for cell in evidence.mated if not cell.labels)
    told.append(("pairs of one adult", f"{adults:,}"))
    return tuple(told)


def one_in(rate: float) -> str:
    """A rate as people say it."""
    return "none seen" if rate <= 0 else f"1 in {1 / rate:,.0f}"


def _found(threshold: Threshold) -> str:
    worst = max(threshold.fnmr_by_group, key=lambda each: each.fnmr, default=None)
    if worst is None:
        return ""
    return (
        f"Found of 100 who are there, in the group treated worst: {100 * (1 - worst.fnmr):.1f} "
        f"({worst.group}, {worst.pairs:,} pairs of photographs); 98 are asked for."
    )


def _ratio(threshold: Threshold) -> str:
    ratios = [each for each in threshold.ratios if not each.with_suspected and each.lower]
    setting = [each for each in threshold.fmr_by_group if each.sets_threshold and each.measured]
    fewest = min(setting, key=lambda each: each.false_matches)
    told = (
        f"False matches that the group with fewest rests on: {fewest.false_matches:.0f} "
        f"({fewest.group}); {ASKED_FALSE_POSITIVES} are asked for."
    )
    if ratios:
        worst = max(ratios, key=lambda each: each.lower or 0.0)
        told += (
            f" The group treated worst is wrongly matched at least {worst.lower:.1f} times as "
            f"often as the one treated best ({worst.data_set}, lower 95 % bound)."
        )
    return told


def _false_alerts(threshold: Threshold) -> str:
    worst, size = threshold.worst, threshold.gallery_size
    fpir = 1 - (1 - worst.upper) ** size
    return (
        f"Wrong alerts in the group treated worst: up to {one_in(fpir)} searches of {size:,} "
        f"references ({worst.group}, upper 95 % bound)."
    )


_FIGURES: dict[str, Callable[[Threshold], str]] = {
    "EV-02": _false_alerts,
    "EV-03": _ratio,
    "EV-04": _found,
    "EV-05": _false_alerts,
}
