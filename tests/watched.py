"""A permit that watches, and short words for what passes its camera."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from fakes import FakeEngine, photograph
from hooked import Hooked, condition
from recognizance.gate.scope import Circumstances
from recognizance.ledger import LogName
from recognizance.sightings import Shot
from recognizance.types import Frame, Operation

LIVE = {"mode": "live", "cam.kind": ["fixed"]}
RECORDED = {"mode": "recorded", "cam.kind": ["upload"]}
LEADS = condition("lead_only", "HR-14")
DENSITY = condition("density_limit", "HR-04", faces=5)
FLOOR = condition("quality_floor", "EV-08", min_sharpness=20)
LIMIT = condition("lead_limit", "HR-14", per_day=2, hold_off_seconds=60)


def picture(*people: str, note: str = "", sharpness: float = 900.0) -> Frame:
    """What is around a face in one picture of a camera, as the made-up engine reads it."""
    return FakeEngine("").decode(photograph(*people, note=note, sharpness=sharpness))


@dataclass
class Watched(Hooked):
    """An office and a permit that watches."""

    stated: dict | None = field(default_factory=lambda: dict(LIVE))

    def asked(self, *, live: bool = True, footage: tuple[str, ...] = (), **stated):
        permit, by = stated.pop("permit", self.id), stated.pop("by", "operator")
        case = stated.pop("case_id", None)
        return self.office.request(
            Operation.WATCH,
            permit=permit,
            gallery_id=self.gallery,
            by=by,
            case_id=case,
            circumstances=Circumstances(**stated),
            live=live,
            footage=footage,
        )

    @contextmanager
    def watch(self, **stated):
        with self.desk.watch(self.asked(**stated)) as watch:
            yield Passing(watch)

    @property
    def entries(self) -> list[dict]:
        """What the uses log says of watches, in order."""
        ledger = self.office.workspace.ledger
        return [e.public for e in ledger.entries(LogName.USES) if e.kind == "watch"]

    def outcomes(self) -> list[str]:
        return [each["outcome"] for each in self.entries]


@dataclass
class Passing:
    """A watch, and people who pass."""

    watch: object
    number: count = field(default_factory=lambda: count(1))

    def __getattr__(self, name):
        return getattr(self.watch, name)

    def shows(self, *people: str, track: str | None = None, at=None, **how):
        """One picture of the first of these people, who is followed as that track."""
        track = track or f"cam/0/{next(self.number)}"
        frame = picture(*people, **how)
        (face, *_) = FakeEngine("").detect(frame)
        return self.watch.submit(Shot(track, frame, face, at))


def during(watched: Watched, *happens, **stated) -> None:
    """A watch in which these things happen one after the other."""
    with watched.watch(**stated) as watch:
        for each in happens:
            each(watch)


def ana_passes(watch) -> None:
    watch.shows("ana")


def carla_passes(watch) -> None:
    watch.shows("carla")
