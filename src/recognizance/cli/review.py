"""`recognizance review`: leads that wait for people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.door import open_door
from recognizance.cli.output import output_file
from recognizance.cli.session import answer_text, open_workspace, show_answer

app = typer.Typer(help="Leads that wait for people to decide.", no_args_is_help=True)


@app.command("list")
def list_leads(
    state: Annotated[
        str | None,
        typer.Option(help="Which leads: open, contested, confirmed, ...; else all that wait."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List leads; scores and names of candidates are not shown."""
    with open_door() as door:
        rows = door.leads(state)
    emit(
        rows,
        as_json,
        table(
            None,
            ("lead", "permit", "gallery", "state", "opened", "destroyed on"),
            (r.values() for r in rows),
        ),
    )


@app.command("show")
def show(
    lead_id: str,
    pictures: Annotated[
        Path | None,
        typer.Option(help="Write the probe's and the candidates' pictures into this folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a lead as a reviewer sees it: no scores, no verdicts of others."""
    from recognizance.review import LEAST_VIEWING

    with open_door() as door:
        view, shown = door.lead(lead_id, pictures=pictures is not None)
    written = []
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        for name, picture in shown.items():
            path = pictures / f"{name}.jpg"
            path.touch(mode=0o600)
            path.write_bytes(picture)
            written.append(str(path))
    seconds = LEAST_VIEWING.total_seconds()
    emit(
        view | {"pictures": written},
        as_json,
        line(("Lead ", "bold"), lead_id, f" ({view['state']})"),
        line("  candidates  ", str(len(view["candidates"]))),
        line("  reviews     ", f"{view['reviews_needed']} needed"),
        *(line("  picture     ", path) for path in written),
        line(
            "  next        ",
            f"recognizance review decide {lead_id} same_person|different_person|cannot_say"
            f" --reason ... (look first, for {seconds:.0f} s at least: --pictures DIR)",
        ),
    )


@app.command("decide")
def decide(
    lead_id: str,
    choice: Annotated[str, typer.Argument(help="same_person, different_person or cannot_say.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, in your own words.")],
    candidate: Annotated[
        int | None,
        typer.Option("--candidate", help="Which candidate, for same_person, by the shown number."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Give your verdict; the last one needed releases the result."""
    with open_door() as door:
        answer = door.decide(lead_id, choice, reason=reason, candidate=candidate)
    show_answer(answer, as_json=as_json)


@app.command("checks")
def checks(as_json: Json = False) -> None:
    """Show how often each reviewer accepted a planted lead (custodian, officer or auditor)."""
    from recognizance.permits.reviewers import measured_reviewers

    with open_workspace() as workspace:
        rows = [each.as_dict() for each in measured_reviewers(workspace, workspace.acting())]
    emit(
        rows,
        as_json,
        table(
            "False accepts of planted leads, with exact one-sided 95 % bounds",
            ("reviewer", "seen", "false accepts", "rate", "at least", "at most", "suspended since"),
            (
                (
                    r["name"],
                    str(r["seen"]),
                    str(r["false_accepts"]),
                    "-" if r["rate"] is None else f"{r['rate']:.3f}",
                    f"{r['lower']:.3f}",
                    f"{r['upper']:.3f}",
                    r["suspended_since"] or "",
                )
                for r in rows
            ),
        ),
    )


@app.command("restore")
def restore(
    name: Annotated[str, typer.Argument(help="The reviewer, as `keys list` names them.")],
    reason: Annotated[str, typer.Option("--reason", help="What was done since the suspension.")],
    as_json: Json = False,
) -> None:
    """Let a suspended reviewer back after a new training (signing officer or custodian)."""
    from recognizance.permits.reviewers import restore_reviewer

    with open_workspace() as workspace:
        restore_reviewer(workspace, name, reason=reason, by=workspace.acting())
    emit({"name": name, "restored": True}, as_json, line(("Restored ", "bold"), name))


@app.command("contest")
def contest(
    lead_id: str,
    reason: Annotated[str, typer.Option("--reason", help="What is said against it.")],
    as_json: Json = False,
) -> None:
    """Have a confirmed lead looked at again; nothing is handed out on it until then."""
    with open_door() as door:
        answer = door.contest(lead_id, reason=reason)
    show_answer(answer, as_json=as_json)


@app.command("export")
def export(
    lead_id: str,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where to write the disclosure bundle (JSON).")
    ],
    evidence: Annotated[
        str | None,
        typer.Option("--evidence", help="Id of evidence that is independent of the lead."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hand out a confirmed lead as a disclosure bundle: everything that led to it."""
    with open_workspace() as workspace, output_file(output) as bundle:
        principal = workspace.acting().principal
        exported = workspace.desk.export(principal, lead_id, evidence)
        bundle.write(exported.document)
    emit(
        exported.answer.as_dict() | {"file": str(output)},
        as_json,
        *answer_text(exported.answer),
        line("  bundle      ", str(output)),
    )
