"""The smallest evidence that would turn a submission into one that gets a permit.

Only what an applicant could newly prove or state may change: an open fact gets an answer, and
what a requirement names in `needs` and is absent (no, none, a measurement) may come to be there.
What is asked for stays as it is: function, purpose, place, cameras, people, mode and operator.
Where those are open themselves, they have to be answered too, and the answer says so.

The search takes a rule that stands in the way and tries every answer to a field it reads; some
answer in any solution must be to one of those fields, so no solution is missed. It tries one
change, then two, and so on: the first that is found is the smallest. Where that takes too long, any
solution is taken and whatever it can do without is left out. Three-valued evaluation decides each
step, and the gate itself confirms the result (`explain`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.gate.answers import Answers, is_open, sources_of
from recognizance.gate.cards import Effect
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NO, NONE, NOTHING, NUMBERS, UNKNOWN
from recognizance.gate.kleene import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.draft import Facts
    from recognizance.gate.facts import OpenPermit
    from recognizance.gate.kinds import Value
    from recognizance.gate.submission import Submission

MAX_TRIES: Final = 5_000
"""Submissions looked at before a search gives up; it takes a few seconds."""

_ASKED_FOR: Final = frozenset(
    {"fn", "purpose", "mode", "delay_s", "infer", "wl.size", "wl.source", "tmpl.shared_with"}
)
_ASKED_FOR_TABLES: Final = frozenset({"op", "place", "cam", "pop", "alert", "action"})
_RENEWED: Final = frozenset({"auth.kind", "ev.age_bands", "class"})
"""Needed, and replaceable whatever stands there: an order can be got, ages can be tested."""

_NEGATIVE: Final[frozenset[Value]] = frozenset({NO, NONE, NOTHING, frozenset({NONE})})


def is_asked_for(name: str) -> bool:
    """Whether a field says what the use is, and not what is proven of it."""
    if name == "place.why":
        return False
    return name in _ASKED_FOR or name.partition(".")[0] in _ASKED_FOR_TABLES


@dataclass(frozen=True, slots=True)
class Lifted:
    """What a search found.

    Attributes:
        changes: Answers by field, of which none can be left out; None where there are none.
        stuck: Clauses that no answer could move, where there are none.
        proven: Whether every possibility was looked at: no smaller set does, or none does at all.
    """

    changes: Mapping[str, Value] | None
    stuck: tuple[str, ...] = ()
    proven: bool = True


@dataclass(slots=True)
class _Search:
    """One search: what it is about, what it looked at, and where it could not go on."""

    clauses: tuple[str, ...]
    fields: frozenset[str]
    left: int
    cut_short: bool = False
    stuck: Counter[str] = field(default_factory=Counter)
    seen: set[frozenset[tuple[str, Value]]] = field(default_factory=set)

    def start_over(self) -> None:
        """Look again with more changes allowed; what was tried counts against the same limit."""
        self.cut_short = False
        self.stuck.clear()
        self.seen.clear()

    def enters(self, changes: Mapping[str, Value]) -> bool:
        """Whether these changes are new and there is a try left; if so it is taken."""
        state = frozenset(changes.items())
        if state in self.seen or self.left <= 0:
            return False
        self.seen.add(state)
        self.left -= 1
        return True

    def notes_stuck(self, clause_ids: Iterable[str]) -> bool:
        """Remember clauses that nothing more can move; whether there was any."""
        found = tuple(clause_ids)
        self.stuck.update(found)
        return bool(found)

    def most_stuck(self) -> tuple[str, ...]:
        """The clauses that nothing could move, the most frequent first."""
        return tuple(clause_id for clause_id, _ in self.stuck.most_common())


class Lifting:
    """Searches over what could be proven or stated of one submission.

    Args:
        bundle: The rules.
        submission: What is asked.
        at: The day of the decision.
        open_permits: Permits of the operator that are in force (D7).
        tries: Submissions looked at before a search gives up.
    """

    def __init__(
        self,
        bundle: RuleBundle,
        submission: Submission,
        *,
        at: date,
        open_permits: Sequence[OpenPermit] = (),
        tries: int = MAX_TRIES,
    ) -> None:
        self._tries = tries
        self._bundle = bundle
        self._submission = submission
        self._at = at
        self._open_permits = tuple(open_permits)
        self._answers = Answers(bundle, at)
        self._needs = frozenset(
            name for _, clause in bundle.clauses.values() for name in clause.needs
        )
        facts = self.facts({})
        provable = {name for name, spec in FIELDS.items() if not spec.derived_from}
        self.provable = frozenset(name for name in provable if self._may_change(name, facts[name]))
        self._relevant = self._not_settled()

    def facts(self, changes: Mapping[str, Value]) -> Facts:
        """The facts if some fields were answered so."""
        return derive(
            self.submission(changes),
            self._bundle.tables,
            at=self._at,
            open_permits=self._open_permits,
        )

    def submission(self, changes: Mapping[str, Value]) -> Submission:
        """The submission with some fields answered so; its digest is not computed again."""
        listed = any(name.startswith("wl.") for name in changes)
        return replace(
            self._submission,
            stated=MappingProxyType({**self._submission.stated, **changes}),
            has_list=self._submission.has_list or listed,
        )

    def smallest(self, clauses: Iterable[str] | None = None) -> Lifted:
        """The smallest set of answers that moves clauses out of the way.

        Args:
            clauses: Ids of the clauses; by default every one, so that a permit can be given.
        """
        wanted = self._relevant if clauses is None else tuple(clauses)
        evidence = frozenset(name for name in self.provable if not is_asked_for(name))
        found = self._found(wanted, evidence)
        if found.changes is not None or evidence == self.provable:
            return found
        return self._found(wanted, self.provable)

    def in_the_way(self, changes: Mapping[str, Value]) -> tuple[str, ...]:
        """The clauses that stand in the way of the submission with these answers."""
        return self._blocking(self._relevant, self.facts(changes))

    def choices(
        self, changes: Mapping[str, Value], name: str
    ) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
        """The answers to one of the fields, told apart by whether the others then do.

        Returns:
            Those with which a permit can be given, and those with which it cannot.
        """
        values = self._answers.to(name, self.facts(changes))
        good = tuple(value for value in values if self._does({**changes, name: value}, name))
        return good, tuple(value for value in values if value not in good)

    def _does(self, changes: dict[str, Value], name: str) -> bool:
        if name == "wl.size" and "ev.gallery" in changes:
            # Both are still to be stated, and the test is asked to be as large as the list.
            changes["ev.gallery"] = changes[name]
        return not self.in_the_way(changes)

    # ---- what may change, and what matters

    def _may_change(self, name: str, value: Value) -> bool:
        if is_open(value):
            return True
        if name == "auth.expires":  # an order that has ended can be followed by a new one
            return str(value) < self._at.isoformat()
        if name not in self._needs or is_asked_for(name):
            return False
        return value in _NEGATIVE or FIELDS[name].kind in NUMBERS or name in _RENEWED

    def _not_settled(self) -> tuple[str, ...]:
        """The clauses that could stand in the way for some answers; the others never do.

        What is false with everything provable unknown is false whatever it becomes, since no
        card holds more often for knowing less.
        """
        widest = self.facts(dict.fromkeys(self.provable, UNKNOWN))
        return tuple(
            clause_id
            for clause_id, (card, clause) in self._bundle.clauses.items()
            if clause.effect is not Effect.CONDITION
            and card.in_force(self._at)
            and evaluate(clause.when, widest.values) is not False
        )

    def _blocking(self, clauses: Iterable[str], facts: Facts) -> tuple[str, ...]:
        return tuple(
            clause_id
            for clause_id in clauses
            if evaluate(self._bundle.clauses[clause_id][1].when, facts.values) is not False
        )

    # ---- the search

    def _found(self, clauses: tuple[str, ...], fields: frozenset[str]) -> Lifted:
        """The smallest solution, else any that cannot do without one of its parts, else none."""
        search = _Search(clauses, fields, self._tries)
        for most in range(len(fields) + 1):
            search.start_over()
            found = self._descend(search, {}, most)
            if found is not None:
                return Lifted(MappingProxyType(found))
            if search.left <= 0:
                return self._any(clauses, fields)
            if not search.cut_short:
                break
        return Lifted(None, search.most_stuck())

    def _any(self, clauses: tuple[str, ...], fields: frozenset[str]) -> Lifted:
        search = _Search(clauses, fields, self._tries)
        found = self._descend(search, {}, len(fields))
        if found is None:
            return Lifted(None, search.most_stuck(), proven=False)
        return Lifted(MappingProxyType(self._without_spare(clauses, found)), proven=False)

    def _without_spare(
        self, clauses: tuple[str, ...], changes: Mapping[str, Value]
    ) -> dict[str, Value]:
        """Leave out answers one by one until none can be left out any more."""
        for name in changes:
            without = {other: value for other, value in changes.items() if other != name}
            if not self._blocking(clauses, self.facts(without)):
                return self._without_spare(clauses, without)
        return dict(changes)

    def _descend(
        self, search: _Search, changes: dict[str, Value], most: int
    ) -> dict[str, Value] | None:
        if not search.enters(changes):
            return None
        facts = self.facts(changes)
        blocking = self._blocking(search.clauses, facts)
        if not blocking:
            return changes
        free = search.fields - changes.keys()
        options = {
            clause_id: tuple(name for name in self._sources(clause_id, facts) if name in free)
            for clause_id in blocking
        }
        if search.notes_stuck(clause_id for clause_id, names in options.items() if not names):
            return None
        if len(changes) + _at_least(options.values()) > most:
            search.cut_short = True
            return None
        clause_id = min(options, key=lambda one: len(options[one]))
        for name, value in self._steps(clause_id, options[clause_id], changes, facts):
            found = self._descend(search, {**changes, name: value}, most)
            if found is not None:
                return found
        return None

    def _steps(
        self, clause_id: str, names: Sequence[str], changes: Mapping[str, Value], facts: Facts
    ) -> Iterator[tuple[str, Value]]:
        """The answers to try next. A clause with one field left is moved by it or by nothing."""
        for name in names:
            for value in self._answers.to(name, facts):
                if value == facts[name]:
                    continue
                if len(names) > 1 or not self._blocking(
                    [clause_id], self.facts({**changes, name: value})
                ):
                    yield name, value

    def _sources(self, clause_id: str, facts: Facts) -> tuple[str, ...]:
        reads = self._bundle.clauses[clause_id][1].reads
        because = (source for name in reads for source in facts.because.get(name, ()))
        return sources_of((*reads, *because))


def _at_least(options: Iterable[Sequence[str]]) -> int:
    """How many changes are needed at least: clauses that share no field need one each."""
    taken: set[str] = set()
    count = 0
    for names in sorted(options, key=len):
        if taken.isdisjoint(names):
            taken.update(names)
            count += 1
    return count
