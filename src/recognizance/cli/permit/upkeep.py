"""`recognizance permit attest, suspend, resume, order, statistics`: what people do about a use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.permit.common import app
from recognizance.cli.session import open_workspace
from recognizance.errors import InputError, UsageError

MAX_ORDER_BYTES = 50_000_000
"""Bound on the document of an order; only its digest is kept."""

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in your own words.")]


@app.command("attest")
def attest(
    permit_id: str,
    hook: Annotated[str, typer.Argument(help="The duty, as `permit show` names it.")],
    statement: Annotated[
        str, typer.Option("--statement", help="What was done; for a notice, its whole text.")
    ],
    as_json: Json = False,
) -> None:
    """State under your own key that a duty of the permit is done (officer or custodian)."""
    from recognizance.permits import oversight

    with open_workspace() as workspace:
        actor = workspace.acting()
        oversight.attest(workspace, permit_id, hook, statement=statement, by=actor)
    emit(
        {"permit_id": permit_id, "hook": hook, "attested_by": actor.principal.principal_id},
        as_json,
        line(("Attested ", "bold"), f"{hook} of permit {permit_id}, by {actor.principal.name}"),
    )


@app.command("suspend")
def suspend(permit_id: str, reason: ReasonOption, as_json: Json = False) -> None:
    """Stop every use under the permit at once (reviewer, officer or custodian)."""
    from recognizance.permits import oversight

    with open_workspace() as workspace:
        oversight.suspend(workspace, permit_id, reason=reason, by=workspace.acting())
    emit(
        {"permit_id": permit_id, "state": "stopped"},
        as_json,
        line(("Stopped ", "bold red"), f"permit {permit_id}; nothing runs under it any more"),
        line("  next        ", f'recognizance permit resume {permit_id} --reason "..." (officer)'),
    )


@app.command("resume")
def resume(permit_id: str, reason: ReasonOption, as_json: Json = False) -> None:
    """Let a stopped use go on (signing officer)."""
    from recognizance.permits import oversight

    with open_workspace() as workspace:
        oversight.resume(workspace, permit_id, reason=reason, by=workspace.acting())
    emit(
        {"permit_id": permit_id, "state": "resumed"},
        as_json,
        line(("Goes on ", "bold green"), f"permit {permit_id}"),
    )


@app.command("order")
def order(
    permit_id: str,
    order_id: Annotated[str, typer.Option("--order-id", help="The number of the order.")],
    file: Annotated[Path, typer.Option("--file", help="The order; its digest is recorded.")],
    granted: Annotated[
        bool | None, typer.Option("--granted/--refused", help="What was answered.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Record the order that the permit waits for (signing officer); a refusal wipes everything."""
    from recognizance.permits import oversight

    if granted is None:
        raise UsageError("Say what was answered.", hint="Add --granted or --refused.")
    document = _read(file)
    with open_workspace() as workspace:
        oversight.record_order(
            workspace,
            permit_id,
            order_id=order_id,
            granted=granted,
            document=document,
            by=workspace.acting(),
        )
    answer = "granted" if granted else "refused"
    told = "the use may go on" if granted else "the permit is revoked, its data are destroyed"
    emit(
        {"permit_id": permit_id, "order": answer},
        as_json,
        line((f"Order {answer}: ", "bold"), told),
    )


@app.command("statistics")
def statistics(
    permit_id: str,
    publish: Annotated[
        bool, typer.Option("--publish", help="Put them into the public log (officer, custodian).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Count what ran under the permit; published figures keep it from lapsing."""
    from recognizance.permits import oversight

    with open_workspace() as workspace:
        if publish:
            figures = oversight.publish_statistics(workspace, permit_id, by=workspace.acting())
        else:
            figures = oversight.statistics_of(workspace, permit_id)
    emit(
        figures.as_dict() | {"published": publish},
        as_json,
        line(("Figures of permit ", "bold"), permit_id, f" until {figures.as_dict()['until']}"),
        line("  faces searched  ", f"{figures.faces_searched:,}"),
        line("  false alerts    ", f"{figures.false_alerts:,}"),
        table(
            None,
            ("operation", "outcome", "how often"),
            (
                (operation, outcome, number)
                for operation, outcomes in figures.uses.items()
                for outcome, number in outcomes.items()
            ),
        ),
        line("  published       ", "yes, in the decisions log" if publish else "no (--publish)"),
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_ORDER_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"The order {path.name!r} cannot be read: {error.strerror}.",
            hint="Check the path and its permissions.",
        ) from error
    if not data or len(data) > MAX_ORDER_BYTES:
        raise InputError(
            f"The order {path.name!r} is empty or very large.",
            hint=f"Give the document, at most {MAX_ORDER_BYTES // 1_000_000} MB.",
        )
    return data
