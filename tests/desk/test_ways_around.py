"""Ways around the gate that somebody tried: each is closed, and stays so."""

import json
import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes import FakeEngine, photograph
from recognizance.canonical import canonical_bytes
from recognizance.errors import (
    AuthorityError,
    InputError,
    LedgerDamagedError,
    NotFoundError,
    PermitError,
    PermitForgedError,
    PermitRevokedError,
    PermitScopeError,
    WorkspaceDamagedError,
)
from recognizance.gate.permit import Permit, sign
from recognizance.gate.submission import submission_from
from recognizance.gate.templates import template
from recognizance.ledger import LogName
from recognizance.permits.exchange import accept_answer
from recognizance.permits.issuing import Proposal, propose
from recognizance.recovery import settle
from recognizance.types import ErrorRate, Operation
from recognizance.uses import Enrollment
from recognizance.workspace import Workspace

ANA, ANA_AGAIN = photograph("ana", note="1"), photograph("ana", note="2")


def opted_in(office, *, target=(ErrorRate.FMR, 300_000)) -> str:
    workspace = office.workspace
    content = tomllib.loads(template("opted_in_access"))
    proposal = Proposal(
        submission_from(content), target=target, gallery_ids=frozenset({"g"}), gallery_size=50
    )
    issued = propose(
        workspace,
        proposal,
        proposer=workspace.acting("operator"),
        officers=[workspace.acting("officer")],
    )
    assert issued.permit is not None
    office.attest_all(issued.permit.permit_id)
    return issued.permit.permit_id


def test_a_permit_that_no_gate_decided_is_not_accepted(office):
    """Both keys are here; the decision is not."""
    workspace = office.workspace
    permit = workspace.shelf.find(office.permit())
    officer = workspace.acting("officer")
    bare = replace(
        permit, permit_id="f" * 16, purpose="suspect_search", conditions=(), signatures=()
    )
    forged = sign(bare, officer.key, officer.principal)
    with pytest.raises(AuthorityError):
        accept_answer(workspace, forged.to_json(), by=workspace.acting("operator"))
    assert "f" * 16 not in workspace.registry.issued


def test_a_permit_file_put_into_the_folder_is_none(office):
    permit = office.permit()
    folder = office.workspace.layout.permits
    document = json.loads((folder / f"{permit}.json").read_bytes())
    (folder / "beef.json").write_bytes(canonical_bytes(document))
    with pytest.raises(PermitError):
        office.search(ANA, permit="beef")


def test_another_permit_does_not_open_the_gallery_of_this_one(office):
    """Review comes with the permit that people were enrolled under."""
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    other = opted_in(office)
    for use in (office.search, lambda data, permit: office.verify("s-1", data, permit=permit)):
        with pytest.raises(PermitScopeError, match="another permit"):
            use(ANA_AGAIN, permit=other)
    request = office.request(Operation.ENROLL, ANA, permit=other)
    enrollment = Enrollment("s-2", "own_enrollment", "release-1", minor=False)
    with pytest.raises(PermitScopeError):
        office.workspace.desk.enroll(request, enrollment)


def test_no_error_rate_so_loose_that_everybody_is_a_candidate_is_signed(office):
    with pytest.raises(InputError, match="looser"):
        opted_in(office, target=(ErrorRate.FMR, 990_000_000))


def test_the_authority_is_what_the_ledger_says(workspace, settings, clock):
    workspace.close()
    path = settings.home / "workspace.json"
    about = json.loads(path.read_bytes())
    path.write_bytes(canonical_bytes(about | {"authority": "ab" * 32}))
    with pytest.raises(WorkspaceDamagedError, match="authority"):
        Workspace.open(settings, clock=clock)


def test_an_edited_decision_is_noticed_before_anybody_acts(workspace, settings, clock):
    workspace.close()
    path = settings.home / "ledger.db"
    data = path.read_bytes()
    changed = data.replace(b'"roles":["signing_officer"]', b'"roles":["subject_desk"  ]')
    assert changed != data
    path.write_bytes(changed)
    with pytest.raises(LedgerDamagedError):
        Workspace.open(settings, clock=clock)


def test_opening_a_workspace_leaves_what_another_process_is_doing(office, settings, clock):
    permit = office.permit()
    desk, workspace = office.workspace.desk, office.workspace
    record, seen = desk._record, []

    def record_late(*arguments, **more):
        with Workspace.open(settings, clock=clock) as other:
            seen.append(len(other.ledger.open_intents(LogName.USES)))
        record(*arguments, **more)

    desk._record = record_late
    assert office.enroll("s-1", ANA, permit=permit).outcome == "enrolled"
    assert seen == [1]
    assert len(workspace.gallery.references("g")) == 1
    assert settle(workspace.ledger, workspace.gallery, now=clock()) == 0


def test_a_person_erased_during_a_search_is_nobodys_lead(office, monkeypatch):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    workspace = office.workspace
    put_lead = type(workspace.gallery).put_lead

    def erased_first(self, record):
        self.erase_subject("s-1", amend=lambda body, _: ("withdrawn", body))
        put_lead(self, record)

    monkeypatch.setattr(type(workspace.gallery), "put_lead", erased_first)
    with pytest.raises(NotFoundError):
        office.search(ANA_AGAIN, permit=permit)
    assert workspace.gallery.leads(state="open") == ()
    assert workspace.ledger.open_intents(LogName.USES) == ()


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_nobody_is_named_under_a_permit_that_has_ended(office, clock, end):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    lead = office.search(ANA_AGAIN, permit=permit).lead_id
    if end == "revoked":
        office.workspace.registry.revoke(permit, reason="withdrawn", by="x", now=clock())
    else:
        clock.advance(hours=25)
    reviewer = office.workspace.acting("reviewer-1").principal
    with pytest.raises((PermitRevokedError, PermitError)):
        office.workspace.desk.decide(reviewer, lead, "same_person", reason="ears", candidate=1)


def test_a_refused_enrollment_takes_note_of_nobody(office):
    permit = office.permit()
    request = office.request(Operation.ENROLL, ANA, permit=permit)
    with pytest.raises(InputError, match="HR-09"):
        office.workspace.desk.enroll(request, Enrollment("named-somebody", "web", "because"))
    raw = (office.workspace.layout.home / "ledger.db").read_bytes()
    wal = office.workspace.layout.home / "ledger.db-wal"
    assert b"named-somebody" not in raw + (wal.read_bytes() if wal.exists() else b"")


def test_an_edited_submission_is_not_counted_as_another(office):
    permit = office.workspace.shelf.find(office.permit())
    path = office.workspace.layout.submissions / f"{permit.submission_digest}.json"
    content = json.loads(path.read_bytes())
    path.write_bytes(canonical_bytes(content | {"operator": "somebody else"}))
    with pytest.raises(WorkspaceDamagedError):
        office.permit()


def test_a_permit_survives_its_own_json_and_no_changed_one(office):
    permit = office.workspace.shelf.find(office.permit())
    longer = replace(permit, expires_at=permit.expires_at + timedelta(days=1))
    assert Permit.from_json(permit.to_json()) == permit
    with pytest.raises(PermitForgedError):
        office.workspace.shelf.checker.check_signatures(
            longer, trusted=office.workspace.registry.principals
        )


def test_half_a_character_in_a_case_id_does_not_keep_a_use_from_the_ledger(office):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    office.search(photograph("carla", note="1"), permit=permit, case_id="case-\ud800")
    assert office.last_use().public["outcome"] == "no_candidate"


def test_a_fake_engine_of_another_model_is_of_no_use(office):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    office.workspace.__dict__["engine"] = FakeEngine("another model")
    with pytest.raises(PermitError.__mro__[1], match="model"):
        office.search(ANA_AGAIN, permit=permit)
