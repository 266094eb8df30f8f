"""`recognizance training`: who was trained to look at faces, and when."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.session import open_workspace
from recognizance.errors import InputError
from recognizance.types import Role

app = typer.Typer(help="Training of reviewers (rule GV-04).", no_args_is_help=True)


@app.command("record")
def record(
    name: Annotated[str, typer.Argument(help="Who was trained, as `keys list` names them.")],
    on: Annotated[str, typer.Option("--on", help="The day, like 2026-11-24.")],
    course: Annotated[str, typer.Option("--course", help="Which course, by whom.")],
    as_json: Json = False,
) -> None:
    """Record that somebody was trained (custodian)."""
    from recognizance.permits import oversight

    try:
        day = date.fromisoformat(on)
    except ValueError as error:
        raise InputError(f"{on!r} is no day.", hint="Write it like 2026-11-24.") from error
    with open_workspace() as workspace:
        oversight.record_training(workspace, name, on=day, course=course, by=workspace.acting())
    emit(
        {"name": name, "on": day.isoformat()},
        as_json,
        line(("Trained ", "bold"), f"{name} on {day.isoformat()}"),
    )


@app.command("list")
def list_training(as_json: Json = False) -> None:
    """List the reviewers and the last day on which each was trained."""
    with open_workspace() as workspace:
        standing = workspace.registry.standing
        rows = []
        for each in workspace.registry.principals.values():
            day = standing.trained_on(each.principal_id)
            if day is not None or Role.REVIEWER in each.roles:
                rows.append({"name": each.name, "on": day.isoformat() if day else None})
    emit(
        rows,
        as_json,
        table(None, ("name", "trained on"), ((r["name"], r["on"] or "never") for r in rows)),
    )
