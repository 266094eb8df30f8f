"""The ten steps of a use, each as the desk takes it; `desk.py` shows them in their order."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from recognizance import conditions
from recognizance.acquiring import Acquiring
from recognizance.conditions import Situation
from recognizance.errors import ClockError, InputError, InterruptedUseError, RecognizanceError
from recognizance.evidence import tightened
from recognizance.gallery import CHANGES, Counts
from recognizance.gate.permit import Use
from recognizance.leads import open_lead, record_of
from recognizance.ledger import LogName
from recognizance.recovery import settle
from recognizance.registry.standing import FALSE_ALERTS, WIPED_LATE
from recognizance.review import lead_from_bytes
from recognizance.types import Operation, Role
from recognizance.uses import (
    LEAD_NOTICE,
    Answer,
    UseNote,
    gallery_of,
    matched_input,
    outcome_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from typing import Any

    from recognizance.bearer.gate import Bearer
    from recognizance.evidence import Threshold
    from recognizance.gallery import ExactIndex, Gallery, Indexes, LeadRecord
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Ledger
    from recognizance.ports import Clock, EnginePort, PermitBook
    from recognizance.registry.submissions import Declared
    from recognizance.review import Lead
    from recognizance.types import Candidate, Features, Reference
    from recognizance.uses import Request

ANSWERS = frozenset({Operation.VERIFY, Operation.SEARCH, Operation.COMPARE})
"""Operations that answer about one photograph; how many of them a day gives is bounded."""


class Steps(Acquiring):
    """What every operation of the desk is made of.

    Args:
        engine: Gives what turns pixels into features; a refused use never asks for it.
        permits: The permits of this workspace, and the check of each.
        thresholds: The threshold for a permit's target, from its evidence.
        declared: What the submission of a permit says of footage and cameras.
        gallery: References and leads at rest.
        indexes: Exact search over one gallery, reloaded when its generation has changed.
        ledger: Where every use is written down.
        clock: What time it is.
        at_work: Tells other processes that an open intent is not cut off.
        on_watch: The same of a watch, which may go on for days.
        in_turn: Lets one use at a time count what was done and add to it, in whichever process.
        bearer: Makes and reads the tokens that people carry.
    """

    def __init__(
        self,
        *,
        engine: Callable[[], EnginePort],
        permits: PermitBook,
        thresholds: Callable[[Permit], Threshold],
        declared: Callable[[Permit], Declared],
        gallery: Gallery,
        indexes: Indexes,
        ledger: Ledger,
        clock: Clock,
        at_work: Callable[[], AbstractContextManager[None]],
        on_watch: Callable[[], AbstractContextManager[None]],
        in_turn: Callable[[], AbstractContextManager[None]],
        bearer: Bearer,
    ) -> None:
        self._engine = engine
        self._permits = permits
        self._thresholds = thresholds
        self._gallery = gallery
        self._indexes = indexes
        self._ledger = ledger
        self._clock = clock
        self._declared = declared
        self._at_work = at_work
        self._on_watch = on_watch
        self._in_turn = in_turn
        self._bearer = bearer

    @contextmanager
    def _use(
        self,
        request: Request,
        *,
        operation: str | None = None,
        at_work: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> Iterator[UseNote]:
        """Take the note of a use; whatever goes wrong inside is recorded (9) before it leaves."""
        note = UseNote(request, operation or request.operation.value, started=self._clock())
        try:
            with (at_work or self._at_work)():
                # Whoever acts is looked up anew: a key that was taken back acts no more.
                known = self._permits.current(request.principal)
                note.request = replace(request, principal=known)
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
            self._wipe(note)
            self._check_wiped(note)

    def _gate(self, note: UseNote) -> Permit:
        """Step 1, as a use begins."""
        return self._admitted(note, now=note.started)

    def _admitted(self, note: UseNote, *, now: datetime) -> Permit:
        """Step 1: the principal's role, then the permit, then what the permit makes a condition."""
        request = note.request
        conditions.check_role(request.principal, note.operation, Role.OPERATOR)
        use = Use(
            operation=request.operation,
            purpose=request.purpose,
            gallery_id=request.gallery_id,
            sample_digests=self._samples(request),
            case_id=request.case_id,
            circumstances=request.circumstances,
            bearer=request.bearer,
        )
        note.permit = permit = self._permits.admit(request.permit_id, use, now=now)
        if request.operation is Operation.WATCH:
            conditions.check_footage(
                permit,
                self._declared(permit),
                live=request.live,
                cameras=request.cameras,
                captured_at=request.circumstances.captured_at,
                now=now,
            )
        self._stop_at_false_alerts(permit)
        conditions.check_before_reading(
            Situation(
                permit=permit,
                use=use,
                now=now,
                standing=self._permits.standing,
                objections=self._permits.objections,
                measured_at=self._permits.measured_at,
                tally=partial(self._permits.tally, permit.permit_id),
                leads=partial(self._permits.leads, permit),
            )
        )
        if request.operation in ANSWERS:
            given = self._permits.answers(permit, since=now - conditions.A_DAY)
            conditions.check_answers(permit, given)
        if request.gallery_id is not None:
            gallery = self._gallery.gallery(request.gallery_id)
            conditions.check_gallery(permit, gallery, self._permits.lineage(permit))
        return permit

    @contextmanager
    def _turn(self, note: UseNote) -> Iterator[None]:
        """Step 1 once more, as it is now, and step 9 before anybody else counts.

        Else two processes that both saw room for one more answer would each give it, and whoever
        waited would answer after a stop.
        """
        with self._in_turn():
            self._admitted(note, now=self._clock())
            yield

    def _reopen(self, note: UseNote, permit_id: str) -> Permit:
        """Step 1 for what a use began: its permit still holds, and nobody has stopped it."""
        note.permit = permit = self._permits.in_force(permit_id, now=note.started)
        conditions.check_running(permit, self._permits.standing, now=note.started)
        return permit

    def _stop_at_false_alerts(self, permit: Permit) -> None:
        """Suspend the permit once its meter of false alerts is over the limit."""
        if not conditions.has(permit, FALSE_ALERTS):
            return
        standing = self._permits.standing
        meter = conditions.read_meter(permit, self._permits.tally(permit.permit_id), standing)
        if meter and meter.over and standing.suspension_of(permit.permit_id) is None:
            self._permits.suspend(permit, cause=FALSE_ALERTS, now=self._clock())

    def _lead(self, note: UseNote, lead_id: str) -> tuple[LeadRecord, Lead]:
        """The lead that a use is about; its permit and gallery are the use's from here on."""
        record = self._gallery.lead(lead_id)
        note.request = replace(
            note.request, permit_id=record.permit_id, gallery_id=record.gallery_id
        )
        return record, lead_from_bytes(record.body)

    def _threshold(self, note: UseNote, permit: Permit) -> Threshold:
        """Step 7: from the permit's target and its evidence; there is no other source."""
        note.threshold = self._thresholds(permit)
        conditions.check_threshold(permit, note.threshold)
        return note.threshold

    def _least(self, note: UseNote, permit: Permit) -> float:
        """Step 7: the least score of a match, for the permit and for a stricter rate if asked."""
        threshold = self._threshold(note, permit)
        score, note.rate_ppb = tightened(threshold, note.request.at_most_ppb)
        return score

    def _index(self, note: UseNote, permit: Permit) -> ExactIndex:
        """Everybody in the gallery, if that is who and how many were permitted.

        Asked for at step 1, so that nothing is read from a face before the gallery is ready.
        """
        index = self._indexes.current(gallery_of(note.request))
        conditions.check_size(permit, Counts(len(index.subjects), len(index)))
        conditions.check_targets(permit, index.subjects)
        note.searched = len(index)
        return index

    def _search(self, note: UseNote, permit: Permit, probe: Features) -> Sequence[Candidate]:
        """Steps 6 and 7 on a gallery as it is now."""
        most, own = conditions.max_candidates(permit), note.asked_about
        found = self._index(note, permit).search(
            probe,
            threshold=self._least(note, permit),
            max_candidates=most if own is None else most + 1,
        )
        others = [each for each in found if each.subject_id != own][:most]
        return [replace(each, rank=rank) for rank, each in enumerate(others, start=1)]

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
        expires_at = conditions.keep_lead_until(permit, now)
        with self._change(note, lead=lead.lead_id):
            self._gallery.put_lead(record_of(lead, picture, expires_at=expires_at))
            for each in candidates:  # whoever was erased since the comparison is nobody's lead
                self._gallery.reference(each.reference_id)
        self._record(note, "held_for_review", lead=lead.lead_id, **matched_input(note, candidates))
        return self._release(note, "held_for_review", lead_id=lead.lead_id, notices=(LEAD_NOTICE,))

    def _counts_with(self, references: Sequence[Reference]) -> Counts:
        """What the gallery would hold with these references of one subject.

        Raises:
            InputError: There are none.
        """
        if not references:
            raise InputError("There is no photograph to enroll.", hint="Give at least one.")
        gallery_id, subject_id = references[0].gallery_id, references[0].subject_id
        held = self._gallery.counts(gallery_id)
        new = 0 if self._gallery.references_of(gallery_id, subject_id) else 1
        return Counts(held.subjects + new, held.references + len(references))

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
        of_gallery: bool = True,
        **public: object,
    ) -> None:
        """Step 9: durable before anything is released.

        It names how many changes the gallery has seen: an older copy of it is noticed by that.
        """
        if of_gallery and not note.request.bearer:
            public[CHANGES] = self._gallery.changes()
        entry = self._ledger.append(
            LogName.USES,
            note.operation,
            note.public(outcome, **public),
            private=note.private(**(private or {})),
            closes=note.intent,
            now=now or self._clock(),
        )
        note.entry = f"{entry.log.value}/{entry.index}"

    def _check_wiped(self, note: UseNote) -> None:
        """After a use: were its features gone within the time that the permit gives? If not, stop.

        An enrollment keeps what it extracts, sealed, so it is not meant.
        """
        permit, extracted_at, wiped_at = note.permit, note.extracted_at, note.wiped_at
        if permit is None or extracted_at is None or wiped_at is None:
            return
        within = conditions.wipe_within(permit)
        enrolls = note.request.operation is Operation.ENROLL
        if enrolls or within is None or wiped_at - extracted_at <= within:
            return
        now = self._clock()
        self._ledger.append(
            LogName.USES,
            "wipe_late",
            {
                "outcome": "wipe_late",
                "permit": permit.permit_id,
                "use": note.entry,
                "rules": list(conditions.rules_of(permit, WIPED_LATE)),
                "milliseconds": round((wiped_at - extracted_at) / timedelta(milliseconds=1)),
            },
            now=now,
        )
        self._permits.suspend(permit, cause=WIPED_LATE, now=now)

    def _record_failure(self, note: UseNote, error: BaseException) -> None:
        """Step 9 for a use that ends here: recorded, and what it had begun is settled."""
        code = getattr(error, "code", None)
        rules = list(getattr(error, "rules", ()))
        intent, note.intent = note.intent, None  # a failure closes nothing: `settle` does
        # A clock set back cannot say when: the refusal takes the time of the last entry.
        now = self._ledger.latest_time() if isinstance(error, ClockError) else None
        # Nothing is asked of the gallery, for it may be what failed.
        self._record(
            note, outcome_of(error), now=now, of_gallery=False, code=code, rules=rules or None
        )
        if intent is not None:
            settle(self._ledger, self._gallery, now=self._clock(), only=intent)

    def _release(self, note: UseNote, outcome: str, **more: Any) -> Answer:  # noqa: ANN401  # fields
        """Step 10: only for what `_record` has written."""
        if note.entry is None:
            raise InterruptedUseError("Nothing is released before it is recorded.")
        log, _, index = note.entry.partition("/")
        receipt = self._ledger.receipt(LogName(log), int(index))
        return Answer.of(note, outcome, receipt, **more)
