"""Redaction of real faces: composed films whose faces are known, and parts of the shared clips."""

import av
import numpy as np
import pytest
from PIL import Image

from recognizance.settings import Settings
from recognizance.types import Frame
from recognizance.video import Style
from recognizance.video.boxes import grown
from recognizance.video.masks import hidden_part, note
from recognizance.video.redaction import found_in, redact_film
from recognizance.video.redaction.jobs import Plan
from recognizance.workspace import load_engine

pytestmark = pytest.mark.faces

SIZE = (640, 360)
CLIPS = [
    *(
        f"sign-{word}.mkv"
        for word in (
            *("again", "bird", "book", "brother", "eat", "help"),
            *("learn", "night", "school", "walk", "want", "yes"),
        )
    ),
    "people-one-by-one.mp4",
    "two-people-head-pose.gif",
]


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    return load_engine(Settings(cache=tmp_path_factory.mktemp("models"), threads=1))


@pytest.fixture(scope="module")
def street(faces, engine, tmp_path_factory):
    """Two people who cross a wall of grey, one to each side, and where their faces are."""
    portraits = sorted(faces.glob("congress/2015/*.jpg"))[3:60:50]
    cut = []
    for path in portraits:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        box = max(engine.detect(Frame(pixels, "")), key=lambda each: each.box.width).box
        scale = 60 / box.width
        size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
        small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
        cut.append((small, scale, box))
    path = tmp_path_factory.mktemp("street") / "street.mkv"
    truth = []
    rng = np.random.default_rng(5)
    wall = np.asarray(
        Image.fromarray(rng.integers(60, 190, (9, 16, 3), dtype=np.uint8)).resize(SIZE)
    )
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, width=SIZE[0], height=SIZE[1])
        stream.options = {"preset": "ultrafast", "crf": "20"}
        for index in range(75):
            picture, here = wall.copy(), []
            for place, (small, scale, box) in enumerate(cut):
                left = round(40 + 4 * index if place == 0 else 430 - 4 * index)
                top = 10 + 150 * place
                height, width = small.shape[:2]
                shown = picture[top : top + height, left : left + width]
                shown[:] = small[: shown.shape[0], : shown.shape[1]]
                here.append(
                    type(box)(
                        left + scale * box.left,
                        top + scale * box.top,
                        scale * box.width,
                        scale * box.height,
                    )
                )
            truth.append(here)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    return path, truth


def test_every_face_is_hidden_in_every_picture_and_little_else(street, engine):
    path, truth = street
    plan = Plan(list(found_in(engine, path)))
    masked = true = 0.0
    for index, boxes in enumerate(truth):
        hidden = np.zeros(SIZE[::-1], np.bool_)
        for box in plan.boxes(index):
            note(hidden, box)
        for box in boxes:
            assert hidden_part(hidden, grown(box, -0.1)) > 0.99
            true += box.width * box.height
        masked += float(hidden.sum())
    assert masked / true < 3


@pytest.fixture
def part_of(faces, tmp_path):
    """A short part of a shared clip, from its middle, as a film of its own."""

    def make(name: str):
        start, count = (330, 12) if name.startswith("people") else (12, 8)
        ending = name.rpartition(".")[2]
        if ending == "gif":
            return faces / "clips" / name
        path = tmp_path / f"part.{ending}"
        with av.open(str(faces / "clips" / name)) as film, av.open(str(path), "w") as out:
            source = film.streams.video[0]
            stream = out.add_stream("libx264", rate=source.average_rate)
            stream.width, stream.height = source.codec_context.width, source.codec_context.height
            stream.options = {"preset": "ultrafast", "crf": "16"}
            for index, frame in enumerate(film.decode(video=0)):
                if index >= start + count:
                    break
                if index >= start:
                    plain = frame.reformat(format="yuv420p")
                    plain.pts, plain.pict_type = None, 0
                    out.mux(stream.encode(plain))
            out.mux(stream.encode())
        return path

    return make


@pytest.mark.parametrize("name", CLIPS)
def test_no_face_is_found_in_a_redacted_clip(part_of, engine, tmp_path, name):
    source = part_of(name)
    output = tmp_path / f"out{source.suffix}"
    made = redact_film(engine, source, output, named=output, style=Style.SOLID)
    assert made.clean
    assert made.tracks
    assert made.written.pictures >= 8
    with av.open(str(output)) as film:
        for index, frame in enumerate(film.decode(video=0)):
            if index % 4 == 0:
                pixels = frame.to_ndarray(format="rgb24")
                assert not engine.detect(Frame(pixels, ""))
