"""Requests whose answer waits for people: the same request again finds its lead.

A client that speaks somebody else's protocol knows no leads. It is told that its answer waits, and
asks again as it asked before; who asked, under which permit, in which gallery, for which photograph
and whom it was claimed to be make the request. While people have not decided it is told so again,
and once they have, what they decided, as often as it asks, until the lead's own time is over. Then
the request is a new one. Of a request a keyed digest is kept and nothing else.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from recognizance.canonical import canonical_bytes
from recognizance.errors import NotFoundError
from recognizance.leads import pending
from recognizance.service.store.tables import held
from recognizance.types import utc_text
from recognizance.uses import sample_digest, storable

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.gallery import Gallery
    from recognizance.service.store import Store
    from recognizance.uses import Answer, Request
    from recognizance.workspace import Workspace

PURPOSE: Final = "held"
"""What the key is derived for; see `Workspace.secret_for`."""


class Held:
    """Which lead each request became. Its methods are called at the desk's counter.

    Args:
        store: Where it is kept.
        key: 32 bytes; see `Workspace.secret_for`.
    """

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key

    def search(self, workspace: Workspace, request: Request) -> Answer:
        """Search, or say what was decided on this search.

        Raises:
            ReviewPendingError: A candidate waits for people.
        """
        return self._ask(workspace, request, None, lambda: workspace.desk.search(request))

    def verify(self, workspace: Workspace, request: Request, subject_id: str) -> Answer:
        """Check a claim, or say what was decided on it.

        Raises:
            ReviewPendingError: A match waits for people.
        """
        verify = workspace.desk.verify
        return self._ask(workspace, request, subject_id, lambda: verify(request, subject_id))

    def tidy(self, gallery: Gallery) -> None:
        """Forget the requests whose leads are gone."""
        with self._store.reading() as connection:
            kept = connection.execute(select(held.c.lead_id)).scalars().all()
        for lead_id in kept:
            try:
                gallery.lead(lead_id)
            except NotFoundError:
                self._forget(lead_id)

    def _ask(
        self,
        workspace: Workspace,
        request: Request,
        claimed: str | None,
        ask: Callable[[], Answer],
    ) -> Answer:
        digest = self._digest(request, claimed)
        lead_id = self._lead_of(digest)
        if lead_id is not None:
            try:
                return workspace.desk.recall(request, lead_id, claimed=claimed)
            except NotFoundError:  # its time is over, so this asks anew
                self._forget(lead_id)
        answer = ask()
        if answer.lead_id is None:
            return answer
        with self._store.writing() as connection:
            row = {
                "request_digest": digest,
                "lead_id": answer.lead_id,
                "created_at": utc_text(workspace.clock()),
            }
            connection.execute(insert(held).values(row))
        raise pending(answer.lead_id)

    def _lead_of(self, digest: bytes) -> str | None:
        with self._store.reading() as connection:
            which = select(held.c.lead_id).where(held.c.request_digest == digest)
            return connection.execute(which).scalar()

    def _forget(self, lead_id: str) -> None:
        with self._store.writing() as connection:
            connection.execute(delete(held).where(held.c.lead_id == lead_id))

    def _digest(self, request: Request, claimed: str | None) -> bytes:
        """A digest of whatever makes a request this one; nobody without the key can guess at it."""
        made_of = {
            "principal": request.principal.principal_id,
            "operation": request.operation.value,
            "permit": request.permit_id,
            "gallery": request.gallery_id,
            "case": storable(request.case_id),
            "photographs": [sample_digest(each) for each in request.photographs],
            "reference": request.reference_id,
            "face": request.face,
            "at_most_ppb": request.at_most_ppb,
            "claimed": claimed,
        }
        return hmac.digest(self._key, canonical_bytes(made_of), "sha256")
