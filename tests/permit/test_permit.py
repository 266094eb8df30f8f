from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.canonical import canonical_bytes
from recognizance.errors import (
    ConflictError,
    InputError,
    ModelMismatchError,
    PermitError,
    PermitExpiredError,
    PermitForgedError,
    PermitRevokedError,
    PermitScopeError,
    RecognizanceError,
    RoleError,
)
from recognizance.gate.permit import (
    Condition,
    Permit,
    PermitChecker,
    Signature,
    Target,
    Use,
    countersign,
    issue,
    sign,
)
from recognizance.gate.permit_signatures import make_signature
from recognizance.gate.scope import Scope, Window
from recognizance.gate.terms import TERMS, terms_of
from recognizance.keys import SigningKey, fingerprint
from recognizance.types import ErrorRate, Operation, PermitClass, Principal, Role

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFICER_KEY, SECOND_KEY, PROPOSER_KEY, AUTHORITY_KEY, STRANGER_KEY = (
    SigningKey.from_seed(bytes([number]) * 32) for number in range(1, 6)
)
AUTHORITY = AUTHORITY_KEY.public_key


def principal(key: SigningKey, *roles: Role) -> Principal:
    return Principal(fingerprint(key.public_key), "somebody", frozenset(roles), key.public_key)


OFFICER = principal(OFFICER_KEY, Role.SIGNING_OFFICER)
SECOND = principal(SECOND_KEY, Role.SIGNING_OFFICER, Role.CUSTODIAN)
PROPOSER = principal(PROPOSER_KEY, Role.PROPOSER, Role.SIGNING_OFFICER)
TRUSTED = {each.principal_id: each for each in (OFFICER, SECOND, PROPOSER)}

STANDARD = {
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
    "criteria_digest": "c" * 64,
    "target": Target(ErrorRate.FPIR, 1_000_000, 400),
    "conditions": (
        Condition("LE-09", "reviewers", {"n": 2}),
        Condition("GV-03", "log", {}),
    ),
    "proposer_id": PROPOSER.principal_id,
    "issued_at": NOON,
    "expires_at": NOON + timedelta(days=90),
    "authority": AUTHORITY,
}
TRIAL = STANDARD | {
    "permit_class": PermitClass.TRIAL,
    "operations": frozenset({Operation.COMPARE}),
    "gallery_ids": frozenset(),
    "sample_digests": frozenset({"1" * 64, "2" * 64}),
    "criteria_digest": None,
    "target": Target(ErrorRate.FMR, 1_000_000),
    "expires_at": NOON + timedelta(hours=24),
}
SEARCH = Use(Operation.SEARCH, "gate_identity", "g1", ("9" * 64,))
COMPARE = Use(Operation.COMPARE, None, None, ("1" * 64, "2" * 64))


def standard(**changes: object) -> Permit:
    permit = sign(issue(**(STANDARD | changes)), OFFICER_KEY, OFFICER)
    return countersign(permit, AUTHORITY_KEY)


def trial(**changes: object) -> Permit:
    return sign(issue(**(TRIAL | changes)), OFFICER_KEY, OFFICER)


def run(permit: Permit, use: Use = SEARCH, **changes: object) -> None:
    here = {
        "now": NOON,
        "trusted": TRUSTED,
        "revoked": frozenset(),
        "workspace_id": permit.workspace_id,
        "authority": AUTHORITY,
        "bundle_digest": permit.bundle_digest,
        "model_id": permit.model_id,
        "evidence_digest": permit.evidence_digest,
    } | changes
    asked = {name: here.pop(name) for name in ("now", "trusted", "revoked")}
    PermitChecker(**here).check(permit, use, **asked)


# ---- what passes -----------------------------------------------------------------------------


def test_a_countersigned_permit_lets_its_use_pass():
    permit = standard()
    assert not permit.self_attested
    run(permit)
    run(permit, replace(SEARCH, purpose=None, operation=Operation.ENROLL, gallery_id="g2"))


def test_a_trial_is_self_attested_and_needs_no_authority():
    permit = trial(authority=None)
    assert permit.self_attested
    assert permit.authority is None
    run(permit, COMPARE, authority=None)


def test_two_officers_may_sign():
    permit = sign(sign(issue(**STANDARD), OFFICER_KEY, OFFICER), SECOND_KEY, SECOND)
    run(countersign(permit, AUTHORITY_KEY))


def test_the_whole_window_and_nothing_else():
    permit = standard(not_before=NOON + timedelta(days=1))
    run(permit, now=permit.not_before)
    run(permit, now=permit.expires_at - timedelta(milliseconds=1))
    for moment in (permit.not_before - timedelta(milliseconds=1), permit.expires_at):
        with pytest.raises(PermitExpiredError) as caught:
            run(permit, now=moment)
        assert caught.value.rules == ("D4",)


# ---- what does not ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (replace(SEARCH, operation=Operation.WATCH), "watch"),
        (replace(SEARCH, operation=Operation.COMPARE, gallery_id=None), "compare"),
        (replace(SEARCH, purpose="attendance"), "purpose"),
        (replace(SEARCH, gallery_id="g3"), "gallery"),
        (replace(SEARCH, gallery_id=None), "gallery"),
    ],
)
def test_a_use_outside_the_permit_is_refused(use, words):
    with pytest.raises(PermitScopeError, match=words) as caught:
        run(standard(), use)
    assert caught.value.rules == ("D4",)
    assert caught.value.hint


@pytest.mark.parametrize("digests", [(), ("3" * 64,), ("1" * 64, "3" * 64)])
def test_a_trial_covers_its_own_photographs_alone(digests):
    with pytest.raises(PermitScopeError, match="photographs"):
        run(trial(), replace(COMPARE, sample_digests=digests))


def test_a_trial_names_no_gallery_it_was_not_given():
    with pytest.raises(PermitScopeError, match="gallery"):
        run(trial(), replace(COMPARE, gallery_id="g1"))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"revoked": frozenset({"0123456789abcdef"})}, PermitRevokedError),
        ({"bundle_digest": "x"}, PermitForgedError),
        ({"evidence_digest": "x"}, PermitForgedError),
        ({"evidence_digest": None}, PermitForgedError),
        ({"model_id": "x"}, ModelMismatchError),
        ({"authority": None}, PermitForgedError),
        ({"authority": STRANGER_KEY.public_key}, PermitForgedError),
        ({"trusted": {}}, PermitForgedError),
        (
            {"trusted": {OFFICER.principal_id: replace(OFFICER, roles=frozenset({Role.OPERATOR}))}},
            PermitForgedError,
        ),
        (
            {"trusted": {OFFICER.principal_id: replace(OFFICER, public_key=bytes(32))}},
            PermitForgedError,
        ),
    ],
)
def test_a_permit_does_not_hold_where_its_surroundings_differ(change, error):
    with pytest.raises(error) as caught:
        run(standard(), **change)
    assert caught.value.rules == ("D4",)
    assert caught.value.hint


def test_a_checker_knows_its_workspace():
    permit = standard()
    checker = PermitChecker("w1", AUTHORITY, "b" * 64, "m" * 64, "e" * 64)
    checker.check(permit, SEARCH, now=NOON, trusted=TRUSTED, revoked=frozenset())
    checker.check_signatures(permit, trusted=TRUSTED)
    elsewhere = replace(checker, workspace_id="w2")
    with pytest.raises(PermitScopeError, match="workspace"):
        elsewhere.check(permit, SEARCH, now=NOON, trusted=TRUSTED, revoked=frozenset())
    with pytest.raises(PermitScopeError, match="workspace"):
        elsewhere.check_signatures(permit, trusted=TRUSTED)
    with pytest.raises(PermitForgedError):
        checker.check_signatures(permit, trusted={})


# ---- one key, one part -----------------------------------------------------------------------


def test_who_proposes_does_not_sign():
    with pytest.raises(RoleError):
        sign(issue(**STANDARD), PROPOSER_KEY, PROPOSER)
    forced = issue(**(STANDARD | {"proposer_id": OFFICER.principal_id}))
    forced = replace(forced, signatures=(make_signature(forced, OFFICER_KEY, "signing_officer"),))
    signed = replace(forced, countersignature=make_signature(forced, AUTHORITY_KEY, "authority"))
    with pytest.raises(PermitForgedError, match="two parts"):
        run(signed)


def test_nobody_signs_twice():
    permit = sign(issue(**STANDARD), OFFICER_KEY, OFFICER)
    with pytest.raises(RoleError):
        sign(permit, OFFICER_KEY, OFFICER)
    doubled = replace(permit, signatures=permit.signatures * 2)
    doubled = replace(doubled, countersignature=make_signature(doubled, AUTHORITY_KEY, "authority"))
    with pytest.raises(PermitForgedError, match="two parts"):
        run(doubled)


def test_only_an_officer_signs_and_only_with_their_own_key():
    with pytest.raises(RoleError):
        sign(issue(**STANDARD), OFFICER_KEY, replace(OFFICER, roles=frozenset({Role.OPERATOR})))
    with pytest.raises(InputError):
        sign(issue(**STANDARD), STRANGER_KEY, OFFICER)


def test_the_authority_does_not_countersign_its_own():
    own = issue(**(STANDARD | {"authority": OFFICER_KEY.public_key}))
    permit = sign(own, OFFICER_KEY, OFFICER)
    with pytest.raises(RoleError):
        countersign(permit, OFFICER_KEY)
    forced = replace(permit, countersignature=make_signature(permit, OFFICER_KEY, "authority"))
    with pytest.raises(PermitForgedError, match="two parts"):
        run(forced, authority=OFFICER_KEY.public_key)


def test_the_authority_countersigns_only_what_names_it_and_is_signed():
    with pytest.raises(PermitForgedError, match="another authority"):
        countersign(sign(issue(**STANDARD), OFFICER_KEY, OFFICER), STRANGER_KEY)
    with pytest.raises(PermitForgedError, match="another authority"):
        countersign(trial(), AUTHORITY_KEY)
    with pytest.raises(PermitForgedError, match="no signing officer"):
        countersign(issue(**STANDARD), AUTHORITY_KEY)
    tampered = replace(sign(issue(**STANDARD), OFFICER_KEY, OFFICER), purpose="attendance")
    with pytest.raises(PermitForgedError, match="does not hold"):
        countersign(tampered, AUTHORITY_KEY)


def test_nothing_is_added_behind_the_authority():
    permit = standard()
    with pytest.raises(ConflictError):
        sign(permit, SECOND_KEY, SECOND)
    added = replace(
        permit,
        signatures=(*permit.signatures, make_signature(permit, SECOND_KEY, "signing_officer")),
    )
    with pytest.raises(PermitForgedError, match="countersignature does not hold"):
        run(added)


def test_a_standard_permit_is_nothing_without_the_countersignature():
    with pytest.raises(PermitForgedError, match="not countersigned"):
        run(replace(standard(), countersignature=None))
    permit = replace(standard(), countersignature=None)
    foreign = replace(permit, countersignature=make_signature(permit, STRANGER_KEY, "authority"))
    with pytest.raises(PermitForgedError, match="somebody else"):
        run(foreign)


def test_a_self_attested_class_carries_no_countersignature():
    permit = trial()
    borrowed = replace(permit, countersignature=make_signature(permit, AUTHORITY_KEY, "authority"))
    with pytest.raises(PermitForgedError, match="no countersignature"):
        run(borrowed, COMPARE)


def test_an_officer_s_signature_is_no_countersignature():
    permit = replace(standard(), countersignature=None)
    as_officer = make_signature(permit, AUTHORITY_KEY, "signing_officer")
    for forged in (as_officer, replace(as_officer, role="authority")):
        with pytest.raises(PermitForgedError, match="countersignature does not hold"):
            run(replace(permit, countersignature=forged))


# ---- classes ---------------------------------------------------------------------------------


def test_every_class_has_terms():
    assert set(TERMS) == set(PermitClass)


@pytest.mark.parametrize(
    ("permit_class", "longest", "people"),
    [
        (PermitClass.TRIAL, timedelta(hours=24), 20),
        (PermitClass.OPTED_IN, timedelta(days=30), 50),
        (PermitClass.HOUSEHOLD, timedelta(days=365), 50),
        (PermitClass.STANDARD, timedelta(days=365), None),
        (PermitClass.URGENT, timedelta(hours=24), None),
    ],
)
def test_a_class_bounds_time_and_people(permit_class, longest, people):
    base = TRIAL if permit_class is PermitClass.TRIAL else STANDARD
    rate = base["target"].rate
    fits = base | {
        "permit_class": permit_class,
        "expires_at": NOON + longest,
        "target": Target(rate, 1_000_000, people or 10_000),
    }
    issue(**fits)
    with pytest.raises(InputError, match="too long"):
        issue(**(fits | {"expires_at": NOON + longest + timedelta(milliseconds=1)}))
    assert terms_of(permit_class).most_people == people
    with pytest.raises(InputError, match="too loose"):
        issue(**(fits | {"target": Target(rate, 200_000_000, 10)}))
    assert terms_of(permit_class).countersigned is (
        permit_class in {PermitClass.STANDARD, PermitClass.URGENT}
    )


@pytest.mark.parametrize(
    "change",
    [
        {"operations": frozenset()},
        {"operations": frozenset({Operation.COMPARE})},
        {"sample_digests": frozenset({"1"})},
        {"target": Target(ErrorRate.FMR, 0)},
        {"target": Target(ErrorRate.FMR, 1_000_000_001)},
        {"target": Target(ErrorRate.FPIR, 1_000_000)},
        {"target": Target(ErrorRate.FPIR, 1_000_000, 0)},
        {"expires_at": NOON},
        {"not_before": NOON - timedelta(seconds=1)},
        {"not_before": NOON + timedelta(days=400)},
        {"authority": None},
    ],
)
def test_a_standard_permit_outside_its_class_is_not_issued(change):
    with pytest.raises(InputError) as caught:
        issue(**(STANDARD | change))
    assert caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"sample_digests": frozenset()},
        {"target": Target(ErrorRate.FMR, 1_000_001)},
        {"target": Target(ErrorRate.FPIR, 1_000_000, 20)},
    ],
)
def test_a_trial_outside_its_class_is_not_issued(change):
    with pytest.raises(InputError):
        issue(**(TRIAL | change))


def test_signatures_do_not_make_up_for_the_class():
    wide = replace(issue(**TRIAL), expires_at=NOON + timedelta(days=3))
    wide = replace(wide, signatures=(make_signature(wide, OFFICER_KEY, "signing_officer"),))
    with pytest.raises(PermitForgedError, match="too long"):
        run(wide, COMPARE)
    posing = replace(issue(**STANDARD), self_attested=True, authority=None)
    posing = replace(posing, signatures=(make_signature(posing, OFFICER_KEY, "signing_officer"),))
    with pytest.raises(PermitForgedError, match="who has to sign"):
        run(posing)


# ---- every change of every field -------------------------------------------------------------

texts = st.text(max_size=8)
words = st.text(min_size=1, max_size=8)
windows = st.builds(
    lambda hour, hours: Window(NOON + timedelta(hours=hour), NOON + timedelta(hours=hour + hours)),
    st.integers(-50, 50),
    st.integers(1, 50),
)
moments = st.integers(-400, 400).map(lambda days: NOON + timedelta(days=days))
OTHER_VALUES: dict[str, st.SearchStrategy[object]] = {
    "permit_id": texts,
    "permit_class": st.sampled_from(PermitClass),
    "workspace_id": texts,
    "operations": st.frozensets(st.sampled_from(Operation)),
    "function": texts,
    "purpose": texts,
    "gallery_ids": st.frozensets(texts, max_size=3),
    "sample_digests": st.frozensets(texts, max_size=3),
    "submission_digest": texts,
    "bundle_digest": texts,
    "model_id": texts,
    "evidence_digest": st.none() | texts,
    "criteria_digest": st.none() | texts,
    "target": st.builds(
        Target, st.sampled_from(ErrorRate), st.integers(1, 10**9), st.none() | st.integers(1, 999)
    ),
    "conditions": st.lists(
        st.builds(Condition, texts, texts, st.dictionaries(texts, st.integers(0, 9), max_size=2)),
        max_size=2,
    ).map(tuple),
    "proposer_id": texts,
    "issued_at": moments,
    "not_before": moments,
    "expires_at": moments,
    "self_attested": st.booleans(),
    "authority": st.none() | texts | st.just(STRANGER_KEY.public_key.hex()),
    "scope": st.builds(
        Scope,
        sites=st.frozensets(words, max_size=2),
        cameras=st.frozensets(words, max_size=2),
        windows=st.lists(windows, max_size=2, unique=True).map(lambda all_: tuple(sorted(all_))),
        targets=st.frozensets(words, max_size=2),
        cases=st.frozensets(words, max_size=2),
    ),
    "renews": st.none() | texts,
    "signatures": st.lists(st.builds(Signature, texts, texts, texts, texts), max_size=2).map(tuple),
    "countersignature": st.none() | st.builds(Signature, texts, texts, texts, texts),
}
STANDARD_PERMIT, TRIAL_PERMIT = standard(), trial()


def test_no_field_is_forgotten_here():
    assert {each.name for each in fields(Permit) if each.init} == set(OTHER_VALUES)


@given(st.data(), st.sampled_from(sorted(OTHER_VALUES)), st.booleans())
def test_a_change_of_any_field_is_caught(data, name, is_trial):
    permit, use = (TRIAL_PERMIT, COMPARE) if is_trial else (STANDARD_PERMIT, SEARCH)
    run(permit, use)
    value = data.draw(OTHER_VALUES[name].filter(lambda each: each != getattr(permit, name)))
    changed = replace(permit, **{name: value})
    assert changed.digest != permit.digest
    with pytest.raises(PermitForgedError):
        run(changed, use)


@given(st.data(), st.booleans())
def test_a_change_of_one_digit_of_a_signature_is_caught(data, counter):
    permit = STANDARD_PERMIT
    old = permit.countersignature if counter else permit.signatures[0]
    assert old is not None
    name = data.draw(st.sampled_from(["principal_id", "public_key", "role", "signature"]))
    text = getattr(old, name)
    place = data.draw(st.integers(0, len(text) - 1))
    digit = data.draw(st.sampled_from("0123456789abcdefABCDEF ").filter(lambda d: d != text[place]))
    new = replace(old, **{name: text[:place] + digit + text[place + 1 :]})
    change = {"countersignature": new} if counter else {"signatures": (new,)}
    with pytest.raises(PermitForgedError):
        run(replace(permit, **change))


# ---- as a file -------------------------------------------------------------------------------


@given(
    st.fixed_dictionaries({}, optional={name: OTHER_VALUES[name] for name in OTHER_VALUES}),
    st.booleans(),
)
def test_a_permit_and_its_file_are_the_same_both_ways(changes, is_trial):
    permit = replace(
        TRIAL_PERMIT if is_trial else STANDARD_PERMIT, **(changes | {"permit_id": "p"})
    )
    data = permit.to_json()
    again = Permit.from_json(data)
    assert again == permit
    assert again.digest == permit.digest
    assert hash(again) == hash(permit)
    assert again.to_json() == data


def test_a_read_permit_still_passes():
    run(Permit.from_json(STANDARD_PERMIT.to_json()))


GOOD = json.loads(STANDARD_PERMIT.to_json())
PLACES: list[tuple[str | int, ...]] = [
    *(("permit", key) for key in GOOD["permit"]),
    *(("permit", "target", key) for key in GOOD["permit"]["target"]),
    *(("permit", "conditions", 0, key) for key in GOOD["permit"]["conditions"][0]),
    *(("signatures", 0, key) for key in GOOD["signatures"][0]),
    *(("countersignature", key) for key in GOOD["countersignature"]),
    *((key,) for key in GOOD),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-2, 2) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(st.sampled_from(PLACES), json_values)
def test_no_value_in_any_place_makes_a_permit_or_a_traceback(path, value):
    document = json.loads(STANDARD_PERMIT.to_json())
    *way, last = path
    table = document
    for step in way:
        table = table[step]
    if table[last] == value and type(table[last]) is type(value):
        return
    table[last] = value
    try:
        permit = Permit.from_json(canonical_bytes(document))
    except (PermitForgedError, InputError):
        return
    with pytest.raises(PermitError):
        run(permit, bundle_digest="b" * 64, model_id="m" * 64, evidence_digest="e" * 64)


@given(st.binary(max_size=60) | json_values.map(canonical_bytes))
def test_no_bytes_make_a_permit_or_a_traceback(data):
    with pytest.raises(RecognizanceError):
        Permit.from_json(data)


@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_flipped_bit_of_the_file_passes(place, bit):
    data = bytearray(STANDARD_PERMIT.to_json())
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(RecognizanceError):
        run(Permit.from_json(bytes(data)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: json.dumps(d, indent=1).encode(),
        lambda d: canonical_bytes(d) + b"\n",
        lambda d: canonical_bytes(d | {"more": 1}),
        lambda d: canonical_bytes({"permit": d["permit"]}),
        lambda d: canonical_bytes(d | {"permit": d["permit"] | {"more": 1}}),
        lambda d: canonical_bytes(d | {"permit": d["permit"] | {"v": 2}}),
        lambda d: canonical_bytes(d | {"permit": d["permit"] | {"permit_id": "../x"}}),
        lambda d: canonical_bytes(d | {"permit": d["permit"] | {"issued_at": "2026-11-22"}}),
        lambda d: canonical_bytes(d | {"permit": d["permit"] | {"gallery_ids": ["g1", "g1"]}}),
        lambda d: canonical_bytes(d | {"permit": d["permit"] | {"gallery_ids": ["g1", 2]}}),
        lambda d: b" " * (1 << 20) + canonical_bytes(d),
    ],
)
def test_a_file_that_was_written_anew_is_refused(spoil):
    with pytest.raises(PermitForgedError) as caught:
        Permit.from_json(spoil(GOOD))
    assert caught.value.hint


def test_conditions_of_a_read_permit_cannot_be_changed():
    permit = Permit.from_json(STANDARD_PERMIT.to_json())
    with pytest.raises(TypeError):
        permit.conditions[0].parameters["n"] = 0  # type: ignore[index]
