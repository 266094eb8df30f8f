"""The ten steps of a use, each as the desk takes it; `desk.py` shows them in their order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from recognizance import conditions
from recognizance.errors import ClockError, InterruptedUseError, RecognizanceError
from recognizance.gate.permit import Use
from recognizance.leads import open_lead, record_of
from recognizance.ledger import LogName
from recognizance.recovery import settle
from recognizance.types import Role
from recognizance.uses import (
    LEAD_NOTICE,
    Answer,
    UseNote,
    matched_input,
    outcome_of,
    sample_digest,
    the_face,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from typing import Any

    from recognizance.evidence import Threshold
    from recognizance.gallery import Gallery, Indexes
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Ledger
    from recognizance.ports import Clock, EnginePort, PermitBook
    from recognizance.types import Candidate, Features, Quality
    from recognizance.uses import Request


class Steps:
    """What every operation of the desk is made of.

    Args:
        engine: Gives what turns pixels into features; a refused use never asks for it.
        permits: The permits of this workspace, and the check of each.
        thresholds: The threshold for a permit's target, from its evidence.
        gallery: References and leads at rest.
        indexes: Exact search over one gallery, reloaded when its generation has changed.
        ledger: Where every use is written down.
        clock: What time it is.
        at_work: Tells other processes that an open intent is not cut off.
    """

    def __init__(
        self,
        *,
        engine: Callable[[], EnginePort],
        permits: PermitBook,
        thresholds: Callable[[Permit], Threshold],
        gallery: Gallery,
        indexes: Indexes,
        ledger: Ledger,
        clock: Clock,
        at_work: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._engine = engine
        self._permits = permits
        self._thresholds = thresholds
        self._gallery = gallery
        self._indexes = indexes
        self._ledger = ledger
        self._clock = clock
        self._at_work = at_work

    @contextmanager
    def _use(self, request: Request, *, operation: str | None = None) -> Iterator[UseNote]:
        """Take the note of a use; whatever goes wrong inside is recorded (9) before it leaves."""
        note = UseNote(request, operation or request.operation.value, started=self._clock())
        try:
            with self._at_work():
                yield note
        except BaseException as error:
            if note.entry is None:
                self._record_failure(note, error)
            if isinstance(error, RecognizanceError):
                error.entry = note.entry
            if isinstance(error, KeyboardInterrupt):
                raise InterruptedUseError(
                    "Interrupted; what had begun was rolled back.", hint="Run the command again."
                ) from error
            raise
        finally:
            note.wipe()

    def _gate(self, note: UseNote) -> Permit:
        """Step 1: the principal's role, then the permit, then what the permit makes a condition."""
        request = note.request
        conditions.check_role(request.principal, note.operation, Role.OPERATOR)
        use = Use(
            operation=request.operation,
            purpose=request.purpose,
            gallery_id=request.gallery_id,
            sample_digests=tuple(sample_digest(data) for data in request.photographs),
            case_id=request.case_id,
            circumstances=request.circumstances,
            bearer=request.bearer,
        )
        note.permit = self._permits.admit(request.permit_id, use, now=note.started)
        conditions.check_before_reading(note.permit, use)
        if request.gallery_id is not None:
            conditions.check_gallery(note.permit, self._gallery.gallery(request.gallery_id))
        return note.permit

    def _features(self, note: UseNote, data: bytes) -> tuple[Features, Quality, bytes]:
        """Steps 2 to 5 on one photograph: its features, what was measured, a picture for people."""
        engine = self._engine()
        note.model_id = engine.model_id
        note.probe_digest = sample_digest(data)
        frame = engine.decode(data)  # 2
        note.arrays.append(frame.pixels)
        detections = engine.detect(frame)  # 3
        detection = the_face(detections, note.request.face)
        crop = engine.align(frame, detection)  # 4
        quality = engine.quality(frame, detection, crop)
        note.arrays.append(crop)
        if note.permit is not None:
            conditions.check_quality(note.permit, quality)
        (features,) = engine.extract([crop])  # 5
        note.arrays.append(features.vector)
        return features, quality, engine.picture(frame, detection)

    def _threshold(self, note: UseNote, permit: Permit) -> Threshold:
        """Step 7: from the permit's target and its evidence; there is no other source."""
        note.threshold = self._thresholds(permit)
        return note.threshold

    def _hold(
        self,
        note: UseNote,
        permit: Permit,
        candidates: Sequence[Candidate],
        picture: bytes,
        reviews: int,
    ) -> Answer:
        """Step 8: the candidates become a lead, and the answer says only that there is one."""
        now = self._clock()
        lead = open_lead(note, permit, candidates, reviews=reviews, now=now)
        expires_at = min(permit.expires_at, now + conditions.retention(permit))
        with self._change(note, lead=lead.lead_id):
            self._gallery.put_lead(record_of(lead, picture, expires_at=expires_at))
            for each in candidates:  # whoever was erased since the comparison is nobody's lead
                self._gallery.reference(each.reference_id)
        self._record(note, "held_for_review", lead=lead.lead_id, **matched_input(note, candidates))
        return self._release(note, "held_for_review", lead_id=lead.lead_id, notices=(LEAD_NOTICE,))

    @contextmanager
    def _change(self, note: UseNote, **private: object) -> Iterator[str]:
        """An intent before the change; `_record` closes it. Yields the intent's id."""
        intent = self._ledger.append(
            LogName.USES,
            note.operation,
            note.public("intent"),
            private=note.private(**private),
            opens=True,
            now=self._clock(),
        )
        note.intent = intent.index
        yield f"{intent.log.value}/{intent.index}"

    def _record(
        self,
        note: UseNote,
        outcome: str,
        *,
        now: datetime | None = None,
        private: Mapping[str, object] | None = None,
        **public: object,
    ) -> None:
        """Step 9: durable before anything is released."""
        entry = self._ledger.append(
            LogName.USES,
            note.operation,
            note.public(outcome, **public),
            private=note.private(**(private or {})),
            closes=note.intent,
            now=now or self._clock(),
        )
        note.entry = f"{entry.log.value}/{entry.index}"

    def _record_failure(self, note: UseNote, error: BaseException) -> None:
        """Step 9 for a use that ends here: recorded, and what it had begun is settled."""
        code = getattr(error, "code", None)
        rules = list(getattr(error, "rules", ()))
        intent, note.intent = note.intent, None  # a failure closes nothing: `settle` does
        # A clock set back cannot say when: the refusal takes the time of the last entry.
        now = self._ledger.latest_time() if isinstance(error, ClockError) else None
        self._record(note, outcome_of(error), now=now, code=code, rules=rules or None)
        if intent is not None:
            settle(self._ledger, self._gallery, now=self._clock(), only=intent)

    def _release(self, note: UseNote, outcome: str, **more: Any) -> Answer:  # noqa: ANN401  # fields
        """Step 10: only for what `_record` has written."""
        if note.entry is None:
            raise InterruptedUseError("Nothing is released before it is recorded.")
        log, _, index = note.entry.partition("/")
        receipt = self._ledger.receipt(LogName(log), int(index))
        return Answer.of(note, outcome, receipt, **more)
