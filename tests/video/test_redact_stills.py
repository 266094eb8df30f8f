"""Redacting a photograph: what is hidden is gone, what was kept is as it was, and it says which."""

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recognizance import compare
from recognizance.cli import main
from recognizance.errors import ImageFormatError, InputError
from recognizance.ledger import LogName
from recognizance.settings import Settings
from recognizance.types import Box, Detection
from recognizance.video import Style, redact_still
from recognizance.video.masks import cover, hidden_part, region
from recognizance.workspace import Workspace, load_engine

SIDE = 250
PEOPLE = 6


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    return load_engine(Settings(cache=tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="session")
def class_photograph(faces) -> bytes:
    """Six people in one picture, with a thumbnail of it among its metadata."""
    photographs = sorted(faces.glob("lfw/*/*_0001.jpg"))[::170][:PEOPLE]
    picture = Image.new("RGB", (3 * SIDE, 2 * SIDE))
    for place, path in enumerate(photographs):
        with Image.open(path) as one:
            picture.paste(one, (place % 3 * SIDE, place // 3 * SIDE))
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Class 4b, with their names"
    picture.save(file, "JPEG", quality=95, exif=exif, comment=b"names: see overleaf")
    return file.getvalue()


def large_faces(engine, data: bytes) -> list[Detection]:
    return [each for each in engine.detect(engine.decode(data)) if each.box.width >= 60]


@pytest.mark.faces
@pytest.mark.parametrize("style", list(Style))
def test_hidden_faces_match_nobody_and_the_kept_one_is_still_itself(
    engine, class_photograph, style
):
    def features(data: bytes, detection: Detection):
        frame = engine.decode(data)
        return engine.extract([engine.align(frame, detection)])[0]

    before = large_faces(engine, class_photograph)
    assert len(before) == PEOPLE
    listed = redact_still(engine, class_photograph).faces
    number = 1 + next(
        place for place, box in enumerate(listed) if abs(box.left - before[0].box.left) < 15
    )

    made = redact_still(engine, class_photograph, style=style, keep=[number])

    assert made.clean
    assert made.kept == (number,)
    kept, *hidden = before
    same = compare.score(features(class_photograph, kept), features(made.data, kept))
    others = [
        compare.score(features(class_photograph, each), features(made.data, each))
        for each in hidden
    ]
    assert same > 0.6
    assert max(others) < 0.35  # of the kept face's score less than a look-alike has


@pytest.mark.faces
def test_nothing_but_pixels_is_in_the_file(engine, class_photograph):
    made = redact_still(engine, class_photograph)
    with Image.open(io.BytesIO(made.data)) as picture:
        assert picture.size == (3 * SIDE, 2 * SIDE)
        assert not picture.getexif()
        assert not {"exif", "comment", "xmp"} & picture.info.keys()
    assert b"names" not in made.data


@pytest.mark.faces
def test_a_redaction_is_recorded_where_there_is_a_workspace(
    class_photograph, settings, tmp_path, monkeypatch, capsys
):
    Workspace.create(settings).close()
    for name, value in (("HOME", settings.home), ("KEY_FOLDER", settings.key_folder)):
        monkeypatch.setenv(f"RECOGNIZANCE_{name}", str(value))
    (tmp_path / "in.jpg").write_bytes(class_photograph)
    words = ["redact", str(tmp_path / "in.jpg"), str(tmp_path / "out.jpg"), "--json"]
    monkeypatch.setattr("sys.argv", ["recognizance", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0

    record = json.loads(capsys.readouterr().out)
    assert record["clean"]
    assert record == json.loads((tmp_path / "out.jpg.json").read_text())
    with Workspace.open(settings) as workspace:
        entry = workspace.ledger.entry(LogName.USES, 0)
        assert entry.public["operation"] == "redact"
        assert record["entry"] == "uses/0"
        assert record["input_sha256"] not in json.dumps(entry.public)


@pytest.mark.faces
def test_a_face_that_does_not_exist_cannot_be_kept(engine, class_photograph):
    with pytest.raises(InputError, match="no face 99"):
        redact_still(engine, class_photograph, keep=[99])


def test_a_text_is_no_photograph(engine):
    with pytest.raises(ImageFormatError):
        redact_still(engine, b"this is no photograph")


class Stubborn:
    """Finds a face in every look, each time at another place."""

    def __init__(self) -> None:
        self.looks = 0

    def original(self, data: bytes):
        return np.full((400, 400, 3), 200, np.uint8)

    def encode(self, pixels, *, like: bytes) -> bytes:
        return pixels.tobytes()

    def sweep(self, pixels, *, again: bool = False):
        self.looks += 1
        return (Detection(Box(40.0 * self.looks, 10, 30, 30), np.zeros((5, 2), np.float32), 0.9),)


def test_a_picture_in_which_a_face_can_still_be_found_is_not_clean():
    made = redact_still(Stubborn(), b"picture")
    assert not made.clean
    assert made.late > 0


BOXES = st.builds(
    Box,
    left=st.floats(-80, 200),
    top=st.floats(-80, 200),
    width=st.floats(1, 150),
    height=st.floats(1, 150),
)


@given(box=BOXES, style=st.sampled_from(Style), seed=st.integers(0, 99))
def test_a_mask_hides_its_box_and_leaves_the_rest_alone(box, style, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    before, hidden = pixels.copy(), np.zeros((120, 160), np.bool_)
    cover(pixels, hidden, box, style)
    assert (pixels[~hidden] == before[~hidden]).all()
    top, bottom, left, right = region(box, 120, 160)
    outside = np.ones_like(hidden)
    outside[top:bottom, left:right] = False
    assert not hidden[outside].any()
    if box.width >= 4 and box.height >= 4:
        assert hidden_part(hidden, box) > 0.75
    if style is Style.SOLID and hidden.any():
        assert len(np.unique(pixels[hidden])) == 1
