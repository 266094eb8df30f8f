"""From a request to a permit in force, on two machines' worth of folders."""

import json
import os
import pty
import re
import stat
import sys
from pathlib import Path

import pytest

from recognizance.gate.templates import template
from recognizance.keys import SigningKey

LOUNGE = Path(__file__).resolve().parents[1] / "authority" / "lounge.toml"
OPTIONS = ("--gallery", "g", "--fpir", "1e-2", "--gallery-size", 10, "--json")


@pytest.fixture
def board(command):
    """The authority's folder; on its own machine it would be alone."""
    made = command("gate", "authority", "board", "--name", "The board", "--json")
    assert made.code == 0, made.out + made.err
    assert stat.S_IMODE((command.folder / "board" / "authority.key").stat().st_mode) == 0o600
    return made.json


@pytest.fixture
def asked(command, board):
    """A workspace that pinned the board, and a request that lies in `r.json`."""
    command("init", "--authority", board["public_key"])
    asked = command("gate", "request", LOUNGE, *OPTIONS, "--site", "lounge", "-o", "r.json")
    assert asked.code == 0, asked.out + asked.err
    assert not asked.json["in_force"]
    return asked.json["permit_id"]


def answered(command, *how, name="a.json"):
    (command.folder / name).unlink(missing_ok=True)  # an answer is never written over
    done = command("gate", "answer", "r.json", "--authority", "board", *how, "-o", name, "--json")
    assert done.code == 0, done.out + done.err
    return done.json


@pytest.mark.processes
def test_a_request_is_countersigned_and_accepted(command, asked):
    assert command("gate", "accept", "r.json").code == 4  # a request is no answer
    looked = command("gate", "answer", "r.json", "--authority", "board", "-o", "a.json", "--json")
    assert (looked.code, looked.json["would_answer"]) == (0, "countersigned")
    assert not (command.folder / "a.json").exists()
    assert answered(command, "--countersign")["answer"] == "countersigned"
    assert command("gate", "accept", "a.json").code == 0
    shown = command("permit", "show", asked, "--json").json
    assert not shown["self_attested"]
    again = command("gate", "accept", "a.json", "--json")
    assert (again.code, again.json["error"]["code"]) == (2, "item.conflict")
    told = command("gate", "authority", "board", "--json").json
    assert told["open"] == [asked]


def test_the_answer_of_another_authority_is_refused(command, asked):
    command("gate", "authority", "forgers", "--name", "Forgers Ltd")
    forged = command(
        "gate", "answer", "r.json", "--authority", "forgers", "--countersign", "--json"
    )
    assert (forged.code, forged.json["error"]["code"]) == (4, "authority.invalid")


def test_refused_and_returned_say_why_and_what_next(command, asked):
    answered(command, "--refuse", "--reason", "Not beside a school.")
    refused = command("gate", "accept", "a.json")
    assert refused.code == 4
    assert "Not beside a school." in refused.out
    (command.folder / "r.json").unlink()
    command("gate", "request", LOUNGE, *OPTIONS, "--site", "lounge", "-o", "r.json")
    answered(command, "--return", "--question", "Who trains the reviewers?")
    returned = command("gate", "accept", "a.json")
    assert returned.code == 3
    assert "Who trains the reviewers?" in returned.out


def test_conditions_go_back_to_the_officers(command, asked):
    how = ("--countersign", "--condition", "hook=reviewers,n=3", "--fpir", "5e-3")
    assert answered(command, *how)["answer"] == "conditional"
    assert command("gate", "accept", "a.json").code == 3
    assert command("gate", "sign", "a.json", "-o", "r.json").code == 2  # it is there already
    (command.folder / "r.json").unlink()
    assert command("gate", "sign", "a.json", "-o", "r.json").code == 0
    answered(command, "--countersign", name="b.json")
    assert command("gate", "accept", "b.json").code == 0
    shown = command("permit", "show", asked, "--json").json
    assert shown["permit"]["target"]["target_ppb"] == 5_000_000
    assert "AUTHORITY" in {each["rule_id"] for each in shown["permit"]["conditions"]}


def test_a_withdrawal_reaches_the_operator_with_the_status_list(command, asked):
    answered(command, "--countersign")
    command("gate", "accept", "a.json")
    older = command("gate", "status", "--authority", "board", "-o", "s1.json", "--json")
    assert (older.code, older.json["number"]) == (0, 1)
    done = command("gate", "withdraw", asked, "--authority", "board", "--reason", "complaints")
    assert done.code == 0
    assert command("gate", "status", "--authority", "board", "-o", "s2.json").code == 0
    taken = command("gate", "import-status", "s2.json", "--json")
    assert (taken.code, taken.json["revoked_now"]) == (0, [asked])
    rolled_back = command("gate", "import-status", "s1.json", "--json")
    assert (rolled_back.code, rolled_back.json["error"]["code"]) == (4, "authority.invalid")
    assert command("permit", "show", asked, "--json").json["state"] == "revoked"
    assert command("ledger", "verify").code == 0


def test_a_fence_without_its_place_names_the_option(command, board):
    command("init", "--authority", board["public_key"])
    ran = command("gate", "request", LOUNGE, *OPTIONS)
    assert ran.code == 3
    error = ran.json["error"]
    assert error["code"] == "gate.incomplete"
    assert "--site" in error["hint"]
    assert "HR-04" in error["rules"]
    assert command("permit", "list", "--json").json == []
    many = command("gate", "request", LOUNGE, *OPTIONS, "--site", "a", "--site", "b")
    assert (many.code, many.json["error"]["code"]) == (2, "input.invalid")
    late = ("--site", "a", "--window", "2020-01-01T08:00Z/2020-01-01T09:00Z")
    assert command("gate", "request", LOUNGE, *OPTIONS, *late).code == 2
    wrong = command("gate", "request", LOUNGE, *OPTIONS, "--window", "noon")
    assert wrong.code == 2


def test_each_verb_names_the_other_for_its_class(command, board):
    command("init", "--authority", board["public_key"])
    trial = command.folder / "trial.toml"
    trial.write_text(template("trial"))
    asked = command("gate", "request", trial, "--json")
    assert asked.code == 2
    assert "gate issue" in asked.json["error"]["hint"]
    issued = command("gate", "issue", LOUNGE, *OPTIONS)
    assert issued.code == 2
    assert "gate request" in issued.json["error"]["hint"]


def test_without_a_pinned_authority_no_standard_permit_can_be_asked_for(command):
    command("init")
    asked = command("gate", "request", LOUNGE, *OPTIONS, "--site", "lounge")
    assert (asked.code, asked.json["error"]["code"]) == (2, "input.invalid")


def test_two_officers_sign_an_urgent_permit(command, board):
    command("init", "--authority", board["public_key"])
    urgent = command.folder / "urgent.toml"
    urgent.write_text(LOUNGE.read_text().replace('"standard"', '"urgent"'))
    one = command("gate", "request", urgent, *OPTIONS, "--site", "lounge")
    assert (one.code, one.json["error"]["code"]) == (4, "principal.role")
    command("keys", "new", "second", "--role", "signing_officer")
    officers = ("--officer", "officer", "--officer", "second")
    two = command("gate", "request", urgent, *OPTIONS, "--site", "lounge", *officers)
    assert two.code == 0, two.out + two.err


@pytest.fixture
def opted_in(command):
    """A self-signed permit in force."""
    command("init")
    path = command.folder / "opted.toml"
    path.write_text(template("opted_in_access"))
    issued = command(
        "gate", "issue", path, "--gallery", "g", "--fmr", "3e-4", "--gallery-size", 5, "--json"
    )
    assert issued.code == 0, issued.out + issued.err
    return issued.json["permit_id"]


def test_an_objection_is_lodged_listed_answered_and_holds_up_a_renewal(command, opted_in):
    lodged = command("objection", "lodge", opted_in, "--text", "Nobody asked me.", "--json")
    assert lodged.code == 0
    listed = command("objection", "list", "--open", "--json").json
    assert [row["text"] for row in listed] == ["Nobody asked me."]
    refused = command("gate", "renew", opted_in, "--json")
    assert (refused.code, refused.json["error"]["rules"]) == (4, ["GV-05"])
    as_officer = {"RECOGNIZANCE_PRINCIPAL": "officer"}
    reply = ("objection", "answer", lodged.json["objection_id"], "--reason", "We did, in May.")
    assert command(*reply, **as_officer).code == 0
    assert command("objection", "list", "--open", "--json").json == []
    renewed = command("gate", "renew", opted_in, "--json")
    assert renewed.code == 0, renewed.out + renewed.err
    assert renewed.json["in_force"]
    shown = command("permit", "show", renewed.json["permit_id"], "--json").json
    assert shown["permit"]["renews"] == opted_in


# ---- keys -------------------------------------------------------------------------------------


def key_files(command) -> list[Path]:
    return sorted((command.folder / "keys").rglob("*.key"))


def test_the_keys_of_a_new_workspace_are_encrypted(command):
    made = command("init", "--json")
    assert made.json["keys_encrypted"] is True
    files = key_files(command)
    assert len(files) == 3
    assert {json.loads(path.read_bytes())["v"] for path in files} == {2}
    wrong = command.folder / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("some other words\n")
    ran = command("status", "--json", RECOGNIZANCE_PASSPHRASE_FILE=str(wrong))
    assert (ran.code, ran.json["error"]["code"]) == (2, "key.passphrase")
    wrong.chmod(0o640)
    ran = command("status", "--json", RECOGNIZANCE_PASSPHRASE_FILE=str(wrong))
    assert (ran.code, ran.json["error"]["code"]) == (2, "key.invalid")


def test_plain_keys_are_written_only_when_asked_for_by_name(command):
    nobody = {"RECOGNIZANCE_PASSPHRASE_FILE": ""}
    asked = command("init", "--json", **nobody)
    assert (asked.code, asked.json["error"]["code"]) == (2, "input.invalid")
    assert "--plain-keys" in asked.json["error"]["hint"]
    assert key_files(command) == []
    made = command("init", "--plain-keys", "--json", **nobody)
    assert made.json["keys_encrypted"] is False
    assert {json.loads(path.read_bytes())["v"] for path in key_files(command)} == {1}


def test_at_a_terminal_the_passphrase_is_typed(command):
    """Twice when the keys are made, once when they are used; never shown."""
    told = typed(command, "init", ["horse battery staple"] * 2)
    assert "encrypted" in told
    assert "battery" not in told
    assert "decisions" in typed(command, "status", ["wrong words", "horse battery staple"])
    assert "key.passphrase" in typed(command, "status", ["wrong words"] * 3)


def typed(command, verb: str, words: list[str]) -> str:
    """Run a verb at a pseudo-terminal, answer each question for a passphrase, return the screen."""
    pid, terminal = pty.fork()
    if pid == 0:
        here = {"RECOGNIZANCE_HOME": "data", "RECOGNIZANCE_KEY_FOLDER": "keys"}
        os.chdir(command.folder)
        os.execve(  # noqa: S606  # the installed command, at a terminal
            sys.executable, [sys.executable, "-m", "recognizance", verb], os.environ | here
        )
    screen, left = b"", list(words)
    while True:
        try:
            read = os.read(terminal, 1000)
        except OSError:  # the other end was closed
            break
        if not read:
            break
        screen += read
        asked = len(re.findall(rb"(?i)(passphrase[^\r\n]*|confirmation): ", screen))
        while left and asked > len(words) - len(left):
            os.write(terminal, left.pop(0).encode() + b"\n")
    os.waitpid(pid, 0)
    return screen.decode(errors="replace")


def test_a_passphrase_is_changed_and_the_key_stays(command):
    command("init")
    new = command.folder / "new"
    new.touch(mode=0o600)
    new.write_text("quite other words\n")
    before = command("keys", "list", "--json").json
    for name in ("workspace", "operator"):
        changed = command("keys", "passwd", name, "--new-file", new, "--json")
        assert (changed.code, changed.json["encrypted"]) == (0, True)
    assert command("status").code == 2
    with_new = {"RECOGNIZANCE_PASSPHRASE_FILE": str(new)}
    assert command("keys", "list", "--json", **with_new).json == before
    refused = command("keys", "passwd", "operator", "--new-file", new, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "key.passphrase")


SIGNER = """\
import sys
from recognizance.keys import SigningKey
sys.stdout.write(SigningKey(bytes([7]) * 32).sign(sys.stdin.buffer.read()).hex() + "\\n")
"""


def test_a_key_in_a_device_signs_through_its_program(command):
    command("init")
    program = command.folder / "card.py"
    program.write_text(SIGNER)
    public_key = SigningKey(bytes([7]) * 32).public_key.hex()
    register = ("keys", "register", "card", "--role", "signing_officer", "--json")
    wrong = command(
        *register, "--public-key", "ab" * 32, "--command", f"{sys.executable} {program}"
    )
    assert (wrong.code, wrong.json["error"]["code"]) == (2, "key.invalid")
    done = command(
        *register, "--public-key", public_key, "--command", f"{sys.executable} {program}"
    )
    assert done.code == 0, done.out + done.err
    path = command.folder / "opted.toml"
    path.write_text(template("opted_in_access"))
    options = ("--gallery", "g", "--fmr", "3e-4", "--gallery-size", 5, "--officer", "card")
    issued = command("gate", "issue", path, *options, "--json")
    assert issued.code == 0, issued.out + issued.err
    shown = command("permit", "show", issued.json["permit_id"], "--json").json
    assert [each["public_key"] for each in shown["signatures"]] == [public_key]
