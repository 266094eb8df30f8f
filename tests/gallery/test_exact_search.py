"""Search finds what comparing with everybody finds, in that order and with those scores."""

from dataclasses import replace

import numpy as np
import pytest
from gallery_site import (
    COHORT,
    KEY,
    MODEL,
    amend,
    features,
    make_reference,
    new_gallery,
    unit_vector,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance import compare
from recognizance.errors import ConflictError, ModelMismatchError, NotFoundError
from recognizance.gallery import ExactIndex, Indexes, SqliteGallery, Templates
from recognizance.types import Candidate, Features


def templates_of(vectors, means, subject_ids, reference_ids=None) -> Templates:
    return Templates(
        gallery_id="g",
        generation=1,
        reference_ids=tuple(reference_ids or (f"r-{i:06}" for i in range(len(means)))),
        subject_ids=tuple(subject_ids),
        vectors=np.array(vectors, dtype=np.float32).reshape(len(means), -1),
        cohort_means=np.array(means, dtype=np.float32),
        model_id=MODEL,
        cohort_id=COHORT,
    )


def brute_force(templates, probe, threshold, max_candidates) -> tuple[Candidate, ...]:
    """The definition: score everybody, best of each subject, falling score, then reference id."""
    best = {}
    for row, (reference_id, subject_id) in enumerate(
        zip(templates.reference_ids, templates.subject_ids, strict=True)
    ):
        reference = Features(
            templates.vectors[row].copy(), MODEL, COHORT, float(templates.cohort_means[row])
        )
        key = (-compare.score(probe, reference), reference_id)
        best[subject_id] = min(best.get(subject_id, key), key)
    above = sorted((key, subject_id) for subject_id, key in best.items() if -key[0] >= threshold)
    return tuple(
        Candidate(reference_id, subject_id, rank, -negative)
        for rank, ((negative, reference_id), subject_id) in enumerate(above[:max_candidates], 1)
    )


@settings(max_examples=150, deadline=None)
@given(
    kinds=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=40),
    mean=st.sampled_from([0.0, 0.25, 0.3333]),
    at_score_of=st.integers(0, 39),
    nudge=st.sampled_from([0.0, 1e-7, -1e-7, -0.5, -3.0]),
    max_candidates=st.integers(1, 8),
    seed=st.integers(0, 2**16),
)
def test_the_index_is_brute_force(*, kinds, mean, at_score_of, nudge, max_candidates, seed):
    # Few distinct vectors and subjects, so that ties are the rule; a threshold at, just above and
    # just below a score that occurs.
    shuffled = np.random.default_rng(seed).permutation(len(kinds))
    templates = templates_of(
        [unit_vector(seed + vector) for vector, _ in kinds],
        [0.1 * vector for vector, _ in kinds],
        [f"s-{subject}" for _, subject in kinds],
        [f"r-{number:02}" for number in shuffled],
    )
    probe = Features(unit_vector(seed + 1), MODEL, COHORT, mean)
    row = at_score_of % len(kinds)
    reference = Features(
        templates.vectors[row].copy(), MODEL, COHORT, float(templates.cohort_means[row])
    )
    threshold = compare.score(probe, reference) + nudge
    expected = brute_force(templates, probe, threshold, max_candidates)
    found = ExactIndex(templates).search(probe, threshold=threshold, max_candidates=max_candidates)
    assert found == expected


def test_equal_templates_score_equal_wherever_they_stand_in_a_large_gallery():
    count = 3001
    vectors = [unit_vector(i % 7) for i in range(count)]
    templates = templates_of(vectors, [0.3] * count, [f"s-{i:05}" for i in range(count)])
    probe = features(3, mean=0.3)
    expected = brute_force(templates, probe, 0.5, 50)
    found = ExactIndex(templates).search(probe, threshold=0.5, max_candidates=50)
    assert found == expected
    assert len({each.comparison_score for each in found}) == 1
    assert [each.reference_id for each in found] == sorted(each.reference_id for each in found)


def test_a_score_at_the_threshold_is_a_candidate_and_one_step_above_is_none():
    probe, reference = features(1, mean=0.31), features(2, mean=0.27)
    score = compare.score(probe, reference)
    for threshold, found in (
        (score, 1),
        (float(np.nextafter(np.float32(score), np.float32(2))), 0),
    ):
        index = ExactIndex(templates_of([reference.vector], [0.27], ["s-1"]))
        assert len(index.search(probe, threshold=threshold, max_candidates=5)) == found


def test_the_columns_alone_already_give_the_score():
    references = [features(seed, mean=0.01 * seed) for seed in range(50)]
    index = ExactIndex(
        templates_of([r.vector for r in references], [r.cohort_mean for r in references], "s" * 50)
    )
    probe = features(99, mean=0.4)
    scores = index._matrix @ np.append(probe.vector, np.float32(1)) - np.float32(0.2)
    assert np.abs(scores - [compare.score(probe, r) for r in references]).max() < 1e-6


def test_two_models_or_cohorts_never_meet():
    for other in (features(1, model="b" * 64), features(1, cohort="d" * 64)):
        index = ExactIndex(templates_of([unit_vector(1)], [0.3], ["s-1"]))
        with pytest.raises(ModelMismatchError):
            index.search(other, threshold=0.0, max_candidates=1)


def test_an_empty_gallery_has_no_candidates(store):
    index = Indexes(store).current("g")
    assert len(index) == 0
    assert index.search(features(1), threshold=-3.0, max_candidates=5) == ()


def test_an_index_takes_the_templates_over_and_wipes_them():
    templates = templates_of([unit_vector(1), unit_vector(2)], [0.1, 0.2], ["s-1", "s-2"])
    index = ExactIndex(templates)
    assert not templates.vectors.any()
    assert not templates.cohort_means.any()
    matrix = index._matrix
    assert matrix.any()
    index.wipe()
    assert not matrix.any()
    with pytest.raises(ConflictError):
        index.search(features(1), threshold=-3.0, max_candidates=5)


def test_the_cache_loads_once_and_again_after_every_change(store):
    indexes = Indexes(store)
    store.add([make_reference("s-1", features=features(1))], {}, intent="uses/0")
    first = indexes.current("g")
    assert indexes.current("g") is first
    store.add([make_reference("s-2", features=features(2))], {}, intent="uses/1")
    second = indexes.current("g")
    assert second is not first
    assert not first._matrix.any()
    assert [c.subject_id for c in second.search(features(2), threshold=0.5, max_candidates=5)] == [
        "s-2"
    ]
    indexes.wipe()
    assert not second._matrix.any()


def test_the_next_search_does_not_find_whom_another_process_erased(tmp_path):
    with new_gallery(tmp_path) as one, SqliteGallery.open(tmp_path / "gallery.db", KEY) as other:
        one.add(
            [make_reference(f"s-{i}", features=features(i)) for i in (1, 2)], {}, intent="uses/0"
        )
        indexes = Indexes(other)

        def found() -> list[str]:
            index = indexes.current("g")
            return [
                c.subject_id for c in index.search(features(1), threshold=0.5, max_candidates=5)
            ]

        assert found() == ["s-1"]
        one.erase_subject("s-1", amend=amend)
        assert found() == []


def test_a_gallery_of_two_models_is_not_searched(store):
    both = [features(1), features(2, model="b" * 64)]
    store.add([make_reference("s-1", features=each) for each in both], {}, intent="uses/0")
    with pytest.raises(ModelMismatchError):
        Indexes(store).current("g")


def test_no_gallery_no_index(store):
    with pytest.raises(NotFoundError):
        Indexes(store).current("other")


def test_sealed_and_loaded_again_a_template_scores_as_before(store):
    probe = features(7, mean=0.4123)
    references = [make_reference(f"s-{i}", features=features(i, mean=0.2)) for i in range(20)]
    store.add(references, {}, intent="uses/0")
    found = Indexes(store).current("g").search(probe, threshold=-3.0, max_candidates=20)
    scores = {each.subject_id: each.comparison_score for each in found}
    assert scores == {r.subject_id: compare.score(probe, r.features) for r in references}


@pytest.mark.faces
def test_features_of_real_faces_are_found_as_comparing_with_everybody_finds_them(faces):
    with np.load(faces / "fairface" / "more-features.npz") as archive:
        vectors = archive["features"][:6000].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    means = compare.load_cohort().mean(vectors)
    templates = templates_of(vectors, means, [f"s-{i:05}" for i in range(len(means))])
    probes = np.random.default_rng(7).choice(len(vectors), 20, replace=False)
    matrix = compare.score_matrix(vectors[probes], means[probes], vectors, means)
    index = ExactIndex(replace(templates, vectors=templates.vectors.copy()))
    for scores, row in zip(matrix, probes, strict=True):
        probe = Features(vectors[row], MODEL, COHORT, float(means[row]))
        found = index.search(probe, threshold=0.0, max_candidates=10)
        assert found[0].subject_id == f"s-{row:05}"
        best = np.sort(scores)[::-1][:10]
        expected = best[best >= 0.0]
        assert np.allclose([c.comparison_score for c in found], expected, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    people=st.lists(st.integers(0, 6), min_size=1, max_size=30),
    below=st.sampled_from([0.05, 0.3, 2.0]),
    most=st.integers(1, 5),
    seed=st.integers(0, 2**16),
)
def test_the_known_non_mates_are_the_nearest_others(*, people, below, most, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((len(people), 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    subjects = [f"s-{each}" for each in people]
    kept = templates_of(vectors, rng.random(len(people)) / 10, subjects)
    own = Features(vectors[0].copy(), MODEL, COHORT, float(kept.cohort_means[0]))
    everybody = brute_force(kept, own, -9.0, len(people))
    close = [each for each in everybody if each.subject_id != "s-" + str(people[0])]
    expected = [each.subject_id for each in close if each.comparison_score < below][:most]
    index = ExactIndex(kept)
    found = index.others("r-000000", below=below, max_candidates=most)
    assert [each.subject_id for each in found] == expected
    assert [each.rank for each in found] == list(range(1, len(found) + 1))
    assert index.somebody() in kept.reference_ids
    with pytest.raises(NotFoundError):
        index.others("gone", below=below, max_candidates=most)
    index.wipe()
    with pytest.raises(ConflictError):
        index.others("r-000000", below=below, max_candidates=most)
