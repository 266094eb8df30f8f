"""Story cases: a submission on file with the decision that is expected.

    [meta]                       # optional: title, story, and whatever helps a reader
    title = "..."

    [submission]                 # the same tables as in a submission, nested below
    class = "standard"
    [submission.op]
    kind = "police"

    [[open_permits]]             # permits that the operator holds already (D7), if any
    operator = "..."             # the same fields as a submission, nested or flat
    site = "north gate"          # optional: permits for one site count once
    count = 499                  # optional: so many permits like this, for a site each

    [expect]
    outcome = "refuse"
    rules = ["HR-08", "D7"]      # optional
    at = 2026-11-22              # optional

The rules that are expected must be among those that fired; a permit's are its conditions. A
submission that cannot be read is refused (D5), which is what a case about one expects. Derivations
count too: D1, D2, D3, D6 where they made or changed a fact, D4 for every permit (it binds the
digests), D5 where the unknown decided, D7 where open permits were added up.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, cast

from recognizance.errors import CaseFileError, RecognizanceError, SubmissionError
from recognizance.gate.bundle import load_bundle
from recognizance.gate.cards import Effect
from recognizance.gate.decide import UNKNOWN_NEVER_PERMITS, decide
from recognizance.gate.facts import derive, open_permit
from recognizance.gate.submission import MAX_BYTES, Submission, submission_from
from recognizance.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.decide import Fired, GateDecision
    from recognizance.gate.facts import OpenPermit

RULES_READ_ON: Final = date(2026, 11, 22)
"""The day as of which the rule base was written: the day of a case that names none."""

MAX_REPEATED: Final = 10_000
_SECTIONS: Final = frozenset({"meta", "submission", "open_permits", "expect"})
_EXPECTED: Final = frozenset({"outcome", "rules", "at"})
_PERMIT_ONLY: Final = ("site", "count")


@dataclass(frozen=True, slots=True)
class Case:
    """A case, read.

    Attributes:
        case_id: File name without its ending.
        title: What the case is called.
        story: Whether it is one of the stories that the demonstration tells.
        content: Tables of the submission, not yet read: that one cannot be read is a decision too.
        open_permits: Tables of the permits that are open.
        outcomes: The outcomes that are right; more than one where the file names several.
        rules: Rules that must have decided.
        at: The day of the decision.
    """

    case_id: str
    title: str
    story: bool
    content: Mapping[str, object]
    open_permits: tuple[Mapping[str, object], ...]
    outcomes: frozenset[Outcome]
    rules: tuple[str, ...]
    at: date


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
        ok: Whether outcome and rules are as expected.
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
            "error": self.error,
        }


def load_case(path: Path) -> Case:
    """Read a case file.

    Raises:
        CaseFileError: The file cannot be read, or is no case.
    """
    try:
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise _bad(path.name, f"has {len(data)} bytes, more than {MAX_BYTES}")
        content = tomllib.loads(data.decode())
    except OSError as error:
        raise _bad(path.name, "cannot be opened") from error
    except (ValueError, RecursionError) as error:
        raise _bad(path.name, f"is no TOML in UTF-8 ({error})") from error
    return _case(path.name, path.stem, content)


def run_case(case: Case, bundle: RuleBundle) -> CaseResult:
    """Decide a case and compare.

    Raises:
        CaseFileError: One of its open permits cannot be read.
    """
    permits = tuple(_open_permits(case, bundle))
    try:
        submission = submission_from(case.content)
    except SubmissionError as error:
        # What is in no list cannot be decided on, so it is refused (D5).
        message = f"{error.message} {error.hint}"
        return _compared(case, Outcome.REFUSE, (UNKNOWN_NEVER_PERMITS,), (), message)
    decision = decide(bundle, submission, at=case.at, open_permits=permits)
    return _compared(case, decision.outcome, rules_of(decision, submission), decision.fired, "")


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


def _compared(
    case: Case, outcome: Outcome, rules: tuple[str, ...], fired: tuple[Fired, ...], error: str
) -> CaseResult:
    return CaseResult(
        case_id=case.case_id,
        title=case.title,
        story=case.story,
        outcome=outcome.value,
        expected=" or ".join(sorted(case.outcomes)),
        expected_rules=case.rules,
        rules=rules,
        fired=fired,
        ok=outcome in case.outcomes and set(case.rules) <= set(rules),
        error=error,
    )


def rules_of(decision: GateDecision, submission: Submission) -> tuple[str, ...]:
    """Every name under which the outcome was decided: rules, derivations, and a permit's class."""
    names = dict.fromkeys(fired.rule_id for fired in decision.deciding)
    if decision.outcome is Outcome.REFUSE:
        names |= dict.fromkeys(f.rule_id for f in decision.fired if f.effect is Effect.REQUIRE)
    names |= dict.fromkeys(decision.facts.derivations)
    if decision.outcome is Outcome.INCOMPLETE:
        names[UNKNOWN_NEVER_PERMITS] = None
    if decision.outcome in {Outcome.PERMIT, Outcome.PERMIT_WITH_CONDITIONS}:
        names |= dict.fromkeys(("D4", submission.text("class")))
    return tuple(names)


def _open_permits(case: Case, bundle: RuleBundle) -> Iterator[OpenPermit]:
    for table in case.open_permits:
        record = dict(table)
        site, count = (record.pop(key, None) for key in _PERMIT_ONLY)
        if count is None:
            count = 1
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_REPEATED:
            raise _bad(case.case_id, f"repeats an open permit {count!r} times")
        try:
            submission = submission_from(record)
        except RecognizanceError as error:
            raise _bad(case.case_id, f"has an open permit that is none: {error.message}") from error
        facts = derive(submission, bundle.tables, at=case.at)
        permit = open_permit(submission, facts, site="" if site is None else str(site))
        yield from (permit for _ in range(count))


def _case(name: str, case_id: str, content: Mapping[str, object]) -> Case:
    if unlisted := sorted(set(content) - _SECTIONS):
        raise _bad(name, f"has sections that nobody reads: {', '.join(unlisted)}")
    submission, expect = content.get("submission"), content.get("expect")
    if not isinstance(submission, dict) or not isinstance(expect, dict):
        raise _bad(name, "needs the tables [submission] and [expect]")
    if unlisted := sorted(set(expect) - _EXPECTED):
        raise _bad(name, f"expects what nobody compares: {', '.join(unlisted)}")
    permits = content.get("open_permits", [])
    if not isinstance(permits, list) or not all(isinstance(row, dict) for row in permits):
        raise _bad(name, "has no list of tables in open_permits")
    meta = content.get("meta", {})
    about = meta if isinstance(meta, dict) else {}
    return Case(
        case_id=case_id,
        title=str(about.get("title", case_id)),
        story=about.get("story") is True,
        content=cast("Mapping[str, object]", submission),
        open_permits=tuple(permits),
        outcomes=_outcomes(name, expect.get("outcome")),
        rules=_texts(name, expect.get("rules", [])),
        at=_day(name, expect.get("at", RULES_READ_ON)),
    )


def _outcomes(name: str, value: object) -> frozenset[Outcome]:
    texts = _texts(name, value)
    if not texts or not set(texts) <= set(Outcome):
        raise _bad(name, f"expects an outcome that is none of: {', '.join(Outcome)}")
    return frozenset(map(Outcome, texts))


def _texts(name: str, value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise _bad(name, "expects something that is no text")
    return tuple(items)


def _day(name: str, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise _bad(name, f"is decided on no day: {value!r}") from error


def _bad(name: str, what: str) -> CaseFileError:
    return CaseFileError(
        f"The case {name} {what}.", hint="How a case is written stands in docs/gate.md."
    )
