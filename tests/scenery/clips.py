"""Scenes as files: what the camera saw, encoded as cameras encode it, and the truth about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from scenery.people import Portrait
    from scenery.stage import FrameTruth, Stage

_CLOCK = 90_000
"""Ticks a second of the timestamps."""

_THREADS = 2
"""Of the encoder, on every machine: its bytes depend on how many there are."""


@dataclass(eq=False)
class Scene:
    """Stages one after the other, with a cut between them, and who plays.

    Attributes:
        name: Of the script and its seed.
        stages: One at least, all of one size.
        fps: Pictures a second.
        crf: Quality of libx264: 23 good, 32 poor.
        varying: Whether pictures are missing here and there, as a camera at its limit loses them.
        enrolled: Who is in the gallery, with the photograph to enrol: another than on the stage.
    """

    name: str
    stages: tuple[Stage, ...]
    fps: float = 25.0
    crf: int = 26
    varying: bool = False
    enrolled: dict[str, Portrait] = field(default_factory=dict)

    @property
    def size_wh(self) -> tuple[int, int]:
        """Of the picture."""
        return self.stages[0].size_wh

    @cached_property
    def truth(self) -> tuple[FrameTruth, ...]:
        """Who is where in each picture of the clip."""
        return tuple(
            stage.truth(index, time_s, since_s)
            for index, (stage, time_s, since_s) in enumerate(self._schedule())
        )

    @property
    def people(self) -> frozenset[str]:
        """Everybody of whom anything is ever visible."""
        return frozenset(face.person_id for each in self.truth for face in each.faces)

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """The pictures before they are encoded, RGB."""
        for index, (stage, time_s, _) in enumerate(self._schedule()):
            yield stage.picture(index, time_s)

    def write(self, folder: Path, ending: str = "mkv") -> Clip:
        """Write the clip into a folder, unless it lies there already.

        Args:
            folder: Where clips are kept; the caller's.
            ending: mkv or mp4.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}-{self._key}.{ending}"
        if not path.exists():
            beside = path.with_name(f"{path.stem}.part.{ending}")
            self._encode(beside)
            beside.replace(path)
        return Clip(path, self)

    @cached_property
    def _key(self) -> str:
        """Tells clips apart whose pictures differ in anything."""
        actors = [
            (actor.cutout.person_id, actor.cutout.face, actor.path, actor.sway_px, actor.blur_px)
            for stage in self.stages
            for actor in stage.actors
        ]
        shown = [
            (each.size_wh, each.seconds, each.camera, each.light, each.noise, each.seed)
            for each in self.stages
        ]
        text = repr((self.fps, self.crf, self.varying, shown, actors))
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def _schedule(self) -> Iterator[tuple[Stage, float, float]]:
        """Of each picture the stage, the time on it, and when the stage began."""
        lost = np.random.default_rng(self.stages[0].seed)
        since_s = 0.0
        for stage in self.stages:
            count = round(stage.seconds * self.fps)
            for number in range(count):
                if self.varying and number and lost.random() < 1 / 4:
                    continue
                yield stage, number / self.fps, since_s
            since_s += count / self.fps

    def _encode(self, path: Path) -> None:
        with av.open(str(path), "w", options={"fflags": "+bitexact"}) as file:
            stream = file.add_stream("libx264", rate=Fraction(self.fps).limit_denominator(1000))
            stream.width, stream.height = self.size_wh
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": str(self.crf), "preset": "ultrafast", "g": "50"}
            stream.thread_count = _THREADS
            stream.codec_context.time_base = Fraction(1, _CLOCK)
            for truth, picture in zip(self.truth, self.pictures(), strict=True):
                planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
                frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                frame.time_base = Fraction(1, _CLOCK)
                frame.pts = round(truth.time_s * _CLOCK)
                file.mux(stream.encode(frame))
            file.mux(stream.encode())


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip on disk.

    Attributes:
        path: The file.
        scene: What it shows.
    """

    path: Path
    scene: Scene

    @property
    def truth(self) -> tuple[FrameTruth, ...]:
        """Who is where in each picture."""
        return self.scene.truth

    @property
    def digest(self) -> str:
        """SHA-256 of the file, hex: what a trial is bound to."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
