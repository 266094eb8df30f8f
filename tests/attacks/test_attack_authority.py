"""Attacks between the two machines: forged letters, split cities, stolen and mixed-up keys."""

import json

import defences as by
import pytest
from attack_book import Who, attack
from attack_site import LOUNGE, LOUNGE_ASKED, Ran, Site, stopped

from recognizance.canonical import canonical_bytes

BOOK = "refused by the authority; nothing is in its book"


def not_signed(ran: Ran, code: str) -> None:
    """The authority wrote no answer."""
    assert ran.error["code"] == code, ran.out
    assert ran.code != 0


def ask(site: Site, *more: object, text: str | None = None, to: str = "again.json", place="lounge"):
    path = site.folder / f"{to}.toml"
    path.write_text(text or LOUNGE.read_text())
    asked = list(LOUNGE_ASKED)
    asked[asked.index("--site") + 1] = place
    return site("gate", "request", path, *asked, *more, "-o", to)


def forgers(site: Site) -> str:
    """Somebody else who calls themselves an authority, on a machine of their own."""
    made = site.ok(
        "gate", "authority", "forgers", "--name", "The board", "--plain-keys", board=True
    )
    return made.json["public_key"]


@attack(Who.INSIDER, by.ANSWER_SIGNED, shows=BOOK)
def test_a_second_authority_countersigns_the_request(fresh):
    forgers(fresh)
    assert ask(fresh).code == 0
    ran = fresh(
        *("gate", "answer", "again.json", "--authority", "forgers", "--countersign"),
        *("-o", "forged.json"),
        board=True,
    )
    not_signed(ran, "authority.invalid")
    assert not (fresh.folder / "forged.json").exists()


FORGED_ANSWER = """
from dataclasses import replace
import sys
from pathlib import Path
from recognizance.gate.letters import Answer, AnswerKind, PermitRequest
from recognizance.gate.permit import countersign
from recognizance.gate.permit_signatures import make_signature
from recognizance.keys import SigningKey
with opened() as w:
    request = PermitRequest.open(Path("again.json").read_bytes())
    thief = SigningKey(b"f" * 32)
    officer = w.acting("officer")
    named = replace(request.permit, authority=thief.public_key.hex(), signatures=())
    named = replace(named, signatures=(make_signature(named, officer.key, "signing_officer"),))
    answer = Answer(AnswerKind.COUNTERSIGNED, 3, w.clock(), request.digest,
                    named.permit_id, countersign(named, thief))
    Path("forged.json").write_bytes(answer.seal(thief))
"""


@attack(Who.INSIDER, by.ANSWER_SIGNED, shows="refused; the request stays without an answer")
def test_an_answer_is_forged_with_another_key(fresh):
    assert ask(fresh).code == 0
    assert fresh.python(FORGED_ANSWER).code == 0
    fresh.settle()
    stopped(fresh, fresh("gate", "accept", "forged.json"), "authority.invalid", log=None)


@attack(Who.OPERATOR, by.LETTER_SIGNED, shows="refused; the request stays without an answer")
def test_a_genuine_answer_is_edited(fresh):
    assert ask(fresh).code == 0
    assert fresh.answer("again.json", "--refuse", "--reason", "No.").code == 0
    path = fresh.folder / "answer.json"
    document = json.loads(path.read_bytes())
    text = path.read_text().replace("refused", "returned")
    assert document
    path.write_text(text)
    fresh.settle()
    stopped(fresh, fresh("gate", "accept", "answer.json"), "authority.invalid", log=None)


@attack(Who.OPERATOR, by.ANSWERED_ONCE, shows="refused; one answer stands in the decisions log")
def test_an_old_answer_is_taken_in_again(site):
    stopped(site, site("gate", "accept", "answer-2.json"), "item.conflict", log=None)


@attack(Who.OPERATOR, by.ASKED_HERE, shows="refused; no such request in the decisions log")
def test_an_answer_is_taken_in_where_its_request_was_not_made(fresh, tmp_path):
    assert ask(fresh).code == 0
    other = fresh.copy(tmp_path / "other")
    assert ask(other).code == 0
    assert other.answer("again.json", "--countersign").code == 0, "it was a fair request"
    (fresh.folder / "theirs.json").write_bytes((other.folder / "answer.json").read_bytes())
    fresh.settle()
    stopped(fresh, fresh("gate", "accept", "theirs.json"), "authority.invalid", log=None)


@attack(
    Who.OPERATOR, by.STATUS_SIGNED, shows="refused; the newest list stands in the decisions log"
)
def test_a_status_list_is_forged(site):
    forgers(site)
    for _ in range(2):  # a higher number than that of the genuine list
        site.ok("gate", "status", "--authority", "forgers", "-o", "forged.json", board=True)
    stopped(site, site("gate", "import-status", "forged.json"), "authority.invalid", log=None)


@attack(
    Who.OPERATOR, by.STATUS_SIGNED, shows="refused; the newest list stands in the decisions log"
)
def test_a_genuine_status_list_is_given_a_higher_number(site):
    site.ok("gate", "status", "--authority", "board", "-o", "status-2.json", board=True)
    document = json.loads((site.folder / "status-2.json").read_bytes())
    document["letter"]["number"] = 9
    (site.folder / "status-9.json").write_bytes(canonical_bytes(document))
    stopped(site, site("gate", "import-status", "status-9.json"), "authority.invalid", log=None)


STOLEN = """
from dataclasses import replace
from pathlib import Path
from recognizance.gate.letters import PermitRequest
from recognizance.gate.permit_signatures import make_signature
with opened() as w:
    request = PermitRequest.open(Path("again.json").read_bytes())
    operator, officer = w.acting("operator"), w.acting("officer")
    bare = replace(request.permit, permit_id="d" * 16, signatures=(), conditions=CONDITIONS)
    signed = replace(bare, signatures=(make_signature(bare, KEY.key, "signing_officer"),))
    letter = PermitRequest(signed, request.submission, w.clock())
    Path("stolen.json").write_bytes(letter.seal(SENDERS))
"""


@attack(Who.THIEF, by.SENDERS, shows=BOOK)
def test_a_stolen_operators_key_alone_asks_for_a_permit(fresh):
    assert ask(fresh).code == 0
    script = STOLEN.replace("CONDITIONS", "request.permit.conditions").replace("KEY", "operator")
    assert fresh.python(script.replace("SENDERS", "[operator.key]")).code == 0
    ran = fresh.answer("stolen.json", "--countersign")
    assert ran.error["code"] in {"authority.invalid", "permit.forged"}, ran.out
    assert not (fresh.folder / "answer.json").exists()


@attack(Who.THIEF, by.CONDITIONS_ASKED, shows=BOOK)
def test_stolen_keys_ask_for_a_permit_without_its_conditions(fresh):
    assert ask(fresh).code == 0
    script = STOLEN.replace("CONDITIONS", "request.permit.conditions[1:]").replace("KEY", "officer")
    assert fresh.python(script.replace("SENDERS", "[operator.key, officer.key]")).code == 0
    not_signed(fresh.answer("stolen.json", "--countersign"), "authority.invalid")


@attack(Who.OPERATOR, by.CONDITIONAL_STANDS, shows=BOOK)
def test_the_first_permit_is_sent_again_to_lose_the_conditions_of_the_authority(site):
    assert site.answer("request.json", "--countersign").error["code"] == "item.conflict"
    (site.folder / "answer.json").unlink(missing_ok=True)
    assert not (site.folder / "answer.json").exists()


# ---- a city in pieces ---------------------------------------------------------------------------


@attack(Who.OPERATOR, by.RULE_HR19, shows="`gate_decision` with `refuse` in the decisions log")
def test_a_city_is_cut_into_five_hundred_permits(site):
    """The second public place is refused already."""
    ran = ask(site, place="harbour")
    assert ran.code == 4, ran.out
    entry = site.entries("decisions")[-1]
    assert (entry["kind"], entry["public"]["outcome"]) == ("gate_decision", "refuse")
    assert "HR-19" in entry["public"]["rules"]
    assert not (site.folder / "again.json").exists()


@attack(Who.OPERATOR, by.RULE_HR19, shows="`gate_decision` with `refuse` in the decisions log")
def test_the_operator_gives_itself_another_name_in_the_same_workspace(site):
    ran = ask(site, text=LOUNGE.read_text().replace("An airline", "Holiday GmbH"), place="harbour")
    assert ran.code == 4, ran.out
    assert "HR-19" in site.entries("decisions")[-1]["public"]["rules"]


def branch(site: Site, tmp_path) -> Site:
    """A second workspace under the same authority."""
    made = Site(tmp_path / "branch")
    made.folder.mkdir()
    made.ok("init", "--authority", site.board_key, "--plain-keys")
    return made


@attack(
    Who.OPERATOR,
    by.COUNTED,
    shows=BOOK,
    cases={
        "the same name": "An airline",
        "the name in capitals with a full stop": "AN  AIRLINE.",
        "the name in letters of full width": "\uff21n airline",
    },
)
def test_a_city_is_cut_into_two_workspaces(site, tmp_path, case):
    second = branch(site, tmp_path)
    text = LOUNGE.read_text().replace("An airline", case)
    assert ask(second, text=text, place="harbour").code == 0
    (site.folder / "second.json").write_bytes((second.folder / "again.json").read_bytes())
    ran = site.answer("second.json", "--countersign", to="second-answer.json")
    not_signed(ran, "gate.refused")
    assert "HR-19" in ran.error["rules"]
    assert not (site.folder / "second-answer.json").exists()


@attack(Who.OPERATOR, by.COUNTED, shows=BOOK)
def test_a_renamed_operator_keeps_its_keys(site, tmp_path):
    second = branch(site, tmp_path)
    key = second.keys / "anna.key"
    document = json.loads((site.keys / "officer.key").read_bytes()) | {"name": "anna"}
    key.touch(mode=0o600)
    key.write_bytes(canonical_bytes(document))
    public = {row["name"]: row["public_key"] for row in site.ok("keys", "list").json}["officer"]
    second.ok("keys", "trust", "anna", "--role", "signing_officer", public)
    text = LOUNGE.read_text().replace("An airline", "Holiday GmbH")
    ran = ask(second, "--officer", "anna", text=text, place="harbour")
    assert ran.code == 0, ran.out
    (site.folder / "second.json").write_bytes((second.folder / "again.json").read_bytes())
    ran = site.answer("second.json", "--countersign", to="second-answer.json")
    not_signed(ran, "gate.refused")
    assert "HR-19" in ran.error["rules"]


# ---- who is who ---------------------------------------------------------------------------------


@attack(Who.OPERATOR, by.AUTHORITY_IS_NO_ASKER, shows="refused; nothing is in the book")
def test_the_operator_pins_its_own_officer_as_the_authority(tmp_path):
    """One key, asked for and countersigned: made by hand, since no verb makes it."""
    site = Site(tmp_path / "own")
    site.folder.mkdir()
    board = site.ok("gate", "authority", "board", "--name", "Us", "--plain-keys", board=True).json
    site.ok("init", "--authority", board["public_key"], "--plain-keys")
    key = json.loads((site.folder / "board" / "authority.key").read_bytes()) | {"name": "us"}
    ours = site.keys / "us.key"
    ours.touch(mode=0o600)
    ours.write_bytes(canonical_bytes(key))
    words = ("--role", "signing_officer", board["public_key"])
    added = site("keys", "trust", "us", *words)
    if added.code == 0:
        asked = ask(site, "--officer", "us")
        assert asked.code == 0, asked.out
        ran = site.answer("again.json", "--countersign")
        assert ran.error["code"] == "principal.role", ran.out
    else:
        pytest.fail(added.out)


@attack(Who.OPERATOR, by.BOOK_PINNED, shows="the authority's book does not open")
def test_an_older_book_of_the_authority_is_put_back(site, tmp_path):
    older = (site.folder / "board" / "book.db").read_bytes()
    why = ("--authority", "board", "--reason", "complaints")
    site.ok("gate", "withdraw", site.permit, *why, board=True)
    (site.folder / "board" / "book.db").write_bytes(older)
    for name in ("book.db-wal", "book.db-shm"):
        (site.folder / "board" / name).unlink(missing_ok=True)
    ran = site("gate", "status", "--authority", "board", "-o", "status-2.json", board=True)
    assert ran.error["code"] == "ledger.damaged", ran.out
