"""Why the gate decided as it did, and what evidence would change it.

`explain` decides as `check` does, traces each deciding rule's facts to where they came from, says
which rules no evidence can lift, and looks for the smallest list of evidence with which the gate
permits. What it finds is confirmed by deciding it: with the list, and without each part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.gate.decide import decide
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import plain
from recognizance.gate.lifting import MAX_TRIES, Lifting, is_asked_for
from recognizance.gate.origins import Origin, origin_of
from recognizance.gate.wording import wanted
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.decide import Fired, GateDecision
    from recognizance.gate.facts import OpenPermit
    from recognizance.gate.kinds import Value
    from recognizance.gate.submission import Submission

PERMITS: Final = frozenset({Outcome.PERMIT, Outcome.PERMIT_WITH_CONDITIONS})


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact that a rule saw.

    Attributes:
        name: The field or derived fact.
        value: What it was.
        origin: Where it came from.
        detail: The derivation, table or fields behind it; empty where the origin says it all.
    """

    name: str
    value: Value
    origin: Origin
    detail: str

    def as_dict(self) -> dict[str, object]:
        """The fact as JSON."""
        return {
            "fact": self.name,
            "value": plain(self.value),
            "origin": self.origin.value,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Deciding:
    """A rule that made the outcome.

    Attributes:
        rule: The rule, with reason, source and mark.
        seen: The facts that it read.
        liftable: For a certain forbid: whether evidence could lift it. None otherwise.
        lifted_by: The fields whose answers would lift it, alone.
    """

    rule: Fired
    seen: tuple[Seen, ...]
    liftable: bool | None = None
    lifted_by: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The rule as JSON."""
        return {
            **self.rule.as_dict(),
            "facts": [seen.as_dict() for seen in self.seen],
            "liftable": self.liftable,
            "lifted_by": list(self.lifted_by),
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing to prove or to state.

    Attributes:
        field: The field of the submission.
        question: What it asks.
        asked_for: Whether it says what the use is: only its owner can say, nobody can advise it.
        value: An answer with which the gate permits.
        accepted: Every answer that does as well, the others of the list being given.
        wanted: The same in words: `yes`, `at most 365`, `warrant or emergency`.
        rules: The rules that wait for it.
    """

    field: str
    question: str
    asked_for: bool
    value: Value
    accepted: tuple[Value, ...]
    wanted: str
    rules: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The thing as JSON."""
        return {
            "field": self.field,
            "question": self.question,
            "asked_for": self.asked_for,
            "value": plain(self.value),
            "accepted": [plain(value) for value in self.accepted],
            "wanted": self.wanted,
            "rules": list(self.rules),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its grounds, and what would change it.

    Attributes:
        decision: What the gate answered.
        deciding: The rules that made the outcome.
        evidence: The list with which the gate permits; None where there is none, empty where it
            permits already. Nothing in it can be left out.
        proven: Whether the list is the smallest of all, or it is certain that there is none.
        in_the_way: Rules that no evidence moves, where there is no list.
    """

    decision: GateDecision
    deciding: tuple[Deciding, ...]
    evidence: tuple[Evidence, ...] | None
    proven: bool
    in_the_way: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The explanation as JSON."""
        return {
            "outcome": self.decision.outcome.value,
            "at": self.decision.at.isoformat(),
            "submission": self.decision.submission_digest,
            "bundle": self.decision.bundle_digest,
            "deciding": [rule.as_dict() for rule in self.deciding],
            "evidence": None if self.evidence is None else [e.as_dict() for e in self.evidence],
            "smallest": self.proven,
            "in_the_way": list(self.in_the_way),
        }


def explain(
    bundle: RuleBundle,
    submission: Submission,
    *,
    at: date,
    open_permits: Sequence[OpenPermit] = (),
    tries: int = MAX_TRIES,
) -> Explanation:
    """Decide on a submission, say why, and find what evidence would turn it into a permit.

    Args:
        bundle: The rules.
        submission: What is asked.
        at: The day of the decision.
        open_permits: Permits of the operator that are in force (D7).
        tries: Submissions looked at before a search gives up; fewer for an answer at once.
    """
    decision = decide(bundle, submission, at=at, open_permits=open_permits)
    lifting = Lifting(bundle, submission, at=at, open_permits=open_permits, tries=tries)
    refused = decision.outcome is Outcome.REFUSE
    deciding = tuple(
        _traced(fired, submission, decision, _lift_of(fired, lifting) if refused else (None, ()))
        for fired in decision.deciding
    )
    firm = tuple(dict.fromkeys(one.rule.rule_id for one in deciding if one.liftable is False))
    if decision.outcome in PERMITS or firm:
        nothing = None if firm else ()
        return Explanation(decision, deciding, nothing, proven=True, in_the_way=firm)
    found = lifting.smallest()
    if found.changes is None:
        in_the_way = _rules(bundle, found.stuck)
        return Explanation(decision, deciding, None, proven=found.proven, in_the_way=in_the_way)
    if not _confirmed(bundle, lifting, found.changes, at, open_permits):
        # The two ways to evaluate disagree: nothing is advised that the gate would not permit.
        return Explanation(decision, deciding, None, proven=False, in_the_way=())
    evidence = tuple(_evidence(bundle, lifting, found.changes))
    return Explanation(decision, deciding, evidence, proven=found.proven, in_the_way=())


def _lift_of(fired: Fired, lifting: Lifting) -> tuple[bool, tuple[str, ...]]:
    """Whether evidence can lift a certain forbid, and which fields it would be about."""
    if not fired.clause_id:  # no answer of the engine (D5): no evidence helps
        return False, ()
    found = lifting.smallest([fired.clause_id])
    return found.changes is not None, tuple(found.changes or ())


def _traced(
    fired: Fired,
    submission: Submission,
    decision: GateDecision,
    lift: tuple[bool | None, tuple[str, ...]],
) -> Deciding:
    seen = tuple(
        Seen(name, value, *origin_of(name, submission, decision.facts))
        for name, value in fired.facts
    )
    return Deciding(fired, seen, *lift)


def _confirmed(
    bundle: RuleBundle,
    lifting: Lifting,
    changes: Mapping[str, Value],
    at: date,
    open_permits: Sequence[OpenPermit],
) -> bool:
    """Whether the gate itself permits with the whole list, and not with a part left out."""

    def permits(answers: Mapping[str, Value]) -> bool:
        submission = lifting.submission(answers)
        decision = decide(bundle, submission, at=at, open_permits=open_permits)
        return decision.outcome in PERMITS

    parts = ({n: v for n, v in changes.items() if n != left_out} for left_out in changes)
    return permits(changes) and not any(map(permits, parts))


def _evidence(
    bundle: RuleBundle, lifting: Lifting, changes: Mapping[str, Value]
) -> Iterator[Evidence]:
    place = {name: number for number, name in enumerate(FIELDS)}
    for name in sorted(changes, key=lambda name: (not is_asked_for(name), place[name])):
        without = {other: value for other, value in changes.items() if other != name}
        good, bad = lifting.choices(changes, name)
        yield Evidence(
            field=name,
            question=FIELDS[name].question,
            asked_for=is_asked_for(name),
            value=changes[name],
            accepted=good,
            wanted=_AS_LISTED if _hangs_on_list(name, changes) else wanted(name, good, bad),
            rules=_rules(bundle, lifting.in_the_way(without)),
        )


def _rules(bundle: RuleBundle, clause_ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(bundle.clauses[name][0].rule_id for name in clause_ids))


_AS_LISTED: Final = "at least as many as on the list"


def _hangs_on_list(name: str, changes: Mapping[str, Value]) -> bool:
    """Whether the tested gallery is asked for while the list itself is still to be stated."""
    return name == "ev.gallery" and "wl.size" in changes
