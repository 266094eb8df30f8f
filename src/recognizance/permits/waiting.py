"""Proposals that wait for signatures: who proposes has gone by the time that an officer signs.

A proposal is decided when it is made, and once more when the last signature comes: rules, evidence
and open permits are those of that moment, and a permit that the gate would not give then does not
come into force. Proposals lie in the decisions log, with the unsigned permit as private payload, so
whoever may sign can do it at any console of the workspace.

    proposed ──an officer signs, until they are as many as the class needs──> issued
    proposed ──an officer declines, or fourteen days pass───────────────────> closed
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import ConflictError, InputError, NotFoundError, WorkspaceDamagedError
from recognizance.gate.decide import decide
from recognizance.gate.permit import Permit
from recognizance.gate.permit import sign as sign_permit
from recognizance.gate.terms import terms_of
from recognizance.ledger import LogName
from recognizance.permits.acting import require_role
from recognizance.permits.decided import require_decided
from recognizance.permits.issuing import class_of, draft, put_into_force
from recognizance.permits.kept import kept_submission, open_permits
from recognizance.types import Role
from recognizance.uses import storable

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.ledger import Entry
    from recognizance.permits.issuing import Drafted, Proposal
    from recognizance.types import Principal
    from recognizance.workspace import Actor, Workspace

LASTS: Final = timedelta(days=14)
"""House number: what nobody has signed after two weeks is proposed anew, on the facts of then."""

PROPOSED: Final = "permit_proposed"
SIGNED: Final = "proposal_signed"
DECLINED: Final = "proposal_declined"
_KINDS: Final = frozenset({PROPOSED, SIGNED, DECLINED})
_MOST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits.

    Attributes:
        permit: As it will be, with the signatures so far.
        proposed_at: When it was proposed.
    """

    permit: Permit
    proposed_at: datetime

    @property
    def needed(self) -> int:
        """How many signatures are missing."""
        return terms_of(self.permit.permit_class).officers - len(self.permit.signatures)

    @property
    def until(self) -> datetime:
        """When it is too old to be signed."""
        return min(self.proposed_at + LASTS, self.permit.expires_at)


def put_forward(workspace: Workspace, proposal: Proposal, *, proposer: Principal) -> Drafted:
    """Decide a proposal and, if the rules allow it, have it wait for the officers.

    Raises:
        InputError: The class needs the authority's signature: that goes by letter.
        RoleError: The proposer may not propose.
        RecognizanceError: As `issuing.draft`.
    """
    permit_class = class_of(proposal.submission)
    if terms_of(permit_class).countersigned:
        raise InputError(
            f"A permit of class {permit_class} needs the authority's signature.",
            hint="Ask for it with `recognizance gate request`; the letter travels by itself.",
        )
    made = draft(workspace, proposal, proposer=proposer)
    if made.permit is not None:
        _record(workspace, PROPOSED, made.permit, by=proposer)
    return made


def waiting(workspace: Workspace) -> dict[str, Waiting]:
    """The proposals that can be signed now, by permit id."""
    workspace.registry.refresh()
    now, ledger = workspace.clock(), workspace.ledger
    found: dict[str, tuple[Entry, int]] = {}
    for entry in ledger.entries(LogName.DECISIONS, kinds=_KINDS):
        permit_id = str(entry.public["permit"])
        if entry.kind == DECLINED:
            found.pop(permit_id, None)
        elif entry.kind == PROPOSED:
            found[permit_id] = (entry, entry.index)
        elif permit_id in found:
            found[permit_id] = (found[permit_id][0], entry.index)
    open_ones = {
        permit_id: Waiting(_permit_at(workspace, newest), proposed.time)
        for permit_id, (proposed, newest) in found.items()
        if permit_id not in workspace.registry.issued
    }
    return {permit_id: each for permit_id, each in open_ones.items() if now < each.until}


def sign(workspace: Workspace, permit_id: str, *, officer: Actor) -> Waiting:
    """Sign a proposal; with the last signature that the class needs it comes into force.

    Raises:
        NotFoundError: No such proposal waits.
        RoleError: Not an officer, the one who proposed it, or one who has signed.
        PermitForgedError: The gate would not give this permit any more.
        RefusedError: A rule refuses the use by now.
        IncompleteError: The rules ask for more by now.
    """
    require_role(workspace.registry, officer.principal, "sign a permit", Role.SIGNING_OFFICER)
    found = _one(workspace, permit_id)
    signed = Waiting(sign_permit(found.permit, officer.key, officer.principal), found.proposed_at)
    if signed.needed <= 0:
        now, submission = workspace.clock(), kept_submission(workspace, signed.permit)
        others = open_permits(workspace, now)
        decision = decide(workspace.bundle, submission, at=now.date(), open_permits=others)
        require_decided(signed.permit, submission, decision)
    _record(workspace, SIGNED, signed.permit, by=officer.principal)
    if signed.needed <= 0:
        put_into_force(workspace, signed.permit)
    return signed


def decline(workspace: Workspace, permit_id: str, *, reason: str, by: Principal) -> None:
    """Close a proposal without a permit, as an officer.

    Raises:
        NotFoundError: No such proposal waits.
        RoleError: Not an officer.
        InputError: No reason.
    """
    require_role(workspace.registry, by, "decline a permit", Role.SIGNING_OFFICER)
    words = (storable(reason) or "").strip()
    if not words or len(words) > _MOST_WORDS:
        raise InputError(
            "Why it is declined was not said.", hint=f"Say it in at most {_MOST_WORDS} characters."
        )
    _one(workspace, permit_id)
    workspace.ledger.append(
        LogName.DECISIONS,
        DECLINED,
        {"permit": permit_id, "by": by.principal_id},
        private={"reason": words},
        now=workspace.clock(),
    )


def _one(workspace: Workspace, permit_id: str) -> Waiting:
    found = waiting(workspace).get(permit_id)
    if found is not None:
        return found
    if permit_id in workspace.registry.issued:
        raise ConflictError("This permit was issued already.", hint="See it under its id.")
    raise NotFoundError("No proposal of that id waits for a signature.", hint="List those that do.")


def _permit_at(workspace: Workspace, index: int) -> Permit:
    match workspace.ledger.private(LogName.DECISIONS, index):
        case {"permit": dict(document)}:
            return Permit.from_json(canonical_bytes(document))
        case _:
            raise WorkspaceDamagedError(
                "A proposal is gone from the ledger.", hint="Propose the permit anew."
            )


def _record(workspace: Workspace, kind: str, permit: Permit, *, by: Principal) -> None:
    workspace.ledger.append(
        LogName.DECISIONS,
        kind,
        {
            "permit": permit.permit_id,
            "submission": permit.submission_digest,
            "by": by.principal_id,
        },
        private={"permit": parse_json(permit.to_json())},
        now=workspace.clock(),
    )
    workspace.registry.refresh()
