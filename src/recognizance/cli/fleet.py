"""`recognizance fleet`: many cameras at once, under permits that an authority countersigned."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, err, line, out, show, table
from recognizance.cli.session import open_workspace
from recognizance.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rich.table import Table

    from recognizance.fleet.supervisor import Row

app = typer.Typer(
    help="Many cameras: check a fleet file, run it, see how it stands.", no_args_is_help=True
)

FleetFile = Annotated[Path, typer.Argument(help="The fleet file (see docs/fleet.md).")]

COLUMNS = (
    "camera",
    "site",
    "permit",
    "worker",
    "state",
    "code",
    "restarts",
    "frames_per_s",
    "frames",
    "dropped",
    "stalls",
    "reconnects",
    "leads",
)


@app.command("check")
def check(file: FleetFile, as_json: Json = False) -> None:
    """Ask for every camera whether it may be watched; refusals are recorded. Starts nothing."""
    from recognizance.fleet.admitting import admit, require_admitted
    from recognizance.fleet.placing import place
    from recognizance.fleet.reading import read_fleet

    fleet = read_fleet(file)
    groups = place(fleet.cameras, cores=fleet.cores if fleet.ray else fleet.machine.cores)
    with open_workspace() as workspace:
        verdicts = admit(workspace, fleet)
    emit(
        [each.as_dict() for each in verdicts],
        as_json,
        table(
            None,
            ("camera", "site", "permit", "may be watched", "rules", "why not"),
            (
                (
                    each.camera.id,
                    each.camera.site,
                    each.camera.permit,
                    "no" if each.error else "yes",
                    ", ".join(each.error.rules) if each.error else "",
                    each.error.message if each.error else "",
                )
                for each in verdicts
            ),
        ),
        line(f"{len(fleet.cameras)} cameras, {fleet.cores:g} cores, {len(groups)} workers"),
    )
    if as_json and any(each.error for each in verdicts):
        raise typer.Exit(RefusedError.exit_code)  # the document says why
    require_admitted(verdicts)


@app.command("run")
def run(file: FleetFile, as_json: Json = False) -> None:
    """Watch every camera of a fleet until Ctrl-C, or until every source has ended.

    Nothing starts where one camera is refused. The counters are at 127.0.0.1, if [metrics] says so.
    """
    from recognizance.fleet.reading import read_fleet
    from recognizance.fleet.running import run_fleet
    from recognizance.fleet.watching import watching

    fleet = read_fleet(file)
    with open_workspace() as workspace, _until_told() as stop, _shown(as_json) as tell:
        rows = run_fleet(workspace, fleet, opening=watching, stop=stop, tell=tell)
    told = [each.as_dict() for each in rows]
    emit(told, as_json, _table(told))


@app.command("status")
def status(as_json: Json = False) -> None:
    """Show the table of the fleet that runs on this workspace, or ran last."""
    from recognizance.fleet.running import fleet_status
    from recognizance.settings import load_settings

    found = fleet_status(load_settings().home)
    if found is None:
        emit({"running": False, "cameras": []}, as_json, line("No fleet ever ran here."))
        return
    emit(
        {
            "running": found.running,
            "at": found.at,
            "metrics_port": found.metrics_port,
            "cameras": list(found.cameras),
        },
        as_json,
        line(("running" if found.running else "not running", "bold"), f", as of {found.at}"),
        _table(found.cameras),
    )


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """A signal that Ctrl-C or a request to end sets; a second Ctrl-C interrupts at once."""
    stop = threading.Event()

    def told(_number: int, _frame: object) -> None:
        stop.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    before = {each: signal.signal(each, told) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        restore()


@contextmanager
def _shown(as_json: bool) -> Iterator[Callable[[tuple[Row, ...]], None]]:
    """Shows the table in place on a terminal, elsewhere a line for each change of a state."""
    from rich.live import Live

    if out.is_terminal and not as_json:
        with Live(console=out, auto_refresh=False, transient=True) as live:
            yield lambda rows: live.update(_table(row.as_dict() for row in rows), refresh=True)
        return
    states: dict[str, str] = {}

    def tell(rows: tuple[Row, ...]) -> None:
        for row in rows:
            if states.get(row.camera) != row.state:
                states[row.camera] = row.state
                show(err, line(f"{row.camera}: {row.state}", f" ({row.code})" if row.code else ""))

    yield tell


def _table(rows: Iterable[Mapping[str, object]]) -> Table:
    heads = [name.replace("_per_", "/").replace("_", " ") for name in COLUMNS]
    cells = ([row[name] if row[name] is not None else "" for name in COLUMNS] for row in rows)
    return table(None, heads, cells)
