"""Proposals that wait for signatures: who proposes has gone by the time that an officer signs.

A proposal is decided when it is made, and once more when the last signature comes: rules, evidence
and open permits are those of that moment, and a permit that the gate would not give then does not
come into force. Proposals lie in the decisions log, with the unsigned permit as private payload, so
whoever may sign can do it at any console of the workspace.

    proposed ──an officer signs, until they are as many as the class needs──> issued; or, where the
               class needs the authority, signed: a letter asks it (`sending`)
    proposed ──an officer declines or returns it, or fourteen days pass─────> closed; who proposed a
               returned one amends it and proposes anew
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
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
from recognizance.permits.issuing import draft, put_into_force
from recognizance.permits.kept import kept_submission, open_permits
from recognizance.permits.renewable import require_renewable
from recognizance.texts import checked_text
from recognizance.types import Role

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
RETURNED: Final = "proposal_returned"
_CLOSED: Final = frozenset({DECLINED, RETURNED})
_KINDS: Final = frozenset({PROPOSED, SIGNED}) | _CLOSED
_MOST_FILED: Final = 200
_MOST_WORDS: Final = 2000
_REMEMBERED: Final = 500

MOST_SIGNATURES: Final = 8
"""House number: as many officers as one decision ever has."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits.

    Attributes:
        permit: As it will be, with the signatures so far.
        proposed_at: When it was proposed.
        asked: How many signatures whoever proposed it wants.
    """

    permit: Permit
    proposed_at: datetime
    asked: int = 0

    @property
    def wanted(self) -> int:
        """How many signatures it takes: those of its class, or more where more were asked for."""
        return max(terms_of(self.permit.permit_class).officers, self.asked)

    @property
    def needed(self) -> int:
        """How many signatures are missing."""
        return self.wanted - len(self.permit.signatures)

    @property
    def until(self) -> datetime:
        """When it is too old to be signed."""
        return min(self.proposed_at + LASTS, self.permit.expires_at)


@dataclass(frozen=True, slots=True)
class Filed:
    """A proposal, whatever became of it.

    Attributes:
        permit: As it is or would have been, with the signatures that it got.
        proposed_at: When it was proposed.
        state: `waiting`, `signed` (a letter is to be sent), `requested`, `in force` (issued),
            `returned`, `declined` or `lapsed`.
        reason: Why it was returned or declined; empty otherwise.
        wanted: How many signatures it takes.
    """

    permit: Permit
    proposed_at: datetime
    state: str
    reason: str
    wanted: int


def put_forward(workspace: Workspace, proposal: Proposal, *, proposer: Principal) -> Drafted:
    """Decide a proposal and, if the rules allow it, have it wait for the officers.

    Raises:
        RoleError: The proposer may not propose.
        InputError: More signatures are asked for than a permit has.
        RecognizanceError: As `issuing.draft`.
    """
    if not 0 <= proposal.signatures <= MOST_SIGNATURES:
        raise InputError(
            f"At most {MOST_SIGNATURES} officers sign a permit.", hint="Ask for fewer signatures."
        )
    made = draft(workspace, proposal, proposer=proposer)
    if made.permit is not None:
        _record(workspace, PROPOSED, made.permit, by=proposer, asked=proposal.signatures)
    return made


def waiting(workspace: Workspace) -> dict[str, Waiting]:
    """The proposals that can be signed now, by permit id."""
    gone = _gone(workspace)
    now = workspace.clock()
    open_ones = {
        permit_id: _waiting(workspace, course)
        for permit_id, course in _courses(workspace).items()
        if course.closed is None and permit_id not in gone
    }
    return {permit_id: each for permit_id, each in open_ones.items() if now < each.until}


def filed(workspace: Workspace, permit_id: str) -> Filed:
    """A proposal, and what became of it.

    Raises:
        NotFoundError: There was never one of that id.
    """
    course = _courses(workspace).get(permit_id)
    if course is None:
        raise NotFoundError("No such proposal was made here.", hint="List those that were.")
    return _filed(workspace, permit_id, course)


def filed_by(workspace: Workspace, principal_id: str) -> list[Filed]:
    """What somebody proposed, the newest first; at most the newest two hundred."""
    mine = [
        (permit_id, course)
        for permit_id, course in _courses(workspace).items()
        if course.proposed.public["by"] == principal_id
    ]
    return [_filed(workspace, *each) for each in reversed(mine[-_MOST_FILED:])]


def sign(workspace: Workspace, permit_id: str, *, officer: Actor) -> Waiting:
    """Sign a proposal; with the last signature that the class needs it comes into force.

    Raises:
        NotFoundError: No such proposal waits.
        RoleError: Not an officer, the one who proposed it, or one who has signed.
        PermitForgedError: The gate would not give this permit any more.
        RefusedError: A rule refuses the use by now.
        IncompleteError: The rules ask for more by now.
        PermitSuspendedError: It renews a permit that was stopped since.
        PermitRevokedError: It renews a permit that was revoked since.
    """
    require_role(workspace.registry, officer.principal, "sign a permit", Role.SIGNING_OFFICER)
    found = _one(workspace, permit_id)
    if found.needed <= 0:
        raise ConflictError(
            "This proposal has the signatures that it needs.",
            hint="What is left to sign is the letter to the authority.",
        )
    permit = sign_permit(found.permit, officer.key, officer.principal)
    signed = replace(found, permit=permit)
    if signed.needed <= 0:
        now, submission = workspace.clock(), kept_submission(workspace, signed.permit)
        others = open_permits(workspace, now, without=permit.renews)
        decision = decide(workspace.bundle, submission, at=now.date(), open_permits=others)
        require_decided(permit, submission, decision)
        if permit.renews is not None:  # things happen while it waits
            require_renewable(workspace, workspace.shelf.find(permit.renews), now=now)
    _record(workspace, SIGNED, signed.permit, by=officer.principal)
    if signed.needed <= 0 and signed.permit.self_attested:
        put_into_force(workspace, signed.permit)
    return signed


def decline(workspace: Workspace, permit_id: str, *, reason: str, by: Principal) -> None:
    """Close a proposal without a permit, as an officer.

    Raises:
        NotFoundError: No such proposal waits.
        RoleError: Not an officer.
        InputError: No reason.
    """
    _close(workspace, permit_id, DECLINED, reason=reason, by=by)


def send_back(workspace: Workspace, permit_id: str, *, reason: str, by: Principal) -> None:
    """Return a proposal to whoever made it, to be amended and proposed anew, as an officer.

    Raises:
        RecognizanceError: As `decline`.
    """
    _close(workspace, permit_id, RETURNED, reason=reason, by=by)


def _close(workspace: Workspace, permit_id: str, kind: str, *, reason: str, by: Principal) -> None:
    require_role(workspace.registry, by, "decline a permit", Role.SIGNING_OFFICER)
    words = checked_text(reason, what="The reason", longest=_MOST_WORDS)
    _one(workspace, permit_id)
    workspace.ledger.append(
        LogName.DECISIONS,
        kind,
        {"permit": permit_id, "by": by.principal_id},
        private={"reason": words},
        now=workspace.clock(),
    )


@dataclass(slots=True)
class _Course:
    """A proposal's entries: the first, the newest that holds the permit, the one that closed it."""

    proposed: Entry
    newest: int
    closed: Entry | None = None


def _courses(workspace: Workspace) -> dict[str, _Course]:
    """Every proposal's course, the oldest first."""
    found: dict[str, _Course] = {}
    for entry in workspace.ledger.entries(LogName.DECISIONS, kinds=_KINDS):
        permit_id = str(entry.public["permit"])
        if entry.kind == PROPOSED:
            found[permit_id] = _Course(entry, entry.index)
        elif permit_id in found and entry.kind in _CLOSED:
            found[permit_id].closed = entry
        elif permit_id in found:
            found[permit_id].newest = entry.index
    return found


def _gone(workspace: Workspace) -> set[str]:
    """Ids of permits that are in force or on their way to the authority."""
    workspace.registry.refresh()
    return workspace.registry.issued.keys() | _requested(workspace)


def _requested(workspace: Workspace) -> set[str]:
    return {each.permit_id for each in workspace.registry.correspondence.asked.values()}


def _filed(workspace: Workspace, permit_id: str, course: _Course) -> Filed:
    each, reason = _waiting(workspace, course), ""
    gone = _gone(workspace)
    if permit_id in workspace.registry.issued:
        state = "in force"
    elif permit_id in gone:
        state = "requested"
    elif course.closed is not None:
        state = "returned" if course.closed.kind == RETURNED else "declined"
        kept = workspace.ledger.private(LogName.DECISIONS, course.closed.index)
        reason = str(kept.get("reason", "")) if isinstance(kept, dict) else ""
    elif workspace.clock() >= each.until:
        state = "lapsed"
    else:
        state = "waiting" if each.needed > 0 else "signed"
    return Filed(each.permit, each.proposed_at, state, reason, each.wanted)


def _waiting(workspace: Workspace, course: _Course) -> Waiting:
    asked = course.proposed.public.get("signatures")
    number = asked if isinstance(asked, int) else 0
    return Waiting(_permit_at(workspace, course.newest), course.proposed.time, number)


def _one(workspace: Workspace, permit_id: str) -> Waiting:
    found = waiting(workspace).get(permit_id)
    if found is not None:
        return found
    if permit_id in workspace.registry.issued:
        raise ConflictError("This permit was issued already.", hint="See it under its id.")
    if permit_id in _requested(workspace):
        raise ConflictError(
            "This permit was asked for at the authority already.", hint="Wait for its answer."
        )
    raise NotFoundError("No proposal of that id waits for a signature.", hint="List those that do.")


def _permit_at(workspace: Workspace, index: int) -> Permit:
    match workspace.ledger.private(LogName.DECISIONS, index):
        case {"permit": dict(document)}:
            return _permit_of(json.dumps(document))
        case _:
            raise WorkspaceDamagedError(
                "A proposal is gone from the ledger.", hint="Propose the permit anew."
            )


@lru_cache(maxsize=_REMEMBERED)
def _permit_of(document: str) -> Permit:
    """The permit that a document is; lists ask for the same ones again and again."""
    return Permit.from_json(canonical_bytes(json.loads(document)))


def _record(
    workspace: Workspace, kind: str, permit: Permit, *, by: Principal, asked: int = 0
) -> None:
    workspace.ledger.append(
        LogName.DECISIONS,
        kind,
        {
            "permit": permit.permit_id,
            "submission": permit.submission_digest,
            "by": by.principal_id,
            **({"signatures": asked} if asked else {}),
        },
        private={"permit": parse_json(permit.to_json())},
        now=workspace.clock(),
    )
    workspace.registry.refresh()
