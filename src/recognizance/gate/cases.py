"""Story cases: submissions on file, decided and compared with what their files expect.

How a file is written stands in `case_files`. The rules that are expected must be among those that
decided; a permit's are its conditions. `not_rules` must not have fired and `conditions` must have,
whatever the outcome. A submission that cannot be read is refused (D5), which is what a case about
one expects. Derivations count too: D1, D2, D3, D6 where they made or changed a fact, D4 for every
permit (it binds the digests), D5 where the unknown decided, D7 where open permits were added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.errors import CaseFileError, RecognizanceError, SubmissionError
from recognizance.gate.bundle import load_bundle
from recognizance.gate.cards import Effect
from recognizance.gate.case_files import RULES_READ_ON, Case, bad_case, case_tables, load_case
from recognizance.gate.decide import UNKNOWN_NEVER_PERMITS, decide
from recognizance.gate.facts import derive, open_permit
from recognizance.gate.submission import Submission, submission_from
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.decide import Fired, GateDecision
    from recognizance.gate.facts import OpenPermit

__all__ = [
    "DERIVATIONS",
    "MAX_REPEATED",
    "RULES_READ_ON",
    "Case",
    "CaseResult",
    "Seen",
    "case_tables",
    "condition_text",
    "differences",
    "load_case",
    "open_permits_of",
    "rules_of",
    "run_case",
    "run_cases",
    "seen_of",
]

MAX_REPEATED: Final = 10_000
DERIVATIONS: Final = frozenset(f"D{number}" for number in range(1, 8))
_PERMIT_ONLY: Final = ("site", "count")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the gate said of a case, as far as a case can expect anything of it.

    Attributes:
        outcome: The outcome.
        decided: Every name under which it was decided: rules, clauses, derivations, class.
        fired: Every rule, clause and derivation that fired, whether or not it decided.
        conditions: Every condition that fired, as `condition_text` writes it.
    """

    outcome: Outcome
    decided: frozenset[str]
    fired: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of a case.

    Attributes:
        case_id: File name without its ending.
        title: What the case is called.
        story: Whether it is one of the stories that the demonstration tells.
        outcome: What the gate answered; empty where the file is no case.
        expected: What the file expects, in words.
        expected_rules: Rules that the file expects.
        rules: Rules and derivations that made the outcome.
        fired: The rules with reasons and sources.
        ok: Whether the case came out as expected.
        differs: What did not, each in a few words.
        error: What was wrong with the file or the submission; empty otherwise.
    """

    case_id: str
    title: str = ""
    story: bool = False
    outcome: str = ""
    expected: str = ""
    expected_rules: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    fired: tuple[Fired, ...] = ()
    ok: bool = False
    differs: tuple[str, ...] = ()
    error: str = ""

    def as_dict(self) -> dict[str, object]:
        """The result as JSON."""
        return {
            "id": self.case_id,
            "title": self.title,
            "outcome": self.outcome,
            "expected": self.expected,
            "expected_rules": list(self.expected_rules),
            "rules": list(self.rules),
            "ok": self.ok,
            "differs": list(self.differs),
            "error": self.error,
        }


def run_case(case: Case, bundle: RuleBundle) -> CaseResult:
    """Decide a case and compare.

    Raises:
        CaseFileError: One of its open permits cannot be read, or it names a rule that is none.
    """
    known = DERIVATIONS | bundle.cards.keys() | bundle.clauses.keys()
    if unlisted := sorted(set(case.not_rules) - known):
        raise bad_case(case.case_id, f"names rules that do not exist: {', '.join(unlisted)}")
    permits = open_permits_of(case, bundle)
    try:
        submission = submission_from(case.content)
    except SubmissionError as error:
        # What is in no list cannot be decided on, so it is refused (D5).
        seen = Seen(Outcome.REFUSE, frozenset({UNKNOWN_NEVER_PERMITS}))
        message = f"{error.message} {error.hint}"
        return _result(case, seen, (UNKNOWN_NEVER_PERMITS,), error=message)
    decision = decide(bundle, submission, at=case.at, open_permits=permits)
    seen, rules = seen_of(decision, submission), rules_of(decision, submission)
    return _result(case, seen, rules, fired=decision.fired)


def run_cases(path: Path, bundle: RuleBundle | None = None) -> tuple[CaseResult, ...]:
    """Decide one case file, or every case file of a folder and of the folders in it, in order.

    A file that is no case is reported as not ok, and the others are decided all the same.

    Args:
        path: The file or the folder.
        bundle: The rules; the installed ones if None.

    Raises:
        CaseFileError: There is no case at that place.
        RuleBundleError: The rules do not load.
    """
    paths = [path] if path.is_file() else sorted(path.rglob("*.toml"))
    if not paths:
        raise CaseFileError(
            "There is no case file at that place.", hint="Name a .toml file or a folder of them."
        )
    rules = bundle or load_bundle()
    return tuple(_run_file(case_path, rules) for case_path in paths)


def _run_file(path: Path, bundle: RuleBundle) -> CaseResult:
    try:
        return run_case(load_case(path), bundle)
    except CaseFileError as error:
        return CaseResult(case_id=path.stem, error=error.message)


def _result(
    case: Case,
    seen: Seen,
    rules: tuple[str, ...],
    *,
    fired: tuple[Fired, ...] = (),
    error: str = "",
) -> CaseResult:
    differs = differences(case, seen)
    return CaseResult(
        case_id=case.case_id,
        title=case.title,
        story=case.story,
        outcome=seen.outcome.value,
        expected=" or ".join(sorted(case.outcomes)),
        expected_rules=tuple(dict.fromkeys(name.partition("#")[0] for name in case.rules)),
        rules=rules,
        fired=fired,
        ok=not differs,
        differs=differs,
        error=error,
    )


# ---- comparing ------------------------------------------------------------------------------


def differences(case: Case, seen: Seen) -> tuple[str, ...]:
    """What did not come out as a case expects; empty where everything did."""
    found = []
    if seen.outcome not in case.outcomes:
        found.append(f"came out as {seen.outcome.value}")
    for what, names in (
        ("did not decide", [name for name in case.rules if name not in seen.decided]),
        ("fired and must not", [name for name in case.not_rules if name in seen.fired]),
        ("is not carried", [name for name in case.conditions if name not in seen.conditions]),
    ):
        if names:
            found.append(f"{what}: {', '.join(names)}")
    return tuple(found)


def condition_text(rule_id: str, hook: str, parameters: Mapping[str, object]) -> str:
    """A condition as a case names it: `LE-09 reviewers n=2`."""
    return " ".join([rule_id, hook, *(f"{name}={value}" for name, value in parameters.items())])


def rules_of(decision: GateDecision, submission: Submission) -> tuple[str, ...]:
    """Every name under which the outcome was decided: rules, derivations, and a permit's class."""
    names = dict.fromkeys(fired.rule_id for fired in _deciding(decision))
    names |= dict.fromkeys(decision.facts.derivations)
    if decision.outcome is Outcome.INCOMPLETE:
        names[UNKNOWN_NEVER_PERMITS] = None
    if decision.outcome in {Outcome.PERMIT, Outcome.PERMIT_WITH_CONDITIONS}:
        names |= dict.fromkeys(("D4", submission.text("class")))
    return tuple(names)


def _deciding(decision: GateDecision) -> tuple[Fired, ...]:
    """The rules that made the outcome; a refusal names what was missing besides."""
    if decision.outcome is not Outcome.REFUSE:
        return decision.deciding
    missing = (fired for fired in decision.fired if fired.effect is Effect.REQUIRE)
    return (*decision.deciding, *missing)


def seen_of(decision: GateDecision, submission: Submission) -> Seen:
    """What a case can expect of a decision."""
    return Seen(
        outcome=decision.outcome,
        decided=frozenset(rules_of(decision, submission))
        | {fired.clause_id for fired in _deciding(decision)},
        fired=frozenset(decision.facts.derivations)
        | {name for fired in decision.fired for name in (fired.rule_id, fired.clause_id)},
        conditions=frozenset(
            condition_text(fired.rule_id, fired.hook, fired.parameters)
            for fired in decision.fired
            if fired.effect is Effect.CONDITION
        ),
    )


# ---- open permits ---------------------------------------------------------------------------


def open_permits_of(case: Case, bundle: RuleBundle) -> tuple[OpenPermit, ...]:
    """The permits that the operator of a case holds already (D7).

    Raises:
        CaseFileError: One of them cannot be read.
    """
    return tuple(_open_permits(case, bundle))


def _open_permits(case: Case, bundle: RuleBundle) -> Iterator[OpenPermit]:
    for table in case.open_permits:
        record = dict(table)
        site, count = (record.pop(key, None) for key in _PERMIT_ONLY)
        if count is None:
            count = 1
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_REPEATED:
            raise bad_case(case.case_id, f"repeats an open permit {count!r} times")
        try:
            submission = submission_from(record)
        except RecognizanceError as error:
            raise bad_case(
                case.case_id, f"has an open permit that is none: {error.message}"
            ) from error
        facts = derive(submission, bundle.tables, at=case.at)
        permit = open_permit(submission, facts, site="" if site is None else str(site))
        yield from (permit for _ in range(count))
