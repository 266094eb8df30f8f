"""The front desk: who are you, may you, look, write it down, hand it over.

Every use of a face takes this one path; its steps stand again beside the code.

    request(principal, permit, operation, case)
      1 GATE     permit valid, signed, unexpired, not revoked, this operation?   --no--> 9 (refused, with rule ids)
      2 READ     bytes -> frame, upright, bounded                                bad input -> typed error, still 9
      3 DETECT   faces, five landmarks                                           none -> failure to acquire, still 9
      4 ALIGN + QUALITY                                                          below the permit's floor -> rejected, still 9
      5 EXTRACT  Features(vector, model_id, cohort_id, cohort_mean)
      6 COMPARE  exact, float32, cohort-normalised, same model_id and cohort_id only
      7 DECIDE   threshold from the permit's error-rate target and its evidence, never a default
      8 HOLD     where the permit asks for review a candidate is a lead: it waits for people
      9 RECORD   ledger entry durable BEFORE anything is released; pictures and vectors wiped before it,
                 what the runtime computed from them by the next face, or else by black (`engine/forgetful.py`)
     10 RELEASE  result + receipt (proof that it is in the ledger)

`show` and `decide` (`reviewing.py`) re-enter at step 8, `recall` there too and `export` after it.
What needs no valid permit, only a principal (`contest`, `erase`, and taking references out),
stands in `rights.py`. Ledger and gallery cannot commit together, so each change of state is an intent in the
ledger, the change, and an entry that closes the intent; `recovery.py` settles what was cut off.
"""  # noqa: E501  # the drawing is one picture

from __future__ import annotations

import math
import secrets
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from recognizance import compare, conditions, sightings
from recognizance.bearer.gate import as_bearer, stated_of
from recognizance.errors import NotFoundError, NoUsableFaceError
from recognizance.evidence import band_ppb, band_words
from recognizance.gallery import check_references
from recognizance.leads import check_asked, decided_on
from recognizance.reviewing import Reviewing
from recognizance.rights import Rights
from recognizance.types import Candidate, Decision, Operation, Reference, Role
from recognizance.uses import (
    Answer,
    Enrollment,
    Request,
    decision_of,
    gallery_of,
    matched_input,
    released,
    sample_digest,
)
from recognizance.watches import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recognizance.bearer.gate import Handout, Shown
    from recognizance.gate.permit import Permit
    from recognizance.sightings import Shot, Sighting
    from recognizance.types import Principal
    from recognizance.uses import UseNote


class Desk(Reviewing, Rights):
    """The one place through which a face is verified, searched, enrolled, compared or erased."""

    # ---- the operations -------------------------------------------------------------------

    @contextmanager
    def door(self, request: Request) -> Iterator[Permit]:
        """Step 1 alone: may this use begin? Nothing is read, and only a refusal is recorded.

        Whoever has more to refuse raises it inside, and it is recorded as the desk's own.
        """
        with self._use(request, operation="admit") as note:
            yield self._gate(note)

    def compare(self, request: Request, *, everybody: bool = False) -> Answer:
        """Two pictures of consenting adults: the same person? Nothing is kept.

        Args:
            request: The request.
            everybody: Whether each face of the second photograph is meant, and not just one.
        """
        with self._use(request) as note:
            permit = self._gate(note)  # 1
            one, other = self._photographs(note, 2)
            first = self._features(note, one)[0]  # 2-5
            others = self._everybody(note, other) if everybody else [self._features(note, other)[0]]
            scores = [None if each is None else compare.score(first, each) for each in others]  # 6
            self._wipe(note)
            least, threshold = self._least(note, permit), self._threshold(note, permit)  # 7
            score = max((each for each in scores if each is not None), default=-math.inf)
            decision = decision_of(score, least)
            # 8: nobody is named who was not handed in by name, so nothing waits for review
            with self._turn(note):
                self._record(note, decision.value)  # 9
            rates = (
                None if each is None or each < least else band_ppb(threshold, each)
                for each in scores
            )
            return self._release(
                note, decision.value, band=band_words(threshold, score), rates_ppb=tuple(rates)
            )  # 10

    def detect(self, principal: Principal, photograph: bytes) -> Answer:
        """Where are faces in a photograph? It identifies nobody, so it needs no permit."""
        with self._use(Request(principal, Operation.COMPARE, None), operation="detect") as note:
            conditions.check_role(note.request.principal, "detect", Role.OPERATOR)
            faces = self._seen(note, photograph)  # 2-4
            self._wipe(note)
            self._record(note, "detected", faces=faces)  # 9
            return self._release(note, "detected", count=faces)  # 10

    def verify(self, request: Request, subject_id: str) -> Answer:
        """Is this the person it claims to be (1:1)? Raises NotFoundError for nobody enrolled."""
        with self._use(request) as note:
            permit = self._gate(note)  # 1
            conditions.check_targets(permit, [subject_id])
            probe, _, picture = self._features(note, self._photograph(note))  # 2-5
            references = self._gallery.references_of(gallery_of(request), subject_id)
            if not references:
                raise NotFoundError(
                    "That subject has no reference in this gallery.",
                    hint="List who is enrolled with `recognizance subjects list`.",
                )
            scores = [compare.score(probe, each.features) for each in references]  # 6
            self._wipe(note)
            score, threshold = max(scores), self._threshold(note, permit)  # 7
            decision = decision_of(score, self._least(note, permit))
            best = references[scores.index(score)].reference_id
            matched = decision is Decision.MATCH
            reviews = conditions.reviews_of_a_claim(permit)
            if matched and reviews:
                # Asked about everybody in turn, claims would be a search that nobody reviews.
                candidate = Candidate(best, subject_id, 1, score)
                with self._turn(note):
                    return self._hold(note, permit, [candidate], picture, reviews)  # 8, 9, 10
            # 8: elsewhere the claim named the person, so a match names nobody new
            named = matched_input(note, references if matched else ())
            with self._turn(note):
                self._record(note, decision.value, **named)  # 9
            return self._release(
                note,
                decision.value,
                band=band_words(threshold, score),
                subjects=(subject_id,) if matched else (),
                references=(best,) if matched else (),
                rates_ppb=(band_ppb(threshold, score),) if matched else (),
            )  # 10

    def search(self, request: Request) -> Answer:
        """Who of the gallery could this be (1:N)? With review, the answer is a lead, not a name."""
        with self._use(request) as note:
            permit = self._gate(note)  # 1
            self._index(note, permit)
            reviews = conditions.reviews_needed(permit)
            probe, picture = self._probe(note, pictured=reviews > 0)  # 2-5
            candidates = self._search(note, permit, probe)  # 6, 7
            self._wipe(note)
            with self._turn(note):
                if not candidates:
                    self._record(note, "no_candidate")  # 9
                    return self._release(note, "no_candidate")  # 10
                if reviews:
                    return self._hold(note, permit, candidates, picture, reviews)  # 8, 9, 10
                self._record(note, "candidate", **matched_input(note, candidates))  # 9
            band = band_words(self._threshold(note, permit), candidates[0].comparison_score)
            named = released(self._threshold(note, permit), candidates)
            return self._release(note, "candidate", band=band, **named)  # 10

    def recall(self, request: Request, lead_id: str, *, claimed: str | None = None) -> Answer:
        """What people decided on a lead, for whoever asks once more what led to it.

        Args:
            request: The search or the claim, as it was asked.
            lead_id: The lead that it became.
            claimed: Who it was claimed to be; None for a search.

        Raises:
            ReviewPendingError: They have not decided yet, or it is contested.
            NotFoundError: It is the lead of another request, or nobody decided on it in its time.
        """
        with self._use(request, operation="recall") as note:
            permit = self._gate(note)  # 1
            record, lead = self._lead(note, lead_id)
            check_asked(lead, request, self._samples(request))
            confirmed = decided_on(lead, ended=record.expires_at <= note.started)  # 8
            if request.reference_id is None:  # who asks is told where the face is, as before
                self._seen(note, self._photograph(note))
                self._wipe(note)
            if confirmed and claimed in {None, confirmed.subject_id} and self._is_kept(confirmed):
                self._record(
                    note, lead.state, lead=lead_id, **matched_input(note, [confirmed])
                )  # 9
                return self._release(
                    note,
                    "candidate" if claimed is None else "match",
                    lead_id=lead_id,
                    subjects=(confirmed.subject_id,),
                    references=(confirmed.reference_id,),
                    rates_ppb=(lead.rate_ppb or self._threshold(note, permit).fmr_target_ppb,),
                )  # 10
            self._record(note, "named_nobody", lead=lead_id)  # 9
            outcome = "no_candidate" if claimed is None else "non_match"
            return self._release(note, outcome, lead_id=lead_id)  # 10

    @contextmanager
    def watch(self, request: Request) -> Iterator[Watch]:
        """Who of the gallery passes by (1:N on a stream)? One use, however long it goes on."""
        with self._use(request, at_work=self._on_watch) as note:
            permit = self._gate(note)  # 1
            self._index(note, permit)
            watch = Watch(
                note,
                permit,
                declared=self._declared(permit),
                ledger=self._ledger,
                permits=self._permits,
                gallery=self._gallery,
                clock=self._clock,
                gate=self._gate,
                sight=self._sight,
            )
            with watch.recorded():  # 9: its start, what it counted each minute, its end
                yield watch

    def _sight(self, watch: Watch, shot: Shot) -> Sighting:
        """One picture of a face that a watch has followed: steps 1 to 10 once more, for it."""
        with self._use(watch.asking(shot)) as note:
            note.arrays.append(shot.frame.pixels)
            note.model_id, note.probe_digest = self._engine().model_id, shot.frame.digest
            permit = watch.let_on(note)  # 1
            if permit is None:
                return watch.saw(shot, sightings.STOPPED)
            if watch.has_enough_of(shot):
                return watch.saw(shot, sightings.DECIDED)
            try:  # 2, 3: whoever followed the face has found it in the picture
                crop, _ = self._aligned(note, shot.frame, shot.detection)  # 4
            except NoUsableFaceError:
                return watch.saw(shot, sightings.REJECTED)
            finally:
                watch.measured(note.quality)
            probe = self._extracted(note, crop)  # 5
            candidates = self._search(note, permit, probe)  # 6, 7
            lead = watch.worth_a_lead(candidates)
            picture = self._engine().picture(shot.frame, shot.detection) if lead else b""
            self._wipe(note)
            if not lead:  # 9: a passer-by leaves no entry of their own
                return watch.saw(shot, sightings.HELD_OFF if candidates else sightings.NO_CANDIDATE)
            note.faces = watch.first_of(shot)
            with self._in_turn():  # another watch of the permit may have raised it meanwhile
                return self._sighted(watch, note, shot, candidates, picture)

    def _sighted(
        self,
        watch: Watch,
        note: UseNote,
        shot: Shot,
        candidates: Sequence[Candidate],
        picture: bytes,
    ) -> Sighting:
        """Steps 8 to 10 for a face that may be somebody's, once its turn has come."""
        permit = watch.let_on(note)  # 1: with the leads and the hold-off as they are now
        if permit is None:  # it was compared, so it counts; but nobody is told of it
            return replace(watch.saw(shot, sightings.NO_CANDIDATE), outcome=sightings.STOPPED)
        if not watch.worth_a_lead(candidates):
            return watch.saw(shot, sightings.HELD_OFF)
        people = conditions.reviews_needed(permit)
        if people:
            answer = self._hold(note, permit, candidates, picture, people)  # 8, 9, 10
        else:
            self._record(note, sightings.CANDIDATE, **matched_input(note, candidates))  # 9
            named = tuple(each.subject_id for each in candidates)
            answer = self._release(note, sightings.CANDIDATE, subjects=named)  # 10
        return watch.saw(shot, answer.outcome, answer, candidates[0])

    def enroll(self, request: Request, enrollment: Enrollment) -> Answer:
        """Put a person into a gallery: one reference a photograph, all of them or none."""
        with self._use(request) as note:
            permit = self._gate(note)  # 1
            self._bearer.check_kept_here(permit)
            conditions.check_enrollment(permit, enrollment)
            samples = [self._features(note, data) for data in request.photographs]  # 2-5
            now = self._clock()
            references = tuple(
                Reference(
                    reference_id=secrets.token_hex(16),
                    subject_id=enrollment.subject_id,
                    gallery_id=gallery_of(request),
                    features=features,
                    permit_id=permit.permit_id,
                    provenance=enrollment.provenance,
                    ground=enrollment.ground,
                    sample_digest=sample_digest(data),
                    quality=quality,
                    enrolled_at=now,
                    expires_at=conditions.keep_until(permit, now),
                )
                for data, (features, quality, _) in zip(request.photographs, samples, strict=True)
            )
            conditions.check_size(permit, self._counts_with(references))
            crops = {r.reference_id: s[2] for r, s in zip(references, samples, strict=True)}
            check_references(references, crops)  # before the ledger takes note of anybody
            with self._change(
                note, subject=enrollment.subject_id, ground=enrollment.ground
            ) as intent:
                within = partial(conditions.check_size, permit)  # another process may enroll too
                self._gallery.add(references, crops, intent=intent, check=within)
            self._record(note, "enrolled", references=len(references))  # 9
            subjects = (enrollment.subject_id,)
            ids = tuple(each.reference_id for each in references)
            return self._release(
                note, "enrolled", count=len(references), subjects=subjects, references=ids
            )  # 10

    def enroll_bearer(self, request: Request, handout: Handout) -> Answer:
        """Give a person a template to carry, sealed in a token; nothing about them stays here."""
        with self._use(as_bearer(request, Operation.ENROLL)) as note:
            permit = self._gate(note)  # 1
            self._bearer.check_handout(permit, handout, now=note.started)
            features, _, _ = self._features(note, self._photograph(note))  # 2-5
            token = self._bearer.make(permit, features, handout, now=note.started)
            # 6 to 8: nobody is compared
            self._record(note, "enrolled", binding=handout.binding.kind.word)  # 9
            return self._release(note, "enrolled", token=token)  # 10

    def verify_bearer(self, request: Request, shown: Shown) -> Answer:
        """Is this the person whose template the token carries (1:1)? Nothing stays here."""
        with self._use(as_bearer(request, Operation.VERIFY)) as note:
            permit = self._gate(note)  # 1
            carried = self._bearer.read(permit, shown, now=note.started)
            probe, _, _ = self._features(note, self._photograph(note))  # 2-5
            reference = carried.reference(model_id=probe.model_id, cohort_id=probe.cohort_id)
            note.arrays.append(reference.vector)
            # A token's template is rounded: what that could have added to the score is taken off.
            score = compare.score(probe, reference) - carried.template.bound  # 6
            self._wipe(note)
            threshold = self._threshold(note, permit)  # 7
            decision = decision_of(score, threshold.score)
            # 8: whoever showed the token claimed to be its bearer, so a match names nobody new
            with self._turn(note):
                self._record(note, decision.value, **stated_of(carried, shown))  # 9
            return self._release(note, decision.value, band=band_words(threshold, score))  # 10
