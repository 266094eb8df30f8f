"""Stand-ins that behave: an engine without models, and a clock that is told the time."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from recognizance.errors import ImageError
from recognizance.types import Box, Detection, Features, Frame, Quality


def photograph(*people: str, note: str = "", sharpness: float = 900.0) -> bytes:
    """Bytes that the fake engine reads as a photograph of these people."""
    return f"photograph|{','.join(people)}|{sharpness}|{note}".encode()


def vector_of(person: str) -> np.ndarray:
    """A unit vector that is this person's alone; those of two people are nearly orthogonal."""
    seed = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return vector / np.linalg.norm(vector)


@dataclass
class FakeEngine:
    """Reads `photograph(...)` bytes; every face of one person gives the same features."""

    model_id: str
    cohort_id: str = "c" * 64
    seen: dict[int, list[str]] = field(default_factory=dict)
    given: list[np.ndarray] = field(default_factory=list)
    fail_with: BaseException | None = None

    def decode(self, data: bytes) -> Frame:
        if self.fail_with is not None:
            raise self.fail_with
        if not data.startswith(b"photograph|"):
            raise ImageError("Not an image.", hint="Give an image.")
        pixels = np.frombuffer(data.ljust(3000, b"."), dtype=np.uint8)[:3000].reshape(25, 40, 3)
        return Frame(pixels.copy(), hashlib.sha256(data).hexdigest())

    def _fields(self, frame: Frame) -> list[str]:
        return frame.pixels.tobytes().decode("ascii").rstrip(".").split("|")

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        people = [name for name in self._fields(frame)[1].split(",") if name]
        landmarks = np.zeros((5, 2), dtype=np.float32)
        return tuple(
            Detection(Box(10.0 * i, 0, 100 - i, 100 - i), landmarks + i, 0.99)
            for i, _ in enumerate(people)
        )

    def align(self, frame: Frame, detection: Detection) -> np.ndarray:
        person = self._fields(frame)[1].split(",")[int(detection.landmarks[0, 0])]
        crop = np.zeros((112, 112, 3), dtype=np.uint8)
        crop.reshape(-1)[: len(person)] = np.frombuffer(person.encode(), dtype=np.uint8)
        return crop

    def quality(self, frame: Frame, detection: Detection, crop: np.ndarray) -> Quality:
        sharpness = float(self._fields(frame)[2])
        return Quality(100, 40, sharpness, 120, 50, 0, 0, 0, "fake/1")

    def extract(self, crops) -> tuple[Features, ...]:
        made = []
        for crop in crops:
            person = crop.tobytes().rstrip(b"\0").decode()
            vector = vector_of(person)
            self.given.append(vector)
            made.append(Features(vector, self.model_id, self.cohort_id, 0.0))
        return tuple(made)

    def picture(self, frame: Frame, detection: Detection) -> bytes:
        return b"\xff\xd8 picture of a face"

    def retaken(self, picture: bytes) -> bytes:
        return picture[:-4] + b"FACE"


@dataclass
class FakeClock:
    """The time that a test says it is."""

    now: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)
