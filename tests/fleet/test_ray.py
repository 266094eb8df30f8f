"""The same workers on a Ray cluster of several nodes, one of them killed on the way.

One test, because a cluster takes its time to start. Everything listens on 127.0.0.1.
"""

import json
import os
import signal
import socket
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import fleet_jobs
import pytest
from fleet_jobs import file_of
from fleet_site import fleet_of

from recognizance.fleet.lives import State
from recognizance.fleet.plan import Events, Limits, Ray
from recognizance.fleet.running import run_fleet
from recognizance.ledger import LogName
from recognizance.workspace import utc_now

PORTS = (
    "metrics_agent_port",
    "metrics_export_port",
    "runtime_env_agent_port",
    "dashboard_agent_listen_port",
)
"""A node waits 15 s for its agents to choose what is not named here, and gives up."""


@pytest.fixture
def clock():
    return utc_now  # workers have no other


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@contextmanager
def nodes(count: int):
    """A cluster of so many nodes with one core each; yields its address."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415  # loaded once the variables are set

    def node() -> dict:
        return {
            "num_cpus": 1,
            "object_store_memory": 80 * 1024 * 1024,
            "node_ip_address": "127.0.0.1",
            **{name: free_port() for name in PORTS},
        }

    cluster = Cluster()
    try:
        try:
            cluster.add_node(**node(), include_dashboard=False)
            for _ in range(count - 1):
                cluster.add_node(**node())
        except Exception as error:  # Ray says no more than this
            if "timed out during startup" not in str(error):
                raise
            pytest.skip("a Ray node did not start within Ray's own time: the machine is too busy")
        yield cluster.address
    finally:
        cluster.shutdown()


def notes(camera, word: str) -> list[str]:
    path = file_of(camera).with_suffix(f".{word}")
    return path.read_text(encoding="utf-8").split() if path.exists() else []


# Ray leaves files and sockets of its own to the end of the process.
@pytest.mark.filterwarnings("ignore")
def test_a_fleet_on_two_nodes_outlives_a_worker_that_is_killed(site, tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # 127.0.0.1 stays what it is
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *_path()]))
    pytest.importorskip("ray", reason="Ray is not installed (the extra fleet)")
    permit = site.permit()
    cameras = [site.camera(name, permit, lines=40, cores=1) for name in "ab"]
    for each in cameras:
        file_of(each).with_suffix(".slow").touch()
    unending = file_of(cameras[0]).with_suffix(".endless")
    unending.touch()  # its worker is at work when it is killed, however slow the machine
    told, killed = tmp_path / "events.jsonl", []

    def kill_one(rows):
        if not killed and len(notes(cameras[0], "recorded")) > 5:
            killed.append(int(notes(cameras[0], "pids")[0]))
            os.kill(killed[0], signal.SIGKILL)
            unending.unlink()

    with nodes(2) as address:
        fleet = fleet_of(
            *cameras,
            ray=Ray(address=address),
            events=Events(lines=told),
            limits=Limits(restart_after_s=0.1, restart_at_most_s=0.5),
        )
        stop = threading.Event()
        rows = run_fleet(
            site.workspace, fleet, opening=fleet_jobs.reading, stop=stop, tell=kill_one
        )
    assert killed
    assert {row.camera: (row.state, row.restarts) for row in rows} == {
        "a": (State.ENDED, 1),
        "b": (State.ENDED, 0),
    }
    leads = [
        entry
        for entry in site.workspace.ledger.entries(LogName.USES, kinds={"watch"})
        if entry.public["outcome"] == "held_for_review"
    ]
    noted = {int(index) for each in cameras for index in notes(each, "recorded")}
    assert noted <= {entry.index for entry in leads}
    lines = told.read_text(encoding="utf-8").splitlines()
    assert Counter(_entry(line) for line in lines) == Counter(
        f"uses/{entry.index}" for entry in leads
    )


def _path() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def _entry(line: str) -> str:
    return json.loads(line)["entry"]
