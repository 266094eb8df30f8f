"""Answers to people: words, everything that is held, a correction, an erasure, or a refusal.

All but words and refusals ask that it was established who the person is. What is handed out is
recorded, by its digest, before it leaves.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from recognizance.errors import NotFoundError, RoleError
from recognizance.subjects.held import packed, references_about
from recognizance.subjects.requests import Kind, SubjectRequest, opened, record, request_of
from recognizance.texts import checked_text

if TYPE_CHECKING:
    from recognizance.types import Principal
    from recognizance.uses import Answer
    from recognizance.workspace import Workspace

ERASED = "Everything that was held about this person was erased."


def export_held(
    workspace: Workspace, request_id: str, *, by: Principal
) -> tuple[SubjectRequest, bytes]:
    """Answer a request for access or export with everything that is held about the person.

    Returns:
        The answered request, and the ZIP that is handed over; its digest is recorded.

    Raises:
        RoleError: Neither subject desk nor custodian, or it is not established who asks.
        ConflictError: The request is closed, or asks for something else.
    """
    found, who = _established(workspace, request_id, by, Kind.ACCESS, Kind.EXPORT)
    document = packed(workspace, who)
    digest = hashlib.sha256(document).hexdigest()
    _close(workspace, found, "answered", f"Handed over a document, SHA-256 {digest}.", by=by)
    return request_of(workspace, request_id), document


def correct(
    workspace: Workspace,
    request_id: str,
    reference_id: str,
    *,
    provenance: str | None = None,
    ground: str | None = None,
    reason: str,
    by: Principal,
) -> SubjectRequest:
    """Correct where a reference came from, or why it is there. A picture is enrolled anew instead.

    Raises:
        RoleError: Neither subject desk nor custodian, or it is not established who asks.
        NotFoundError: The person has no such reference.
        InputError: No known provenance or no ground (rule HR-09), or no reason.
        ConflictError: The request is closed, or asks for something else.
    """
    found, who = _established(workspace, request_id, by, Kind.CORRECTION)
    words = checked_text(reason, what="The reason")
    own = {each.reference_id: each for each in references_about(workspace, who)}
    if reference_id not in own:
        raise NotFoundError(
            "This person has no such reference.",
            hint="See what is held with `recognizance subjects held`.",
        )
    before = own[reference_id]
    workspace.gallery.correct(reference_id, provenance=provenance, ground=ground)
    said = f"{words} Before: {before.provenance}, {before.ground}."
    _close(workspace, found, "answered", said, by=by)
    return request_of(workspace, request_id)


def erase_on_request(
    workspace: Workspace, request_id: str, *, by: Principal
) -> tuple[SubjectRequest, Answer | None]:
    """Erase the person, as `erase` does; then of the request only id, kind and days are left.

    Raises:
        RoleError: Neither subject desk nor custodian, or it is not established who asks.
        ConflictError: The request is closed, or asks for something else.
    """
    found, who = _established(workspace, request_id, by, Kind.ERASURE, Kind.OBJECTION)
    answer = workspace.desk.erase(by, who, reason=f"request {request_id}")
    record(workspace, request_id, "answered", subject_id=None, told={}, by=by)
    return request_of(workspace, found.request_id), answer


def answer_in_words(
    workspace: Workspace, request_id: str, *, answer: str, by: Principal
) -> SubjectRequest:
    """Answer an objection, or tell somebody that nothing is held about them.

    Raises:
        RoleError: Neither subject desk nor custodian.
        ConflictError: The request is closed.
        InputError: No words.
    """
    found = opened(workspace, request_id, by)
    _close(workspace, found, "answered", checked_text(answer, what="The answer"), by=by)
    return request_of(workspace, request_id)


def refuse(workspace: Workspace, request_id: str, *, reason: str, by: Principal) -> SubjectRequest:
    """Refuse a request, with a reason: it is about somebody else, or who asks is not established.

    Raises:
        RoleError: Neither subject desk nor custodian.
        ConflictError: The request is closed.
        InputError: No reason.
    """
    found = opened(workspace, request_id, by)
    _close(workspace, found, "refused", checked_text(reason, what="The reason"), by=by)
    return request_of(workspace, request_id)


def _established(
    workspace: Workspace, request_id: str, by: Principal, *kinds: Kind
) -> tuple[SubjectRequest, str]:
    found = opened(workspace, request_id, by, *kinds)
    if found.identity is None or found.subject_id is None:
        raise RoleError(
            "It is not established yet that who asks is the person whom it is about.",
            hint="Record it: recognizance subjects request identify; or refuse the request.",
        )
    return found, found.subject_id


def _close(
    workspace: Workspace, found: SubjectRequest, outcome: str, words: str, *, by: Principal
) -> None:
    told = {"answer": words}
    record(workspace, found.request_id, outcome, subject_id=found.subject_id, told=told, by=by)
