"""Attacks by a program on this machine: inner modules called directly, and a changed program.

Python keeps nobody from calling a function or editing a file. What is not prevented here has to be
visible afterwards, and each test says where.
"""

import json
import os

import defences as by
from attack_book import Who, attack
from attack_site import damaged, nothing_named, stopped

from recognizance.ledger.verify import ProofError, verify_receipt

ANSWER = """
import sys
from recognizance.types import Operation, Principal, Role
from recognizance.uses import Request, Enrollment
from recognizance.gate.scope import Circumstances, SampleKind
STATED = Circumstances("lounge", "k1", None, SampleKind.PHOTOGRAPH)
def asked(workspace, permit, gallery="lounge", **more):
    more = {"case_id": "case-1", "circumstances": STATED} | more
    return Request(workspace.acting().principal, Operation.SEARCH, permit,
                   (PHOTOGRAPHS["ana-again"],), gallery_id=gallery, **more)
def tried(what):
    try:
        answer = what()
        say(outcome=answer.outcome, subjects=list(answer.subjects), entry=answer.entry)
    except RecognizanceError as error:
        refused(error)
"""


@attack(Who.INSIDER, by.FENCE)
def test_a_program_calls_the_desk_without_stating_anything(site):
    script = ANSWER + (
        "with opened() as w:\n"
        "    tried(lambda: w.desk.search(asked(w, sys.argv[1], circumstances=Circumstances())))"
    )
    stopped(site, site.python(script, site.permit), "permit.scope")


@attack(Who.INSIDER, by.OPERATION)
def test_a_program_asks_for_an_operation_that_the_permit_does_not_allow(site):
    script = ANSWER + (
        "with opened() as w:\n"
        "    request = Request(w.acting().principal, Operation.COMPARE, sys.argv[1],\n"
        "        (PHOTOGRAPHS['ana'], PHOTOGRAPHS['ben']),\n"
        "        case_id='case-1', circumstances=STATED)\n"
        "    tried(lambda: w.desk.compare(request))"
    )
    stopped(site, site.python(script, site.permit), "permit.scope", rule="D4")


INDEX = (
    ANSWER
    + """
with opened() as w:
    frame = w.engine.decode(PHOTOGRAPHS["ana-again"])
    crop = w.engine.align(frame, w.engine.detect(frame)[0])
    (features,) = w.engine.extract([crop])
    found = w.indexes.current("lounge").search(features, threshold=0.1, max_candidates=5)
    say(subjects=[each.subject_id for each in found], receipt="")
"""
)


@attack(
    Who.INSIDER,
    by.RECEIPT,
    shows="nothing in the log; what is claimed has no receipt, and none can be made",
    prevented=False,
)
def test_a_program_searches_the_index_past_the_desk(site):
    ran = site.python(INDEX)
    assert ran.json["subjects"] == ["s-ana"]  # whoever has the workspace's key can do that
    assert site.sizes() == site.logged
    leaf = json.dumps({"operation": "search", "outcome": "candidate"}).encode()
    honest = site.search_door().json["receipt"]
    vkey = json.loads((site.data / "workspace.json").read_bytes())["ledger_vkeys"][1]
    for receipt in ("", honest):
        try:
            verify_receipt(receipt, vkey, leaf)
        except ProofError:
            continue
        raise AssertionError("a receipt held for something that was not recorded")


FAKE_PRINCIPAL = (
    ANSWER
    + """
with opened() as w:
    somebody = Principal("0" * 16, "somebody", frozenset(Role), b"0" * 32)
    tried(lambda: w.desk.decide(somebody, sys.argv[1], "same_person", reason="x", candidate=1))
"""
)


@attack(Who.INSIDER, by.TRAINED)
def test_a_program_decides_a_lead_as_a_reviewer_who_does_not_exist(site):
    ran = site.python(FAKE_PRINCIPAL, site.lead)
    stopped(site, ran, "principal.role")


BARE = """
from dataclasses import replace
import sys
from recognizance.gate.permit import Target, issue, sign
from recognizance.types import ErrorRate, Operation, PermitClass
with opened() as w:
    door = w.shelf.find(sys.argv[1])
    bare = replace(door, permit_id="f" * 16, conditions=(), signatures=(), purpose="anything",
                   submission_digest="5" * 64, gallery_ids=frozenset({"door", "lounge"}))
    officer = w.acting("officer")
    signed = sign(bare, officer.key, officer.principal)
    (w.layout.permits / f"{signed.permit_id}.json").write_bytes(signed.to_json())
    w.registry.record_issue(signed, now=w.clock())
"""


@attack(
    Who.INSIDER,
    by.ISSUE_WITHOUT_DECISION,
    shows="`permit_issued` without a `gate_decision` on its submission, in the public log; the "
    "next proposal stops on it",
    prevented=False,
)
def test_a_program_issues_a_self_signed_permit_that_no_gate_decided(site):
    assert site.python(BARE, site.door).code == 0
    decided = {
        (entry["public"]["submission"], entry["public"]["bundle"])
        for entry in site.entries("decisions")
        if entry["kind"] == "gate_decision"
    }
    issued = [
        entry["public"] for entry in site.entries("decisions") if entry["kind"] == "permit_issued"
    ]
    undecided = [e["permit"] for e in issued if (e["submission"], e["bundle"]) not in decided]
    assert undecided == ["f" * 16]
    ran = site("gate", "renew", site.door)
    assert ran.error["code"] in {"workspace.damaged", "gate.incomplete"}, ran.out
    # It opens nothing that is not its own: the people of the lounge stay closed to it.
    site.settle()
    stopped(site, site.search(permit="f" * 16, stated=()), "permit.scope")


SECOND_CREATION = """
import sys, json
from recognizance.ledger import LogName
with opened() as w:
    w.ledger.append(LogName.DECISIONS, "workspace_created",
                    {"workspace": w.workspace_id, "authority": sys.argv[1]}, now=w.clock())
    path = w.layout.home / "workspace.json"
    about = json.loads(path.read_bytes())
    from recognizance.canonical import canonical_bytes
    path.write_bytes(canonical_bytes(about | {"authority": sys.argv[1]}))
"""


@attack(Who.INSIDER, by.CREATED_ONCE, shows="the workspace does not open; two `workspace_created`")
def test_a_program_writes_a_second_beginning_with_an_authority_of_its_own(site):
    assert site.python(SECOND_CREATION, "ab" * 32).code == 0
    ran = site.search()
    damaged(site, ran, "ledger.damaged")


FORGED_STATUS = """
from recognizance.ledger import LogName
with opened() as w:
    letter = next(e.public["letter"] for e in w.ledger.entries(LogName.DECISIONS)
                  if e.kind == "status_imported")
    letter["letter"]["number"] = 99
    w.ledger.append(LogName.DECISIONS, "status_imported",
                    {"number": 99, "letter": letter, "by": "x"}, now=w.clock())
"""


@attack(Who.INSIDER, by.STATUS_SIGNED, shows="the workspace does not open")
def test_a_program_writes_a_status_list_into_the_log(site):
    assert site.python(FORGED_STATUS).code == 0
    ran = site.search()
    assert ran.error["code"] == "ledger.damaged", ran.out
    nothing_named(ran)


SHIM = """
from recognizance.registry import PermitShelf
from recognizance import conditions
from recognizance import cli
PermitShelf.admit = lambda self, permit_id, use, *, now: self.find(permit_id)
conditions.check_before_reading = lambda situation: None
conditions.reviews_needed = lambda permit: 0
conditions.check_targets = lambda permit, subjects: None
cli.main()
"""


@attack(
    Who.FORK,
    by.RECORDED,
    shows="`candidate` in the uses log under a permit whose conditions ask for two reviewers",
    prevented=False,
)
def test_a_changed_program_leaves_out_the_gate_and_the_review(site):
    words = ("search", "ana-again", "--gallery", "lounge", "--permit", site.permit, "--json")
    ran = site.python(SHIM, *words)
    assert ran.json["subjects"] == ["s-ana"]  # nobody can stop a program that was changed
    entry = site.entries()[-1]["public"]
    assert (entry["outcome"], entry["permit"]) == ("candidate", site.permit)
    asked = json.loads(site.permit_file.read_bytes())["permit"]["conditions"]
    assert {"reviewers", "lead_only"} <= {condition["hook"] for condition in asked}


SILENT = SHIM.replace(
    "cli.main()",
    "from recognizance.steps import Steps\n"
    "def forget(self, note, outcome, **_):\n"
    "    note.entry = 'uses/999'\n"
    "Steps._record = forget\n"
    "cli.main()",
)


@attack(Who.FORK, by.RECEIPT, shows="no receipt: an answer without one is no answer")
def test_a_changed_program_records_nothing(site):
    words = ("search", "ana-again", "--gallery", "lounge", "--permit", site.permit, "--json")
    ran = site.python(SILENT, *words)
    assert ran.error["code"] == "item.not_found", ran.out
    nothing_named(ran)


SITECUSTOMIZE = """
import recognizance.gate.permit as permit
permit.check = lambda *_, **__: None
"""


@attack(
    Who.FORK,
    by.CONDITIONS_TOO,
    shows="refusal in the uses log, by the conditions that the first check does not hold",
)
def test_a_file_on_the_python_path_takes_the_permit_check_away(site, tmp_path):
    shim = tmp_path / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(SITECUSTOMIZE)
    script = "from recognizance import cli\ncli.main()"
    words = ("search", "ana-again", "--gallery", "lounge", "--permit", site.door, "--json")
    here = os.pathsep.join([str(shim), *site.paths()])
    stopped(site, site.python(script, *words, PYTHONPATH=here), "permit.scope")
