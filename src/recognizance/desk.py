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
      9 RECORD   ledger entry durable BEFORE anything is released; pictures and vectors wiped
     10 RELEASE  result + receipt (proof that it is in the ledger)

`decide` re-enters at step 8, `export` after it. `contest` and `erase` need no valid permit, only a
principal. Ledger and gallery cannot commit together, so each change of state is an intent in the
ledger, the change, and an entry that closes the intent; `recovery.py` settles what was cut off.
"""  # noqa: E501  # the drawing is one picture

from __future__ import annotations

import secrets
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from recognizance import compare, conditions, disclosure, sightings
from recognizance.bearer.gate import as_bearer, stated_of
from recognizance.errors import NotFoundError, NoUsableFaceError
from recognizance.evidence import band_words
from recognizance.forgetting import forget, is_held
from recognizance.gallery import check_references
from recognizance.ledger import LogName
from recognizance.review import contest, decide, lead_to_bytes
from recognizance.steps import Steps
from recognizance.types import Candidate, Decision, Operation, Reference, Role
from recognizance.uses import (
    Answer,
    Enrollment,
    Exported,
    Request,
    decision_of,
    gallery_of,
    matched_input,
    sample_digest,
    storable,
)
from recognizance.watches import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.bearer.gate import Handout, Shown
    from recognizance.gate.permit import Permit
    from recognizance.sightings import Shot, Sighting
    from recognizance.types import Principal


class Desk(Steps):
    """The one place through which a face is verified, searched, enrolled, compared or erased."""

    # ---- the operations -------------------------------------------------------------------

    @contextmanager
    def door(self, request: Request) -> Iterator[Permit]:
        """Step 1 alone: may this use begin? Nothing is read, and only a refusal is recorded.

        Whoever has more to refuse raises it inside, and it is recorded as the desk's own.
        """
        with self._use(request, operation="admit") as note:
            yield self._gate(note)

    def compare(self, request: Request) -> Answer:
        """Two pictures of consenting adults: the same person? Nothing is kept."""
        with self._use(request) as note:
            permit = self._gate(note)  # 1
            both = self._photographs(note, 2)
            first, second = (self._features(note, data)[0] for data in both)  # 2-5
            score = compare.score(first, second)  # 6
            self._wipe(note)
            threshold = self._threshold(note, permit)  # 7
            decision = decision_of(score, threshold.score)
            # 8: nobody is named who was not handed in by name, so nothing waits for review
            self._record(note, decision.value)  # 9
            return self._release(note, decision.value, band=band_words(threshold, score))  # 10

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
            decision = decision_of(score, threshold.score)
            matched, reviews = decision is Decision.MATCH, conditions.reviews_of_a_claim(permit)
            if matched and reviews:
                # Asked about everybody in turn, claims would be a search that nobody reviews.
                best = references[scores.index(score)].reference_id
                candidate = Candidate(best, subject_id, 1, score)
                return self._hold(note, permit, [candidate], picture, reviews)  # 8, 9, 10
            # 8: elsewhere the claim named the person, so a match names nobody new
            self._record(
                note, decision.value, **matched_input(note, references if matched else ())
            )  # 9
            return self._release(
                note,
                decision.value,
                band=band_words(threshold, score),
                subjects=(subject_id,) if matched else (),
            )  # 10

    def search(self, request: Request) -> Answer:
        """Who of the gallery could this be (1:N)? With review, the answer is a lead, not a name."""
        with self._use(request) as note:
            permit = self._gate(note)  # 1
            self._index(note, permit)
            probe, _, picture = self._features(note, self._photograph(note))  # 2-5
            candidates = self._search(note, permit, probe)  # 6, 7
            self._wipe(note)
            if not candidates:
                self._record(note, "no_candidate")  # 9
                return self._release(note, "no_candidate")  # 10
            reviews = conditions.reviews_needed(permit)
            if reviews:
                return self._hold(note, permit, candidates, picture, reviews)  # 8, 9, 10
            self._record(note, "candidate", **matched_input(note, candidates))  # 9
            band = band_words(self._threshold(note, permit), candidates[0].comparison_score)
            return self._release(
                note, "candidate", band=band, subjects=tuple(c.subject_id for c in candidates)
            )  # 10

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
            return self._release(note, "enrolled", count=len(references), subjects=subjects)  # 10

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
            self._record(note, decision.value, **stated_of(carried, shown))  # 9
            return self._release(note, decision.value, band=band_words(threshold, score))  # 10

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
            RoleError: Not a reviewer, not trained, the one who searched, or one who has spoken.
        """
        request = Request(principal, Operation.SEARCH, None)
        with self._use(request, operation="decide") as note:
            conditions.check_role(note.request.principal, "decide on leads", Role.REVIEWER)  # 1
            record, lead = self._lead(note, lead_id)
            permit = self._reopen(note, record.permit_id)  # 1
            standing = self._permits.standing
            conditions.check_trained(permit, note.request.principal, standing, now=note.started)
            decided = decide(
                lead,
                note.request.principal,
                choice,
                rank=candidate,
                reason=reason,
                now=self._clock(),
            )  # 8
            with self._change(note, lead=lead_id, version=record.version):
                self._gallery.replace_lead(
                    record.with_body(lead_to_bytes(decided), decided.state),
                    expected_version=record.version,
                )
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
            return self._release(note, decided.state, lead_id=lead_id, subjects=named)  # 10

    def contest(self, principal: Principal, lead_id: str, *, reason: str) -> Answer:
        """Have a confirmed lead looked at again; until that is done nothing is handed out on it.

        It needs no valid permit: whoever is affected may always come, to anybody with a key.

        Raises:
            ConflictError: It is not confirmed, or was contested and answered already.
        """
        request = Request(principal, Operation.SEARCH, None)
        with self._use(request, operation="contest") as note:
            record, lead = self._lead(note, lead_id)
            note.permit = self._permits.find(record.permit_id)
            contested = contest(lead, note.request.principal, reason=reason, now=note.started)  # 8
            with self._change(note, lead=lead_id, version=record.version):
                self._gallery.replace_lead(
                    record.with_body(lead_to_bytes(contested), contested.state),
                    expected_version=record.version,
                )
            self._record(  # 9: what was released on it before is marked
                note,
                contested.state,
                lead=lead_id,
                releases=disclosure.releases_of(self._ledger, lead_id),
                private={"reason": storable(reason), "subjects": sorted(record.subject_ids)},
            )
            return self._release(note, contested.state, lead_id=lead_id)  # 10

    def export(
        self, principal: Principal, lead_id: str, evidence_id: str | None = None
    ) -> Exported:
        """Hand out a confirmed lead, as a disclosure bundle and in no other form.

        Raises:
            ConflictError: It is not confirmed, or it is contested.
            PermitScopeError: The permit asks for independent evidence and none is named, or not
                everything can be disclosed.
        """
        request = Request(principal, Operation.SEARCH, None)
        with self._use(request, operation="export") as note:
            record, lead = self._lead(note, lead_id)
            conditions.check_role(
                note.request.principal, "export", Role.OPERATOR, Role.SIGNING_OFFICER
            )
            permit = self._reopen(note, record.permit_id)  # 1
            disclosure.check_exportable(lead)  # 8
            disclosure.check_independent(permit, lead, evidence_id)
            disclosure.check_complete(permit, lead)
            bundle = disclosure.bundle_of(
                permit,
                lead,
                evidence_id=storable(evidence_id),
                ledger=self._ledger,
                gallery=self._gallery,
                standing=self._permits.standing,
            )
            # Nobody contested it and nobody was erased from it while the bundle was put together.
            self._gallery.replace_lead(record, expected_version=record.version)
            self._record(  # 9
                note,
                "exported",
                lead=lead_id,
                bundle=disclosure.digest_of(bundle),
                private={
                    "evidence": storable(evidence_id),
                    "subjects": sorted(record.subject_ids),
                },
            )
            answer = self._release(note, "exported", lead_id=lead_id)  # 10
            leaf = self._ledger.leaf(LogName.USES, int(answer.entry.partition("/")[2]))
            return Exported(answer, disclosure.sealed(bundle, leaf=leaf, receipt=answer.receipt))

    def erase(self, principal: Principal, subject_id: str, *, reason: str) -> Answer:
        """Destroy everything that is held about one person, in every gallery.

        Raises:
            NotFoundError: Nothing is held about a person of that id.
        """
        request = Request(principal, Operation.ENROLL, None)
        with self._use(request, operation="erase") as note:
            conditions.check_role(
                note.request.principal, "erase", Role.SUBJECT_DESK, Role.CUSTODIAN
            )
            if not is_held(self._ledger, self._gallery, subject_id):
                raise NotFoundError(
                    "Nothing is held about a person of that id.",
                    hint="List who is enrolled with `recognizance subjects list`.",
                )
            with self._change(note, subject=subject_id, reason=reason):
                erased = forget(self._ledger, self._gallery, subject_id)
            self._record(note, "erased", references=erased.references, leads=erased.leads)  # 9
            return self._release(note, "erased", count=erased.references)  # 10
