"""Attacks with the code that a passenger carries: stolen, shown again, shown elsewhere."""

from dataclasses import dataclass
from datetime import timedelta

import defences as by
import pytest
from attack_book import Who, attack
from attack_site import Ran, Site, attest_all, stopped

from recognizance.gate.templates import template
from recognizance.types import utc_text

JOURNEY = "RZ 101"


@dataclass
class Gate:
    """A gate at an airport, ana's telephone, a thief's, and ana's code."""

    site: Site
    permit: str

    def hand_out(self, token: str, *binding: str, who: str = "ana", age: str = "--adult") -> Ran:
        until = utc_text(self.site.now + timedelta(hours=2))
        return self.site(
            *("enroll", "--bearer", who, "--permit", self.permit, "--journey", JOURNEY),
            *("--release", "R-1", age, "--until", until, "-o", token, *binding),
        )

    def proof(self, phone: str, code: str = "token.txt") -> tuple[str, ...]:
        """What a telephone answers to a fresh challenge."""
        asked = self.site.ok("bearer", "challenge", "--permit", self.permit).json["challenge"]
        words = ("--challenge", asked, "--permit", self.permit, "--key", phone)
        given = self.site.ok("bearer", "prove", code, *words).json["device_proof"]
        return ("--challenge", asked, "--device-proof", given)

    def show(self, *proof: str, code: str = "token.txt", who: str = "ana-again", **more) -> Ran:
        journey, permit = more.get("journey", JOURNEY), more.get("permit", self.permit)
        words = ("--bearer", code, who, "--permit", permit, "--journey", journey, *proof)
        return self.site("verify", *words)


@pytest.fixture
def gate(site) -> Gate:
    text = template("opted_in_access").replace("identify_1toN", "verify_1to1")
    text = text.replace('custody = "operator"', 'custody = "device"')
    (site.folder / "carry.toml").write_text(text)
    asked = ("--gallery", "g", "--fmr", "3e-4", "--gallery-size", 1)
    permit = site.ok("gate", "issue", "carry.toml", *asked).json["permit_id"]
    attest_all(site, permit)
    public = site.ok("bearer", "device-key", "phone.key").json["public_key"]
    site.ok("bearer", "device-key", "thiefs.key")
    made = Gate(site, permit)
    assert made.hand_out("token.txt", "--device-key", public).code == 0
    assert made.hand_out("staffed.txt", "--staffed-gate", "B7").code == 0
    assert made.show(*made.proof("phone.key")).json["outcome"] == "match"
    site.settle()
    return made


@attack(Who.THIEF, by.DEVICE_BOUND)
def test_a_stolen_code_is_shown_with_the_thiefs_telephone(gate):
    ran = gate.show(*gate.proof("thiefs.key"))
    stopped(gate.site, ran, "bearer.binding")


@attack(Who.THIEF, by.PROOF_NEEDED)
def test_a_stolen_code_is_shown_without_any_proof(gate):
    stopped(gate.site, gate.show(), "bearer.binding")


@attack(Who.THIEF, by.ONE_ANSWER)
def test_an_answered_challenge_is_replayed(gate):
    proof = gate.proof("phone.key")
    assert gate.show(*proof).json["outcome"] == "match"
    stopped(gate.site, gate.show(*proof), "bearer.challenge")


@attack(Who.THIEF, by.ONE_MINUTE)
def test_a_challenge_is_kept_for_later(gate):
    proof = gate.proof("phone.key")
    gate.site.now += timedelta(seconds=61)
    stopped(gate.site, gate.show(*proof), "bearer.challenge")


@attack(Who.OPERATOR, by.ONE_JOURNEY)
def test_a_code_is_used_for_another_journey(gate):
    ran = gate.show(*gate.proof("phone.key"), journey="RZ 102")
    stopped(gate.site, ran, "bearer.journey")


@attack(Who.THIEF, by.TOKEN_SEALED)
def test_a_code_is_changed_by_one_letter(gate):
    text = (gate.site.folder / "token.txt").read_text()
    middle = len(text) // 2
    other = "0" if text[middle] != "0" else "1"
    (gate.site.folder / "token.txt").write_text(text[:middle] + other + text[middle + 1 :])
    ran = gate.show(*gate.proof("phone.key"))
    assert ran.error["code"] in {"bearer.forged", "bearer.unreadable", "bearer.permit"}, ran.out
    outcome = "bad_input" if ran.error["code"] == "bearer.unreadable" else "refused"
    stopped(gate.site, ran, ran.error["code"], outcome=outcome)


@attack(Who.THIEF, by.TOKEN_ENDS)
def test_a_code_is_shown_after_its_end(gate):
    gate.site.now += timedelta(hours=3)
    stopped(gate.site, gate.show(*gate.proof("phone.key")), "bearer.expired")


@attack(Who.BYSTANDER, by.OTHER_GATE)
def test_a_code_is_shown_at_another_staffed_gate(gate):
    ran = gate.show("--gate", "B8", "--staffed-by", "operator", code="staffed.txt")
    stopped(gate.site, ran, "bearer.binding")


@attack(Who.OPERATOR, by.CARRIED_STAYS)
def test_a_code_is_handed_out_under_a_permit_that_keeps_templates(gate):
    ran = Gate(gate.site, gate.site.door).hand_out("other.txt", "--staffed-gate", "B7")
    stopped(gate.site, ran, "permit.scope")
    assert not (gate.site.folder / "other.txt").exists()


@attack(Who.OPERATOR, by.CHILDREN)
def test_a_child_is_given_a_code(gate):
    ran = gate.hand_out("child.txt", "--staffed-gate", "B7", age="--minor")
    stopped(gate.site, ran, "permit.scope", rule="HR-16")
    assert not (gate.site.folder / "child.txt").exists()
