"""A fleet with the real watch in its workers: models, sources, the desk."""

import threading
from datetime import timedelta

import pytest
from fleet_site import fleet_of

from recognizance.fleet.lives import State
from recognizance.fleet.plan import Limits, Machine
from recognizance.fleet.running import run_fleet
from recognizance.fleet.watching import watching
from recognizance.ledger import LogName
from recognizance.workspace import utc_now

RECORDED = {"mode": "recorded", "delay_s": 86_400, "cam.kind": ["upload"]}


@pytest.fixture
def clock():
    return utc_now  # workers have no other


@pytest.mark.faces
def test_two_recordings_are_watched_and_a_source_that_is_missing_is_tried_again(site, faces):
    permit = site.permit(**RECORDED)
    clips = {name: faces / "clips" / f"sign-{name}.mkv" for name in ("again", "bird", "nothing")}
    cameras = [
        site.camera(name, permit, source=str(clip), captured_at=utc_now() - timedelta(days=2))
        for name, clip in clips.items()
    ]
    stop = threading.Event()

    def until_tried_again(rows):
        states = {row.camera: row for row in rows}
        both = all(states[name].state is State.ENDED for name in ("again", "bird"))
        if both and states["nothing"].restarts:
            stop.set()

    fleet = fleet_of(*cameras, machine=Machine(cores=1), limits=Limits(restart_after_s=0.5))
    rows = run_fleet(site.workspace, fleet, opening=watching, stop=stop, tell=until_tried_again)
    told = {row.camera: row for row in rows}
    assert told["nothing"].code == "source.unreadable"
    for name in ("again", "bird"):
        assert told[name].state is State.ENDED
        assert told[name].counters.frames > 10
    outcomes = [
        entry.public["outcome"]
        for entry in site.workspace.ledger.entries(LogName.USES, kinds={"watch"})
    ]
    assert outcomes.count("started") == outcomes.count("ended") == 2
    assert site.workspace.ledger.open_intents(LogName.USES) == ()
