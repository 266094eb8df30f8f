"""Is the person who asks the one whom it is about? Nothing is handed out before that is known.

Somebody else's data must not leave (Regulation (EU) 2016/679, Art. 12(6), 15(4)). The desk has seen
a document, or a photograph is compared with the claimed person's own references (1:1). No kind of
permit exists for a search by the subject desk, so nobody is looked for in a gallery: a photograph
is verified against the one id that is claimed, under the gallery's own permit, by somebody who may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import ConflictError
from recognizance.subjects.requests import SubjectRequest, opened, record, request_of
from recognizance.texts import checked_text
from recognizance.types import Operation

if TYPE_CHECKING:
    from recognizance.types import Principal
    from recognizance.uses import Request
    from recognizance.workspace import Workspace


def establish(workspace: Workspace, request_id: str, *, how: str, by: Principal) -> SubjectRequest:
    """Record how the desk established who asks: a document that was seen, in words.

    Raises:
        RoleError: Neither subject desk nor custodian.
        ConflictError: The request is closed.
        InputError: No words.
    """
    found = opened(workspace, request_id, by)
    words = checked_text(how, what="How it was established")
    told = {"identity": words}
    record(workspace, request_id, "identified", subject_id=found.subject_id, told=told, by=by)
    return request_of(workspace, request_id)


def established_by_photograph(
    workspace: Workspace, request_id: str, use: Request, *, by: Principal
) -> SubjectRequest:
    """Compare a photograph of who asks with the references of whom they claim to be (1:1).

    Args:
        workspace: The workspace.
        request_id: The request.
        use: A verification under the gallery's permit, as the desk takes it.
        by: Who works on the request.

    Raises:
        RoleError: Neither subject desk nor custodian, or no operator of the verification.
        ConflictError: The request is closed, or the faces do not match; the request stays open,
            to be refused or established by a document.
    """
    found = opened(workspace, request_id, by)
    if use.operation is not Operation.VERIFY or found.subject_id is None:
        raise ConflictError(
            "A photograph is compared with the references of the person who is claimed.",
            hint="Verify it (1:1), under the permit of the gallery.",
        )
    answer = workspace.desk.verify(use, found.subject_id)
    if answer.outcome != "match":
        told = {"identity_failed": f"photograph, {answer.outcome}: {answer.entry}"}
        record(
            workspace, request_id, "not_identified", subject_id=found.subject_id, told=told, by=by
        )
        raise ConflictError(
            "The photograph does not show that the person is who they claim to be.",
            hint="Ask for a document, or refuse the request: it may be about somebody else.",
        )
    words = f"A photograph matched the references of that person: {answer.entry}"
    return establish(workspace, request_id, how=words, by=by)
