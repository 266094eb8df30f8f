"""What officers, the subject desk and custodians do from the command line about what waits."""

import zipfile
from contextlib import contextmanager

import pytest

from fakes import FakeEngine, photograph
from office import Office
from recognizance.gate.submission import parse_submission
from recognizance.gate.templates import template
from recognizance.permits.issuing import Proposal
from recognizance.permits.waiting import put_forward
from recognizance.settings import Settings
from recognizance.workspace import Workspace

OFFICER = {"RECOGNIZANCE_PRINCIPAL": "officer"}


@pytest.fixture
def opened(command):
    """Opens the workspace of the command beside it, as a server would have it open."""
    assert command("init", "--plain-keys").code == 0

    @contextmanager
    def workspace():
        settings = Settings(
            home=command.folder / "data",
            key_folder=command.folder / "keys",
            cache=command.folder / "cache",
        )
        with Workspace.open(settings) as made:
            made.__dict__["engine"] = FakeEngine(made.evidence.model_id)
            yield made

    return workspace


@pytest.fixture
def office(opened):
    """An office in that workspace, with Ana in its gallery; its people stay when it is closed."""
    with opened() as workspace:
        made = Office(workspace)
        permit = made.permit()
        made.enroll("ana", photograph("ana", note="1"), permit=permit)
        yield made


# ---- gate waiting, approve, decline --------------------------------------------------------


@pytest.fixture
def propose(opened):
    """Proposes a trial, as somebody does in the console; gives its id."""

    def proposed() -> str:
        with opened() as workspace:
            made = put_forward(
                workspace,
                Proposal(
                    parse_submission(template("trial").encode()),
                    gallery_ids=frozenset({"g"}),
                    photographs=(photograph("ana"),),
                ),
                proposer=workspace.acting("operator").principal,
            )
            return made.permit.permit_id

    return proposed


def test_a_proposal_waits_until_an_officer_approves_it(command, propose):
    assert command("gate", "waiting", "--json").json == []
    permit_id = propose()
    (row,) = command("gate", "waiting", "--json").json
    assert (row["permit_id"], row["class"], row["needed"]) == (permit_id, "trial", 1)
    assert permit_id in command("gate", "waiting").out
    refused = command("gate", "approve", permit_id, "--json")
    assert (refused.code, refused.error["code"]) == (4, "principal.role")
    approved = command("gate", "approve", permit_id, "--json", **OFFICER)
    assert (approved.code, approved.json["needed"]) == (0, 0)
    assert command("gate", "waiting", "--json").json == []
    assert command("permit", "list", "--json").json[0]["state"] == "in force"
    again = command("gate", "approve", permit_id, "--json", **OFFICER)
    assert (again.code, again.error["code"]) == (2, "item.conflict")


def test_a_proposal_is_declined_for_a_reason(command, propose):
    permit_id = propose()
    no_reason = command("gate", "decline", permit_id, "--reason", " ", "--json", **OFFICER)
    assert (no_reason.code, no_reason.error["code"]) == (2, "input.invalid")
    decline = ("gate", "decline", permit_id, "--reason", "not here", "--json")
    assert command(*decline).error["code"] == "principal.role"
    assert command(*decline, **OFFICER).json == {"permit_id": permit_id, "state": "declined"}
    assert command("gate", "waiting", "--json").json == []
    gone = command("gate", "approve", permit_id, "--json", **OFFICER)
    assert (gone.code, gone.error["code"]) == (2, "item.not_found")
    assert command("permit", "list", "--json").json == []


# ---- subjects request ----------------------------------------------------------------------


def ask(command, kind, subject="ana", words="What do you hold about me?"):
    made = command("subjects", "request", "open", kind, subject, "--words", words, "--json")
    assert made.code == 0, made.out + made.err
    return made.json["request_id"]


def on(command, verb, request_id, *more):
    return command("subjects", "request", verb, request_id, *more, "--json")


@pytest.mark.usefixtures("office")
def test_a_request_for_access_is_established_extended_and_exported(command, tmp_path):
    request_id = ask(command, "access")
    (row,) = command("subjects", "request", "list", "--json").json
    assert (row["request_id"], row["kind"], row["overdue"]) == (request_id, "access", False)
    assert command("subjects", "request", "list", "--overdue", "--json").json == []
    assert on(command, "show", request_id).json["words"] == "What do you hold about me?"
    target = tmp_path / "held.zip"
    early = on(command, "export", request_id, "-o", target)
    assert early.code != 0, "who asks was not established"
    assert not target.exists()
    both = on(command, "identify", request_id)
    assert (both.code, both.error["code"]) == (2, "input.usage")
    assert on(command, "identify", request_id, "--document", "passport, seen").code == 0
    before = on(command, "show", request_id).json["due_at"]
    assert on(command, "extend", request_id, "--reason", "many photographs").json["due_at"] > before
    assert on(command, "extend", request_id, "--reason", "again").code != 0, "once"
    assert on(command, "export", request_id, "-o", target).code == 0
    with zipfile.ZipFile(target) as held:
        assert held.testzip() is None
        assert any("ana" in held.read(name).decode("utf-8", "replace") for name in held.namelist())
    assert on(command, "export", request_id, "-o", tmp_path / "two.zip").code != 0, "answered"


def test_what_is_wrong_is_corrected_and_the_person_erased(command, office):
    (reference,) = office.workspace.gallery.references("g")
    request_id = ask(command, "correction", words="That is no photograph of my own.")
    on(command, "identify", request_id, "--document", "passport")
    correct = ("--provenance", "family", "--ground", "release-2", "--reason", "she says so")
    done = on(command, "correct", request_id, reference.reference_id, *correct)
    assert done.code == 0, done.out
    (now,) = office.workspace.gallery.references("g")
    assert now.ground == "release-2"
    request_id = ask(command, "erasure", words="Erase me.")
    assert on(command, "erase", request_id).code != 0
    on(command, "identify", request_id, "--document", "passport")
    assert on(command, "erase", request_id).code == 0
    assert office.workspace.gallery.counts("g").subjects == 0


@pytest.mark.usefixtures("office")
def test_a_request_is_answered_in_words_or_refused(command):
    objection = ask(command, "objection", words="Not me.")
    on(command, "identify", objection, "--document", "passport")
    answered = on(command, "answer", objection, "--words", "The gallery was closed.")
    assert answered.code == 0, answered.out
    other = ask(command, "access", subject="ben")
    refused = on(command, "refuse", other, "--reason", "it is about somebody else")
    assert (refused.code, refused.json["state"]) == (0, "refused")
    odd = command("subjects", "request", "open", "gossip", "ana", "--words", "x", "--json")
    assert (odd.code, odd.error["code"]) == (2, "input.invalid")
    by_officer = command("subjects", "request", "show", other, "--json", **OFFICER)
    assert by_officer.error["code"] == "principal.role"


# ---- review checks, restore ----------------------------------------------------------------


def test_a_suspended_reviewer_is_shown_and_comes_back_after_a_training(command, office):
    workspace = office.workspace
    rows = {each["name"]: each for each in command("review", "checks", "--json").json}
    assert rows.keys() == {"reviewer-1", "reviewer-2", "reviewer-3"}
    assert rows["reviewer-1"]["seen"] == 0
    reviewer = workspace.acting("reviewer-1").principal
    workspace.shelf.stop_reviewer(reviewer.principal_id, now=workspace.clock())
    assert "reviewer-1" in command("review", "checks").out
    rows = {each["name"]: each for each in command("review", "checks", "--json").json}
    assert rows["reviewer-1"]["suspended_since"]
    restore = ("review", "restore", "reviewer-1", "--reason", "looked at fifty pairs", "--json")
    assert command(*restore, RECOGNIZANCE_PRINCIPAL="reviewer-2").error["code"] == "principal.role"
    assert command(*restore, **OFFICER).error["code"] == "item.conflict", "no training since"
    today = workspace.clock().date().isoformat()
    train = ("training", "record", "reviewer-1", "--course", "reading faces", "--on", today)
    assert command(*train).code == 0
    assert command(*restore, **OFFICER).json == {"name": "reviewer-1", "restored": True}
    rows = {each["name"]: each for each in command("review", "checks", "--json").json}
    assert not rows["reviewer-1"]["suspended_since"]
    assert command(*restore, **OFFICER).code != 0, "nobody is suspended"
