"""Opening and closing: what was cut off is settled, what is due is done, two may work at once."""

import os
import subprocess
import sys

import pytest

from fakes import FakeEngine, photograph
from recognizance.errors import (
    KeyFileError,
    LedgerDamagedError,
    NotFoundError,
    RoleError,
    WorkspaceDamagedError,
    WorkspaceExistsError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.ledger import LogName
from recognizance.permits.issuing import Proposal, propose
from recognizance.types import Role
from recognizance.workspace import Workspace

ANA = photograph("ana", note="1")


def reopened(workspace, settings, clock) -> Workspace:
    opened = Workspace.open(settings, clock=clock)
    opened.__dict__["engine"] = FakeEngine(opened.evidence.model_id)
    return opened


def test_an_enrollment_cut_off_before_its_end_is_rolled_back(office, settings, clock):
    permit = office.permit()
    workspace = office.workspace
    desk = workspace.desk
    # A process that dies right after the gallery's commit writes nothing more.
    desk._record = lambda *_a, **_k: os._exit(0)
    pid = os.fork()
    if pid == 0:
        office.enroll("s-1", ANA, permit=permit)
    os.waitpid(pid, 0)
    assert len(workspace.ledger.open_intents(LogName.USES)) == 1
    workspace.close()
    with reopened(workspace, settings, clock) as again:
        assert again.ledger.open_intents(LogName.USES) == ()
        assert again.gallery.references("g") == ()


def test_an_erasure_cut_off_before_its_end_is_finished(office, settings, clock):
    permit = office.permit()
    workspace = office.workspace
    office.enroll("s-1", ANA, permit=permit)
    workspace.ledger.append(
        LogName.USES,
        "erase",
        {"outcome": "intent"},
        private={"subject": "s-1"},
        opens=True,
        now=clock(),
    )
    workspace.close()
    with reopened(workspace, settings, clock) as again:
        assert again.gallery.references("g") == ()
        assert again.ledger.open_intents(LogName.USES) == ()


def test_references_are_destroyed_when_the_permit_ends(office, settings, clock):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    office.workspace.close()
    clock.advance(hours=25)
    with reopened(office.workspace, settings, clock) as again:
        assert again.gallery.references("g") == ()
        last = again.ledger.entry(LogName.USES, again.ledger.size(LogName.USES) - 1)
        assert (last.kind, last.public["references"]) == ("retention", 1)


def test_what_one_process_erases_another_no_longer_finds(office, settings, clock):
    permit = office.permit()
    office.enroll("s-1", ANA, permit=permit)
    assert office.search(photograph("ana", note="2"), permit=permit).outcome == "held_for_review"
    with reopened(office.workspace, settings, clock) as other:
        other.desk.erase(other.acting("operator").principal, "s-1", reason="asked")
    assert office.search(photograph("ana", note="2"), permit=permit).outcome == "no_candidate"


def test_what_one_process_revokes_another_no_longer_admits(office, settings, clock):
    permit = office.permit()
    with reopened(office.workspace, settings, clock) as other:
        other.registry.revoke(permit, reason="withdrawn", by="x", now=clock())
    with pytest.raises(Exception, match="revoked"):
        office.search(ANA, permit=permit)


def test_the_same_key_cannot_propose_and_sign(office):
    office.add("both", Role.PROPOSER, Role.SIGNING_OFFICER)
    both = office.workspace.acting("both")
    proposal = Proposal(parse_submission(template("trial").encode()), photographs=(ANA,))
    with pytest.raises(RoleError):
        propose(office.workspace, proposal, proposer=both, officers=[both])


def test_every_damage_is_a_typed_error_that_says_where_to_look(workspace, settings, clock):
    workspace.close()
    about = settings.home / "workspace.json"
    whole = about.read_bytes()
    about.write_bytes(whole[:-5])
    with pytest.raises(WorkspaceDamagedError):
        Workspace.open(settings, clock=clock)
    about.write_bytes(whole.replace(b'"schema":1', b'"schema":2'))
    with pytest.raises(WorkspaceNewerError):
        Workspace.open(settings, clock=clock)
    about.write_bytes(whole)
    gallery = settings.home / "gallery.db"
    kept = gallery.read_bytes()
    gallery.write_bytes(b"not a database at all" * 100)
    with pytest.raises(WorkspaceDamagedError):
        Workspace.open(settings, clock=clock)
    gallery.write_bytes(kept)
    ledger = settings.home / "ledger.db"
    ledger.write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerDamagedError):
        Workspace.open(settings, clock=clock)


def test_an_older_copy_of_the_ledger_is_noticed(office, settings, clock):
    permit = office.permit()
    office.workspace.close()
    ledger = settings.home / "ledger.db"
    older = ledger.read_bytes()
    with reopened(office.workspace, settings, clock) as again:
        again.registry.revoke(permit, reason="withdrawn", by="x", now=clock())
    for stale in settings.home.glob("ledger.db-*"):
        stale.unlink()
    ledger.write_bytes(older)
    with pytest.raises(LedgerDamagedError):
        Workspace.open(settings, clock=clock)


def test_no_workspace_no_key_or_a_second_one(settings, clock, tmp_path):
    with pytest.raises(WorkspaceMissingError):
        Workspace.open(settings, clock=clock)
    Workspace.create(settings, clock=clock).close()
    with pytest.raises(WorkspaceExistsError):
        Workspace.create(settings, clock=clock)
    (key,) = (tmp_path / "keys").rglob("workspace.key")
    key.chmod(0o644)
    with pytest.raises(KeyFileError):
        Workspace.open(settings, clock=clock)
    key.unlink()
    with pytest.raises(KeyFileError):
        Workspace.open(settings, clock=clock)


def test_a_lead_that_is_gone_is_not_found(office):
    reviewer = office.workspace.acting("reviewer-1").principal
    with pytest.raises(NotFoundError):
        office.workspace.desk.decide(reviewer, "0" * 16, "same_person", reason="x", candidate=1)


def test_the_module_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "recognizance", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("recognizance ")
