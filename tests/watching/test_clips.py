"""Composed clips from end to end: who is listed is a lead, and nothing is left of the rest."""

import json
from datetime import timedelta

import pytest
from passing import enroll, leads_of, watch, written

from recognizance.errors import PermitSuspendedError
from recognizance.events import Kind
from recognizance.types import PermitClass
from recognizance.watching import LedgerFeed
from watched import LEADS, RECORDED, Watched, condition

pytestmark = pytest.mark.faces
GLASSES = {"mode": "live", "cam.kind": ["glasses"]}


def test_who_is_listed_is_a_lead_and_of_the_rest_nothing_is_kept(seeing, street):
    watched = Watched(seeing, (LEADS,), stated=RECORDED, size=10)
    enroll(watched, street.scene.enrolled)
    ran = watch(watched, street.path)
    assert set(leads_of(watched)) == set(street.scene.enrolled)
    assert len(leads_of(watched)) == len(street.scene.enrolled)
    counts = ran.told[-1].counts
    assert counts.leads == len(street.scene.enrolled)
    assert counts.faces >= 1
    assert counts.tracks >= counts.leads + counts.faces
    log = written(watched)
    kept = json.dumps([log["public"], log["private"]])
    others = street.scene.people - street.scene.enrolled.keys()
    assert others
    assert not any(person in kept for person in others)
    outcomes = [each["outcome"] for each in log["public"]]
    assert (outcomes[0], outcomes[-1]) == ("started", "ended")
    assert set(outcomes) == {"started", "intent", "held_for_review", "watched", "ended"}


def test_others_are_told_that_a_lead_waits_and_not_about_whom(seeing, street):
    watched = Watched(seeing, (LEADS,), stated=RECORDED, size=10)
    enroll(watched, street.scene.enrolled)
    watch(watched, street.path)
    workspace = seeing.workspace
    feed = LedgerFeed(workspace.ledger, watched.permit, workspace.workspace_id)
    events = feed.since(0)
    assert [each.kind for each in events] == [Kind.STARTED, Kind.LEAD, Kind.LEAD, Kind.ENDED]
    leads = {each.lead_id for each in workspace.gallery.leads("open")}
    assert {each.lead for each in events if each.kind is Kind.LEAD} == leads
    told = b"".join(each.to_json() for each in events).decode()
    assert not any(person in told for person in street.scene.people)
    assert "release-1" not in told


def test_on_a_walk_the_contacts_are_named_to_the_wearer_and_to_nobody_else(seeing, walk, clock):
    watched = Watched(
        seeing, (), stated=GLASSES, permit_class=PermitClass.OPTED_IN, lasts=timedelta(days=20)
    )
    enroll(watched, walk.scene.enrolled)
    ran = watch(watched, walk.path, captured_at=clock() - timedelta(minutes=1))
    named = {who for each in ran.heard if each.answer for who in each.answer.subjects}
    assert named == set(walk.scene.enrolled)
    workspace = seeing.workspace
    assert workspace.gallery.leads("open") == ()
    feed = LedgerFeed(workspace.ledger, watched.permit, workspace.workspace_id)
    assert [each.kind for each in feed.since(0)] == [Kind.STARTED, Kind.ENDED]
    kept = json.dumps(written(watched))
    assert not any(who in kept for who in walk.scene.people - walk.scene.enrolled.keys())


def test_in_a_crowd_no_comparison_runs_after_the_picture_that_shows_it(seeing, crowd, monkeypatch):
    density = condition("density_limit", "HR-04", faces=3)
    watched = Watched(seeing, (LEADS, density), stated=RECORDED)
    enroll(watched, crowd.scene.enrolled)
    engine, happened = seeing.workspace.engine, []
    extract, suspend = engine.extract, seeing.workspace.shelf.suspend
    monkeypatch.setattr(engine, "extract", lambda crops: happened.append("x") or extract(crops))
    monkeypatch.setattr(
        type(seeing.workspace.shelf),
        "suspend",
        lambda _, *a, **k: happened.append("stop") or suspend(*a, **k),
    )
    with pytest.raises(PermitSuspendedError) as stopped:
        watch(watched, crowd.path)
    assert stopped.value.rules == ("HR-04",)
    assert happened[-1] == "stop"
    entries = written(watched)["public"]
    stop = next(each for each in entries if each["outcome"] == "stopped")
    assert (stop["cause"], stop["rules"]) == ("density_limit", ["HR-04"])
    after = entries[entries.index(stop) + 1 :]
    assert all(each["outcome"] not in {"held_for_review", "candidate"} for each in after)
    assert entries[-1]["outcome"] == "refused"
