"""A school: a door for its staff, and a photograph in which only one face may be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recognizance.cli.demo.story import Picture
from recognizance.cli.stories.scenery import ATTESTED_WORDS
from recognizance.gate.scope import Circumstances, SampleKind
from recognizance.types import Operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.cli.stories.stage import Stage
    from recognizance.cli.stories.story import Ask
    from recognizance.types import Box

TILE_HW = (320, 260)
"""Rows and columns of one pupil's place in the class photograph."""

RELEASED = 0
"""The place of the pupil whose release is there: the first."""


def staff_door(stage: Stage, ask: Ask) -> str:
    """A card says who, a face says whether; the door opens, or the key does."""
    permit = stage.permit_as_measured(ask)
    stage.open_gallery(permit)
    door = Circumstances(sample=SampleKind.PHOTOGRAPH)
    for hook in ("public_notice", "other_way"):
        stage.attest(permit, hook, ATTESTED_WORDS[hook].format(permit=permit.permit_id))
    stage.refused(
        "the door is switched on before the staff were told",
        lambda: stage.enroll("A", permit, ground="release A-9", source="own_enrollment"),
        "PR-10",
    )
    stage.attest_all(permit)
    stage.enroll("A", permit, ground="release A-9", source="own_enrollment")
    desk = stage.workspace.desk
    opened = desk.verify(
        stage.request(Operation.VERIFY, stage.person("A", 2), permit, circumstances=door),
        "person-a",
    )
    stage.expect(opened, "match")
    stage.keep_receipt(opened, "the door opened")
    stage.tell(
        "good",
        "match",
        "Person A holds the card of Person A: the door opens",
        f"at a {opened.error_rate}",
        entry=opened.entry,
    )
    shut = desk.verify(
        stage.request(Operation.VERIFY, stage.person("D"), permit, circumstances=door), "person-a"
    )
    stage.expect(shut, "non_match")
    stage.keep_receipt(shut, "the door stayed shut")
    stage.tell(
        "good",
        "non match",
        "Person D holds the card of Person A: the door stays shut, and the key still opens it",
        entry=shut.entry,
    )
    stage.refused(
        "somebody without a card is looked up among all staff",
        lambda: stage.search(stage.person("D"), permit, circumstances=door),
    )
    return "One who works there came in by card and face; a borrowed card opened nothing."


def class_photograph(stage: Stage, _ask: Ask) -> str:
    """Hide every face but the one with a release, and look again at what was written."""
    from recognizance.redacting import redact_photograph
    from recognizance.video import Style, redact_still

    engine = stage.stills()
    tiles = [tile(engine.original(data)) for data in stage.every_photograph()]
    picture = engine.encode(np.concatenate(tiles, axis=1), like=stage.person("A"))
    faces = redact_still(engine, picture).faces
    stage.must(len(faces) >= len(tiles), f"Of {len(tiles)} faces only {len(faces)} were found.")
    kept = [number for number, box in enumerate(faces, 1) if _place_of(box) == RELEASED]
    stage.must(len(kept) == 1, "The released face was not found by itself.")
    made, record = redact_photograph(
        picture,
        engine=engine,
        workspace=stage.workspace,
        style=Style.SOLID,
        keep=kept,
        reason="release 9b-04, signed by both parents",
    )
    stage.must(made.clean, f"{len(made.visible)} faces can still be seen.")
    stage.must(made.kept == tuple(kept), "Another face was left visible.")
    stage.pictures.append(
        Picture(
            made.data, "The class photograph as it is printed", "made of the six portraits above"
        )
    )
    stage.tell(
        "good",
        "clean",
        f"{len(made.faces)} faces found, {len(made.faces) - len(made.kept)} hidden, one left "
        "visible because there is a release for it",
        "the written file was searched again at other sizes: nobody else can be seen",
        entry=str(record["entry"]),
    )
    return "No permit was needed: nobody is identified. Every face without a release is hidden."


def tile(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A portrait scaled to one place of the class photograph, on grey where it is smaller.

    Args:
        pixels: ndarray of shape (height, width, 3), dtype=np.uint8.

    Returns:
        ndarray of shape (*TILE_HW, 3), dtype=np.uint8.
    """
    height, width = TILE_HW
    scale = max(pixels.shape[0] / height, pixels.shape[1] / width)
    rows = np.minimum((np.arange(height) * scale).astype(int), pixels.shape[0] - 1)
    columns = np.minimum((np.arange(width) * scale).astype(int), pixels.shape[1] - 1)
    placed = np.full((height, width, 3), 128, dtype=np.uint8)
    inside_rows = np.arange(height) * scale < pixels.shape[0]
    inside_columns = np.arange(width) * scale < pixels.shape[1]
    scaled = pixels[rows][:, columns]
    inside = inside_rows[:, None] & inside_columns[None, :]
    placed[inside] = scaled[inside]
    return placed


def _place_of(box: Box) -> int:
    return int((box.left + box.width / 2) // TILE_HW[1])
