"""A composed clip watched under a trial permit that is bound to it, from workspace to end.

The permit is the real one: its threshold comes from the shipped evidence and the target that the
class fixes, its gallery is enrolled through the desk, and what passes by is answered by the desk.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.errors import RefusedError
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.oversight import attest_open
from recognizance.review import lead_from_bytes
from recognizance.settings import Settings
from recognizance.types import Operation
from recognizance.uses import Enrollment, Request
from recognizance.video.sources import open_source
from recognizance.watching import Camera, Plan, watch_cameras
from recognizance.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recognizance.gate.permit import Permit
    from recognizance.sightings import Counts, Sighting
    from recognizance.video.frames import Source, SourceCounters, VideoFrame
    from recognizance.watching import Status
    from scenery.clips import Clip
    from scenery.people import Album

GALLERY = "composed"


@dataclass(frozen=True, slots=True)
class Lead:
    """What a watch raised.

    Attributes:
        index: Picture of the clip from which it was raised.
        subject_id: Whom the gallery suggests first.
    """

    index: int
    subject_id: str


@dataclass(frozen=True, slots=True)
class Raised:
    """A lead at the moment at which the watch hears of it.

    Attributes:
        lead_id: Its id.
        index: Picture from which it was raised.
        time_s: That picture's time.
    """

    lead_id: str
    index: int
    time_s: float


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of a watch.

    Attributes:
        leads: In the order in which they were raised.
        counts: What the watch counted.
    """

    leads: tuple[Lead, ...]
    counts: Counts


class Trial:
    """A workspace in which one clip may be watched; made by `trial_of`.

    Attributes:
        workspace: Open, with the scene's people enrolled.
        permit: The trial permit.
        clip: What it is bound to.
    """

    def __init__(self, workspace: Workspace, permit: Permit, clip: Clip) -> None:
        self.workspace = workspace
        self.permit = permit
        self.clip = clip

    def request(self, operation: Operation, *photographs: bytes) -> Request:
        """A request of the operator under the permit."""
        watches = operation is Operation.WATCH
        return Request(
            principal=self.workspace.acting("operator").principal,
            operation=operation,
            permit_id=self.permit.permit_id,
            gallery_id=GALLERY,
            photographs=photographs,
            footage=(self.clip.digest,) if watches else (),
        )

    def watch(
        self, source: Source | None = None, raised: Callable[[Raised], None] | None = None
    ) -> Watched:
        """Watch the clip to its end, or a source that shows it in another way.

        Args:
            source: Where the pictures come from; None for the file.
            raised: Told of each lead, in the thread that looks.
        """
        pointed = Pointed(source or open_source(str(self.clip.path)))
        heard: list[Raised] = []
        newest: list[Status] = []

        def hear(sighting: Sighting) -> None:
            if sighting.answer is not None and sighting.answer.lead_id:
                heard.append(Raised(sighting.answer.lead_id, pointed.index, pointed.time_s))
                if raised is not None:
                    raised(heard[-1])

        def tell(status: Status) -> None:
            newest[:] = [status]

        plan = Plan(self.request(Operation.WATCH), [Camera(pointed)], hear=hear, tell=tell)
        watch_cameras(self.workspace, plan, stop=threading.Event())
        leads = {
            record.lead_id: lead_from_bytes(record.body)
            for record in self.workspace.gallery.leads("open")
        }
        return Watched(
            tuple(Lead(each.index, leads[each.lead_id].candidates[0].subject_id) for each in heard),
            newest[0].counts,
        )


class Pointed:
    """A source that says which of its pictures was taken last.

    It is a recording whatever it wraps: a trial is bound to a clip, however that is brought.

    Attributes:
        index: Of that picture.
        time_s: Of that picture.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = source.name
        self.live = False
        self.index = -1
        self.time_s = 0.0

    @property
    def counters(self) -> SourceCounters:
        """The source's own."""
        return self._source.counters

    def __iter__(self) -> Iterator[VideoFrame]:
        """The source's pictures."""
        for frame in self._source:
            self.index, self.time_s = frame.index, frame.time_s
            yield frame

    def close(self) -> None:
        """Close the source."""
        self._source.close()


@contextmanager
def trial_of(clip: Clip, album: Album, folder: Path) -> Iterator[Trial]:
    """Make a workspace, propose a trial of the clip and enroll the scene's people.

    Args:
        clip: The clip; at most twenty people of its scene are enrolled.
        album: Where their photographs are; its engine is the workspace's.
        folder: Where the workspace lies; the caller removes it.
    """
    photographs = {
        person: portrait.path.read_bytes() for person, portrait in clip.scene.enrolled.items()
    }
    settings = Settings(home=folder / "data", key_folder=folder / "keys", cache=folder / "cache")
    with Workspace.create(settings) as workspace:
        workspace.__dict__["engine"] = album.engine
        trial = Trial(workspace, _permit(workspace, clip, tuple(photographs.values())), clip)
        workspace.gallery.create_gallery(
            GALLERY,
            permit_id=trial.permit.permit_id,
            purpose=trial.permit.purpose,
            created_at=workspace.clock(),
        )
        for person, data in photographs.items():
            request = trial.request(Operation.ENROLL, data)
            workspace.desk.enroll(
                request, Enrollment(person, "own_enrollment", f"release {person}")
            )
        yield trial


def _permit(workspace: Workspace, clip: Clip, photographs: tuple[bytes, ...]) -> Permit:
    issued = propose(
        workspace,
        Proposal(
            parse_submission(template("trial").encode()),
            gallery_ids=frozenset({GALLERY}),
            photographs=photographs,
            footage=(clip.digest,),
        ),
        proposer=workspace.acting("operator"),
        officers=[workspace.acting("officer")],
    )
    if issued.permit is None:
        raise RefusedError(
            "The gate did not permit the trial of a clip.",
            hint="See why with `recognizance gate new trial` and `gate check`.",
            rules=tuple(fired.rule_id for fired in issued.decision.deciding),
        )
    officer = workspace.acting("officer")
    attest_open(workspace, issued.permit, statement="The clip is composed.", by=officer)
    return issued.permit
