"""The operator's side of the exchange: ask the authority, take its answer, take its status list.

1 REQUEST   the proposer's and the officers' keys sign permit and submission; recorded
2 ANSWER    opened by the pinned authority's key alone, for a request that was made here and
            is not answered yet
3 FORCE     countersigned: the gate decides once more, then the permit comes into force;
            conditional: the officers sign the changed permit, and a new request is made;
            refused, returned: recorded
4 STATUS    a newer list than the last; what it withdraws is revoked here
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import AuthorityError, ConflictError, WorkspaceDamagedError
from recognizance.gate.decide import decide
from recognizance.gate.letters import Answer, AnswerKind, PermitRequest, StatusList
from recognizance.gate.narrowing import loosened, widened
from recognizance.gate.permit import Permit
from recognizance.gate.permit import sign as sign_permit
from recognizance.ledger import LogName
from recognizance.permits.acting import require_role
from recognizance.permits.decided import not_decided, require_decided
from recognizance.permits.issuing import put_into_force, require_officers
from recognizance.permits.kept import kept_submission, open_permits
from recognizance.permits.renewable import require_renewable
from recognizance.types import Role, utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.permits.acting import Acting
    from recognizance.registry.correspondence import Asked
    from recognizance.workspace import Actor, Workspace

CLOCK_DIFFERENCE = timedelta(minutes=5)
"""How far the clocks of the two machines may lie apart."""


def request_permit(
    workspace: Workspace, permit: Permit, *, proposer: Actor, officers: Sequence[Actor]
) -> bytes:
    """Write the request for a permit that `propose` has given; it is recorded before it leaves.

    Raises:
        AuthorityError: Those who send it are not those who ask for the permit.
        KeyFileError: The device of one of them did not sign.
    """
    request = PermitRequest(permit, kept_submission(workspace, permit), workspace.clock())
    data = request.seal([proposer.key, *(officer.key for officer in officers)])
    record_request(workspace, data)
    return data


def record_request(workspace: Workspace, data: bytes) -> None:
    """Write down that a request is sent, before it leaves.

    Raises:
        AuthorityError: Those who send it are not those who ask for the permit.
    """
    sent = PermitRequest.open(data)
    permit = sent.permit
    workspace.ledger.append(
        LogName.DECISIONS,
        "permit_requested",
        {
            "request": sent.digest,
            "permit": permit.permit_id,
            "digest": permit.digest,
            "submission": permit.submission_digest,
        },
        private={"permit": parse_json(permit.to_json())},
        now=workspace.clock(),
    )
    workspace.registry.refresh()


def accept_answer(workspace: Workspace, data: bytes, *, by: Acting) -> Answer:
    """Take an answer of the authority, whatever it says, and write it down.

    A countersigned permit comes into force, if the gate still gives it: on the submission that was
    proposed here, with the permits that are open by now.

    Raises:
        RoleError: Not a proposer.
        AuthorityError: It is no answer of the pinned authority to a request that was made here.
        ConflictError: That request was answered before.
        PermitForgedError: A signature or a digest does not hold, or the gate gives no such permit.
        RefusedError: It renews a permit that cannot be renewed any more.
    """
    require_role(workspace.registry, by.principal, "take an answer in", Role.PROPOSER)
    answer, asked = _opened(workspace, data)
    if answer.kind is AnswerKind.COUNTERSIGNED and answer.permit is not None:
        _force(workspace, answer.permit, asked)
    _record_answer(workspace, answer, by)
    return answer


def sign_conditional(
    workspace: Workspace, data: bytes, *, proposer: Actor, officers: Sequence[Actor]
) -> bytes:
    """Sign the permit as the authority has changed it, and write the new request.

    Raises:
        AuthorityError: It is no conditional answer of the pinned authority to a request from here.
        PermitForgedError: The changed permit gives more than what was asked for.
        RoleError: Not a proposer, not officers, or too few of them.
        TargetUnsupportedError: The evidence does not support the stricter error rate.
    """
    registry = workspace.registry
    require_role(registry, proposer.principal, "ask for a permit", Role.PROPOSER)
    for officer in officers:
        require_role(registry, officer.principal, "sign a permit", Role.SIGNING_OFFICER)
    answer, asked = _opened(workspace, data, again=True)
    changed = answer.permit
    if answer.kind is not AnswerKind.CONDITIONAL or changed is None:
        raise AuthorityError(
            "This answer sets no conditions, so there is nothing to sign.",
            hint="Take it in with `recognizance gate accept`.",
        )
    require_officers(changed.permit_class, officers)
    problem = loosened(_permit_asked(workspace, asked), changed)
    if problem is not None:
        raise not_decided(problem)
    if changed.proposer_id != proposer.principal.principal_id:
        raise not_decided("somebody else proposed it")
    workspace.threshold_of(changed.target)
    for officer in officers:
        changed = sign_permit(changed, officer.key, officer.principal)
    if answer.request not in workspace.registry.correspondence.answered:
        _record_answer(workspace, answer, proposer)
    return request_permit(workspace, changed, proposer=proposer, officers=officers)


def import_status(workspace: Workspace, data: bytes, *, by: Acting) -> StatusList:
    """Take the status list in, and revoke what it withdraws; the same one again does no harm.

    Raises:
        AuthorityError: The pinned authority did not sign it, a newer one is here already, or it is
            of a time that has not come.
    """
    status = StatusList.open(data, workspace.authority)
    now = workspace.clock()
    workspace.registry.refresh()
    known = workspace.registry.correspondence.status
    if known is not None and _same(status, known):
        return status
    if known is not None and (status.number <= known.number or status.issued_at < known.issued_at):
        raise AuthorityError(
            f"This is list {status.number}, and list {known.number} is here already.",
            hint="Bring in the newest one; an older one would hide what was withdrawn since.",
        )
    if status.issued_at > now + CLOCK_DIFFERENCE:
        raise AuthorityError(
            "This list is of a time that has not come here yet.",
            hint="Set the clock of this machine, or tell the authority that theirs is wrong.",
        )
    before = frozenset(workspace.registry.revoked)
    workspace.registry.record(
        "status_imported",
        {
            "number": status.number,
            "letter": parse_json(data),
            "by": by.principal.principal_id,
        },
        now=now,
    )
    for permit_id in sorted((status.withdrawn - before) & workspace.registry.issued.keys()):
        workspace.registry.revoke(
            permit_id, reason="withdrawn by the authority", by="authority", now=now
        )
    return status


def _same(status: StatusList, known: StatusList) -> bool:
    return (
        status.letter is not None
        and known.letter is not None
        and status.letter.digest == known.letter.digest
    )


def _opened(workspace: Workspace, data: bytes, *, again: bool = False) -> tuple[Answer, Asked]:
    """Step 2; `again` where an answer that was taken in before may be read once more."""
    answer = Answer.open(data, workspace.authority)
    workspace.registry.refresh()
    letters = workspace.registry.correspondence
    asked = letters.asked.get(answer.request)
    if asked is None or asked.permit_id != answer.permit_id:
        raise AuthorityError(
            "This answers a request that was not made in this workspace.",
            hint="Take it in where the request was made, or request anew from here.",
        )
    if answer.request in letters.answered and not again:
        raise ConflictError(
            "The request of this answer was answered already.",
            hint="An answer counts once; for another permit make another request.",
        )
    return answer, asked


def _force(workspace: Workspace, permit: Permit, asked: Asked) -> None:
    """Step 3: what came back is what was asked for, countersigned, and the gate still gives it."""
    if replace(permit, countersignature=None) != _permit_asked(workspace, asked):
        raise not_decided("it is not the permit that was asked for")
    workspace.shelf.checker.check_signatures(permit, trusted=workspace.registry.principals)
    if (permit.submission_digest, permit.bundle_digest) not in workspace.registry.decided:
        raise not_decided("it was not proposed in this workspace")
    if workspace.registry.issued.get(permit.permit_id) == permit.digest:
        return  # the last attempt was cut off after this
    now = workspace.clock()
    submission = kept_submission(workspace, permit)
    others = open_permits(workspace, now, without=permit.renews)
    decision = decide(workspace.bundle, submission, at=now.date(), open_permits=others)
    require_decided(permit, submission, decision)
    if permit.renews is not None:
        renewed = workspace.shelf.known(permit.renews)
        require_renewable(workspace, renewed, now=now)  # things happen while letters travel
        problem = widened(renewed, permit)
        if problem is not None:
            raise not_decided(problem)
    put_into_force(workspace, permit)


def _permit_asked(workspace: Workspace, asked: Asked) -> Permit:
    """The permit as the officers signed it for a request."""
    match workspace.ledger.private(LogName.DECISIONS, asked.index):
        case {"permit": dict(document)}:
            return Permit.from_json(canonical_bytes(document))
        case _:
            raise WorkspaceDamagedError(
                "What was asked for with this request is gone from the ledger.",
                hint="Request the permit anew.",
            )


def _record_answer(workspace: Workspace, answer: Answer, by: Acting) -> None:
    workspace.registry.record(
        "request_answered",
        {
            "request": answer.request,
            "answer": answer.kind.value,
            "number": answer.number,
            "answered_at": utc_text(answer.answered_at),
            "permit": answer.permit_id,
            "rules": list(answer.rules),
            "by": by.principal.principal_id,
        },
        private={"reason": answer.reason, "questions": list(answer.questions)},
        now=workspace.clock(),
    )
