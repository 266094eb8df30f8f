"""A counter that hands out tokens, a gate that reads them, and a passenger's telephone."""

import tomllib
from dataclasses import dataclass, field
from datetime import timedelta

from fakes import photograph
from recognizance.bearer.gate import Attendance, DeviceProof, Handout, Shown, proof_message
from recognizance.bearer.token import Binding
from recognizance.conditions import open_duties
from recognizance.gate.submission import submission_from
from recognizance.gate.templates import template
from recognizance.keys import SigningKey
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.oversight import attest
from recognizance.types import ErrorRate, Operation
from recognizance.uses import Answer, Request
from recognizance.workspace import Workspace

ANA, ANA_AGAIN = photograph("ana", note="1"), photograph("ana", note="2")
BEN = photograph("ben", note="1")
JOURNEY = "RZ 101, 22 November"
RELEASE = "release-of-ana-0001"
GATE = "gate B7"


def permit_to_carry(
    workspace: Workspace, *, custody: str = "device", fn: str = "verify_1to1"
) -> str:
    """A self-signed permit for adults who opted in and carry their own templates."""
    content = tomllib.loads(template("opted_in_access"))
    content["fn"] = fn
    content["tmpl"]["custody"] = custody
    issued = propose(
        workspace,
        Proposal(
            submission_from(content),
            target=(ErrorRate.FMR, 300_000),
            gallery_ids=frozenset({"g"}),
            gallery_size=1,
        ),
        proposer=workspace.acting("operator"),
        officers=[workspace.acting("officer")],
    )
    assert issued.permit is not None, [f.rule_id for f in issued.decision.deciding]
    permit_id = issued.permit.permit_id
    for hook in open_duties(issued.permit, workspace.registry.standing):
        words = f"done; the notice names {permit_id}"
        attest(workspace, permit_id, hook, statement=words, by=workspace.acting("officer"))
    return permit_id


@dataclass
class Airport:
    """Short words for what is done at a counter and at a gate."""

    workspace: Workspace
    permit: str
    phone: SigningKey = field(default_factory=SigningKey.generate)

    def request(self, operation: Operation, data: bytes, permit: str | None = None) -> Request:
        principal = self.workspace.acting("operator").principal
        return Request(principal, operation, permit or self.permit, photographs=(data,))

    def handout(self, **changes) -> Handout:
        terms = {
            "journey": JOURNEY,
            "release": RELEASE,
            "binding": Binding.device(self.phone.public_key),
            "until": self.workspace.clock() + timedelta(hours=10),
            "minor": False,
        } | changes
        return Handout(**terms)

    def hand_out(self, data: bytes = ANA, *, permit: str | None = None, **changes) -> Answer:
        request = self.request(Operation.ENROLL, data, permit)
        return self.workspace.desk.enroll_bearer(request, self.handout(**changes))

    def token(self, data: bytes = ANA, **changes) -> str:
        token = self.hand_out(data, **changes).token
        assert token is not None
        return token

    def challenge(self) -> bytes:
        return self.workspace.bearer.challenge(self.permit, now=self.workspace.clock())

    def proof(
        self,
        token: str,
        *,
        phone: SigningKey | None = None,
        challenge: bytes | None = None,
        permit: str | None = None,
    ) -> DeviceProof:
        challenge = challenge or self.challenge()
        message = proof_message(token, challenge, permit or self.permit)
        return DeviceProof(challenge, (phone or self.phone).sign(message))

    def attended(self, gate: str = GATE, by: str = "operator") -> Attendance:
        return Attendance(self.workspace.acting(by).principal, gate)

    def show(self, token: str, data: bytes = ANA_AGAIN, **changes) -> Answer:
        """Show a token, with the telephone's own answer to a fresh challenge unless told else."""
        permit = changes.pop("permit", None)
        if "proof" not in changes:
            changes["proof"] = self.proof(token)
        shown = Shown(**({"token": token, "journey": JOURNEY} | changes))
        return self.workspace.desk.verify_bearer(
            self.request(Operation.VERIFY, data, permit), shown
        )
