"""A fleet on one machine, in real processes: killed, failing, refused, stopped, looked at."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.request import urlopen

import fleet_jobs
import psutil
import pytest
from fleet_jobs import file_of
from fleet_site import fleet_of

from recognizance.errors import ConflictError, RefusedError
from recognizance.fleet import processes, run_fleet
from recognizance.fleet.lives import State
from recognizance.fleet.plan import Limits, Machine, Metrics
from recognizance.fleet.processes import Processes
from recognizance.fleet.running import fleet_status
from recognizance.fleet.supervisor import Supervisor, totals
from recognizance.ledger import LogName
from recognizance.workspace import utc_now

QUICK = Limits(restart_after_s=0.1, restart_at_most_s=0.5)


@pytest.fixture(autouse=True)
def _no_heavy_libraries(monkeypatch):
    monkeypatch.setattr(processes, "PRELOADED", ("recognizance.fleet",))


@pytest.fixture
def clock():
    return utc_now  # workers have no other


def steer(camera, *words: str) -> None:
    for word in words:
        file_of(camera).with_suffix(f".{word}").touch()


def lines_of(camera, what: str) -> list[str]:
    path = file_of(camera).with_suffix(f".{what}")
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def run(site, *cameras, opening=fleet_jobs.reading, tell=lambda rows: None, stop=None, **more):
    fleet = fleet_of(*cameras, machine=Machine(cores=4), **{"limits": QUICK} | more)
    stop = stop or threading.Event()
    return run_fleet(site.workspace, fleet, opening=opening, stop=stop, tell=tell)


def recorded(site) -> dict[int, str]:
    """Every lead that stands in the ledger, by its entry."""
    entries = site.workspace.ledger.entries(LogName.USES, kinds={"watch"})
    return {each.index: each.public["lead"] for each in entries}


def test_a_worker_that_is_killed_loses_nothing_that_was_recorded(site):
    permit = site.permit()
    cameras = [site.camera(name, permit, lines=60, cores=0.5) for name in "abc"]
    for each in cameras:
        steer(each, "slow")
    killed = []

    def kill_one():
        while len(lines_of(cameras[0], "recorded")) <= 5:
            time.sleep(0.005)
        killed.append(int(lines_of(cameras[0], "pids")[0]))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    rows = run(site, *cameras)
    killer.join(10)
    assert killed
    assert {row.state for row in rows} == {State.ENDED}
    assert {row.camera: row.restarts for row in rows} == {"a": 1, "b": 1, "c": 0}
    assert len({lines_of(each, "pids")[0] for each in cameras}) == 2  # a and b shared a worker
    leads = recorded(site)
    noted = {int(index) for each in cameras for index in lines_of(each, "recorded")}
    assert noted <= leads.keys()
    assert len(leads) - len(noted) <= 2  # recorded, and killed before it was noted
    assert {name: set(range(60)) for name in "abc"} == {
        name: {int(lead[2:]) for lead in leads.values() if lead[0] == name} for name in "abc"
    }
    assert Counter(lead[0] for lead in leads.values())["c"] == 60
    assert 60 * 3 <= totals(rows).leads <= len(leads)


def test_one_camera_fails_and_starts_again_while_its_neighbour_goes_on(site):
    permit = site.permit()
    first, second = (site.camera(name, permit, lines=30) for name in "ab")
    steer(first, "fail")
    rows = run(site, first, second)
    assert [(row.state, row.restarts) for row in rows] == [(State.ENDED, 1), (State.ENDED, 0)]
    assert len(set(lines_of(first, "pids") + lines_of(second, "pids"))) == 1
    assert len(recorded(site)) == 60


def test_what_a_permit_ends_is_not_started_again(site):
    permit = site.permit()
    camera = site.camera("a", permit, lines=30)
    steer(camera, "refuse")
    (row,) = run(site, camera)
    assert (row.state, row.code, row.restarts) == (State.REFUSED, "permit.revoked", 0)
    (row,) = run(site, camera, opening=fleet_jobs.never)
    assert (row.state, row.code) == (State.REFUSED, "permit.revoked")


def test_nothing_starts_where_one_camera_is_refused(site):
    permit = site.permit()
    cameras = [*site.cameras(2, permit, lines=5), site.camera("z", "nowhere")]
    with pytest.raises(RefusedError, match="1 of 3 cameras are refused"):
        run(site, *cameras)
    assert not any(lines_of(each, "pids") for each in cameras)


def test_a_fleet_is_looked_at_while_it_runs_and_stops_when_it_is_told(site):
    permit = site.permit()
    camera = site.camera("a", permit, lines=40)
    steer(camera, "endless")
    stop, seen = threading.Event(), []

    def look(rows):
        if rows[0].counters.frames < 40 or stop.is_set():
            return
        status = fleet_status(site.workspace.layout.home)
        with urlopen(f"http://127.0.0.1:{status.metrics_port}/metrics") as page:
            seen.append((status, page.read().decode()))
        with pytest.raises(ConflictError, match="A fleet runs on this workspace already"):
            run(site, camera)
        stop.set()

    (row,) = run(site, camera, tell=look, stop=stop, metrics=Metrics(port=0))
    assert (row.state, row.counters.frames, row.counters.dropped) == (State.STOPPED, 40, 3)
    status, page = seen[0]
    assert status.running
    assert status.cameras[0]["leads"] == 40
    assert 'recognizance_fleet_frames_total{camera="a"} 40.0' in page
    assert 'recognizance_fleet_cameras{state="running"} 1.0' in page
    after = fleet_status(site.workspace.layout.home)
    assert (after.running, after.cameras[0]["state"]) == (False, "stopped")
    assert not psutil.pid_exists(int(lines_of(camera, "pids")[0]))


def test_the_counters_hold_no_more_than_was_promised(site):
    """Every label of every sample is a camera or a state, so no name can come in by another way."""
    camera, pages = site.camera("a", site.permit(), lines=3), []
    steer(camera, "endless")
    stop = threading.Event()

    def look(rows):
        port = fleet_status(site.workspace.layout.home).metrics_port
        with urlopen(f"http://127.0.0.1:{port}/metrics") as page:
            pages.append(page.read().decode())
        stop.set()

    run(site, camera, tell=look, stop=stop, metrics=Metrics(port=0))
    samples = [line for line in pages[0].splitlines() if not line.startswith("#")]
    labels = {line.partition("{")[2].partition("=")[0] for line in samples}
    assert labels == {"camera", "state"}


def test_the_start_and_the_end_stand_in_the_ledger(site):
    run(site, site.camera("a", site.permit(), lines=7))
    entries = [each for each in site.workspace.ledger.entries(LogName.USES) if each.kind == "fleet"]
    assert [each.public["outcome"] for each in entries] == ["started", "ended"]
    assert entries[1].public["frames"] == entries[1].public["leads"] == 7
    assert not {"a", "arena"} & {str(each) for entry in entries for each in entry.public.values()}


def test_a_worker_that_falls_silent_is_ended_and_started_again(site):
    camera = site.camera("a", "p", lines=60, cores=1)
    steer(camera, "slow")
    limits = Limits(restart_after_s=0.1, restart_at_most_s=0.5, silent_s=4, stop_s=5)
    crew = Processes(
        ((camera,),),
        opening=fleet_jobs.reading,
        settings=site.workspace.settings,
        limits=limits,
    )
    supervisor, frozen = Supervisor(((camera,),), crew, limits), []

    def freeze(rows):
        if not frozen and lines_of(camera, "recorded"):
            frozen.append(int(lines_of(camera, "pids")[0]))
            os.kill(frozen[0], signal.SIGSTOP)

    supervisor.run(threading.Event(), freeze)
    (row,) = supervisor.rows()
    assert row.state is State.ENDED
    assert row.restarts >= 1
    assert frozen[0] != int(lines_of(camera, "pids")[-1])


FLEET_ALONE = """
import sys, threading
from pathlib import Path
import fleet_jobs
from recognizance.fleet import processes
from recognizance.fleet.plan import Camera, Limits
from recognizance.fleet.processes import Processes
from recognizance.fleet.supervisor import Supervisor
from recognizance.settings import Settings

if __name__ == "__main__":
    processes.PRELOADED = ()
    camera = Camera(id="a", source=sys.argv[1], site="s", permit="p", gallery="g")
    home, keys = map(Path, sys.argv[2:])
    crew = Processes(
        ((camera,),), opening=fleet_jobs.reading, limits=Limits(),
        settings=Settings(home=home, key_folder=keys),
    )
    Supervisor(((camera,),), crew, Limits()).run(threading.Event(), lambda rows: None)
"""


def test_workers_end_when_the_fleet_is_killed(tmp_path, workspace, settings):
    script, source = tmp_path / "alone.py", tmp_path / "a.txt"
    script.write_text(FLEET_ALONE, encoding="utf-8")
    source.write_text("1\n2\n", encoding="utf-8")
    source.with_suffix(".endless").touch()
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    fleet = subprocess.Popen(
        [sys.executable, script, source, settings.home, settings.key_folder],
        env=os.environ | {"PYTHONPATH": path},
    )
    try:
        pids = source.with_suffix(".pids")
        _wait_for(lambda: pids.exists() and pids.read_text().strip())
        worker = psutil.Process(int(pids.read_text()))
        fleet.kill()
        fleet.wait()
        worker.wait(timeout=240)
    finally:
        fleet.kill()
        fleet.wait()


def _wait_for(what, within_s: float = 240.0) -> None:
    until = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)
