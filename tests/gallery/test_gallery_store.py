"""References go in sealed and come out as they were; what may not go in does not."""

import stat
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from gallery_site import (
    KEY,
    NOW,
    QUALITY,
    features,
    make_reference,
    new_gallery,
    raw_bytes,
    same,
)

from recognizance.errors import (
    ConflictError,
    InputError,
    ModelMismatchError,
    NotFoundError,
    WorkspaceExistsError,
    WorkspaceMissingError,
)
from recognizance.gallery import Counts, Provenance, SqliteGallery
from recognizance.gate.fields import known_values


def test_a_reference_comes_back_as_it_was_after_reopening(tmp_path):
    first, second = make_reference("s-1"), make_reference("s-1", features=features(2))
    other = make_reference("s-2", expires_at=NOW + timedelta(days=1))
    with new_gallery(tmp_path) as store:
        store.add([first, second, other], {first.reference_id: b"crop"}, intent="uses/0")
    with SqliteGallery.open(tmp_path / "gallery.db", KEY) as store:
        kept = store.references("g")
        assert [same(a, b) for a, b in zip(kept, (first, second, other), strict=True)] == [True] * 3
        assert same(store.reference(second.reference_id), second)
        assert [same(*pair) for pair in zip(store.references_of("g", "s-2"), [other], strict=True)]
        assert store.references_of("g", "nobody") == ()
        assert store.subjects("g") == ("s-1", "s-2")
        assert store.counts("g") == Counts(subjects=2, references=3)
        assert store.crop(first.reference_id) == b"crop"
        assert store.holds_subject("s-2")
        assert not store.holds_subject("s-3")


def test_the_file_is_its_owners_alone_and_shows_nothing(tmp_path):
    reference = make_reference("subject-of-this-test", ground="release of this test")
    with new_gallery(tmp_path) as store:
        store.add([reference], {reference.reference_id: b"picture-of-this-test"}, intent="uses/0")
        raw = raw_bytes(tmp_path)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("gallery.db*")}
    assert modes == {0o600}
    for secret in (
        b"subject-of-this-test",
        b"release of this test",
        b"picture-of-this-test",
        reference.features.vector.tobytes(),
        reference.sample_digest.encode(),
        reference.provenance.encode(),
    ):
        assert secret not in raw


def test_a_store_is_never_made_over_another(tmp_path):
    with new_gallery(tmp_path) as store:
        store.add([make_reference()], {}, intent="uses/0")
        with pytest.raises(WorkspaceExistsError):
            SqliteGallery.create(tmp_path / "gallery.db", KEY)
        assert store.counts("g").references == 1


def test_a_missing_store_is_not_made_by_opening_it(tmp_path):
    with pytest.raises(WorkspaceMissingError):
        SqliteGallery.open(tmp_path / "gallery.db", KEY)
    assert list(tmp_path.iterdir()) == []


def test_galleries_are_listed_and_made_once(store):
    store.create_gallery("b", permit_id="permit-2", purpose="boarding", created_at=NOW)
    assert [(g.gallery_id, g.permit_id, g.purpose) for g in store.galleries()] == [
        ("b", "permit-2", "boarding"),
        ("g", "permit-1", "trial"),
    ]
    assert {g.created_at for g in store.galleries()} == {NOW}
    with pytest.raises(ConflictError):
        store.create_gallery("b", permit_id="permit-3", purpose="trial", created_at=NOW)


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.references("other"),
        lambda store: store.references_of("other", "s-1"),
        lambda store: store.subjects("other"),
        lambda store: store.counts("other"),
        lambda store: store.generation("other"),
        lambda store: store.templates("other"),
        lambda store: store.reference("other"),
        lambda store: store.crop("other"),
        lambda store: store.add([make_reference(gallery_id="other")], {}, intent="uses/0"),
    ],
)
def test_what_is_not_there_is_not_found(store, ask):
    with pytest.raises(NotFoundError) as caught:
        ask(store)
    assert "other" not in caught.value.message
    assert caught.value.hint


def test_a_reference_without_a_picture_has_none(store):
    reference = make_reference()
    store.add([reference], {}, intent="uses/0")
    with pytest.raises(NotFoundError):
        store.crop(reference.reference_id)


@pytest.mark.parametrize("provenance", ["", "web", "social_media", "cctv_bulk", "shared_list"])
def test_without_a_known_provenance_nobody_is_enrolled(store, provenance):
    with pytest.raises(InputError) as caught:
        store.add([make_reference(), make_reference(provenance=provenance)], {}, intent="uses/0")
    assert caught.value.rules == ("HR-09",)
    assert "HR-09" in caught.value.message
    assert store.counts("g") == Counts(subjects=0, references=0)


@pytest.mark.parametrize("ground", ["", "  \n", "x" * 501])
def test_without_a_ground_nobody_is_enrolled(store, ground):
    with pytest.raises(InputError) as caught:
        store.add([make_reference(ground=ground)], {}, intent="uses/0")
    assert caught.value.rules == ("HR-09",)


@pytest.mark.parametrize("provenance", list(Provenance))
def test_every_known_provenance_is_taken(store, provenance):
    reference = make_reference(provenance=provenance.value)
    store.add([reference], {}, intent="uses/0")
    assert store.reference(reference.reference_id).provenance == provenance


def test_provenance_is_a_source_of_the_gate_that_rule_hr_09_leaves():
    # A submission spells as the law texts do; code and command line spell as Americans do.
    known = {word.replace("enrolment", "enrollment") for word in known_values("wl.source")}
    no_provenance = {"none", "web", "social_media", "cctv_bulk", "shared_list"}
    assert set(Provenance) == known - no_provenance


BAD_IDS = ["", "x" * 129, "a b", "a|b", "a/b", "a\n", "zoë", "a\x00"]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_ids_are_short_and_plain(store, bad):
    for change in ({"subject_id": bad}, {"reference_id": bad}):
        with pytest.raises(InputError):
            store.add([make_reference(**change)], {}, intent="uses/0")
    with pytest.raises(InputError):
        store.create_gallery(bad, permit_id="p", purpose="trial", created_at=NOW)


@pytest.mark.parametrize(
    "bad",
    [
        replace(features(), vector=np.zeros(128, np.float32)),
        replace(features(), vector=np.full(128, np.nan, np.float32)),
        replace(features(), vector=features().vector * 2),
        replace(features(), vector=features().vector.astype(np.float64)),
        replace(features(), vector=features().vector.reshape(2, 64)),
        replace(features(), cohort_mean=float("nan")),
        replace(features(), cohort_mean=1.5),
        replace(features(), model_id="a|b"),
    ],
    ids=["zero", "nan", "long", "float64", "matrix", "nan mean", "no cosine", "bad model"],
)
def test_what_is_no_template_is_refused(store, bad):
    with pytest.raises(InputError):
        store.add([make_reference(features=bad)], {}, intent="uses/0")


def test_other_things_that_make_no_sense_are_refused(store):
    reference = make_reference()
    with pytest.raises(InputError):
        store.add([], {}, intent="uses/0")
    with pytest.raises(InputError):
        store.add([reference], {"another": b"crop"}, intent="uses/0")
    with pytest.raises(InputError):
        store.add([replace(reference, expires_at=NOW)], {}, intent="uses/0")
    unmeasured = replace(reference, quality=replace(QUALITY, sharpness=float("nan")))
    with pytest.raises(InputError):
        store.add([unmeasured], {}, intent="uses/0")
    assert store.generation("g") == 0


def test_the_same_photograph_of_a_subject_is_kept_once_a_gallery(store):
    store.create_gallery("b", permit_id="permit-2", purpose="boarding", created_at=NOW)
    digest = "d" * 64
    store.add([make_reference("s-1", sample_digest=digest)], {}, intent="uses/0")
    again = make_reference("s-1", sample_digest=digest)
    with pytest.raises(ConflictError) as caught:
        store.add([make_reference("s-9"), again], {}, intent="uses/1")
    assert "s-1" not in caught.value.message
    assert store.subjects("g") == ("s-1",)
    store.add([make_reference("s-2", sample_digest=digest)], {}, intent="uses/2")
    store.add([replace(again, gallery_id="b")], {}, intent="uses/3")
    twice = [make_reference("s-3", sample_digest=digest) for _ in range(2)]
    with pytest.raises(ConflictError):
        store.add(twice, {}, intent="uses/4")


def test_a_reference_id_is_used_once(store):
    reference = make_reference("s-1")
    store.add([reference], {}, intent="uses/0")
    with pytest.raises(ConflictError):
        store.add([make_reference("s-2", reference_id=reference.reference_id)], {}, intent="uses/1")


def test_an_intent_is_rolled_back_as_a_whole(store):
    before = make_reference("s-1")
    store.add([before], {}, intent="uses/1")
    store.add([make_reference("s-1"), make_reference("s-2")], {}, intent="uses/12")
    assert store.has_intent("uses/12")
    assert store.remove_intent("uses/12") == 2
    assert not store.has_intent("uses/12")
    assert store.remove_intent("uses/12") == 0
    assert [each.reference_id for each in store.references("g")] == [before.reference_id]
    assert not store.holds_subject("s-2")


def test_every_change_is_a_new_generation_of_its_gallery_alone(store):
    store.create_gallery("b", permit_id="permit-2", purpose="boarding", created_at=NOW)
    seen = [store.generation("g")]
    reference = make_reference("s-1")
    store.add([reference, make_reference("s-2")], {}, intent="uses/0")
    seen.append(store.generation("g"))
    store.destroy([reference.reference_id])
    seen.append(store.generation("g"))
    store.erase_subject("s-2", amend=lambda body, _: ("open", body))
    seen.append(store.generation("g"))
    store.add([make_reference("s-3")], {}, intent="uses/1")
    store.remove_intent("uses/1")
    seen.append(store.generation("g"))
    assert seen == sorted(set(seen))
    assert store.generation("b") == 0
    assert {g.gallery_id: g.generation for g in store.galleries()} == {"b": 0, "g": seen[-1]}


def test_references_expire_at_their_time_and_not_before(store):
    soon = make_reference("s-1", expires_at=NOW + timedelta(hours=1))
    later = make_reference("s-1", expires_at=NOW + timedelta(hours=2))
    store.add([soon, later], {}, intent="uses/0")
    just_before = soon.expires_at - timedelta(milliseconds=1)
    assert store.expired(just_before) == ()
    (over,) = store.expired(soon.expires_at)
    assert same(over, soon)
    assert len(store.expired(later.expires_at)) == 2


def test_templates_of_two_models_are_never_handed_out_together(store):
    store.add([make_reference(features=features(1))], {}, intent="uses/0")
    templates = store.templates("g")
    assert (templates.model_id, templates.cohort_id) == ("a" * 64, "c" * 64)
    assert np.array_equal(templates.vectors, [features(1).vector])
    assert templates.cohort_means.tolist() == [0.375]
    store.add([make_reference(features=features(2, cohort="d" * 64))], {}, intent="uses/1")
    with pytest.raises(ModelMismatchError):
        store.templates("g")


def test_what_one_process_adds_another_sees(tmp_path):
    with new_gallery(tmp_path) as one, SqliteGallery.open(tmp_path / "gallery.db", KEY) as other:
        assert other.generation("g") == 0
        one.add([make_reference("s-1")], {}, intent="uses/0")
        assert other.generation("g") == 1
        assert other.subjects("g") == ("s-1",)


def test_several_references_come_in_the_order_asked_for_and_all_of_them_or_none(store):
    made = [make_reference(f"s-{number}") for number in range(5)]
    store.add(made, {}, intent="uses/0")
    wanted = [made[place].reference_id for place in (3, 0, 4, 0)]
    assert [each.reference_id for each in store.references_with(wanted)] == wanted
    assert store.references_with([]) == ()
    with pytest.raises(NotFoundError):
        store.references_with([made[0].reference_id, "nobody"])
