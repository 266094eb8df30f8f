"""A watch: one use, one decision for each face that passes, and nothing left of the others."""

import json
import sqlite3
from datetime import timedelta

import numpy as np
import pytest

from fakes import photograph
from recognizance.errors import (
    InterruptedUseError,
    PermitScopeError,
)
from recognizance.ledger import LogName
from recognizance.recovery import settle
from recognizance.review import lead_from_bytes
from recognizance.types import Operation, PermitClass
from recognizance.watches import SHOTS_PER_TRACK
from recognizance.workspace import Workspace
from watched import (
    FLOOR,
    LEADS,
    RECORDED,
    Watched,
    ana_passes,
    carla_passes,
    during,
)


def test_whoever_is_in_the_gallery_becomes_a_lead_and_nobody_is_named(watched):
    with watched.watch() as watch:
        sighting = watch.shows("ana")
    assert sighting.outcome == "held_for_review"
    assert sighting.answer.subjects == ()
    assert sighting.answer.band is None
    (lead,) = watched.office.workspace.gallery.leads("open")
    assert lead.lead_id == sighting.answer.lead_id
    assert lead.subject_ids == {"s-1"}
    assert watched.decide(lead.lead_id).subjects == ("s-1",)


def test_a_watch_is_one_use_with_a_start_counts_a_minute_and_an_end(watched, clock):
    with watched.watch() as watch:
        for second in range(130):
            watch.view(1, tracks=1, dropped=second % 2)
            watch.shows("carla")
            clock.advance(seconds=1)
    start, *minutes, end = watched.entries
    assert (start["outcome"], end["outcome"]) == ("started", "ended")
    assert [each["outcome"] for each in minutes] == ["watched"] * 3
    assert sum(each["faces"] for each in minutes) == end["totals"]["faces"] == 130
    assert end["totals"]["dropped"] == 65
    assert end["totals"]["most_faces"] == 1
    assert watch.counts.means() == {"faces_in_view": 1, "face_px": 100, "sharpness": 900}
    assert watch.answer.entry == f"uses/{watched.office.last_use().index}"
    tally = watched.office.workspace.shelf.tally(watched.id)
    assert tally.faces.since(None) == 130
    assert tally.uses.since(None) == 1


def test_a_passer_by_leaves_no_entry_no_vector_and_no_picture(watched):
    engine = watched.office.workspace.engine
    engine.given.clear()
    with watched.watch() as watch:
        watch.view(1)
        assert watch.shows("carla").outcome == "no_candidate"
        assert [vector.any() for vector in engine.given] == [False]
    assert watched.outcomes() == ["started", "watched", "ended"]
    ledger = watched.office.workspace.ledger
    own = [e for e in ledger.entries(LogName.USES) if e.kind == "watch"]
    private = [ledger.private(LogName.USES, each.index) for each in own]
    assert [set(each or ()) for each in private] == [{"principal"}, set(), {"principal"}]


def test_the_pixels_of_a_shot_are_wiped_whatever_comes_of_it(watched):
    shots = {}
    with watched.watch() as watch:
        inner = watch.watch._sight

        def remembered(running, shot):
            sighting = inner(running, shot)
            shots[sighting.outcome] = shot.frame.pixels
            return sighting

        watch.watch._sight = remembered
        watch.shows("ana")
        watch.shows("ana")
        watch.shows("carla")
        watch.shows("carla", sharpness=1.0)
        watch.view(6)
        watch.shows("carla")
    assert shots.keys() == {"held_for_review", "held_off", "no_candidate", "rejected", "stopped"}
    assert not any(np.any(pixels) for pixels in shots.values())


def test_several_shots_of_one_track_give_one_decision(watched):
    with watched.watch() as watch:
        assert watch.shows("carla", track="t").outcome == "no_candidate"
        assert watch.shows("ana", track="t").outcome == "held_for_review"
        assert watch.shows("ana", track="t").outcome == "decided"
        assert watch.shows("ben", track="t").outcome == "decided"
    assert watch.totals.leads == 1
    assert watch.totals.faces == 1
    held = [each for each in watched.entries if each["outcome"] == "held_for_review"]
    assert [each["faces"] for each in held] == [0]


def test_a_track_is_not_compared_for_ever(watched):
    with watched.watch() as watch:
        seen = [watch.shows("carla", track="t").outcome for _ in range(SHOTS_PER_TRACK + 2)]
    assert seen == ["no_candidate"] * SHOTS_PER_TRACK + ["decided"] * 2
    assert watch.totals.faces == 1


def test_one_person_raises_no_second_lead_before_the_hold_off_is_over(watched, clock):
    with watched.watch() as watch:
        assert watch.shows("ana").outcome == "held_for_review"
        assert watch.shows("ana").outcome == "held_off"
    with watched.watch() as watch:  # nor in a watch that begins anew
        assert watch.shows("ana").outcome == "held_off"
        clock.advance(seconds=61)
        assert watch.shows("ana").outcome == "held_for_review"


def test_a_lead_about_another_holds_nobody_off(watched):
    with watched.watch() as watch:
        assert watch.shows("ana").outcome == "held_for_review"
        assert watch.shows("ben").outcome == "held_for_review"


def test_a_face_below_the_floor_is_counted_and_compared_with_nobody(office):
    watched = Watched(office, (LEADS, FLOOR))
    watched.enroll(sample="photograph")
    office.workspace.engine.given.clear()
    with watched.watch() as watch:
        assert watch.shows("ana", sharpness=1.0).outcome == "rejected"
    assert watch.totals.rejected == 1
    assert watch.totals.shots == 0
    assert office.workspace.engine.given == []


def test_only_where_nobody_reviews_a_name_is_released_at_once(office, clock):
    watched = Watched(office, (), permit_class=PermitClass.OPTED_IN, lasts=timedelta(days=20))
    watched.enroll()
    with watched.watch() as watch:
        sighting = watch.shows("ana")
        assert (sighting.outcome, sighting.answer.subjects) == ("candidate", ("s-1",))
        assert watch.shows("ana").outcome == "held_off"
        clock.advance(minutes=11)
        assert watch.shows("ana").outcome == "candidate"
    assert watch.totals.named == 2
    assert office.workspace.gallery.leads("open") == ()


def test_whoever_is_erased_while_the_watch_goes_on_is_found_no_more(watched):
    office = watched.office
    with watched.watch() as watch:
        office.workspace.desk.erase(watched.person("operator"), "s-1", reason="asked")
        assert watch.shows("ana").outcome == "no_candidate"
        assert watch.shows("ben").outcome == "held_for_review"


# ---- live or recorded ---------------------------------------------------------------------------


def test_a_permit_for_recordings_covers_no_stream(office, clock):
    watched = Watched(office, (LEADS,), stated=RECORDED)
    watched.enroll()
    with pytest.raises(PermitScopeError), watched.watch(live=True):
        pass
    with pytest.raises(PermitScopeError), watched.watch(live=False, captured_at=clock()):
        pass
    old = clock() - timedelta(days=1)
    with watched.watch(live=False, captured_at=old) as watch:
        assert watch.shows("ana", at=old).outcome == "held_for_review"


def test_a_permit_for_now_covers_no_recording(watched, clock):
    for captured_at in (None, clock() - timedelta(minutes=11)):
        with pytest.raises(PermitScopeError), watched.watch(live=False, captured_at=captured_at):
            pass
    just_now = clock() - timedelta(minutes=9)
    with watched.watch(live=False, captured_at=just_now) as watch:
        assert watch.shows("ana", at=just_now).outcome == "held_for_review"


def test_a_recorded_delay_of_minutes_is_live(office):
    stated = {"mode": "recorded", "delay_s": 600, "cam.kind": ["fixed"]}
    watched = Watched(office, (LEADS,), stated=stated)
    watched.enroll()
    with watched.watch(live=True) as watch:
        assert watch.shows("ana").outcome == "held_for_review"


# ---- what is cut off ----------------------------------------------------------------------------


def test_an_interrupt_ends_the_watch_with_its_totals(watched):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(InterruptedUseError):
        during(watched, carla_passes, interrupt)
    end = watched.entries[-1]
    assert (end["outcome"], end["totals"]["faces"]) == ("interrupted", 1)


def test_a_watch_that_was_cut_off_is_settled_and_one_that_goes_on_is_not(watched, settings, clock):
    with watched.watch() as watch:
        with Workspace.open(settings, clock=clock):
            pass
        assert "cut_off" not in watched.outcomes()
        assert watch.shows("ana").outcome == "held_for_review"
        ledger, gallery = watched.office.workspace.ledger, watched.office.workspace.gallery
    ledger.append(LogName.USES, "watch", {"outcome": "started"}, opens=True, now=clock())
    assert settle(ledger, gallery, now=clock()) == 1
    assert watched.outcomes()[-1] == "cut_off"
    assert len(gallery.leads("open")) == 1


def test_a_lead_that_was_cut_off_is_rolled_back(watched, clock, monkeypatch):
    gallery, ledger = watched.office.workspace.gallery, watched.office.workspace.ledger

    def fails(_):
        raise OSError("gone")

    monkeypatch.setattr(gallery, "reference", fails)
    with pytest.raises(OSError, match="gone"):
        during(watched, ana_passes)
    assert gallery.leads("open") == ()
    assert ledger.open_intents(LogName.USES) == ()
    assert watched.outcomes()[-1] == "internal_error"


def test_nothing_of_a_passer_by_is_in_any_file(watched, settings):
    with watched.watch() as watch:
        watch.shows("carla", note="she-passed-by")
        watch.shows("ana")
    lead = watched.office.workspace.gallery.leads("open")[0]
    assert lead_from_bytes(lead.body).candidates[0].subject_id == "s-1"
    written = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert b"she-passed-by" not in written
    rows = sqlite3.connect(settings.home / "ledger.db").execute("SELECT data FROM leaf").fetchall()
    assert all("s-1" not in json.dumps(row) for row in rows)


def test_a_photograph_is_bound_to_a_trial_and_so_is_a_clip(office):
    clip, other = "a" * 64, "b" * 64
    permit = office.permit(footage=(clip,))
    office.enroll("s-1", photograph("ana", note="1"), permit=permit)

    def watch(footage, *, live=False):
        return office.workspace.desk.watch(
            office.request(Operation.WATCH, permit=permit, footage=footage, live=live)
        )

    with watch((clip,)) as running:
        assert running.view(1)
    for footage in ((other,), (), (clip, other), (clip, "")):
        with pytest.raises(PermitScopeError), watch(footage):
            pass
    with pytest.raises(PermitScopeError), watch((), live=True):
        pass
