"""`recognizance calendar`: announced assemblies, during which a place is closed to recognition."""

from __future__ import annotations

from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.session import open_workspace, parse_moment
from recognizance.types import utc_text

app = typer.Typer(
    help="Assemblies: where and when nobody is searched for (rule HR-04).", no_args_is_help=True
)


@app.command("add")
def add(
    site: Annotated[str, typer.Option("--site", help="Id of the place, as permits name it.")],
    begins: Annotated[str, typer.Option("--from", help="Its start, like 2026-11-24T14:00Z.")],
    ends: Annotated[str, typer.Option("--until", help="Its end.")],
    reason: Annotated[str, typer.Option("--reason", help="What is announced there.")],
    as_json: Json = False,
) -> None:
    """Announce an assembly: no use runs at that place while it lasts."""
    from recognizance.permits import oversight

    with open_workspace() as workspace:
        assembly = oversight.announce_assembly(
            workspace,
            site=site,
            begins=parse_moment(begins),
            ends=parse_moment(ends),
            reason=reason,
            by=workspace.acting(),
        )
    emit(
        {"assembly": assembly.assembly_id, "site": assembly.site},
        as_json,
        line(("Closed ", "bold"), f"{site} from {begins} until {ends}"),
        line("  assembly    ", assembly.assembly_id),
    )


@app.command("list")
def list_assemblies(as_json: Json = False) -> None:
    """List the assemblies that are announced."""
    with open_workspace() as workspace:
        rows = [
            {
                "assembly": each.assembly_id,
                "site": each.site,
                "from": utc_text(each.begins),
                "until": utc_text(each.ends),
            }
            for each in workspace.registry.standing.calendar()
        ]
    emit(
        rows,
        as_json,
        table(None, ("assembly", "site", "from", "until"), (row.values() for row in rows)),
    )


@app.command("cancel")
def cancel(
    assembly_id: str,
    reason: Annotated[str, typer.Option("--reason", help="Why it does not take place.")],
    as_json: Json = False,
) -> None:
    """Take an assembly off the calendar (signing officer)."""
    from recognizance.permits import oversight

    with open_workspace() as workspace:
        oversight.cancel_assembly(workspace, assembly_id, reason=reason, by=workspace.acting())
    emit(
        {"assembly": assembly_id, "state": "cancelled"},
        as_json,
        line(("Cancelled ", "bold"), assembly_id),
    )
