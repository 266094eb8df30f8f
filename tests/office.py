"""A workspace with people in it, for tests of what they do there."""

from fakes import photograph
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.ledger import LogName
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.oversight import attest_open, record_training
from recognizance.review import LEAST_VIEWING
from recognizance.types import Operation, Role
from recognizance.uses import Enrollment, Request
from recognizance.workspace import Workspace, make_principal


class Office:
    """A workspace with people in it, and short words for what they do."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.photographs = [
            photograph(name, note=note)
            for name in ("ana", "ben", "carla", "dan")
            for note in ("1", "2", "3")
        ] + [
            photograph("ana", "ben"),
            photograph(),
            photograph("ana", note="blurred", sharpness=0.0),
        ]
        for name in ("reviewer-1", "reviewer-2", "reviewer-3"):
            self.add(name, Role.REVIEWER)
            self.train(name)

    def add(self, name: str, *roles: Role) -> None:
        workspace = self.workspace
        principal = make_principal(workspace.layout, name, frozenset(roles))
        workspace.registry.add_principal(principal, by=None, now=workspace.clock())

    def train(self, name: str) -> None:
        """Record that somebody was trained today."""
        workspace = self.workspace
        today = workspace.clock().date()
        custodian = workspace.acting("operator")
        record_training(workspace, name, on=today, course="reading faces", by=custodian)

    def attest_all(self, permit_id: str) -> None:
        """Attest every duty that a permit asks for."""
        workspace = self.workspace
        permit, officer = workspace.shelf.find(permit_id), workspace.acting("officer")
        attest_open(workspace, permit, statement="It is done.", by=officer)

    def permit(self, *, gallery: str = "g", **changes) -> str:
        """A trial permit for all photographs of the office, its duties attested; its gallery."""
        workspace = self.workspace
        changes = {
            "submission": parse_submission(template("trial").encode()),
            "gallery_ids": frozenset({gallery}),
            "photographs": tuple(self.photographs),
        } | changes
        issued = propose(
            workspace,
            Proposal(**changes),
            proposer=workspace.acting("operator"),
            officers=[workspace.acting("officer")],
        )
        assert issued.permit is not None, [f.rule_id for f in issued.decision.deciding]
        permit = issued.permit
        self.attest_all(permit.permit_id)
        if gallery not in {g.gallery_id for g in workspace.gallery.galleries()}:
            workspace.gallery.create_gallery(
                gallery,
                permit_id=permit.permit_id,
                purpose=permit.purpose,
                created_at=workspace.clock(),
            )
        return permit.permit_id

    def request(
        self, operation: Operation, *photographs: bytes, permit: str | None, **more
    ) -> Request:
        more = {"gallery_id": "g"} | more
        name = more.pop("by", "operator")
        return Request(
            principal=self.workspace.acting(name).principal,
            operation=operation,
            permit_id=permit,
            photographs=photographs,
            **more,
        )

    def enroll(self, subject: str, *photographs: bytes, permit: str, **more):
        request = self.request(Operation.ENROLL, *photographs, permit=permit, **more)
        return self.workspace.desk.enroll(
            request, Enrollment(subject, "own_enrollment", "release-1")
        )

    def search(self, data: bytes, *, permit: str | None, **more):
        return self.workspace.desk.search(
            self.request(Operation.SEARCH, data, permit=permit, **more)
        )

    def verify(self, subject: str, data: bytes, *, permit: str, **more):
        request = self.request(Operation.VERIFY, data, permit=permit, **more)
        return self.workspace.desk.verify(request, subject)

    def look(self, reviewer, lead: str):
        """Show a lead to a reviewer, and let the time pass that it takes to compare faces."""
        shown = self.workspace.desk.show(reviewer, lead)
        self.workspace.clock.advance(seconds=LEAST_VIEWING.total_seconds())
        return shown

    def last_use(self):
        ledger = self.workspace.ledger
        return ledger.entry(LogName.USES, ledger.size(LogName.USES) - 1)
