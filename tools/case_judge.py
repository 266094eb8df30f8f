"""The story cases judged by the three-valued evaluator, one clause at a time.

Facts are derived once for each case. After that a changed rule costs only the clauses that changed,
which is what makes it possible to try every mutant of the rules on every case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.errors import SubmissionError
from recognizance.gate.cards import Effect
from recognizance.gate.cases import Seen, condition_text, differences, open_permits_of
from recognizance.gate.decide import UNKNOWN_NEVER_PERMITS
from recognizance.gate.facts import derive
from recognizance.gate.kleene import evaluate
from recognizance.gate.submission import submission_from
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.case_files import Case
    from recognizance.gate.kinds import Value
    from rule_mutants import Form, Mutant, Rules

CERTAIN: Final = "certain"
POSSIBLE: Final = "possible"


@dataclass(frozen=True, slots=True)
class Brief:
    """A case, ready to be judged under other rules.

    Attributes:
        case: The case with what it expects.
        facts: Every fact, derived.
        derivations: Ids of the derivations that took part.
        permit_class: The class that is asked for.
        holds: For each clause that is not plainly false whether it is certain or possible.
    """

    case: Case
    facts: Mapping[str, Value]
    derivations: tuple[str, ...]
    permit_class: str
    holds: Mapping[str, str]


def brief(case: Case, bundle: RuleBundle, rules: Rules) -> Brief | None:
    """Prepare a case; None where its submission cannot be read, which no rule decides.

    Raises:
        CaseFileError: One of its open permits cannot be read.
    """
    try:
        submission = submission_from(case.content)
    except SubmissionError:
        return None
    permits = open_permits_of(case, bundle)
    facts = derive(submission, bundle.tables, at=case.at, open_permits=permits)
    states = ((name, state(form, facts.values, case.at)) for name, form in rules.forms.items())
    return Brief(
        case=case,
        facts=facts.values,
        derivations=facts.derivations,
        permit_class=submission.text("class"),
        holds={name: how for name, how in states if how},
    )


def state(form: Form | None, facts: Mapping[str, Value], at: date) -> str:
    """Whether a clause is certain, possible, or (empty) plainly false or not in force."""
    if form is None or not form.card.in_force(at):
        return ""
    truth = evaluate(form.when, facts)
    return CERTAIN if truth else POSSIBLE if truth is None else ""


def seen(brief: Brief, forms: Mapping[str, Form | None], holds: Mapping[str, str]) -> Seen:
    """What the gate would say of a case if its clauses held like this.

    Args:
        brief: The case.
        forms: Every clause by its id.
        holds: For each clause that is not plainly false whether it is certain or possible.
    """
    by_effect: dict[Effect, list[str]] = {effect: [] for effect in Effect}
    fired = {name: form for name in holds if (form := forms[name])}
    for name, form in fired.items():
        by_effect[form.clause.effect].append(name)
    forbidden = [name for name in by_effect[Effect.FORBID] if holds[name] == CERTAIN]
    undecided = [name for name in by_effect[Effect.FORBID] if holds[name] == POSSIBLE]
    required, conditions = by_effect[Effect.REQUIRE], by_effect[Effect.CONDITION]
    if forbidden:
        outcome, deciding, more = Outcome.REFUSE, [*forbidden, *required], set()
    elif required or undecided:
        outcome, deciding = Outcome.INCOMPLETE, [*required, *undecided]
        more = {UNKNOWN_NEVER_PERMITS}
    else:
        outcome = Outcome.PERMIT_WITH_CONDITIONS if conditions else Outcome.PERMIT
        deciding, more = conditions, {"D4", brief.permit_class}
    return Seen(
        outcome=outcome,
        decided=_names(fired, deciding) | more | set(brief.derivations),
        fired=_names(fired, fired) | set(brief.derivations),
        conditions=frozenset(
            condition_text(form.card.rule_id, form.clause.hook, form.clause.parameters)
            for form in (fired[name] for name in conditions)
        ),
    )


def _names(fired: Mapping[str, Form], clause_ids: Iterable[str]) -> frozenset[str]:
    ids = frozenset(clause_ids)
    return ids | {fired[name].card.rule_id for name in ids}


def changed(brief: Brief, mutant: Mutant, rules: Rules) -> Seen | None:
    """What the gate would say of a case under a mutant; None where no clause holds otherwise."""
    holds = dict(brief.holds)
    same = True
    for name, form in mutant.changes.items():
        how = state(form, brief.facts, brief.case.at)
        before = holds.pop(name, "")
        if how:
            holds[name] = how
        parameters = form.clause.parameters if form else {}
        moved = parameters != rules.forms[name].clause.parameters
        same = same and how == before and not (how and moved)
    return None if same else seen(brief, {**rules.forms, **mutant.changes}, holds)


def noticed_by(mutant: Mutant, briefs: Iterable[Brief], rules: Rules) -> str:
    """The first case that does not come out as it expects under a mutant; empty where none does."""
    for one in briefs:
        other = changed(one, mutant, rules)
        if other and differences(one.case, other):
            return one.case.case_id
    return ""
