"""What tests of several rooms share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from fakes import FakeClock, FakeEngine, photograph
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.issuing import Proposal, propose
from recognizance.ledger import LogName
from recognizance.settings import Settings
from recognizance.types import Operation, Role
from recognizance.uses import Enrollment, Request
from recognizance.workspace import Workspace, make_principal

# The same examples in every run: a failure is the change's, and can be repeated.
hypothesis_settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis_settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def faces() -> Path:
    """The shared photographs, or a reason to skip."""
    folder = Path(os.environ.get("RECOGNIZANCE_FACES", ROOT.parent / "shared" / "faces"))
    if not (folder / "lfw" / "labels.csv").exists():
        pytest.skip("the shared photographs are not on this machine (RECOGNIZANCE_FACES)")
    return folder


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        home=tmp_path / "data", key_folder=tmp_path / "keys", cache=tmp_path / "cache", wait_s=0.5
    )


@pytest.fixture
def workspace(settings, clock):
    with Workspace.create(settings, clock=clock) as opened:
        opened.__dict__["engine"] = FakeEngine(opened.evidence.model_id)
        yield opened


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

    def add(self, name: str, *roles: Role) -> None:
        workspace = self.workspace
        principal = make_principal(workspace.layout, name, frozenset(roles))
        workspace.registry.add_principal(principal, by=None, now=workspace.clock())

    def permit(self, *, gallery: str = "g", **changes) -> str:
        """A trial permit for all photographs of the office, and its gallery."""
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

    def last_use(self):
        ledger = self.workspace.ledger
        return ledger.entry(LogName.USES, ledger.size(LogName.USES) - 1)


@pytest.fixture
def office(workspace) -> Office:
    return Office(workspace)
