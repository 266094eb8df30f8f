"""Laws of less: what a renewal may not, and what an authority may change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.errors import InputError
from recognizance.gate.narrowing import (
    AUTHORITY_RULE,
    loosened,
    set_by_authority,
    too_early,
    widened,
)
from recognizance.gate.permit import Condition, Permit, Target, issue
from recognizance.gate.scope import Scope, Window
from recognizance.gate.terms import TERMS
from recognizance.types import ErrorRate, Operation, PermitClass

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BASE = {
    "permit_id": "0123456789abcdef",
    "permit_class": PermitClass.STANDARD,
    "workspace_id": "w1",
    "operations": frozenset({Operation.SEARCH, Operation.ENROLL}),
    "function": "identify_1toN",
    "purpose": "gate_identity",
    "gallery_ids": frozenset({"g1", "g2"}),
    "submission_digest": "5" * 64,
    "bundle_digest": "b" * 64,
    "model_id": "m" * 64,
    "evidence_digest": "e" * 64,
    "target": Target(ErrorRate.FPIR, 1_000_000, 400),
    "conditions": (Condition("LE-09", "reviewers", {"n": 2}), Condition("GV-03", "use_log", {})),
    "proposer_id": "p" * 16,
    "issued_at": NOON,
    "expires_at": NOON + timedelta(days=90),
    "authority": bytes(32),
    "scope": Scope(
        sites=frozenset({"a", "b"}),
        cameras=frozenset({"c"}),
        windows=(Window(NOON + timedelta(hours=1), NOON + timedelta(hours=5)),),
        targets=frozenset({"t"}),
        cases=frozenset({"k"}),
    ),
}


def permit(**changes: object) -> Permit:
    return issue(**(BASE | changes))


OLD = permit()
days = st.integers(0, 400)


def scope(**changes: object) -> Scope:
    return replace(OLD.scope, **changes)


def test_a_permit_is_neither_wider_nor_looser_than_itself():
    assert widened(OLD, OLD) is None
    assert loosened(OLD, OLD) is None


@pytest.mark.parametrize(
    "change",
    [
        {"operations": OLD.operations | {Operation.WATCH}},
        {"gallery_ids": OLD.gallery_ids | {"g3"}},
        {"purpose": "suspect_search"},
        {"function": "watchlist"},
        {"workspace_id": "w2"},
        {"permit_class": PermitClass.URGENT},
        {"target": Target(ErrorRate.FPIR, 1_000_001, 400)},
        {"target": Target(ErrorRate.FPIR, 1_000_000, 401)},
        {"target": Target(ErrorRate.FMR, 1_000_000, 400)},
        {"expires_at": OLD.expires_at + timedelta(milliseconds=1)},
        {"scope": Scope()},
        {"scope": scope(sites=frozenset({"a", "z"}))},
        {"scope": scope(sites=frozenset())},
        {"scope": scope(cameras=frozenset({"c", "d"}))},
        {"scope": scope(targets=frozenset({"u"}))},
        {"scope": scope(cases=frozenset())},
        {"scope": scope(windows=())},
        {"scope": scope(windows=(Window(NOON, NOON + timedelta(hours=4, seconds=1)),))},
    ],
)
def test_every_way_to_widen_is_seen(change):
    new = replace(OLD, **change)
    assert widened(OLD, new) is not None
    assert loosened(OLD, new) is not None


@given(
    st.frozensets(st.sampled_from(["a", "b"]), min_size=1),
    st.integers(1, 1_000_000),
    st.integers(1, 400),
    st.integers(1, 90),
)
def test_less_is_never_wider(sites, ppb, size, lasts):
    new = replace(
        OLD,
        permit_id="f" * 16,
        scope=scope(sites=sites),
        target=Target(ErrorRate.FPIR, ppb, size),
        issued_at=NOON + timedelta(days=80),
        not_before=NOON + timedelta(days=80),
        expires_at=NOON + timedelta(days=80 + lasts),
    )
    assert widened(OLD, new) is None


@given(
    st.lists(st.builds(Condition, st.just(AUTHORITY_RULE), st.text(max_size=5), st.just({}))),
    st.integers(1, 90),
    st.integers(1, 1_000_000),
)
def test_an_authority_may_add_shorten_and_tighten(added, lasts, ppb):
    changed = replace(
        OLD,
        conditions=(*OLD.conditions, *added),
        expires_at=NOON + timedelta(days=lasts),
        target=replace(OLD.target, target_ppb=ppb),
    )
    assert loosened(OLD, changed) is None
    assert set_by_authority(changed) == tuple(added)


@pytest.mark.parametrize(
    "change",
    [
        {"conditions": OLD.conditions[1:]},
        {"conditions": ()},
        {"conditions": (*OLD.conditions, Condition("LE-09", "reviewers", {"n": 1}))},
        {"not_before": NOON - timedelta(seconds=1)},
        {"gallery_ids": frozenset({"g1"})},
        {"proposer_id": "q" * 16},
        {"bundle_digest": "c" * 64},
        {"renews": "f" * 16},
    ],
)
def test_an_authority_may_change_nothing_else(change):
    assert loosened(OLD, replace(OLD, **change)) is not None


def test_what_the_authority_set_stays_in_a_renewal():
    set_on = Condition(AUTHORITY_RULE, "reviewers", {"n": 3})
    old = replace(OLD, conditions=(*OLD.conditions, set_on))
    assert widened(old, OLD) is not None
    assert widened(old, old) is None


def test_the_last_sixty_days_are_soon_enough():
    end = OLD.expires_at
    assert too_early(OLD, now=end - timedelta(days=60, milliseconds=1))
    assert not too_early(OLD, now=end - timedelta(days=60))
    assert not too_early(OLD, now=end + timedelta(days=60))


@pytest.mark.parametrize("permit_class", [c for c, terms in TERMS.items() if not terms.renewable])
def test_no_permit_of_a_class_that_is_not_renewable_renews_one(permit_class):
    assert permit_class in {PermitClass.TRIAL, PermitClass.URGENT}
    changes = {
        "permit_class": permit_class,
        "expires_at": NOON + timedelta(hours=20),
        "renews": "f" * 16,
    }
    if permit_class is PermitClass.TRIAL:
        changes |= {
            "sample_digests": frozenset({"1" * 64}),
            "target": Target(ErrorRate.FMR, 1_000_000),
        }
    with pytest.raises(InputError, match="cannot be renewed"):
        permit(**changes)


def test_hours_lie_inside_the_permit():
    for begins, ends in ((-1, 1), (24 * 90 - 1, 24 * 90 + 1)):
        hours = Window(NOON + timedelta(hours=begins), NOON + timedelta(hours=ends))
        with pytest.raises(InputError, match="hours"):
            permit(scope=scope(windows=(hours,)))
