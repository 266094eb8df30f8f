"""A fence needs its posts, and no permit covers more than was asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import IncompleteError, InputError
from recognizance.gate.bundle import load_bundle
from recognizance.gate.facts import derive
from recognizance.gate.fences import (
    FENCES,
    beyond_submission,
    order_end,
    publication_rest,
    require_posts,
    require_within,
)
from recognizance.gate.hooks import HOOKS
from recognizance.gate.permit import Condition
from recognizance.gate.scope import Scope, Window
from recognizance.gate.submission import submission_from

TABLES = load_bundle().tables
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOURS = Window(NOON, NOON + timedelta(hours=2))
FULL = Scope(
    sites=frozenset({"s"}), windows=(HOURS,), targets=frozenset({"t"}), cameras=frozenset({"c"})
)


@pytest.mark.parametrize(
    ("hook", "option"),
    [
        ("place_fence", "--site"),
        ("hours", "--window"),
        ("named_targets", "--target"),
        ("target_only_gallery", "--target"),
    ],
)
def test_a_fence_without_its_part_is_refused_and_the_option_named(hook, option):
    fence = Condition("LE-06", hook, {})
    with pytest.raises(IncompleteError) as caught:
        require_posts([fence], Scope())
    assert option in caught.value.hint
    assert caught.value.rules == ("LE-06",)
    require_posts([fence], FULL)


def test_a_fence_by_the_assembly_calendar_needs_its_place_too():
    with pytest.raises(IncompleteError):
        require_posts([Condition("HR-04", "place_fence", {"closed_by": "calendar"})], Scope())


def test_everything_that_is_missing_is_said_at_once():
    fences = [Condition("LE-06", hook, {}) for hook in ("named_targets", "place_fence", "hours")]
    with pytest.raises(IncompleteError) as caught:
        require_posts(fences, Scope())
    for option in ("--site", "--window", "--target"):
        assert option in caught.value.hint


def test_a_case_needs_nothing_named_and_every_fence_is_a_hook():
    require_posts([Condition("LE-07", "case_id", {})], Scope())
    assert FENCES.keys() <= HOOKS.keys()


def facts_of(stated):
    return derive(submission_from(stated), TABLES, at=NOON.date())


@pytest.mark.parametrize(
    ("stated", "scope", "said"),
    [
        ({"place.span": "point"}, Scope(sites=frozenset({"a", "b"})), "2 sites"),
        ({"place.span": "site"}, Scope(sites=frozenset({"a", "b", "c"})), "3 sites"),
        ({"cam.count": 1}, Scope(cameras=frozenset({"a", "b"})), "2 cameras"),
        ({"auth.expires": "2026-11-22"}, Scope(), "order"),
    ],
)
def test_more_than_was_asked_for_is_refused(stated, scope, said):
    asked = submission_from(stated), facts_of(stated), scope, NOON + timedelta(days=1)
    assert said in (beyond_submission(*asked) or "")
    with pytest.raises(InputError):
        require_within(*asked)


@pytest.mark.parametrize(
    ("stated", "scope"),
    [
        ({}, Scope(sites=frozenset({"a", "b"}), cameras=frozenset({"a", "b"}))),
        ({"place.span": "point", "cam.count": 2}, FULL),
        ({"cam.count": 2}, Scope(cameras=frozenset({"a", "b"}))),
        ({"auth.expires": "2026-11-23"}, Scope()),
    ],
)
def test_as_much_as_was_asked_for_passes(stated, scope):
    end = NOON + timedelta(days=1)
    require_within(submission_from(stated), facts_of(stated), scope, end)


def test_an_order_holds_to_the_end_of_its_last_day():
    end = order_end(submission_from({"auth.expires": "2026-11-22"}))
    assert end == datetime(2026, 11, 23, tzinfo=UTC)
    assert order_end(submission_from({})) is None
    assert order_end(submission_from({"auth.expires": "unknown"})) is None


def test_the_longest_rest_counts():
    rests = [Condition("GV-05", "publication_rest", {"days": days}) for days in (3, 30)]
    assert publication_rest(rests) == timedelta(days=30)
    assert publication_rest([]) == timedelta()
