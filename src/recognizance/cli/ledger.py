"""`recognizance ledger`: what happened, and the proof that nobody changed it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.session import open_workspace
from recognizance.errors import InputError, LedgerDamagedError

if TYPE_CHECKING:
    from recognizance.ledger import LogName
    from recognizance.ledger.verify import Finding

app = typer.Typer(help="The ledger of decisions and uses.", no_args_is_help=True)

LogOption = Annotated[str, typer.Option("--log", help="decisions or uses.")]


@app.command("verify")
def verify(
    path: Annotated[
        Path | None, typer.Argument(help="A ledger file; by default the workspace's own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute every hash and check every signature; say where it is damaged."""
    from recognizance.layout import Layout, read_about
    from recognizance.ledger.verify import verify_ledger
    from recognizance.settings import load_settings

    settings = load_settings()
    about = read_about(settings.home)
    layout = Layout.of(settings, str(about["workspace_id"]))
    report = verify_ledger(
        path or layout.ledger, about["ledger_vkeys"], layout.pin if path is None else None
    )
    emit(
        asdict(report),
        as_json,
        line(
            ("ledger: ", "bold"), ("whole", "bold green") if report.ok else ("DAMAGED", "bold red")
        ),
        *(line(f"  {log.log:<10} ", f"{log.size} entries, root {log.root}") for log in report.logs),
        *(line("  damage     ", finding_words(finding)) for finding in report.findings),
    )
    if not report.ok:
        raise typer.Exit(LedgerDamagedError.exit_code)


@app.command("show")
def show(
    log: LogOption = "uses",
    last: Annotated[int, typer.Option(help="How many entries, from the end.")] = 20,
    as_json: Json = False,
) -> None:
    """Show entries: what was done, when, under which permit, with which outcome."""
    from recognizance import listing
    from recognizance.ledger import LogName

    with open_workspace() as workspace:
        name = _log(log)
        size = workspace.ledger.size(name)
        found = workspace.ledger.entries(LogName(name), start=max(0, size - last))
        rows = listing.entries(found)
    emit(
        rows,
        as_json,
        table(
            None,
            ("entry", "time", "what", "outcome", "more"),
            (
                (
                    f"{log}/{r['index']}",
                    r["time"],
                    r["kind"],
                    r["public"].get("outcome", ""),
                    " ".join(
                        f"{k}={','.join(v) if isinstance(v, list) else v}"
                        for k, v in r["public"].items()
                        if k in {"permit", "rules", "code", "lead", "class"}
                    ),
                )
                for r in rows
            ),
        ),
    )


@app.command("prove")
def prove(
    entry: Annotated[str, typer.Argument(help="An entry, as uses/17.")], as_json: Json = False
) -> None:
    """Print the receipt of an entry: a proof that it is in the ledger (C2SP tlog-proof)."""
    log, _, index = entry.partition("/")
    if not index.isdecimal():
        raise InputError("That is no entry.", hint="Name it as uses/17 or decisions/3.")
    with open_workspace() as workspace:
        receipt = workspace.ledger.receipt(_log(log), int(index))
    if as_json:
        emit({"entry": entry, "receipt": receipt}, as_json)
    else:
        sys.stdout.write(receipt)  # to the byte: a receipt that is folded proves nothing


def finding_words(finding: Finding) -> str:
    """Where the damage is, and what it is."""
    where = finding.log or "the file"
    at = "" if finding.index is None else f"/{finding.index}"
    return f"{where}{at}: {finding.what}"


def _log(name: str) -> LogName:
    from recognizance.ledger import LogName

    try:
        return LogName(name)
    except ValueError as error:
        raise InputError("There is no such log.", hint="Logs are decisions and uses.") from error
