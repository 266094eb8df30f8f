"""Runs a fleet: the lock, the door, the workers, the table, the counters, and their end.

1 ALONE     one fleet runs on a workspace, or two halves would each pass for a small one
2 DOOR      every camera may be watched, or none is (`admitting`)
3 RECORD    the start stands in the ledger before a worker starts
4 RUN       until it is stopped or every source has ended
5 RECORD    the end, with what was counted
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import ConflictError, WorkspaceDamagedError
from recognizance.fleet.admitting import admit, require_admitted
from recognizance.fleet.metrics import serving
from recognizance.fleet.placing import place
from recognizance.fleet.processes import Processes
from recognizance.fleet.supervisor import Row, Supervisor, totals
from recognizance.layout import write_atomically
from recognizance.ledger import LogName
from recognizance.lock import alone
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from threading import Event as Signal

    from recognizance.fleet.jobs import Opening
    from recognizance.fleet.plan import Camera, Fleet
    from recognizance.workspace import Workspace

TABLE = "fleet.json"
LOCK = "fleet.lock"


@dataclass(frozen=True, slots=True)
class Status:
    """How a fleet stands, as it says so itself.

    Attributes:
        running: Whether it runs now.
        at: When it said so.
        metrics_port: Where its counters can be read, if anywhere.
        cameras: The table.
    """

    running: bool
    at: str
    metrics_port: int | None
    cameras: tuple[dict[str, object], ...]


def run_fleet(
    workspace: Workspace,
    fleet: Fleet,
    *,
    opening: Opening,
    stop: Signal,
    tell: Callable[[tuple[Row, ...]], None],
) -> tuple[Row, ...]:
    """Run a fleet until `stop` is set or every source has ended.

    Args:
        workspace: The workspace, open.
        fleet: The fleet.
        opening: Opens what the jobs of one worker share.
        stop: Set when it is to come to its end.
        tell: Is given the table again and again.

    Returns:
        The table at the end.

    Raises:
        ConflictError: A fleet runs on this workspace already.
        RefusedError: A camera may not be watched.
        FleetFileError: The cameras need more cores than there are.
    """
    with _alone(workspace):  # 1
        require_admitted(admit(workspace, fleet))  # 2
        with _supervised(workspace, fleet, opening) as supervisor, ExitStack() as stack:
            stack.enter_context(_telling(workspace, fleet))
            port = None
            if fleet.metrics is not None:
                port = stack.enter_context(serving(supervisor.rows, fleet.metrics.port))

            def told(rows: tuple[Row, ...]) -> None:
                with suppress(OSError):  # a disk that is full stops no camera
                    write_atomically(workspace.layout.home / TABLE, _status(workspace, rows, port))
                tell(rows)

            _record(workspace, fleet, "started")  # 3
            try:
                supervisor.run(stop, told)  # 4
            finally:
                _record(workspace, fleet, "ended", **asdict(totals(supervisor.rows())))  # 5
            return supervisor.rows()


def fleet_status(home: Path) -> Status | None:
    """How the fleet of a workspace stands, or stood last; None where none ever ran.

    It opens no key and no store, so that whoever looks after the machine can ask.

    Args:
        home: The folder of the workspace.

    Raises:
        WorkspaceDamagedError: What it wrote cannot be read.
    """
    try:
        told: Any = parse_json((home / TABLE).read_bytes())
        with alone(home / LOCK) as nobody_runs:
            running = not nobody_runs
        return Status(running, told["at"], told["metrics_port"], tuple(told["cameras"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise WorkspaceDamagedError(
            "The table of the fleet cannot be read.",
            hint="Remove fleet.json from the workspace; a running fleet writes it anew.",
        ) from error


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    with alone(workspace.layout.home / LOCK) as nobody_runs:
        if not nobody_runs:
            raise ConflictError(
                "A fleet runs on this workspace already.",
                hint="Stop it, and run one fleet with the cameras of both files.",
            )
        yield


@contextmanager
def _supervised(workspace: Workspace, fleet: Fleet, opening: Opening) -> Iterator[Supervisor]:
    """The supervisor, with processes of this machine or actors of the cluster."""
    settings = workspace.settings.model_copy(update={"threads": 1})
    if fleet.ray is not None:
        from recognizance.fleet.actors import Actors, cluster  # noqa: PLC0415  # loading Ray is slow

        with cluster(fleet.ray.address) as cores:
            groups = place(fleet.cameras, cores=cores)
            crew = Actors(
                groups,
                opening=opening,
                settings=settings,
                limits=fleet.limits,
            )
            yield Supervisor(groups, crew, fleet.limits)
        return
    groups = place(fleet.cameras, cores=fleet.machine.cores)
    processes = Processes(
        groups,
        opening=opening,
        settings=settings,
        limits=fleet.limits,
    )
    yield Supervisor(groups, processes, fleet.limits)


def _record(workspace: Workspace, fleet: Fleet, outcome: str, **counted: int) -> None:
    workspace.ledger.append(
        LogName.USES,
        "fleet",
        {
            "outcome": outcome,
            "permits": list(fleet.permits),
            "cameras": len(fleet.cameras),
            **counted,
        },
        private={"cameras": [_named(camera) for camera in fleet.cameras]},
        now=workspace.clock(),
    )


def _named(camera: Camera) -> dict[str, object]:
    return {"camera": camera.id, "site": camera.site, "permit": camera.permit}


def _status(workspace: Workspace, rows: tuple[Row, ...], port: int | None) -> bytes:
    return canonical_bytes(
        {
            "at": utc_text(workspace.clock()),
            "pid": os.getpid(),
            "metrics_port": port,
            "cameras": [row.as_dict() for row in rows],
        }
    )


@contextmanager
def _telling(workspace: Workspace, fleet: Fleet) -> Iterator[None]:
    """Serve the receivers of a fleet: in its own process, since workers tell nobody anything."""
    from recognizance.watching import Receivers, telling  # noqa: PLC0415  # loads video libraries

    with telling(workspace, tuple(fleet.permits), Receivers(**asdict(fleet.events))):
        yield
