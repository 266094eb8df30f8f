"""Who asks at a counter, and for which collections: what every operation begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from recognizance import conditions
from recognizance.errors import NotFoundError, PermitScopeError
from recognizance.service.aws.faults import Fault
from recognizance.service.store.tables import closed_gallery
from recognizance.types import utc_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from recognizance.desk import Desk
    from recognizance.gallery import GalleryRecord
    from recognizance.gate.permit import Permit
    from recognizance.service.keys import ApiKey
    from recognizance.service.service import Service
    from recognizance.types import Principal
    from recognizance.workspace import Workspace

RULES: Final = ("D4",)


@dataclass(frozen=True, slots=True)
class Here:
    """One request at a counter.

    Attributes:
        service: The service.
        workspace: The counter's workspace.
        principal: Whom the key acts for.
        key: The key.
        region: The region that the client believes to speak to.
    """

    service: Service
    workspace: Workspace
    principal: Principal
    key: ApiKey
    region: str

    @property
    def desk(self) -> Desk:
        """The desk."""
        return self.workspace.desk

    @property
    def model(self) -> str:
        """The version of the model, as answers name it."""
        return self.workspace.evidence.model_id[:16]

    def arn(self, collection_id: str) -> str:
        """The name of a collection as AWS would write it."""
        where = f"{self.region}:{self.workspace.workspace_id}"
        return f"aws:rekognition:{where}:collection/{collection_id}"

    def permit(self) -> Permit:
        """The key's permit, in force and not stopped.

        Raises:
            PermitError: It is not.
        """
        now = self.workspace.clock()
        permit = self.workspace.shelf.in_force(self.key.permit_id, now=now)
        conditions.check_running(permit, self.workspace.shelf.standing, now=now)
        return permit

    def named(self, collection_id: str) -> None:
        """Pass a collection that the key names, whether it is there or not.

        Raises:
            PermitScopeError: It names others only; nothing is told of any other.
        """
        if collection_id not in self.key.galleries:
            raise PermitScopeError(
                "This key does not name that collection.",
                hint="Have a key issued that does: `recognizance apikey issue --gallery`.",
                rules=RULES,
            )

    def collection(self, collection_id: str) -> GalleryRecord:
        """A collection that is there.

        Raises:
            PermitScopeError: The key does not name it, or it belongs to another permit.
            Fault: It was not created, or was deleted.
        """
        self.named(collection_id)
        try:
            record = self.workspace.gallery.gallery(collection_id)
        except NotFoundError:
            raise self.missing(collection_id) from None
        shelf = self.workspace.shelf
        shelf.registry.refresh()
        permit = shelf.known(self.key.permit_id)
        conditions.check_gallery(permit, record, shelf.lineage(permit))
        if self.is_closed(collection_id):
            raise self.missing(collection_id)
        return record

    def missing(self, collection_id: str) -> Fault:
        """The error for a collection that is not there."""
        return Fault(
            "ResourceNotFoundException", f"The collection id: {collection_id} does not exist"
        )

    # ---- collections that were deleted ----------------------------------------------------

    def is_closed(self, collection_id: str) -> bool:
        """Whether a collection was deleted: empty, and kept for the leads that came of it."""

        def look(connection: Connection) -> bool:
            this = select(closed_gallery).where(closed_gallery.c.gallery_id == collection_id)
            return connection.execute(this).first() is not None

        return self.service.store.unchanged.get((closed_gallery, collection_id), look)

    def close(self, collection_id: str) -> None:
        """Note that a collection was deleted."""
        row = {"gallery_id": collection_id, "closed_at": utc_text(self.workspace.clock())}
        with self.service.store.writing() as connection:
            connection.execute(insert(closed_gallery).values(row))

    def reopen(self, collection_id: str) -> None:
        """Note that it was created again."""
        with self.service.store.writing() as connection:
            this = closed_gallery.c.gallery_id == collection_id
            connection.execute(delete(closed_gallery).where(this))
