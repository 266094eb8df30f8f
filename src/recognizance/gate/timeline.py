"""What changes when: the days on which rules and table entries begin or end, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from recognizance.errors import SubmissionError
from recognizance.gate.cases import open_permits_of, run_case
from recognizance.gate.difference import CaseChange
from recognizance.gate.facts import derive
from recognizance.gate.kleene import evaluate
from recognizance.gate.submission import submission_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.cards import Card
    from recognizance.gate.cases import Case
    from recognizance.gate.draft import Facts
    from recognizance.gate.tables import Dated

DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class _Events:
    cards: list[Card] = field(default_factory=list)
    begins: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Turn:
    """A day on which something changes.

    Attributes:
        day: The first day of the new state.
        begins: Rules and table entries that begin.
        ends: Rules and table entries that end.
        cases: Cases that come out otherwise than on the day before.
    """

    day: date
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    cases: tuple[CaseChange, ...]

    def as_dict(self) -> dict[str, object]:
        """The day as JSON."""
        return {
            "day": self.day.isoformat(),
            "begins": list(self.begins),
            "ends": list(self.ends),
            "cases": [case.as_dict() for case in self.cases],
        }


def timeline(
    bundle: RuleBundle,
    cases: Iterable[Case],
    *,
    since: date | None = None,
    until: date | None = None,
) -> tuple[Turn, ...]:
    """Every day on which a rule or a table entry begins or ends, in order.

    Args:
        bundle: The rules.
        cases: Story cases; each is decided on the day before and on the day.
        since: The first day to look at; None for the first there is.
        until: The last day to look at; None for the last there is.
    """
    told = tuple(cases)
    return tuple(
        Turn(
            day=day,
            begins=tuple(events.begins),
            ends=tuple(events.ends),
            cases=tuple(_changed(bundle, told, day, events.cards)),
        )
        for day, events in sorted(_events(bundle).items())
        if (since is None or since <= day) and (until is None or day <= until)
    )


def _events(bundle: RuleBundle) -> Mapping[date, _Events]:
    found: dict[date, _Events] = {}

    def at(day: date) -> _Events:
        return found.setdefault(day, _Events())

    for card in bundle.cards.values():
        said = f"{card.rule_id} {card.title}"
        if card.legal_from:
            at(card.legal_from).begins.append(said)
            at(card.legal_from).cards.append(card)
        if card.legal_until:
            at(card.legal_until).ends.append(said)
            at(card.legal_until).cards.append(card)
    tables = bundle.tables
    entries = [
        *(
            (row, "opens live recognition to police by law (AI Act Art. 5(5))")
            for row in tables.opt_in
        ),
        *((row, "bars its own departments from face recognition") for row in tables.bans),
        *((law.dated, f"{law.what} [{law.mark}]") for law in tables.laws),
    ]
    for row, words in entries:
        said = f"{_place(row)} {words}"
        if row.since:
            at(row.since).begins.append(said)
        if row.until:  # a table names the last day, a card the first day without
            at(row.until + DAY).ends.append(said)
    return found


def _place(row: Dated) -> str:
    state, _, city = row.key.partition("/")
    return f"{city.title()} ({state})" if city else state


def _changed(
    bundle: RuleBundle, cases: Iterable[Case], day: date, cards: Iterable[Card]
) -> Iterable[CaseChange]:
    for case in cases:
        if not _may_change(bundle, case, day, cards):
            continue
        before, after = (
            run_case(replace(case, at=when), bundle).outcome for when in (day - DAY, day)
        )
        if before != after:
            yield CaseChange(case.case_id, case.title, before, after)


def _may_change(bundle: RuleBundle, case: Case, day: date, cards: Iterable[Card]) -> bool:
    """Whether a day could make a difference to a case; most days make none to most cases.

    A decision hangs on the facts and on the cards in force, and on nothing else.
    """
    try:
        before, after = (_facts(bundle, case, when) for when in (day - DAY, day))
    except SubmissionError:  # what cannot be read is refused on every day
        return False
    return before.values != after.values or any(
        evaluate(clause.when, after.values) is not False
        for card in cards
        for clause in card.clauses
    )


def _facts(bundle: RuleBundle, case: Case, day: date) -> Facts:
    return derive(
        submission_from(case.content),
        bundle.tables,
        at=day,
        open_permits=open_permits_of(case, bundle),
    )
