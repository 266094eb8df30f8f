"""Step 8 for people: a lead is shown, decided on, and now and then it is one that was planted.

A planted lead measures reviewers. It shows the picture of somebody who is enrolled, and beside it
those of the gallery who look most like that person and are known to be others. It comes through
the same entries, with the same facts, as any lead; what it is stands only where it is sealed or
private. It names nobody and releases nothing. `checks.py` says what becomes of it.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from recognizance import checks, conditions
from recognizance.errors import ConflictError, ImageError, NotFoundError
from recognizance.leads import open_lead, record_of
from recognizance.recovery import settle
from recognizance.review import (
    WAITING,
    LeadState,
    check_looked,
    decide,
    lead_from_bytes,
    lead_to_bytes,
    look_longer,
    looked_at,
    set_aside,
    view_for,
)
from recognizance.steps import Steps
from recognizance.types import Operation, Role
from recognizance.uses import Request, UseNote, matched_input

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from recognizance.gallery import LeadRecord
    from recognizance.gate.permit import Permit
    from recognizance.registry.queue import Queue, Usual
    from recognizance.review import Lead, LeadView
    from recognizance.types import Candidate, Principal, Quality, Reference
    from recognizance.uses import Answer

MIXED_IN = frozenset({Operation.SEARCH, Operation.VERIFY, Operation.WATCH})
"""Operations that hold leads, among which planted ones are mixed."""

CHECK_NOTICE = (
    "this lead was planted to measure reviewers: it showed two people who are known to be different"
)
_TRIES = 20
"""How many people are looked at for one whose picture is kept and who resembles somebody."""


@dataclass(frozen=True, slots=True)
class LeadShown:
    """A lead as it is laid before one reviewer.

    Attributes:
        view: What they may know of it.
        probe: The probe's picture (JPEG); None where none is kept.
        candidates: Pictures by the number that `view` gives each candidate; one whose reference
            was destroyed since has none.
        quality: What was measured on the probe; None on leads of older versions.
        qualities: What was measured on each candidate's picture, by the same number.
        look_longer: How long until a verdict of this reviewer is taken.
    """

    view: LeadView
    probe: bytes | None = field(repr=False)
    candidates: Mapping[int, bytes] = field(repr=False)
    quality: Quality | None
    qualities: Mapping[int, Quality]
    look_longer: timedelta


@dataclass(frozen=True, slots=True)
class NonMates:
    """Somebody who is enrolled, and others of the gallery who look like that person."""

    reference: Reference
    picture: bytes = field(repr=False)
    others: Sequence[Candidate]


class Reviewing(Steps):
    """The part of the desk where people look and decide.

    Args:
        queue: Says when a planted lead is owed.
        ports: Those of `Steps`.
    """

    def __init__(self, *, queue: Queue, **ports: Any) -> None:  # noqa: ANN401  # those of Steps
        super().__init__(**ports)
        self._queue = queue

    # ---- what reviewers ask -----------------------------------------------------------------

    def show(self, principal: Principal, lead_id: str) -> LeadShown:
        """Lay a lead before a reviewer, with its pictures; the one way to see them.

        The first time is recorded, in the log and with the lead: a verdict is taken from nobody
        who has not looked for `review.LEAST_VIEWING`.

        Raises:
            RoleError: Not a reviewer, not trained, suspended, or the one who searched.
        """
        request = Request(principal, Operation.SEARCH, None)
        with self._use(request, operation="show") as note:
            conditions.check_role(note.request.principal, "look at leads", Role.REVIEWER)  # 1
            record, lead = self._lead(note, lead_id)
            if lead.state in WAITING:
                self._reopen(note, record.permit_id)  # 1
            note.permit = permit = self._permits.find(record.permit_id)
            self._check_reviewer(note, permit)
            view = view_for(lead, note.request.principal)  # 8
            looked = looked_at(lead, note.request.principal, now=note.started)
            if lead.state in WAITING and looked != lead:
                self._keep_showing(record, looked)
                private = {"subjects": sorted(record.subject_ids)}
                self._record(note, "shown", lead=lead_id, private=private)  # 9
            pictures, qualities = {}, {}
            for each in view.candidates:
                with suppress(NotFoundError):  # a list is destroyed before its leads are
                    qualities[each.rank] = self._gallery.reference(each.reference_id).quality
                    pictures[each.rank] = self._gallery.crop(each.reference_id)
            return LeadShown(
                view=view,
                probe=record.crop,
                candidates=pictures,
                quality=lead.quality,
                qualities=qualities,
                look_longer=look_longer(looked, note.request.principal, now=note.started),
            )  # 10

    def decide(
        self,
        principal: Principal,
        lead_id: str,
        choice: str,
        *,
        reason: str,
        candidate: int | None = None,
    ) -> Answer:
        """Take one reviewer's verdict on a lead; the last one needed releases the result.

        A contested lead is answered the same way, by a reviewer who had no part in it.

        Raises:
            RoleError: Not a reviewer, not trained, suspended, the one who searched, or one who
                has spoken.
            NotSeenError: The lead was not shown to them, or too short a time ago.
        """
        request = Request(principal, Operation.SEARCH, None)
        with self._use(request, operation="decide") as note:
            conditions.check_role(note.request.principal, "decide on leads", Role.REVIEWER)  # 1
            record, lead = self._lead(note, lead_id)
            permit = self._reopen(note, record.permit_id)  # 1
            self._check_reviewer(note, permit)
            reviewer, now = note.request.principal, self._clock()
            open_still = set_aside(lead, self._permits.standing.was_stopped)
            decided = decide(
                open_still, reviewer, choice, rank=candidate, reason=reason, now=now
            )  # 8
            check_looked(lead, reviewer, now=now)
            with self._change(note, lead=lead_id, version=record.version):
                self._gallery.replace_lead(
                    record.with_body(lead_to_bytes(decided), decided.state),
                    expected_version=record.version,
                )
                if decided.state is LeadState.CHECK:
                    checks.reveal(self._ledger, decided)
            named = (decided.confirmed.subject_id,) if decided.confirmed else ()
            self._record(  # 9: the verdict is durable before it counts
                note,
                decided.state,
                lead=lead_id,
                private={
                    "choice": choice,
                    "reason": reason,
                    "confirmed": named,
                    "subjects": sorted(record.subject_ids),
                },
            )
            self._stop_at_false_alerts(permit)
            if decided.state is LeadState.CHECK:
                self._measure(decided)
                return self._release(
                    note, decided.state, lead_id=lead_id, notices=(CHECK_NOTICE,)
                )  # 10
            return self._release(note, decided.state, lead_id=lead_id, subjects=named)  # 10

    def _check_reviewer(self, note: UseNote, permit: Permit) -> None:
        standing, reviewer = self._permits.standing, note.request.principal
        conditions.check_not_stopped(reviewer, standing)
        conditions.check_trained(permit, reviewer, standing, now=note.started)

    def _keep_showing(self, record: LeadRecord, looked: Lead) -> None:
        """Write down to whom a lead was shown; somebody else may look or decide meanwhile."""
        while True:
            try:
                body = record.with_body(lead_to_bytes(looked), record.state)
                self._gallery.replace_lead(body, expected_version=record.version)
            except ConflictError:
                record = self._gallery.lead(record.lead_id)
                newest = lead_from_bytes(record.body)
                looked = replace(newest, showings=(*newest.showings, looked.showings[-1]))
            else:
                return

    def _measure(self, planted: Lead) -> None:
        """Suspend who, counting this one, accepts too many planted leads."""
        standing = self._permits.standing
        measured = checks.measured(self._ledger, standing)
        for who in {verdict.reviewer_id for verdict in planted.verdicts}:
            if measured[who].over and standing.stopped_at(who) is None:
                self._permits.stop_reviewer(who, now=self._clock())

    # ---- what is planted --------------------------------------------------------------------

    def _gate(self, note: UseNote) -> Permit:
        """Step 1; where a use that may hold leads begins, one that is owed is planted before it."""
        permit = super()._gate(note)
        if note.operation in MIXED_IN and note.request.gallery_id is not None:
            claim = note.request.operation is Operation.VERIFY
            needed = conditions.reviews_of_a_claim if claim else conditions.reviews_needed
            reviews = needed(permit)
            owed = self._queue.owed() if reviews else None
            if owed is not None:
                self._plant(note, permit, owed, reviews)
        return permit

    def _plant(self, before: UseNote, permit: Permit, owed: Usual, reviews: int) -> None:
        """Put a lead into the queue of which it is known that nobody is on it."""
        note = UseNote(
            replace(before.request, photographs=(), footage=(), case_id=None),
            before.operation,
            started=before.started - owed.span,
            permit=permit,
            model_id=self._engine().model_id,
        )
        known = self._non_mates(note, permit, owed)
        if known is None:  # it stays owed, until a gallery is searched that has such people
            return
        note.quality = known.reference.quality
        note.probe_digest = secrets.token_hex(32)
        note.faces = 1 if note.operation == Operation.WATCH else None
        now = self._clock()
        planted = replace(
            open_lead(note, permit, known.others, reviews=reviews, now=now),
            planted=known.reference.reference_id,
        )
        expires_at = conditions.keep_lead_until(permit, now)
        record = record_of(planted, known.picture, expires_at=expires_at)
        people = record.subject_ids | {known.reference.subject_id}
        try:
            with self._change(note, lead=planted.lead_id):
                self._gallery.put_lead(replace(record, subject_ids=people))
                for reference_id in planted.planted, *(o.reference_id for o in known.others):
                    self._gallery.reference(reference_id or "")
        except NotFoundError:  # somebody was erased meanwhile
            settle(self._ledger, self._gallery, now=self._clock(), only=note.intent)
            return
        shown: dict[str, Any] = dict(matched_input(note, known.others)["private"])
        private = shown | {"subjects": sorted(people), "planted": True}
        self._record(note, "held_for_review", lead=planted.lead_id, private=private)

    def _non_mates(self, note: UseNote, permit: Permit, owed: Usual) -> NonMates | None:
        """Somebody of the gallery, and those who look most like them; None where nobody does.

        Whoever reaches the permit's own threshold is left out: the two may be one person who was
        enrolled under two ids, and then it would be no false accept.
        """
        index = self._index(note, permit)
        below = self._threshold(note, permit).score
        claim = note.operation == Operation.VERIFY
        most = 1 if claim else min(owed.candidates, conditions.max_candidates(permit))
        for _ in range(_TRIES):
            with suppress(NotFoundError, ImageError):
                reference_id = index.somebody()
                others = index.others(reference_id, below=below, max_candidates=most)
                reference = self._gallery.reference(reference_id)
                if others and reference.expires_at > self._clock():
                    picture = self._engine().retaken(self._gallery.crop(reference_id))
                    return NonMates(reference, picture, others)
        return None
