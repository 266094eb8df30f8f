"""What the gate says of a sheet, as people read it: outcome, rules, what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from recognizance.documents.words import in_words
from recognizance.errors import RecognizanceError
from recognizance.gate.explain import explain
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN
from recognizance.permits.issuing import class_of
from recognizance.permits.issuing import decided as decided_now
from recognizance.permits.kept import open_permits
from recognizance.service.console.sheet import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.decide import Fired, GateDecision
    from recognizance.gate.explain import Explanation
    from recognizance.gate.facts import OpenPermit
    from recognizance.gate.submission import Submission
    from recognizance.service.console.sheet import Sheet
    from recognizance.service.service import Service
    from recognizance.workspace import Workspace

TRIES: Final = 100
"""Submissions looked at while somebody types: it takes a tenth of a second, and mostly finds."""

LONGER: Final = 600
"""The same on a page of its own."""

EFFECTS: Final = {"forbid": "refuses", "require": "asks for", "condition": "on condition"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it took part in a decision.

    Attributes:
        rule_id: Its id.
        title: Its title.
        effect: What it did, in a word or two.
        reasons: Why, a plain sentence for each of its parts that took part.
        source: Where it comes from.
        mark: How sure we are of the source.
    """

    rule_id: str
    title: str
    effect: str
    reasons: tuple[str, ...]
    source: str
    mark: str


def rules_of(fired: Iterable[Fired]) -> list[Rule]:
    """The rules of a decision, each once for what it did."""
    grouped: dict[tuple[str, str], list[Fired]] = {}
    for each in fired:
        effect = "not known yet" if each.undecided else EFFECTS[each.effect.value]
        grouped.setdefault((each.rule_id, effect), []).append(each)
    return [
        Rule(
            rule_id,
            group[0].title,
            effect,
            tuple(dict.fromkeys(each.reason for each in group)),
            group[0].source,
            group[0].mark,
        )
        for (rule_id, effect), group in grouped.items()
    ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gate says of a sheet.

    Attributes:
        found: The decision and what would change it.
        rules: The rules that decide.
        measured: Whether the figures of the evidence were filled in.
    """

    found: Explanation
    rules: list[Rule]
    measured: bool

    @property
    def decision(self) -> GateDecision:
        """The decision itself."""
        return self.found.decision


async def outcome_of(
    service: Service, sheet: Sheet, submission: Submission | None = None, *, tries: int = TRIES
) -> Outcome:
    """What the gate would say; nothing is recorded. The search runs beside the counters.

    Args:
        service: The service.
        sheet: What was typed.
        submission: What is read of it, where that is not the sheet's own.
        tries: How long to look for what would make it a permit.
    """

    def look(
        workspace: Workspace,
    ) -> tuple[RuleBundle, Submission, bool, date, list[OpenPermit]]:
        asked, measured = _measured(workspace, sheet, submission or sheet.submission)
        now = workspace.clock()
        return workspace.bundle, asked, measured, now.date(), open_permits(workspace, now)

    bundle, asked, measured, at, others = await service.reading.ask(look)

    def search() -> Explanation:
        return explain(bundle, asked, at=at, open_permits=others, tries=tries)

    found = await run_in_threadpool(search)
    return Outcome(found, rules_of(found.decision.deciding), measured)


def _measured(
    workspace: Workspace, sheet: Sheet, submission: Submission
) -> tuple[Submission, bool]:
    """With the figures of the evidence, once an error rate was chosen that it supports."""
    proposal = sheet.proposal
    if submission is not sheet.submission or proposal.target is None or not proposal.gallery_size:
        return submission, False
    try:
        class_of(submission)
        return decided_now(workspace, proposal)[0], True
    except RecognizanceError:
        return submission, False


def in_sections(submission: Submission) -> list[tuple[str, list[tuple[str, object]]]]:
    """A submission in words: what was stated, by what it is about."""
    told = []
    for title, fields in SECTIONS:
        rows: list[tuple[str, object]] = [
            (spec.question, _words(submission, spec.name))
            for spec in fields
            if spec.name in submission.stated
        ]
        if rows:
            told.append((title, rows))
    return told


def _words(submission: Submission, name: str) -> object:
    value = submission.stated[name]
    if value is UNKNOWN:
        return "nobody knows"
    return in_words(FIELDS[name], value) or str(value)
