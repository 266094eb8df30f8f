"""What stops a watch: a crowd, an assembly, the hours, a revoked permit, enough leads, a camera."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hooked import condition
from recognizance.errors import (
    ClockError,
    PermitRevokedError,
    PermitScopeError,
    PermitSuspendedError,
)
from recognizance.gate.scope import Scope, Window
from recognizance.ledger import LogName
from recognizance.permits import oversight
from recognizance.permits.issuing import revoke_permit
from recognizance.workspace import Workspace
from watched import DENSITY, FLOOR, LEADS, LIMIT, LIVE, Watched, ana_passes, during


def resume(watched: Watched) -> None:
    workspace = watched.office.workspace
    oversight.resume(workspace, watched.id, reason="it is gone", by=workspace.acting("officer"))


def test_in_a_crowd_nobody_is_compared_until_an_officer_says_so(watched, clock):
    engine = watched.office.workspace.engine
    with watched.watch() as watch:
        assert watch.view(5)
        engine.given.clear()
        assert not watch.view(6)
        assert watch.shows("ana").outcome == "stopped"
        assert isinstance(watch.stopped, PermitSuspendedError)
        assert watch.stopped.rules == ("HR-04",)
        clock.advance(minutes=30)
        assert not watch.view(1)
        assert watch.shows("ana").outcome == "stopped"
        assert engine.given == []
        resume(watched)
        clock.advance(seconds=2)
        assert watch.view(1)
        assert watch.shows("ana").outcome == "held_for_review"
    stopped = next(each for each in watched.entries if each["outcome"] == "stopped")
    assert (stopped["rules"], stopped["cause"]) == (["HR-04"], "density_limit")
    assert watched.outcomes().count("stopped") == watched.outcomes().count("resumed") == 1


def test_a_crowd_stops_every_watch_and_search_under_the_permit(watched):
    with watched.watch() as one, watched.watch() as other:
        one.view(6)
        assert other.shows("ana").outcome == "stopped"
    with pytest.raises(PermitSuspendedError), watched.watch():
        pass
    with pytest.raises(PermitSuspendedError):
        watched.search()


def test_a_crowd_that_is_still_in_view_when_a_watch_may_go_on_is_not_compared(watched, clock):
    def still_there(watch):
        watch.view(6)
        resume(watched)
        clock.advance(seconds=2)
        assert not watch.view(6)
        assert watch.shows("ana").outcome == "stopped"

    during(watched, still_there)
    assert "held_for_review" not in watched.outcomes()


def test_all_watches_together_look_through_no_more_cameras_than_a_permit_was_decided_for(office):
    watched = Watched(office, (LEADS,), stated=LIVE | {"cam.count": 1})
    asked = replace(watched.asked(), cameras=1)
    with watched.desk.watch(asked):
        with pytest.raises(PermitScopeError, match="decided for 1"), watched.desk.watch(asked):
            pass
        assert watched.outcomes()[-1] == "refused"
    with watched.desk.watch(asked):
        pass


def test_a_permit_may_say_that_minutes_of_calm_are_enough(office, clock):
    crowd = condition("density_limit", "HR-04", faces=5, resume_after_minutes=3)
    watched = Watched(office, (LEADS, crowd))
    watched.enroll()
    with watched.watch() as watch:
        watch.view(6)
        clock.advance(minutes=2)
        assert not watch.view(6)
        clock.advance(minutes=2)
        assert not watch.view(1)
        assert watch.shows("ana").outcome == "stopped"
    with watched.watch() as watch:  # to begin anew is no way around it
        assert watch.stopped is not None
        assert watch.shows("ana").outcome == "stopped"
        assert not watch.view(1)
        clock.advance(minutes=3)
        assert watch.view(1)
        assert watch.shows("ana").outcome == "held_for_review"
    assert watched.outcomes().count("stopped") == 2
    assert watched.outcomes().count("resumed") == 1


def test_a_crowd_before_one_watch_stops_the_other_where_minutes_are_enough_too(office):
    minutes = condition("density_limit", "HR-04", faces=5, resume_after_minutes=10)
    watched = Watched(office, (LEADS, minutes))
    watched.enroll()
    with watched.watch() as one, watched.watch() as other:
        assert other.view(1)
        one.view(6)
        assert other.shows("ana").outcome == "stopped"


def test_an_assembly_that_is_announced_meanwhile_stops_it_for_its_time(office, clock):
    fence = condition("place_fence", "HR-04", closed_by="assembly_calendar")
    watched = Watched(office, (LEADS, fence), scope=Scope(sites=frozenset({"square"})))
    watched.enroll(site="square")
    workspace = office.workspace
    with watched.watch(site="square") as watch:
        now = clock()
        oversight.announce_assembly(
            workspace,
            site="square",
            begins=now,
            ends=now + timedelta(hours=1),
            reason="a march",
            by=workspace.acting("officer"),
        )
        assert watch.shows("ana").outcome == "stopped"
        assert watch.stopped.rules == ("HR-04",)
        clock.advance(hours=1)
        assert watch.view(1)
        assert watch.shows("ana").outcome == "held_for_review"
    assert watched.outcomes().count("stopped") == watched.outcomes().count("resumed") == 1


def test_a_watch_keeps_the_hours_of_its_permit(office, clock):
    now = clock()
    window = Window(now, now + timedelta(minutes=5))
    watched = Watched(office, (LEADS, condition("hours", "LE-06")), scope=Scope(windows=(window,)))
    watched.enroll()
    with watched.watch() as watch:
        clock.advance(minutes=5)
        assert watch.shows("ana").outcome == "stopped"
        assert watch.stopped.rules == ("LE-06",)


def test_a_permit_that_another_process_revokes_ends_the_watch(watched, settings, clock):
    def revoke(_):
        with Workspace.open(settings, clock=clock) as other:
            revoke_permit(other, watched.id, reason="over", by=other.acting("officer"))

    with pytest.raises(PermitRevokedError) as ended:
        during(watched, revoke, ana_passes)
    end = watched.entries[-1]
    assert (end["outcome"], end["code"]) == ("refused", "permit.revoked")
    assert ended.value.entry == f"uses/{watched.office.last_use().index}"
    assert watched.office.workspace.ledger.open_intents(LogName.USES) == ()


def test_a_clock_set_back_ends_the_watch_and_is_recorded(watched, clock):
    with pytest.raises(ClockError):
        during(watched, lambda _: clock.advance(hours=-2), ana_passes)
    assert watched.entries[-1]["code"] == "clock.set_back"


def test_the_leads_of_a_day_are_capped_over_all_watches(watched, clock):
    with watched.watch() as one, watched.watch() as other:
        assert one.shows("ana").outcome == "held_for_review"
        assert other.shows("ben").outcome == "held_for_review"
        clock.advance(minutes=5)
        assert one.shows("ana").outcome == "stopped"
        assert one.stopped.rules == ("HR-14",)
        assert other.shows("ana").outcome == "stopped"
        clock.advance(hours=24)
        assert one.view(1)
    for _ in range(2):
        during(watched, ana_passes, lambda _: clock.advance(minutes=5))
    with pytest.raises(PermitScopeError):
        during(watched)


def test_a_renewal_has_no_leads_of_its_own(watched, clock):
    during(watched, lambda watch: watch.shows("ana"), lambda watch: watch.shows("ben"))
    renewed = Watched(watched.office, (LEADS, DENSITY, LIMIT, FLOOR), renews=watched.id)
    with pytest.raises(PermitScopeError) as refused:
        during(renewed)
    assert refused.value.rules == ("HR-14",)
    clock.advance(hours=24, seconds=1)
    during(renewed, lambda watch: watch.shows("ana"), lambda watch: watch.shows("ben"))
    with pytest.raises(PermitScopeError):
        during(watched)  # nor has the old one


def test_a_false_alert_counts_against_the_faces_that_passed(office):
    meter = condition("false_alert_meter", "EV-05", ppb=1_000_000)
    watched = Watched(office, (LEADS, meter))
    watched.enroll()
    with watched.watch() as watch:
        for _ in range(20):
            watch.shows("carla")
        lead = watch.shows("ana").answer.lead_id
    assert office.workspace.shelf.tally(watched.id).faces.since(None) == 21
    watched.decide(lead, "different_person")
    with pytest.raises(PermitSuspendedError), watched.watch():
        pass


def test_a_camera_that_was_declared_to_stand_may_not_move(watched):
    with watched.watch() as watch:
        watch.mount(moves=True, cut=False)
        assert watch.shows("ana").outcome == "stopped"
        assert watch.stopped.rules == ("HR-05",)
    stopped = next(each for each in watched.entries if each["outcome"] == "stopped")
    assert stopped["cause"] == "camera_mount"
    with pytest.raises(PermitSuspendedError, match="not that of the camera"), watched.watch():
        pass


def test_a_camera_that_was_declared_to_move_may_but_not_be_several(office):
    watched = Watched(office, (LEADS,), stated={"mode": "live", "cam.kind": ["glasses"]})
    watched.enroll()
    with watched.watch() as watch:
        watch.mount(moves=True, cut=False)
        assert watch.shows("ana").outcome == "held_for_review"
        watch.mount(moves=True, cut=True)
        assert watch.shows("ben").outcome == "stopped"
