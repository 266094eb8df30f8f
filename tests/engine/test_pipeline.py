from dataclasses import replace

import numpy as np
import pytest
from engine_pictures import jpeg, pattern
from PIL import Image

from recognizance.compare import load_cohort
from recognizance.engine import Engine, pipeline
from recognizance.engine.extract import unit_length
from recognizance.errors import InputError, ModelError


class FixedNetwork:
    """Answers every crop with the same vector."""

    def __init__(self, vector: np.ndarray) -> None:
        self.vector = vector.astype(np.float32)

    def run(self, pictures, height, width):
        return [np.stack([self.vector] * len(pictures))]


def engine_with(engine: Engine, vector: np.ndarray) -> Engine:
    network = FixedNetwork(vector)
    return Engine(
        detector=network,
        glancer=network,
        recogniser=network,
        cohort=load_cohort(),
        card=engine.card,
    )


def features_of(engine: Engine, path) -> np.ndarray:
    frame = engine.decode(path.read_bytes())
    (features,) = engine.extract([engine.align(frame, engine.detect(frame)[0])])
    return features


def test_two_photographs_of_one_person_are_more_alike_than_those_of_two(engine, faces):
    people = [
        sorted(folder.glob("*.jpg"))[:2]
        for folder in sorted((faces / "lfw").iterdir())
        if folder.is_dir() and len(list(folder.glob("*.jpg"))) > 1
    ][:8]
    first, second = (
        np.stack([features_of(engine, pair[k]).vector for pair in people]) for k in (0, 1)
    )
    cosines = first @ second.T
    mated = np.eye(len(people), dtype=bool)
    assert cosines[mated].min() > cosines[~mated].max()


def test_features_say_what_they_are(engine):
    (features,) = engine.extract([pattern()])
    cohort = load_cohort()
    assert features.vector.dtype == np.float32
    assert np.linalg.norm(features.vector) == pytest.approx(1, abs=1e-6)
    assert (features.model_id, features.cohort_id) == (engine.model_id, cohort.cohort_id)
    assert features.cohort_mean == pytest.approx(cohort.mean(features.vector[np.newaxis])[0])


def test_nothing_in_gives_nothing_out(engine):
    assert engine.extract([]) == ()


@pytest.mark.parametrize(
    "crop", [np.zeros((112, 111, 3), np.uint8), np.zeros((112, 112, 3), np.float32)]
)
def test_a_crop_of_another_shape_is_refused_with_both_shapes(engine, crop):
    with pytest.raises(InputError, match=r"\(112, 112, 3\).*but has \(112, 11"):
        engine.extract([crop])


@pytest.mark.parametrize("vector", [np.zeros(128), np.full(128, np.nan), np.full(128, np.inf)])
def test_a_vector_without_direction_is_an_error_and_never_normalised(engine, vector):
    with pytest.raises(ModelError, match="direction"):
        engine_with(engine, vector).extract([pattern()])


def test_one_bad_vector_among_good_ones_is_an_error():
    rows = np.ones((3, 128), np.float32)
    rows[1] = 0
    with pytest.raises(ModelError):
        unit_length(rows)


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_any_finite_vector_is_scaled_to_unit_length(size):
    rows = np.full((2, 128), size, np.float32)
    np.testing.assert_allclose(np.linalg.norm(unit_length(rows), axis=1), 1, atol=1e-6)


def test_the_model_id_changes_with_everything_that_changes_a_score(
    engine, model_cache, monkeypatch
):
    def model_id(**options) -> str:
        return Engine.load(threads=1, cache_dir=model_cache, **options).model_id

    other_cohort = replace(load_cohort(), cohort_id="1" * 64)
    assert model_id() == engine.model_id
    assert model_id(cohort=other_cohort) != engine.model_id
    monkeypatch.setattr(pipeline, "PREPROCESSING", "another")
    assert model_id() != engine.model_id


def test_the_card_holds_what_a_permit_and_a_report_must_print(engine):
    card = engine.card.as_dict()
    assert card["model_id"] == engine.model_id
    assert card["cohort_id"] == engine.cohort_id
    assert (card["runtime"], card["precision"]) == ("openvino", "f32")
    assert [model["task"] for model in card["models"]] == ["face detection", "face recognition"]
    assert card["models"][1]["training_groups"] == "unknown"


def test_the_size_of_a_photograph_hardly_changes_the_features(engine, faces):
    """The same portrait at 500 and at 2000 px: searched whole and at half, aligned from both."""
    path = faces / "lfw/Aaron_Sorkin/Aaron_Sorkin_0001.jpg"
    portrait = Image.open(path).convert("RGB")
    vectors = []
    for side in (500, 2000):
        picture = np.asarray(portrait.resize((side, side), Image.Resampling.BICUBIC))
        frame = engine.decode(jpeg(picture))
        (features,) = engine.extract([engine.align(frame, engine.detect(frame)[0])])
        vectors.append(features.vector)
    assert vectors[0] @ vectors[1] > 0.9
