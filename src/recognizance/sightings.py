"""What a watch hands to the desk, what comes of it, and what is counted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.types import Detection, Frame, Quality
    from recognizance.uses import Answer

HELD = "held_for_review"
CANDIDATE = "candidate"
NO_CANDIDATE = "no_candidate"
HELD_OFF = "held_off"
REJECTED = "rejected"
DECIDED = "decided"
STOPPED = "stopped"


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture of a face that was followed, good enough to be compared.

    Attributes:
        track: Which face of which source, e.g. `cam-1/0/17`; the same for all its pictures.
        frame: The face and what is around it, at full size; the desk wipes it.
        detection: The face in it, as the engine's `detect` finds it: looked at once more, for the
            quick looks by which a face is followed are not what the evidence was measured with.
        captured_at: When it was taken; None where nobody said of when a recording is.
        camera_id: Which camera it is from, as stated.
    """

    track: str
    frame: Frame
    detection: Detection
    captured_at: datetime | None
    camera_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What became of a shot.

    Attributes:
        track: As in the shot.
        outcome: `held_for_review`, `candidate`, `no_candidate`, `held_off` (that person raised a
            lead a moment ago), `rejected` (no usable face), `decided` (enough is known of this
            track) or `stopped` (nothing was compared).
        answer: What the desk released, for the first two.
    """

    track: str
    outcome: str
    answer: Answer | None = None


@dataclass(slots=True)
class Counts:
    """What a watch counts; these numbers and no others go into the ledger.

    Attributes:
        pictures: Pictures in which faces were looked for.
        most_faces: Most faces that were in view at once.
        tracks: Faces that began to be followed.
        shots: Pictures of a face that were compared.
        faces: Faces compared that have no entry of their own, each once however many pictures.
        leads: Candidates held for review.
        named: Candidates named, where the permit lets.
        held_off: Pictures of somebody who had raised a lead, or been named, a moment ago.
        rejected: Pictures without a usable face, or below the quality floor.
        dropped: Pictures of the source that nobody looked at, because there was no time.
        in_view: Faces in view, added up over the pictures.
        measured: Pictures of a face whose quality was measured, the rejected ones too.
        face_px: The sides of those faces in pixels, added up.
        sharpness: Their sharpness, added up.
    """

    pictures: int = 0
    most_faces: int = 0
    tracks: int = 0
    shots: int = 0
    faces: int = 0
    leads: int = 0
    named: int = 0
    held_off: int = 0
    rejected: int = 0
    dropped: int = 0
    in_view: int = 0
    measured: int = 0
    face_px: int = 0
    sharpness: int = 0

    def means(self) -> dict[str, float | None]:
        """Density and quality: what is added up, by what it was added up over."""
        sums = {
            "faces_in_view": (self.in_view, self.pictures),
            "face_px": (self.face_px, self.measured),
            "sharpness": (self.sharpness, self.measured),
        }
        return {name: round(all_ / n, 1) if n else None for name, (all_, n) in sums.items()}

    def measure(self, quality: Quality) -> None:
        """Add the quality of one picture of a face."""
        self.measured += 1
        self.face_px += round(quality.face_px)
        self.sharpness += round(quality.sharpness)

    def add(self, other: Counts) -> None:
        """Take in the counts of another stretch of time."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            both = max(mine, theirs) if each.name == "most_faces" else mine + theirs
            setattr(self, each.name, both)


@dataclass(slots=True)
class Compared:
    """How often a face that is followed was compared, and whether it was decided on."""

    shots: int = 0
    decided: bool = False
