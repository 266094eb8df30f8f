"""What people may always come for: to contest, to be erased, to have in hand what was held on them.

None of it asks for a permit that is still in force, but for the export, which hands a lead out. All
of it is recorded as every use is; the steps are those of `desk.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance import conditions, disclosure
from recognizance.errors import NotFoundError
from recognizance.forgetting import destroy_gallery, forget, is_held
from recognizance.ledger import LogName
from recognizance.review import contest, lead_to_bytes
from recognizance.steps import Steps
from recognizance.types import Operation, Role
from recognizance.uses import Answer, Exported, Request, storable

if TYPE_CHECKING:
    from collections.abc import Collection

    from recognizance.types import Principal

REMOVERS = (Role.OPERATOR, Role.SUBJECT_DESK, Role.CUSTODIAN)
"""Who may take references out: whoever may put them in, and whoever may erase."""


class Rights(Steps):
    """The part of the desk that needs an authorised principal and no permit in force."""

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

    def take_out(
        self, principal: Principal, gallery_id: str, reference_ids: Collection[str], *, reason: str
    ) -> Answer:
        """Destroy single references of one gallery; whoever has others stays enrolled.

        Raises:
            NotFoundError: One of them is not in the gallery; then none is destroyed.
        """
        request = Request(principal, Operation.ENROLL, None, gallery_id=gallery_id)
        with self._use(request, operation="take_out") as note:
            conditions.check_role(note.request.principal, "take references out", *REMOVERS)
            wanted = sorted(set(reference_ids))
            subjects = {self._asked_about(request, each).subject_id for each in wanted}
            with self._change(note, references=wanted, subjects=sorted(subjects), reason=reason):
                count = self._gallery.destroy(wanted)
            self._record(note, "erased", gallery=gallery_id, references=count)  # 9
            return self._release(note, "erased", count=count)  # 10

    def empty(self, principal: Principal, gallery_id: str, *, reason: str) -> Answer:
        """Destroy every reference of one gallery.

        Raises:
            NotFoundError: There is no such gallery.
        """
        request = Request(principal, Operation.ENROLL, None, gallery_id=gallery_id)
        with self._use(request, operation="empty") as note:
            conditions.check_role(note.request.principal, "empty a gallery", *REMOVERS)
            self._gallery.gallery(gallery_id)
            with self._change(note, emptied=gallery_id, reason=reason):
                count = destroy_gallery(self._gallery, gallery_id)
            self._record(note, "erased", gallery=gallery_id, references=count)  # 9
            return self._release(note, "erased", count=count)  # 10
