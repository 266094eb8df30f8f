"""The airport gate: a template that the passenger carries, and codes that are no use to a thief."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.bearer.gate import DeviceProof, Handout, Shown, proof_message
from recognizance.bearer.token import Binding
from recognizance.cli.stories.scenery import GALLERY
from recognizance.gate.scope import Circumstances, SampleKind
from recognizance.keys import SigningKey
from recognizance.ledger import LogName
from recognizance.permits import objecting
from recognizance.permits.exchange import import_status
from recognizance.types import Operation
from recognizance.uses import Request

if TYPE_CHECKING:
    from recognizance.cli.stories.stage import Stage
    from recognizance.cli.stories.story import Ask
    from recognizance.gate.permit import Permit
    from recognizance.uses import Answer

JOURNEY, NEXT_JOURNEY = "flight 101, 23 December", "flight 102, 24 December"
REST = timedelta(days=30)
JOURNEY_LASTS = timedelta(hours=10)


@dataclass(slots=True)
class Gate:
    """A gate at which passengers show a code, and the telephone of one passenger."""

    stage: Stage
    permit: Permit
    telephone: SigningKey = field(default_factory=SigningKey.generate)

    def hand_out(self, photograph: bytes) -> Answer:
        """At the counter: a code for one journey, bound to the passenger's telephone."""
        stage = self.stage
        handout = Handout(
            journey=JOURNEY,
            release="release-101-22A",
            binding=Binding.device(self.telephone.public_key),
            until=stage.clock() + JOURNEY_LASTS,
            minor=False,
        )
        return stage.workspace.desk.enroll_bearer(
            self._request(Operation.ENROLL, photograph), handout
        )

    def prove(self, token: str, key: SigningKey | None = None) -> DeviceProof:
        """A device answers a fresh challenge of the gate."""
        stage = self.stage
        challenge = stage.workspace.bearer.challenge(self.permit.permit_id, now=stage.clock())
        message = proof_message(token, challenge, self.permit.permit_id)
        return DeviceProof(challenge, (key or self.telephone).sign(message))

    def show(
        self, photograph: bytes, token: str, proof: DeviceProof | None, journey: str = JOURNEY
    ) -> Answer:
        """At the gate: one face, one code."""
        return self.stage.workspace.desk.verify_bearer(
            self._request(Operation.VERIFY, photograph), Shown(token, journey, proof)
        )

    def _request(self, operation: Operation, photograph: bytes) -> Request:
        return Request(
            principal=self.stage.operator.principal,
            operation=operation,
            permit_id=self.permit.permit_id,
            photographs=(photograph,),
            circumstances=Circumstances(sample=SampleKind.PHOTOGRAPH),
        )


def airport_gate(stage: Stage, ask: Ask) -> str:
    """Countersigned, published, rested for thirty days; then one face and one code at a time."""
    permit = _permitted(stage, ask)
    gate = Gate(stage, permit)
    made = gate.hand_out(stage.person("A"))
    stage.expect(made, "enrolled")
    token = made.token or ""
    stage.keep_receipt(made, "a code was made")
    stage.tell(
        "good",
        "code made",
        f"Person A checks in and carries the template away: {len(token)} letters, one square code",
        "sealed: whoever photographs the code reads nothing",
        entry=made.entry,
    )
    boarded = gate.show(stage.person("A", 2), token, gate.prove(token))
    stage.expect(boarded, "match")
    stage.keep_receipt(boarded, "a passenger boarded")
    stage.tell(
        "good",
        "match",
        "Person A boards: this face, this code, this telephone, this flight",
        f"at a {boarded.error_rate}",
        entry=boarded.entry,
    )
    _thieves(gate, token)
    held = stage.workspace.gallery.subjects(GALLERY)
    stage.must(not held, "The airline keeps somebody.")
    stage.tell("good", "nothing kept", "the airline holds nobody: no picture and no template")
    return (
        "One passenger boarded with the code on the telephone; a stolen code was no use to "
        "anybody, and the airline keeps nothing."
    )


def _permitted(stage: Stage, ask: Ask) -> Permit:
    """The permit at the day of its first use, every duty attested."""
    permit = stage.permit_as_measured(ask)
    early = Gate(stage, permit)
    stage.refused(
        "the gate is opened on the day of the permit, before anybody could object",
        lambda: early.hand_out(stage.person("A")),
    )
    objection = objecting.lodge(
        stage.workspace.registry,
        permit.permit_id,
        "The desk without a camera has one clerk and the gate has six.",
        now=stage.clock(),
    )
    stage.tell(
        "held",
        "objection",
        "a passenger objects: the desk without a camera has one clerk, the gate has six",
        entry=stage.last_entry(LogName.DECISIONS),
    )
    stage.clock.advance(days=REST.days, minutes=1)
    _import_status(stage)
    stage.attest_all(permit)
    stage.refused(
        "thirty days later the gate is opened, the objection unanswered",
        lambda: early.hand_out(stage.person("A")),
        "GV-05",
    )
    objecting.answer(
        stage.workspace.registry,
        objection.objection_id,
        "A second clerk sits at the desk from today.",
        by=stage.officer.principal,
        now=stage.clock(),
    )
    stage.tell(
        "good",
        "answered",
        "the officer answers: a second clerk sits at the desk from today",
        entry=stage.last_entry(LogName.DECISIONS),
    )
    return permit


def _import_status(stage: Stage) -> None:
    """A countersigned permit holds while the authority's newest word is at most 30 days old."""
    status = import_status(stage.workspace, stage.authority.list_status(), by=stage.operator)
    stage.tell(
        "plain",
        "status list",
        f"the authority's list number {status.number} says that the permit was not withdrawn",
        entry=stage.last_entry(LogName.DECISIONS),
    )


def _thieves(gate: Gate, token: str) -> None:
    stage = gate.stage
    thief = SigningKey.generate()
    stage.refused(
        "a photograph of the code, shown from another telephone",
        lambda: gate.show(stage.person("A", 2), token, gate.prove(token, thief)),
    )
    stage.refused(
        "the code alone, with no telephone to answer the gate",
        lambda: gate.show(stage.person("A", 2), token, None),
    )
    overheard = gate.prove(token)
    gate.show(stage.person("A", 2), token, overheard)
    stage.refused(
        "an answer of the right telephone, overheard and played back",
        lambda: gate.show(stage.person("A", 2), token, overheard),
    )
    robbed = gate.show(stage.person("C"), token, gate.prove(token))
    stage.expect(robbed, "non_match")
    stage.tell(
        "stop",
        "non match",
        "the telephone itself, stolen and unlocked, in the hand of Person C",
        entry=robbed.entry,
    )
    stage.refused(
        "the same code for the next flight",
        lambda: gate.show(stage.person("A", 2), token, gate.prove(token), NEXT_JOURNEY),
        "PR-08",
    )
    stage.open_gallery(gate.permit)
    stage.refused(
        "the airline opens a store of its own and puts the passenger into it",
        lambda: stage.enroll("A", gate.permit, ground="release-101-22A", source="own_enrollment"),
        "PR-07",
    )
    stage.clock.advance(hours=JOURNEY_LASTS.seconds // 3600 + 1)
    stage.refused(
        "the same code, after the journey",
        lambda: gate.show(stage.person("A", 2), token, gate.prove(token)),
    )
