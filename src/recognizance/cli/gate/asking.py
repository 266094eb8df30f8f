"""`recognizance gate ask`: an interview that ends in a submission and a first outcome."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, err, grid, line, outcome
from recognizance.cli.gate.common import EXIT_CODES, AtOption, app, today
from recognizance.cli.output import output_file
from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    from recognizance.gate.interview import Interview
    from recognizance.gate.topics import Topic

_ROWS = 10
"""Choices that stand under each other; more of them stand in columns, if they are short."""
_LABEL = 26


@app.command("ask")
def ask(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where to write the submission.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="A file with one answer a line.")
    ] = None,
    at: AtOption = None,
    as_json: Json = False,
) -> None:
    """Ask at most 15 plain questions, write the submission, and decide it as far as it goes.

    ? leaves a question open. The end of the input (Ctrl-D) and Ctrl-C write what there is.
    """
    from recognizance.gate.bundle import load_bundle
    from recognizance.gate.interview import Interview

    read = _reader(answers)
    interview = Interview(load_bundle(), at.date() if at is not None else today())
    with nullcontext() if output is None else output_file(output, private=False) as place:
        interview = _interviewed(interview, read)
        text = interview.toml()
        if place is not None:
            place.write(text.encode())
    if as_json:
        emit(_as_dict(interview, output), as_json)
    elif output is None:  # the file itself, so that it can be redirected; the rest beside it
        typer.echo(text, nl=False)
        for part in _ended(interview, output):
            err.print(part)
    else:
        emit({}, as_json, *_ended(interview, output))
    raise typer.Exit(EXIT_CODES[interview.decision.outcome])


def _as_dict(interview: Interview, output: Path | None) -> dict[str, object]:
    decision = interview.decision
    return {
        "outcome": decision.outcome.value,
        "asked": list(interview.asked),
        "missing": [gap.as_dict() for gap in decision.missing],
        "rules": list(dict.fromkeys(fired.rule_id for fired in decision.deciding)),
        "file": None if output is None else str(output),
        "submission": interview.toml(),
    }


def _interviewed(interview: Interview, read: Callable[[], str]) -> Interview:
    """Ask until nothing is to be asked, or until the input ends or is broken off."""
    while topic := interview.next():
        _show(topic, len(interview.asked) + 1)
        while True:
            try:
                interview = interview.answered(topic, read())
                break
            except (EOFError, KeyboardInterrupt):
                err.print(line(""))
                return interview
            except InputError as error:
                err.print(line((f"{error.message} {error.hint}", "yellow")))
    return interview


def _reader(answers: Path | None) -> Callable[[], str]:
    """Where answers come from: a file, or whoever types."""
    if answers is None:
        return _typed
    try:
        lines = iter(answers.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise InputError(f"{answers} cannot be read.", hint="Check the path.") from error

    def next_line() -> str:
        for answer in lines:
            return answer
        raise EOFError

    return next_line


def _typed() -> str:
    """One line of standard input; the prompt goes to standard error, so that --json stays clean."""
    err.print(line(("> ", "bold")), end="")
    answer = sys.stdin.readline()
    if not answer:
        raise EOFError
    return answer.rstrip("\n")


def _show(topic: Topic, number: int) -> None:
    several = "  (one or more, as 1,3 or 2-4)" if topic.form == "several" else ""
    err.print(line((f"\n{number}. {topic.question}", "bold"), (several, "dim")))
    choices = [
        line((f"{place:>2} ", "bold"), choice.label)
        for place, choice in enumerate(topic.choices, 1)
    ]
    narrow = all(len(choice.label) <= _LABEL for choice in topic.choices)
    columns = 3 if narrow and len(choices) > _ROWS else 1
    height = -(-len(choices) // columns)
    if choices:
        err.print(
            grid(
                [
                    choices[row + column * height]
                    for column in range(columns)
                    if row + column * height < len(choices)
                ]
                for row in range(height)
            )
        )


def _ended(interview: Interview, output: Path | None) -> list[RenderableType]:
    decision = interview.decision
    rules = ", ".join(dict.fromkeys(fired.rule_id for fired in decision.deciding))
    said: list[RenderableType] = [
        line(
            ("gate: ", "bold"),
            outcome(decision.outcome.value),
            f"  after {len(interview.asked)} questions",
        ),
        grid([(line(("rules", "dim")), line(rules))]),
    ]
    if decision.missing:
        said.append(
            grid(
                [
                    (
                        line(("missing", "yellow")),
                        line(", ".join(gap.field for gap in decision.missing)),
                    )
                ]
            )
        )
    if output is not None:
        said.append(line(f"Wrote {output}. Next: recognizance gate explain {output}"))
    return said
