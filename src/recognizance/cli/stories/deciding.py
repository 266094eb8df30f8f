"""The deciding half: every request put to the gate, as stated and as measured. Needs no engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recognizance.cli.stories.figures import figures_for
from recognizance.cli.stories.told import Decided, Reason
from recognizance.gate.bundle import rules_root
from recognizance.gate.cases import differences, load_case, open_permits_of, rules_of, seen_of
from recognizance.gate.decide import decide
from recognizance.gate.kinds import plain
from recognizance.gate.permit import Target
from recognizance.gate.submission import submission_from
from recognizance.permits.measured import with_measured_evidence
from recognizance.types import PermitClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from recognizance.cli.stories.story import Ask
    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.case_files import Case
    from recognizance.gate.decide import Fired, GateDecision
    from recognizance.gate.submission import Submission
    from recognizance.types import Outcome
    from recognizance.workspace import Workspace

DERIVED = {
    "D7": "All open permits of one operator are added up before the rules are asked.",
}
"""What a derivation did, where a story turns on one."""


def case_of(name: str) -> Case:
    """The case of that name, from the cases or from the stories' own.

    Raises:
        CaseFileError: There is none, or it cannot be read.
    """
    return load_case(_path(name))


def _path(name: str) -> Path:
    own = rules_root() / "stories" / f"{name}.toml"
    return own if own.exists() else rules_root() / "cases" / f"{name}.toml"


def decide_ask(ask: Ask, bundle: RuleBundle) -> Decided | None:
    """Put a request to the rules, with the figures that the applicant stated.

    Args:
        ask: The request.
        bundle: The rules.

    Returns:
        The answer, compared with the book and with the case file; None where no permit is needed.

    Raises:
        CaseFileError: Its case cannot be read.
    """
    if ask.case is None:
        return None
    case = case_of(ask.case)
    submission = submission_from(case.content)
    decision = decide(bundle, submission, at=case.at, open_permits=open_permits_of(case, bundle))
    seen = seen_of(decision, submission)
    problems = (
        *differences(case, seen),
        *_unlike_the_book(decision.outcome, ask.outcome, ask.rules, seen.decided),
    )
    told = _told(decision, rules_of(decision, submission), ask.rules)
    asker, purpose = submission.text("operator"), submission.text("purpose").replace("_", " ")
    told = replace(told, asker=f"{asker}, for: {purpose}")
    return replace(told, problems=tuple(f"{ask.case}: {words}" for words in problems))


def decide_measured(ask: Ask, workspace: Workspace) -> Decided | None:
    """Put a request to the rules once more, measured figures in place of the stated ones.

    Args:
        ask: The request.
        workspace: Holds the rules, and the evidence of the model that ships.

    Returns:
        The answer, compared with the book; None where the book says nothing about it.

    Raises:
        TargetUnsupportedError: The evidence does not reach the target of the book.
    """
    if ask.measured is None or ask.case is None:
        return None
    asked, case, bundle = ask.measured, case_of(ask.case), workspace.bundle
    stated = submission_as(case, {"class": asked.permit_class})
    target = Target(asked.rate, asked.target_ppb, asked.gallery_size)
    submission = with_measured_evidence(workspace, stated, PermitClass(asked.permit_class), target)
    decision = decide(bundle, submission, at=case.at, open_permits=open_permits_of(case, bundle))
    decided = tuple(dict.fromkeys(fired.rule_id for fired in decision.deciding))
    problems = _unlike_the_book(decision.outcome, asked.outcome, asked.rules, decided)
    return replace(
        _told(decision, decided, asked.rules or decided),
        figures=figures_for(decided, workspace.threshold_of(target)),
        problems=tuple(f"{ask.case}, measured: {words}" for words in problems),
    )


def submission_as(case: Case, changes: dict[str, object]) -> Submission:
    """The submission of a case with some fields stated otherwise."""
    stated = submission_from(case.content).stated
    return submission_from({name: plain(value) for name, value in stated.items()} | changes)


def _unlike_the_book(
    outcome: Outcome, written: Outcome | None, rules: Iterable[str], decided: Iterable[str]
) -> tuple[str, ...]:
    known = set(decided)
    problems = []
    if outcome is not written:
        problems.append(f"came out as {outcome.value}, written is {written}")
    if silent := [name for name in rules if name not in known]:
        problems.append(f"did not decide: {', '.join(silent)}")
    return tuple(problems)


def _told(decision: GateDecision, decided: Sequence[str], first: Sequence[str]) -> Decided:
    reasons = _reasons(decision.deciding)
    reasons |= {name: Reason(name, (DERIVED[name],)) for name in first if name in DERIVED}
    return Decided(
        outcome=decision.outcome,
        deciding=tuple(decided),
        first=tuple(reasons[name] for name in first if name in reasons),
        others=tuple(each for name, each in reasons.items() if name not in first),
        missing=tuple(gap.question for gap in decision.missing),
    )


def _reasons(fired: Iterable[Fired]) -> dict[str, Reason]:
    """What each rule says, once; a rule with several clauses says several sentences."""
    reasons: dict[str, Reason] = {}
    for each in fired:
        known = reasons.get(each.rule_id)
        said = known.sentences if known else ()
        sentences = said if each.reason in said else (*said, each.reason)
        reasons[each.rule_id] = Reason(each.rule_id, sentences, each.source, each.mark)
    return reasons
