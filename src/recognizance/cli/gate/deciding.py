"""`recognizance gate new, check, cases`: put a use to the rules. Needs no workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, outcome, table
from recognizance.cli.gate.common import (
    EXIT_CODES,
    AtOption,
    SubmissionFile,
    app,
    decision_text,
    read_text,
    today,
)
from recognizance.cli.output import output_file

if TYPE_CHECKING:
    from rich.text import Text

    from recognizance.gate.cases import CaseResult


@app.command("new")
def new(
    kind: Annotated[str, typer.Argument(help="trial, door, airport, prison, shop, ...")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where to write it.")
    ] = None,
) -> None:
    """Write a submission in which what you have to state is marked MISSING."""
    from recognizance.gate.templates import template

    text = template(kind)
    if output is None:
        typer.echo(text, nl=False)
        return
    with output_file(output, private=False) as place:
        place.write(text.encode())
    typer.echo(
        f"Wrote {output}. Answer what is marked MISSING, then: recognizance gate check {output}"
    )


@app.command("check")
def check(submission: SubmissionFile, at: AtOption = None, as_json: Json = False) -> None:
    """Decide a submission; needs no workspace and permits nothing."""
    from recognizance.gate.bundle import load_bundle
    from recognizance.gate.decide import decide
    from recognizance.gate.submission import parse_submission

    decision = decide(
        load_bundle(), parse_submission(read_text(submission)), at=at.date() if at else today()
    )
    emit(decision.as_dict(), as_json, *decision_text(decision))
    raise typer.Exit(EXIT_CODES[decision.outcome])


@app.command("cases")
def cases(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder of case files, or one case file; by default, those shipped."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide every case of a folder and say whether each came out as it expects."""
    from recognizance.gate.bundle import load_bundle, rules_root
    from recognizance.gate.cases import run_cases

    folder = folder or rules_root() / "cases"
    rows = run_cases(folder, load_bundle())
    wrong = [row for row in rows if not row.ok]
    emit(
        [row.as_dict() for row in rows],
        as_json,
        table(
            None,
            ("", "case", "outcome", "expected", "rules"),
            (
                (
                    line(("ok", "green") if row.ok else ("NO", "bold red")),
                    row.case_id,
                    outcome("invalid" if row.error else row.outcome),
                    row.expected,
                    " ".join(row.rules) if row.ok or row.error else "; ".join(row.differs),
                )
                for row in rows
            ),
        ),
        *(line((f"{row.case_id}: ", "bold"), row.error) for row in rows if row.error),
        *(_decided_by(row, folder) for row in wrong if not row.error),
        line((f"{len(rows) - len(wrong)} of {len(rows)} as expected", "bold")),
    )
    if wrong:
        raise typer.Exit(1)


def _decided_by(row: CaseResult, folder: Path) -> Text:
    """Of a case that came out otherwise: which rules decided, and how to ask why."""
    path = folder / f"{row.case_id}.toml" if folder.is_dir() else folder
    return line(
        (f"{row.case_id}: ", "bold"),
        f"{' '.join(row.rules)} decided; why: recognizance gate explain {path}",
    )
