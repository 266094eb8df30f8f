"""A watch while it goes on: what it may still compare, whom it raised a lead about, what it counts.

It is one use. Its start, its end and its counts a minute stand in the ledger, and one entry for
each candidate; whoever passes by leaves no entry of their own, or the ledger would be a record of
who was where. Several pictures of one face that was followed give one decision, and one person
gives no second lead before the hold-off of the permit is over.

Two things stop it in between: a crowd in view, and a camera that moves although it was declared as
one that stands. Both stop every watch under the permit, until an officer lets it go on; after a
crowd a permit may say that so many minutes with fewer faces are enough.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance import conditions
from recognizance.errors import ClockError, PermitScopeError, PermitSuspendedError, RefusedError
from recognizance.ledger import LogName
from recognizance.registry.standing import CROWD, MOUNT
from recognizance.registry.tally import STARTED, WATCHED
from recognizance.review import lead_from_bytes
from recognizance.sightings import (
    CANDIDATE,
    HELD,
    HELD_OFF,
    NO_CANDIDATE,
    REJECTED,
    STOPPED,
    Compared,
    Counts,
    Sighting,
)
from recognizance.uses import Answer, UseNote, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from recognizance.conditions import Density
    from recognizance.gallery import Gallery
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Ledger
    from recognizance.ports import Clock, PermitBook
    from recognizance.registry.submissions import Declared
    from recognizance.sightings import Shot
    from recognizance.types import Candidate, Quality
    from recognizance.uses import Request

MINUTE = timedelta(minutes=1)
KNOCKS = timedelta(seconds=1)
"""A watch that is stopped asks at the door again so often."""

SHOTS_PER_TRACK = 5
"""House number: each further picture of one face is a further chance of a false alert."""

_MOST_TRACKS = 4096


class Watch:
    """A watch that goes on. Threads may share it; they take turns.

    Made by `Desk.watch`, which says what each argument is.

    Attributes:
        permit: The permit, as it was when the watch began.
        totals: What was counted so far, the running minute left out.
        answer: Where the end of the watch stands in the ledger; None while it goes on.
    """

    def __init__(
        self,
        note: UseNote,
        permit: Permit,
        *,
        declared: Declared,
        ledger: Ledger,
        permits: PermitBook,
        gallery: Gallery,
        clock: Clock,
        gate: Callable[[UseNote], Permit],
        sight: Callable[[Watch, Shot], Sighting],
    ) -> None:
        self.permit = permit
        self.totals = Counts()
        self.answer: Answer | None = None
        self._note = note
        self._declared = declared
        self._ledger = ledger
        self._permits = permits
        self._gallery = gallery
        self._clock = clock
        self._gate = gate
        self._sight = sight
        self._lock = threading.RLock()
        self._minute = Counts()
        self._counted_at = note.started
        self._tracks: OrderedDict[str, Compared] = OrderedDict()
        self._named: dict[str, datetime] = {}
        self._stopped: RefusedError | None = None
        self._knocked_at = note.started
        self._density = conditions.density_of(permit)
        self._calm_since: datetime | None = None
        self._crowded = False

    # ---- what a loop says and asks ----------------------------------------------------------

    @property
    def stopped(self) -> RefusedError | None:
        """Why nothing is compared now; None while the watch runs."""
        return self._stopped

    @property
    def counts(self) -> Counts:
        """What was counted so far, the running minute included."""
        with self._lock:
            both = replace(self.totals)
            both.add(self._minute)
            return both

    def admit(self, camera_id: str | None) -> None:
        """Ask at the door for one more camera, before it is looked through.

        Raises:
            RefusedError: The permit does not name it.
        """
        stated = self._note.request.circumstances
        stated = replace(stated, camera=camera_id or stated.camera)
        asked = replace(self._note.request, circumstances=stated)
        self._gate(UseNote(asked, self._note.operation, started=self._clock()))

    def view(self, faces: int, *, tracks: int = 0, dropped: int = 0) -> bool:
        """Say how many faces one picture shows; before anything from it is compared.

        Args:
            faces: Faces in view, whoever they are.
            tracks: How many of them began to be followed with this picture.
            dropped: Pictures lost since the last call.

        Returns:
            Whether a face may be compared now.
        """
        with self._lock:
            seen = Counts(1, most_faces=faces, in_view=faces, tracks=tracks, dropped=dropped)
            self._minute.add(seen)
            self.tick()
            if self._density is not None:  # last: whatever else let it go on, no crowd is compared
                self._guard(self._density, faces)
            return self._stopped is None

    def mount(self, *, moves: bool, cut: bool) -> None:
        """Say what the stream itself tells of its camera.

        Rules ask for more where a camera moves, and nobody gets around them by calling it fixed.

        Args:
            moves: Whether the picture moves as a whole: carried, worn, driven or flown.
            cut: Whether it is put together from several cameras or times.
        """
        with self._lock:
            wrong = cut if self._declared.moves else moves or cut
            if self._declared.uploaded or not wrong or self._stopped is not None:
                return
            what = "is put together from several" if cut else "moves, and was declared to stand"
            error = PermitSuspendedError(
                f"The picture is not that of the camera that was declared: it {what}.",
                hint="State the kind of camera that it is (cam.kind) in a new submission; if it "
                "was moved once, an officer can let the use go on.",
                rules=("HR-05",),
            )
            self._suspend(error, MOUNT)

    def submit(self, shot: Shot) -> Sighting:
        """Have one picture of a face compared, if that may be.

        Raises:
            RefusedError: The permit does not hold any more; the watch is over.
        """
        with self._lock:
            sighting = self._sight(self, shot)
            self.tick()
            return sighting

    def over(self, track: str) -> None:
        """Say that a face is out of view for good."""
        with self._lock:
            self._tracks.pop(track, None)

    def tick(self) -> None:
        """Let time pass: the minute is counted, and a stopped watch asks at the door again."""
        with self._lock:
            now = self._clock()
            if now - self._counted_at >= MINUTE:
                self._count(now)
            if self._stopped is not None and now - self._knocked_at >= KNOCKS:
                self._knocked_at = now
                self.let_on(UseNote(self._note.request, self._note.operation, started=now))

    # ---- what the desk asks -----------------------------------------------------------------

    def asking(self, shot: Shot) -> Request:
        """The request of the watch, for one picture of it."""
        stated = self._note.request.circumstances
        camera = shot.camera_id or stated.camera
        stated = replace(stated, captured_at=shot.captured_at, camera=camera)
        return replace(self._note.request, circumstances=stated)

    def let_on(self, note: UseNote) -> Permit | None:
        """Step 1 again; None where nothing may be compared now, which is recorded once.

        Raises:
            RefusedError: What ended is over for good: the permit, or a role.
        """
        if self._stopped is None:
            self._wait_for_crowd()  # before another watch of the permit
        if self._crowded:
            return None
        try:
            permit = self._gate(note)
        except (PermitSuspendedError, PermitScopeError) as error:
            self._stop(error)
            return None
        if self._stopped is not None:
            self._stopped = None
            self._add(note, "resumed")
        return permit

    def has_enough_of(self, shot: Shot) -> bool:
        """Whether a face was decided on, or compared often enough."""
        known = self._tracks.get(shot.track)
        return known is not None and (known.decided or known.shots >= SHOTS_PER_TRACK)

    def worth_a_lead(self, candidates: Sequence[Candidate]) -> bool:
        """Whether the best candidate raised no lead, and was not named, a moment ago."""
        if not candidates:
            return False
        now, hold_off = self._clock(), conditions.hold_off(self.permit)
        self._named = {who: when for who, when in self._named.items() if now - when < hold_off}
        best = candidates[0].subject_id
        return best not in self._named and not self._had_lead(best, now - hold_off)

    def measured(self, quality: Quality | None) -> None:
        """Count how good a picture of a face is; None where nothing could be measured."""
        if quality is not None:
            self._minute.measure(quality)

    def first_of(self, shot: Shot) -> int:
        """1 for a face that was not counted as compared yet, else 0."""
        known = self._tracks.get(shot.track)
        return 1 if known is None or known.shots == 0 else 0

    def saw(
        self,
        shot: Shot,
        outcome: str,
        answer: Answer | None = None,
        best: Candidate | None = None,
    ) -> Sighting:
        """Count what became of a shot."""
        minute = self._minute
        if outcome == REJECTED:
            minute.rejected += 1
        if outcome in {NO_CANDIDATE, HELD_OFF, HELD, CANDIDATE}:
            minute.shots += 1
            minute.faces += self.first_of(shot) if answer is None else 0
            minute.held_off += outcome == HELD_OFF
            minute.leads += outcome == HELD
            minute.named += outcome == CANDIDATE
            known = self._tracks.setdefault(shot.track, Compared())
            known.shots += 1
            known.decided = outcome != NO_CANDIDATE
            while len(self._tracks) > _MOST_TRACKS:
                self._tracks.popitem(last=False)
        if best is not None:
            self._named[best.subject_id] = self._clock()
        return Sighting(shot.track, outcome, answer)

    # ---- what is recorded -------------------------------------------------------------------

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Step 9 of the watch itself: its start before anything, its end whatever happens.

        The start is an intent, so that a watch that is cut off is found when a workspace opens.
        """
        note = self._note
        note.intent = self._ledger.append(
            LogName.USES,
            note.operation,
            note.public(STARTED, cameras=note.request.cameras or None),
            private=note.private(),
            opens=True,
            now=self._clock(),
        ).index
        try:
            going_on = self._ledger.open_intents(LogName.USES)
            conditions.check_together(self.permit, self._declared, going_on)
            self._wait_for_crowd()
            yield
        except BaseException as error:
            self._end(outcome_of(error), error)
            raise
        self._end("ended")

    def _end(self, outcome: str, error: BaseException | None = None) -> None:
        with self._lock:
            note = self._note
            # A clock set back cannot say when: the end takes the time of the last entry.
            late = isinstance(error, ClockError) and self._ledger.latest_time()
            now = late or self._clock()
            self._count(now)
            rules = list(getattr(error, "rules", ())) or None
            why = {"code": getattr(error, "code", None), "rules": rules}
            entry = self._ledger.append(
                LogName.USES,
                note.operation,
                note.public(outcome, **why, totals=asdict(self.totals)),
                private=note.private(),
                closes=note.intent,
                now=now,
            )
            note.entry = f"{entry.log.value}/{entry.index}"
            self.answer = Answer.of(note, outcome, self._ledger.receipt(entry.log, entry.index))

    def _count(self, now: datetime) -> None:
        """One entry a minute: numbers, and nothing that tells one who passed from another."""
        self._ledger.append(
            LogName.USES,
            self._note.operation,
            self._note.public(WATCHED, **asdict(self._minute)),
            now=now,
        )
        self.totals.add(self._minute)
        self._minute = Counts()
        self._counted_at = now

    def _add(self, note: UseNote, outcome: str, **public: object) -> None:
        self._ledger.append(
            LogName.USES, note.operation, note.public(outcome, **public), now=self._clock()
        )

    # ---- stopping ---------------------------------------------------------------------------

    def _stop(self, error: RefusedError, cause: str | None = None) -> None:
        """Record a stop, once; from here on nothing is compared."""
        if self._stopped is None:
            self._stopped = error
            why = {"code": error.code, "rules": list(error.rules), "cause": cause}
            self._add(self._note, STOPPED, **why)

    def _suspend(self, error: RefusedError, cause: str) -> None:
        """Stop every watch under the permit, until an officer lets it go on."""
        self._stop(error, cause)
        if self._permits.standing.suspension_of(self.permit.permit_id) is None:
            self._permits.suspend(self.permit, cause=cause, now=self._clock())

    def _guard(self, density: Density, faces: int) -> None:
        """The assembly guard: too many faces in view, and nobody among them is compared."""
        if faces > density.faces:
            self._calm_since = None
            if self._crowded or self._stopped is not None:
                return
            if density.resume_after is None:
                self._suspend(density.passed(), CROWD)
            else:
                self._stop(density.passed(), CROWD)
                self._crowded = True
        elif self._crowded and density.resume_after is not None:
            now = self._clock()
            self._calm_since = self._calm_since or now
            if now - self._calm_since >= density.resume_after:
                self._crowded, self._stopped = False, None
                self._add(self._note, "resumed", cause=CROWD)

    def _wait_for_crowd(self) -> None:
        """Stop at once where a watch before this one did for a crowd, and its time is not over.

        To begin anew is no way around the minutes that a permit asks for.
        """
        density = self._density
        if density is None or density.resume_after is None:
            return
        if self._permits.tally(self.permit.permit_id).crowded:
            self._stop(density.passed(), CROWD)
            self._crowded = True

    def _had_lead(self, subject_id: str, since: datetime) -> bool:
        """Whether a lead of this permit has that person as its first candidate, lately."""
        line = self._permits.lineage(self.permit)
        for record in self._gallery.leads_naming(subject_id):
            late = record.created_at >= since and record.permit_id in line
            if late and lead_from_bytes(record.body).is_about(subject_id):
                return True
        return False
