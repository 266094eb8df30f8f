"""Films of the people of the stories, and watches that look at them through the desk."""

from __future__ import annotations

import hashlib
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.cli.stories.scenery import GALLERY
from recognizance.types import Operation
from recognizance.uses import Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recognizance.cli.stories.stage import Stage
    from recognizance.engine import Engine
    from recognizance.gate.permit import Permit
    from recognizance.gate.scope import Circumstances
    from recognizance.sightings import Sighting
    from recognizance.uses import Answer
    from recognizance.video.frames import Source, SourceCounters, VideoFrame

PORTRAIT_FACES = 2.2
"""How many faces wide a portrait is."""

PORTRAIT_PX = 260
WALK_S = 2.0
"""How long each person is in view."""


@dataclass(frozen=True, slots=True)
class Film:
    """A clip in which people of the stories walk past, one after the other.

    Attributes:
        path: The file.
        digest: SHA-256 of it, hex; what a trial is bound to.
    """

    path: Path
    digest: str


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watch gave.

    Attributes:
        end: The end of it, as it is recorded.
        seen: What became of each face that was compared.
    """

    end: Answer
    seen: tuple[Sighting, ...]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What the desk released: leads and names."""
        return tuple(each.answer for each in self.seen if each.answer is not None)


def shoot(stage: Stage, people: str, *, number: int = 1, worn: bool = False) -> Film:
    """Film people of the stories; the same ones give the same file.

    Args:
        stage: The stage.
        people: Who walks past, in their order, such as `CA`.
        number: Which of their pictures; where somebody has only one, that.
        worn: Whether the camera is worn.
    """
    from recognizance.video.filming import Walk, film  # deciding needs no video

    kind = "worn" if worn else "fixed"
    path = stage.workspace.settings.home.parent / f"film-{people}-{number}-{kind}.mkv"
    if not path.exists():
        engine = stage.stills()
        heads = [
            engine.original(portrait(engine, stage.person(who, _of(who, number)))) for who in people
        ]
        walks = [Walk(head, WALK_S * n, WALK_S * (n + 1)) for n, head in enumerate(heads)]
        film(path, walks, seconds=WALK_S * len(people), worn=worn)
    return Film(path, hashlib.sha256(path.read_bytes()).hexdigest())


def still_of(stage: Stage, path: Path, time_s: float) -> bytes:
    """One picture of a film, as a file."""
    from recognizance.video.sources import open_source

    with closing(open_source(str(path))) as source:
        frame = next(each for each in source if each.time_s >= time_s)
        return stage.stills().encode(frame.rgb(), like=stage.person("A"))


def watch(
    stage: Stage,
    shown: Film,
    permit: Permit,
    *,
    circumstances: Circumstances,
    case_id: str | None = None,
    live: bool = False,
) -> Watched:
    """Watch a film, as the recording that it is or in the place of a camera.

    Args:
        stage: The stage.
        shown: The film.
        permit: The permit.
        circumstances: Place, time of capture and kind of picture, as stated.
        case_id: The case, where the permit asks for one.
        live: Whether the film stands in for what a camera sees now.

    Raises:
        RefusedError: The permit does not allow it.
    """
    from recognizance.video.sources import open_source
    from recognizance.watching import Camera, Plan, watch_cameras

    source = open_source(str(shown.path))
    request = Request(
        principal=stage.operator.principal,
        operation=Operation.WATCH,
        permit_id=permit.permit_id,
        gallery_id=GALLERY,
        case_id=case_id,
        circumstances=circumstances,
        footage=() if live else (shown.digest,),
        live=live,
    )
    camera = Camera(
        _AsCamera(source) if live else source,
        captured_at=None if live else circumstances.captured_at,
    )
    seen: list[Sighting] = []
    plan = Plan(request, (camera,), hear=seen.append, tell=lambda _status: None)
    end = watch_cameras(stage.workspace, plan, stop=threading.Event())
    return Watched(end, tuple(seen))


def portrait(engine: Engine, data: bytes) -> bytes:
    """A square around the largest face of a photograph, inside its edges, as a small file."""
    pixels = engine.original(data)
    box = engine.sweep(pixels)[0].box
    height, width = pixels.shape[:2]
    side = int(min(PORTRAIT_FACES * max(box.width, box.height), height, width))
    top = int(min(max(box.top + box.height / 2 - side / 2, 0), height - side))
    left = int(min(max(box.left + box.width / 2 - side / 2, 0), width - side))
    step = max(1, side // PORTRAIT_PX)
    return engine.encode(
        pixels[top : top + side : step, left : left + side : step].copy(), like=data
    )


def _of(person: str, number: int) -> int:
    """Only A and B have a second picture."""
    return number if person in "AB" else 1


@dataclass(frozen=True, slots=True)
class _AsCamera:
    """A film in the place of a camera: what it shows happens now."""

    film: Source
    live: bool = True

    @property
    def name(self) -> str:
        return "a camera of the stories"

    @property
    def counters(self) -> SourceCounters:
        return self.film.counters

    def __iter__(self) -> Iterator[VideoFrame]:
        return iter(self.film)

    def close(self) -> None:
        self.film.close()
