"""Attacks on watches: what changes while they go on, crowds, leads, clips, and who is told."""

from datetime import UTC, datetime, timedelta

import defences as by
import pytest
from attack_book import Who, attack

from fakes import photograph
from hooked import BEN, condition
from recognizance.errors import (
    ClockError,
    InputError,
    PermitRevokedError,
    PermitScopeError,
    PermitSuspendedError,
)
from recognizance.events.webhook import WebhookKey, check_webhook
from recognizance.gate.scope import Scope
from recognizance.permits.issuing import revoke_permit
from recognizance.types import Operation
from watched import LEADS, RECORDED, Watched

SECRET = "whsec_" + "c2VjcmV0" * 4
CROWD = condition("density_limit", "HR-04", faces=3)
LIMIT = condition("lead_limit", "HR-14", per_day=1, hold_off_seconds=60)


@pytest.fixture
def watched(office) -> Watched:
    scope = Scope(sites=frozenset({"gate"}), cameras=frozenset({"k1"}))
    made = Watched(office, (LEADS, CROWD), scope=scope)
    made.enroll()
    made.enroll("s-2", BEN)
    return made


def goes_on(watched, *doings, **stated) -> None:
    """A watch at the gate in which these things happen."""
    with watched.watch(**{"site": "gate", "camera": "k1"} | stated) as watch:
        for each in doings:
            each(watch)


def ana(watch) -> None:
    watch.shows("ana")


def entries(watched) -> list[str]:
    return [each["outcome"] for each in watched.entries]


def compared(watched) -> bool:
    return "held_for_review" in entries(watched)


@attack(
    Who.OPERATOR,
    by.FENCE,
    cases={
        "another camera": {"camera": "k2"},
        "no camera": {"camera": None},
        "another place": {"site": "square"},
    },
)
def test_a_watch_looks_through_another_camera_or_at_another_place(watched, case):
    with pytest.raises(PermitScopeError):
        goes_on(watched, ana, **case)
    assert not compared(watched)
    assert entries(watched)[-1] == "refused"


@attack(Who.OPERATOR, by.FENCE)
def test_a_camera_is_added_to_a_watch_that_its_permit_does_not_name(watched):
    with pytest.raises(PermitScopeError):
        goes_on(watched, lambda watch: watch.admit("k2"))
    assert entries(watched)[-1] == "refused"


@attack(Who.OPERATOR, by.REVOKED)
def test_a_watch_goes_on_after_its_permit_was_revoked(watched):
    workspace = watched.office.workspace

    def revoke(_):
        revoke_permit(workspace, watched.id, reason="over", by=workspace.acting("officer"))

    with pytest.raises(PermitRevokedError):
        goes_on(watched, revoke, ana)
    assert not compared(watched)
    assert watched.entries[-1]["code"] == "permit.revoked"


@attack(Who.OPERATOR, by.CLOCK)
def test_the_clock_is_set_back_while_a_watch_goes_on(watched, clock):
    with pytest.raises(ClockError):
        goes_on(watched, lambda _: clock.advance(days=-1), ana)
    assert not compared(watched)


@attack(Who.OPERATOR, by.LEADS_A_DAY, shows="`stopped` in the uses log")
def test_two_watches_under_one_permit_double_the_leads_of_a_day(office):
    watched = Watched(office, (LEADS, LIMIT))
    watched.enroll()
    watched.enroll("s-2", BEN)
    with watched.watch() as one, watched.watch() as other:
        assert one.shows("ana").outcome == "held_for_review"
        assert other.shows("ben").outcome == "stopped"
    assert len(office.workspace.gallery.leads("open")) == 1


@attack(Who.OPERATOR, by.HOLD_OFF, shows="counted as held off in the minute of the watch")
def test_one_track_is_split_to_raise_a_second_lead(watched):
    def twice(watch):
        assert watch.shows("ana").outcome == "held_for_review"
        assert watch.shows("ana").outcome == "held_off"

    goes_on(watched, twice)
    with watched.watch(site="gate", camera="k1") as anew:
        assert anew.shows("ana").outcome == "held_off"


@attack(Who.OPERATOR, by.SHOTS, shows="nothing: it is not compared again")
def test_one_face_is_compared_until_it_matches(watched):
    def often(watch):
        for _ in range(20):
            watch.shows("carla", track="t")
        assert watch.shows("ana", track="t").outcome == "decided"

    goes_on(watched, often)
    assert not compared(watched)


@attack(Who.OPERATOR, by.CROWD, shows="`stopped` in the uses log, `permit_suspended`")
def test_a_watch_goes_on_in_a_crowd(watched):
    def crowd(watch):
        watch.view(4)
        assert watch.shows("ana").outcome == "stopped"

    goes_on(watched, crowd)
    with pytest.raises(PermitSuspendedError):
        goes_on(watched, ana)
    assert not compared(watched)


@attack(Who.OPERATOR, by.CROWD_KEPT, shows="`stopped` in the uses log")
def test_a_watch_is_started_anew_instead_of_waiting_for_a_crowd_to_go(office):
    minutes = condition("density_limit", "HR-04", faces=3, resume_after_minutes=10)
    watched = Watched(office, (LEADS, minutes))
    watched.enroll()
    with watched.watch() as watch:
        watch.view(4)
    with watched.watch() as watch:
        assert watch.shows("ana").outcome == "stopped"
    assert not compared(watched)


@attack(Who.OPERATOR, by.MOUNT, shows="`stopped` in the uses log, `permit_suspended`")
def test_a_camera_that_is_carried_is_called_fixed(watched):
    def carried(watch):
        watch.mount(moves=True, cut=False)
        assert watch.shows("ana").outcome == "stopped"

    goes_on(watched, carried)
    assert not compared(watched)


@attack(Who.OPERATOR, by.FOOTAGE)
def test_a_stream_is_watched_under_a_permit_for_recordings(office):
    watched = Watched(office, (LEADS,), stated=RECORDED)
    watched.enroll()
    with pytest.raises(PermitScopeError), watched.watch(live=True):
        pass
    assert entries(watched) == ["refused"]


@attack(Who.OPERATOR, by.FOOTAGE)
def test_old_footage_is_watched_under_a_permit_for_now(watched, clock):
    a_day_ago = clock() - timedelta(days=1)
    with pytest.raises(PermitScopeError):
        goes_on(watched, live=False, captured_at=a_day_ago)
    assert entries(watched) == ["refused"]


@attack(Who.APPLICANT, by.CLIP)
def test_another_clip_than_the_bound_one_is_watched(office):
    permit = office.permit(footage=("a" * 64,))
    office.enroll("s-1", photograph("ana", note="1"), permit=permit)
    asked = office.request(Operation.WATCH, permit=permit, footage=("b" * 64,))
    with pytest.raises(PermitScopeError), office.workspace.desk.watch(asked):
        pass
    assert office.last_use().public["outcome"] == "refused"


BODY = b'{"event_type":"lead"}'


def sent(now: datetime) -> dict[str, str]:
    stamp = int(now.timestamp())
    return {
        "webhook-id": "w-uses-1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": WebhookKey(SECRET).sign("w-uses-1", stamp, BODY),
    }


@attack(Who.BYSTANDER, by.WEBHOOK_SIGNATURE, shows="refused by the receiver")
def test_a_webhook_is_forged():
    now = datetime.now(UTC)
    with pytest.raises(InputError):
        check_webhook(sent(now), BODY + b" ", now=now, secret=SECRET)


@attack(Who.BYSTANDER, by.WEBHOOK_AGE, shows="refused by the receiver")
def test_a_webhook_is_sent_again_later():
    now = datetime.now(UTC)
    with pytest.raises(InputError):
        check_webhook(sent(now), BODY, now=now + timedelta(minutes=6), secret=SECRET)
