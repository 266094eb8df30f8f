"""`recognizance gate explain, diff, lint`: why, what differs, and what a reader would ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from recognizance.cli.console import Json, emit, grid, line, outcome, table
from recognizance.cli.gate.common import (
    EFFECT_WORDS,
    EXIT_CODES,
    AtOption,
    SubmissionFile,
    app,
    today,
)
from recognizance.errors import InputError
from recognizance.gate.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from rich.console import RenderableType

    from recognizance.gate.difference import (
        RulesDifference,
        SubmissionDifference,
    )
    from recognizance.gate.explain import Deciding, Explanation, Seen
    from recognizance.gate.filed import Filed
    from recognizance.gate.kinds import Value
    from recognizance.gate.lint import Finding

_SEVERITY_STYLE = {"error": "bold red", "warning": "yellow", "note": "dim"}


def day_of(at: datetime | None, *filed: Filed) -> date:
    """The day that was asked for, else that of the first case, else today."""
    if at is not None:
        return at.date()
    return next((one.at for one in filed if one.at is not None), None) or today()


# ---- explain --------------------------------------------------------------------------------


@app.command("explain")
def explain(submission: SubmissionFile, at: AtOption = None, as_json: Json = False) -> None:
    """Say why the gate decides so, and the smallest evidence that would make it a permit."""
    from recognizance.gate.bundle import load_bundle
    from recognizance.gate.explain import explain as explained
    from recognizance.gate.filed import read_filed

    bundle = load_bundle()
    filed = read_filed(submission, bundle)
    found = explained(
        bundle, filed.submission, at=day_of(at, filed), open_permits=filed.open_permits
    )
    emit(found.as_dict(), as_json, *_explanation_text(found))
    raise typer.Exit(EXIT_CODES[found.decision.outcome])


def _explanation_text(found: Explanation) -> Iterator[RenderableType]:
    decision = found.decision
    yield line(("gate: ", "bold"), outcome(decision.outcome.value), f"  (law as of {decision.at})")
    yield grid(_rule_rows(found))
    yield from _evidence_text(found)
    seen = {fact.name: fact for one in found.deciding for fact in one.seen}
    if seen:
        yield line(("facts that they saw", "bold"))
        yield grid(_fact_row(seen[name]) for name in FIELDS if name in seen)


def _rule_rows(found: Explanation) -> Iterator[tuple[Text, Text, Text]]:
    """A row for each rule and effect: its reasons, what it saw, and its source."""
    grouped: dict[tuple[str, str], list[Deciding]] = {}
    for one in found.deciding:
        effect = EFFECT_WORDS[one.rule.effect.value]
        word = "not known yet" if one.rule.undecided else effect
        grouped.setdefault((one.rule.rule_id, word), []).append(one)
    for (rule_id, word), group in grouped.items():
        rule = group[0].rule
        what = Text("\n").join(_reason(one) for one in group)
        if names := dict.fromkeys(fact.name for one in group for fact in one.seen):
            what.append_text(line((f"\nsaw {', '.join(names)}", "dim")))
        what.append_text(line((f"\n{rule.source} [{rule.mark}]", "dim")))
        yield line((rule_id, "bold")), line((word, "dim")), what


def _reason(one: Deciding) -> Text:
    said = line(one.rule.reason)
    if one.rule.hook:
        said.append_text(line((f"\nat run time: {one.rule.hook}", "dim")))
    if one.liftable:
        lifted = f"\nevidence could lift it: {', '.join(one.lifted_by)}"
        said.append_text(line((lifted, "yellow")))
    elif one.liftable is False:
        said.append_text(line(("\nno evidence lifts it", "red")))
    return said


def _fact_row(seen: Seen) -> tuple[Text, Text, Text]:
    from recognizance.gate.origins import Origin
    from recognizance.gate.wording import value_text

    value = line(value_text(seen.name, seen.value))
    if seen.origin is Origin.OPEN:
        return line((seen.name, "bold")), line(("not known", "yellow")), line((seen.detail, "dim"))
    came = {
        Origin.STATED: "stated",
        Origin.DERIVED: f"derived {seen.detail}",
        Origin.TABLE: f"table {seen.detail}",
        Origin.SILENCE: seen.detail,
    }[seen.origin]
    return line((seen.name, "bold")), value, line((came, "dim"))


def _evidence_text(found: Explanation) -> Iterator[RenderableType]:
    if found.evidence is None:
        rules = ", ".join(found.in_the_way)
        if not found.proven:
            yield line("No list of evidence was found in the time that a search is given.")
        else:
            yield line(("No evidence makes this a permit", "bold"), f"; in the way: {rules}")
        return
    if not found.evidence:
        return
    smaller = "no shorter list does" if found.proven else "a shorter list may exist"
    yield line(
        ("With this the gate permits. ", "bold"),
        f"Nothing in it can be left out; {smaller}.",
    )
    yield grid(
        (
            line(("state" if item.asked_for else "prove", "yellow")),
            line((item.field, "bold")),
            line(item.question, f"\n{item.wanted}", (f"  ({', '.join(item.rules)})", "dim")),
        )
        for item in found.evidence
    )
    if any(item.asked_for for item in found.evidence):
        yield line(("State only what is so: what the use is nobody can choose for you.", "dim"))


# ---- diff -----------------------------------------------------------------------------------


@app.command("diff")
def diff(
    first: Annotated[Path, typer.Argument(help="A submission or case, or a folder of rules.")],
    second: Annotated[Path, typer.Argument(help="What to compare it with, of the same kind.")],
    at: AtOption = None,
    as_json: Json = False,
) -> None:
    """Compare two submissions, or two folders of rules, and say what comes out otherwise."""
    from recognizance.gate.bundle import load_bundle
    from recognizance.gate.difference import between_rules, between_submissions
    from recognizance.gate.filed import read_filed

    if first.is_dir() != second.is_dir():
        raise InputError(
            "One of the two is a file and the other a folder.",
            hint="Compare two submissions, or two folders of rules.",
        )
    if first.is_dir():
        rules = between_rules(first, second)
        emit(rules.as_dict(), as_json, *_rules_difference_text(rules))
        return
    bundle = load_bundle()
    before, after = read_filed(first, bundle), read_filed(second, bundle)
    found = between_submissions(bundle, before, after, at=day_of(at, before, after))
    emit(found.as_dict(), as_json, *_submission_difference_text(found))


def _submission_difference_text(found: SubmissionDifference) -> Iterator[RenderableType]:
    yield line(
        ("gate: ", "bold"),
        outcome(found.before.outcome.value),
        " -> ",
        outcome(found.after.outcome.value),
        f"  (law as of {found.after.at})",
    )
    if not found.stated:
        yield line("The two state the same.")
    changes = [("stated", change) for change in found.stated]
    changes += [("follows", change) for change in found.derived]
    rows = [
        (
            line((word, "dim")),
            line((change.name, "bold")),
            line(f"{_value(change.name, change.before)} -> {_value(change.name, change.after)}"),
        )
        for word, change in changes
    ]
    rows += [
        (line((word, style)), line((rule, "bold")), line(EFFECT_WORDS.get(effect, "not known yet")))
        for word, style, rules in (("lost", "red", found.lost), ("gained", "green", found.gained))
        for rule, effect in rules
    ]
    if rows:
        yield grid(rows)


def _value(name: str, value: Value | None) -> str:
    from recognizance.gate.wording import value_text

    return "not stated" if value is None else value_text(name, value)


def _rules_difference_text(found: RulesDifference) -> Iterator[RenderableType]:
    if found.digests[0] == found.digests[1]:
        yield line("The two decide by the same rules.")
        return
    for change in (*found.cards, *found.others):
        yield line((change.name, "bold"), f"  {change.what}  ", (change.title, "dim"))
        yield grid(
            (
                line((where, "dim")),
                Text("\n").join(
                    line((f"{sign} {text}", style))
                    for sign, text, style in (("-", before, "red"), ("+", after, "green"))
                    if text
                ),
            )
            for where, before, after in change.lines
        )
    yield line((f"{len(found.cases)} of {found.decided} cases", "bold"), " come out otherwise.")
    if found.cases:
        yield table(
            None,
            ("case", "before", "after"),
            ((case.case_id, outcome(case.before), outcome(case.after)) for case in found.cases),
        )


# ---- lint -----------------------------------------------------------------------------------


@app.command("lint")
def lint(submission: SubmissionFile, at: AtOption = None, as_json: Json = False) -> None:
    """Say what a careful reader would ask about a submission, before it is decided."""
    from recognizance.gate.bundle import load_bundle
    from recognizance.gate.filed import read_bytes
    from recognizance.gate.lint import Severity
    from recognizance.gate.lint import lint as linted

    findings = linted(
        load_bundle(), read_bytes(submission), at=at.date() if at is not None else today()
    )
    counts = {severity: sum(one.severity is severity for one in findings) for severity in Severity}
    emit(
        {
            "findings": [one.as_dict() for one in findings],
            "counts": {severity.value: count for severity, count in counts.items()},
        },
        as_json,
        grid(_finding_row(one) for one in findings),
        line((_counted({severity.value: n for severity, n in counts.items()}), "bold")),
    )
    if counts[Severity.ERROR]:
        raise typer.Exit(1)


def _finding_row(one: Finding) -> tuple[Text, Text, Text]:
    return (
        line((one.severity.value, _SEVERITY_STYLE[one.severity.value])),
        line((one.field or "the file", "bold")),
        line(one.what, (f" {one.todo}", "dim")),
    )


def _counted(counts: dict[str, int]) -> str:
    words = [f"{n} {word}{'s' if n > 1 else ''}" for word, n in counts.items() if n]
    return ", ".join(words) or "Nothing to ask."
