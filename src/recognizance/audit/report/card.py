"""A model card of the audited system, in Markdown: the nine sections of Mitchell et al., 2019.

What an audit cannot know is marked as missing with the question to answer, never filled in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.audit.report.summary import aim, failures, lead_point, summarise
from recognizance.audit.report.words import (
    errors_of,
    grouping_name,
    interval,
    name_of,
    percent,
    rate_of,
    visible,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recognizance.audit.report.about import About
    from recognizance.audit.result import AuditResult, Cell


def model_card(result: AuditResult, about: About) -> str:
    """Write the card."""
    return "\n".join(_lines(result, about)) + "\n"


def _lines(result: AuditResult, about: About) -> Iterator[str]:
    system, data, summary = result.system, result.data, summarise(result)
    yield f"# Model card: {_plain(system.name)}"
    yield from _section(
        "Model details",
        f"Version: {_plain(system.version) or _missing('Which version is it?')}",
        f"Model (SHA-256): {system.model_id or _missing('Which model files is it made of?')}",
        f"Score: {_plain(system.score) or _missing('What is a score?')}",
        f"Measured at {about.made_at} with {_plain(about.tool)}",
        f"Developer and licence: {_missing('Who developed it, and on what terms is it used?')}",
    )
    yield from _section("Intended use", _missing("What is it used for, by whom, and what not?"))
    yield from _section(
        "Factors",
        *(
            f"{_plain(each.name)}: " + ", ".join(_plain(v.value) or "unknown" for v in each.values)
            for each in data.attributes
        ),
        "Groups are the words of the label file; none was inferred from a face.",
    )
    yield from _section(
        "Metrics",
        "False match rate: share of pairs of different people at or above the threshold.",
        "Miss rate (false non-match): share of pairs of one person below it.",
        f"Intervals at {100 * result.method.confidence:g} %, by drawing people, not pairs.",
    )
    yield from _section(
        "Evaluation data",
        f"{_plain(data.name)}: {data.people:,} people, {data.images:,} images, "
        f"{failures(result)} without a usable face",
        f"SHA-256 {data.digest}",
    )
    yield from _section("Training data", _missing("On whose photographs was it trained, and how?"))
    yield "\n## Quantitative analyses\n"
    yield from _analyses(result)
    yield from _section(
        "Ethical considerations", _missing("Which harms remain, to whom, and who watches them?")
    )
    yield from _section("Caveats and recommendations", *map(_plain, summary.not_said))


def _analyses(result: AuditResult) -> Iterator[str]:
    point = lead_point(result)
    if point is None:
        yield "Nothing was measured."
        return
    yield f"{aim(point)} (threshold {point.threshold:.4f}):"
    by = grouping_name(result.main)
    yield from _rates(f"False matches within groups by {by}", point.fmr_by(result.main))
    yield from _rates("False matches of everybody", (point.overall_fmr,))
    if point.overall_fnmr.estimate.trials:
        yield from _rates(f"Misses by {by}", point.fnmr_by(result.main))
        yield from _rates("Misses of everybody", (point.overall_fnmr,))


def _rates(title: str, cells: Iterable[Cell]) -> Iterator[str]:
    head: Sequence[str] = ("Group", "Rate", "95 % interval", "Upper bound", "Errors", "People")
    yield f"\n{title}:\n"
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for cell in cells:
        estimate = cell.estimate
        row = (
            _plain(name_of(cell.group)),
            rate_of(estimate),
            interval(estimate.lower, estimate.upper),
            percent(estimate.bound),
            errors_of(estimate),
            f"{estimate.people:,}",
        )
        yield f"| {' | '.join(row)} |"


def _section(title: str, *items: str) -> Iterator[str]:
    yield f"\n## {title}\n"
    yield from (f"- {item}" for item in items)


def _missing(question: str) -> str:
    return f"**MISSING:** {question}"


def _plain(words: str) -> str:
    """A text that Markdown takes for nothing but a text."""
    return "".join(f"\\{each}" if each in "\\`*_{}[]<>#|!" else each for each in visible(words))
