"""What goes on now, for whoever may stop it: the same whether it was followed or just read."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes import photograph
from hooked import condition
from recognizance.errors import PermitMissingError
from recognizance.permits import oversight
from recognizance.watching import now
from recognizance.watching.now import Onlooker
from watched import DENSITY, LEADS, Watched

CAP = condition("lead_limit", "HR-04", per_day=3, hold_off_seconds=600)
METER = condition("false_alert_meter", "PR-09", ppb=10_000_000)
DEEDS = ("passes", "begins", "ends", "minute", "stops", "goes on", "crowd")


def play(watched, clock, stack, watches, deed):
    """One thing that may happen under a permit; what cannot happen now does not."""
    workspace = watched.office.workspace
    officer, stopped = workspace.acting("officer"), workspace.registry.standing.suspension_of
    match deed:
        case "begins" if not stopped(watched.id):
            watches.append(stack.enter_context(ExitStack()))
            watches[-1].watch = watches[-1].enter_context(watched.watch())
        case "ends" if watches:
            watches.pop().close()
        case "passes" if watches:
            watches[-1].watch.view(2, tracks=1, dropped=1)
        case "crowd" if watches:
            watches[-1].watch.view(40)
        case "minute":
            clock.advance(seconds=61)
            for each in watches:
                each.watch.tick()
        case "stops" if not stopped(watched.id):
            oversight.suspend(workspace, watched.id, reason="x", by=officer)
        case "goes on" if stopped(watched.id):
            oversight.resume(workspace, watched.id, reason="x", by=officer)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=25))
def test_who_followed_the_log_sees_what_a_newcomer_sees(office, clock, deeds):
    watched = Watched(office, (LEADS, DENSITY, CAP, METER), gallery=f"g{clock().timestamp()}")
    follower, watches = Onlooker(), []
    with ExitStack() as stack:
        for deed in deeds:
            play(watched, clock, stack, watches, deed)
            (seen,) = follower.look(office.workspace, watched.id)
            assert (seen,) == Onlooker().look(office.workspace, watched.id)
            assert seen.watches == len(watches)
            suspended = office.workspace.registry.standing.suspension_of(watched.id)
            assert (seen.state == "suspended") == (suspended is not None)
            assert (seen.state in {"watching", "stopped"}) == (bool(watches) and not suspended)
        clock.advance(seconds=5)


def test_what_a_minute_counted_and_when_it_is_forgotten(office, clock):
    watched = Watched(office, (LEADS, DENSITY, CAP, METER))
    watched.enroll("s-1", photograph("ana", note="1"))
    looker = Onlooker()
    with watched.watch() as watch:
        watch.view(4, tracks=3, dropped=2)
        watch.view(2)
        watch.shows("ana", note="2")
        clock.advance(seconds=61)
        watch.tick()
        (seen,) = looker.look(office.workspace, watched.id)
        assert (seen.last.faces, seen.last.most, seen.last.mean) == (3, 4, 3.0)
        assert (seen.lately.dropped, sum(seen.minutes)) == (2, 3)
        assert (seen.leads, seen.leads_limit, seen.density.faces) == (1, 3, 5)
        assert (seen.state, seen.stop, seen.meter.faces) == ("watching", None, 1)
        clock.advance(seconds=60 * now.SHOWN)
        (later,) = looker.look(office.workspace, watched.id)
        assert (later.lately, sum(later.minutes), later.leads) == (None, 0, 1)


def test_only_a_stretch_of_a_long_log_is_read_back(office, clock, monkeypatch):
    monkeypatch.setattr(now, "STRETCH", 3)
    watched = Watched(office, (LEADS,))
    with watched.watch() as watch:
        for _ in range(6):
            watch.view(1, tracks=1)
            clock.advance(seconds=61)
            watch.tick()
        (seen,) = Onlooker().look(office.workspace, watched.id)
    assert sum(seen.minutes) == 3
    assert clock() - seen.since >= timedelta(minutes=6), "a watch is seen however long it goes on"


def test_those_that_stand_still_come_first_and_those_that_ended_are_gone(office, clock):
    quiet, stopped, going = (Watched(office, (LEADS,), gallery=each) for each in "abc")
    officer = office.workspace.acting("officer")
    oversight.suspend(office.workspace, stopped.id, reason="x", by=officer)
    with going.watch():
        seen = Onlooker().look(office.workspace)
        assert [each.permit.permit_id for each in seen] == [stopped.id, going.id, quiet.id]
    clock.advance(seconds=timedelta(days=301).total_seconds())
    assert Onlooker().look(office.workspace) == ()
    with pytest.raises(PermitMissingError):
        Onlooker().look(office.workspace, "none")
