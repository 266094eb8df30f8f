"""Permits with just the conditions that a test is about, put into force past the gate.

What the gate attaches is tested elsewhere; here a use meets one condition at a time.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from fakes import photograph
from recognizance.gate.permit import Condition, Target, countersign, issue, sign
from recognizance.gate.scope import Circumstances, Scope
from recognizance.gate.submission import submission_from
from recognizance.keys import SigningKey
from recognizance.permits.issuing import put_into_force
from recognizance.permits.kept import keep_submission
from recognizance.types import ErrorRate, Operation, PermitClass
from recognizance.uses import Enrollment

ANA, ANA_AGAIN = photograph("ana", note="1"), photograph("ana", note="2")
BEN = photograph("ben", note="1")
AUTHORITY = SigningKey.from_seed(b"a" * 32)
USES = frozenset({Operation.SEARCH, Operation.VERIFY, Operation.ENROLL, Operation.WATCH})


def condition(hook: str, rule: str = "XX-01", **parameters: object) -> Condition:
    return Condition(rule, hook, parameters)


@dataclass
class Hooked:
    """An office, and a permit in it with these conditions; `ana` is enrolled as s-1."""

    office: object
    conditions: tuple[Condition, ...]
    scope: Scope = field(default_factory=Scope)
    gallery: str = "g"
    permit_class: PermitClass = PermitClass.HOUSEHOLD
    lasts: timedelta = timedelta(days=300)
    rests: timedelta = timedelta()
    size: int = 10
    renews: str | None = None
    stated: dict[str, object] | None = None

    def __post_init__(self) -> None:
        workspace, now = self.office.workspace, self.office.workspace.clock()
        operator, officer = workspace.acting("operator"), workspace.acting("officer")
        longest = timedelta(hours=24) if self.permit_class is PermitClass.URGENT else self.lasts
        submission_digest = "5" * 64
        if self.stated is not None:  # what a watch asks of it
            submission = submission_from(self.stated)
            keep_submission(workspace, submission)
            submission_digest = submission.digest
        permit = issue(
            permit_id=f"permit-{len(workspace.registry.issued)}",
            permit_class=self.permit_class,
            workspace_id=workspace.workspace_id,
            operations=USES,
            function="watchlist",
            purpose="personal_contacts",
            gallery_ids=frozenset({self.gallery}),
            submission_digest=submission_digest,
            bundle_digest=workspace.bundle.digest,
            model_id=workspace.evidence.model_id,
            evidence_digest=workspace.evidence.digest,
            target=Target(ErrorRate.FMR, 1_000_000, self.size),
            conditions=self.conditions,
            proposer_id=operator.principal.principal_id,
            issued_at=now,
            not_before=now + self.rests,
            expires_at=now + longest,
            authority=workspace.authority,
            scope=self.scope,
            renews=self.renews,
        )
        permit = sign(permit, officer.key, officer.principal)
        if not permit.self_attested:
            permit = countersign(permit, AUTHORITY)
        put_into_force(workspace, permit)
        self.permit = workspace.shelf.find(permit.permit_id)
        if self.gallery not in {each.gallery_id for each in workspace.gallery.galleries()}:
            workspace.gallery.create_gallery(
                self.gallery,
                permit_id=permit.permit_id,
                purpose=permit.purpose,
                created_at=now,
            )

    @property
    def id(self) -> str:
        return self.permit.permit_id

    @property
    def desk(self):
        return self.office.workspace.desk

    def person(self, name: str):
        return self.office.workspace.acting(name).principal

    def enroll(self, subject: str = "s-1", data: bytes = ANA, **more):
        enrollment = {"provenance": "own_enrollment", "ground": "release-1", "minor": False}
        enrollment |= {key: more.pop(key) for key in tuple(more) if key in enrollment}
        request = self.request(Operation.ENROLL, data, **more)
        return self.desk.enroll(request, Enrollment(subject, **enrollment))

    def search(self, data: bytes = ANA_AGAIN, **more):
        return self.desk.search(self.request(Operation.SEARCH, data, **more))

    def verify(self, subject: str = "s-1", data: bytes = ANA_AGAIN, **more):
        return self.desk.verify(self.request(Operation.VERIFY, data, **more), subject)

    def request(self, operation: Operation, data: bytes, **more):
        stated = {
            key: more.pop(key) for key in ("site", "camera", "captured_at", "sample") if key in more
        }
        more = {"permit": self.id, "gallery_id": self.gallery} | more
        return self.office.request(operation, data, circumstances=Circumstances(**stated), **more)

    def decide(self, lead: str, choice: str = "same_person", *, by: str = "reviewer-1"):
        reviewer = self.person(by)
        shown = self.office.look(reviewer, lead).view.candidates
        candidate = shown[0].rank if choice == "same_person" else None
        return self.desk.decide(reviewer, lead, choice, reason="the ears", candidate=candidate)

    def confirmed(self) -> str:
        """A lead about s-1 that as many reviewers have confirmed as are needed."""
        lead = self.search().lead_id
        for number in (1, 2, 3):
            if self.decide(lead, by=f"reviewer-{number}").outcome == "confirmed":
                return lead
        raise AssertionError("nobody confirmed the lead")
