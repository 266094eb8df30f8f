"""The face collection of a key: who and what is in its gallery, and how it is taken out again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance import conditions
from recognizance.errors import InputError, NotFoundError, PermitScopeError
from recognizance.service.compreface.access import key_of
from recognizance.service.compreface.wire import ImageMissingError
from recognizance.types import Operation
from recognizance.uses import Enrollment, Request, sample_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.gallery import Gallery
    from recognizance.service.access import Caller
    from recognizance.service.keys import ApiKey
    from recognizance.types import Principal, Reference
    from recognizance.workspace import Workspace

REASON: Final = "taken out by a client of the key"


@dataclass(frozen=True, slots=True)
class Collection:
    """The gallery of a key, for the principal that the key acts for.

    Attributes:
        key: The key.
        principal: For whom it acts.
        gallery_id: Its one gallery.
    """

    key: ApiKey
    principal: Principal
    gallery_id: str

    def asked(self, operation: Operation, *photographs: bytes, face: int | None = None) -> Request:
        """A request to the desk under the key's permit."""
        return Request(
            principal=self.principal,
            operation=operation,
            permit_id=self.key.permit_id,
            photographs=photographs,
            gallery_id=self.gallery_id,
            face=face,
        )

    def enrollment_of(self, subject_id: str) -> Enrollment:
        """Whom to enroll, and why this person may be in the gallery, as the key says.

        Raises:
            PermitScopeError: It does not, or may enroll nobody.
        """
        key = self.key
        ground = key.grounds.get(subject_id)
        if ground is None or key.provenance is None:
            raise PermitScopeError(
                "The key names no release for this person, so nobody of that id is enrolled.",
                hint="Issue a key with it: `recognizance apikey issue --releases`.",
                rules=("HR-09",),
            )
        return Enrollment(subject_id, key.provenance, ground, minor=False if key.adults else None)

    def check_open(self, workspace: Workspace) -> None:
        """Pass lists to whoever has a permit in force; they are of people who agreed to a use.

        Raises:
            PermitError: It is not, or it was stopped.
        """
        now = workspace.clock()
        permit = workspace.shelf.in_force(self.key.permit_id, now=now)
        conditions.check_running(permit, workspace.shelf.standing, now=now)

    def gallery(self, workspace: Workspace) -> Gallery:
        """The store, for whoever has a key under the permit that the gallery belongs to.

        Raises:
            PermitScopeError: It belongs to another permit, which no key of this one opens.
            NotFoundError: It was never set up.
        """
        record = workspace.gallery.gallery(self.gallery_id)
        shelf = workspace.shelf
        shelf.registry.refresh()
        permit = shelf.known(self.key.permit_id)
        conditions.check_gallery(permit, record, shelf.lineage(permit))
        return workspace.gallery

    def subjects(self, workspace: Workspace) -> set[str]:
        """Everybody of whom the gallery holds a reference."""
        return set(self.gallery(workspace).subjects(self.gallery_id))

    def examples(self, workspace: Workspace, subject_id: str) -> tuple[Reference, ...]:
        """The references of one person, as they came."""
        return self.gallery(workspace).references_of(self.gallery_id, subject_id)

    def page(
        self, workspace: Workspace, subject_id: str | None, *, first: int, most: int
    ) -> tuple[Sequence[Reference], int]:
        """Some references in the order in which they came, and how many there are in all."""
        if subject_id is not None:
            found = self.examples(workspace, subject_id)
            return found[first : first + most], len(found)
        gallery = self.gallery(workspace)
        total = gallery.counts(self.gallery_id).references
        if first >= total:
            return (), total
        # A number of a page says nothing of rows, so whatever stands before it is read as well.
        rows = gallery.page(self.gallery_id, after=0, most=first + most)
        return [each for _, each in rows[first:]], total

    def example(self, workspace: Workspace, image_id: str) -> Reference:
        """One reference, by the id that a client has of it.

        Raises:
            ImageMissingError: It is not in the gallery.
            InputError: It has not the form of an id.
        """
        reference_id, gallery = reference_of(image_id), self.gallery(workspace)
        try:
            found = gallery.reference(reference_id)
        except NotFoundError as error:
            raise _no_image() from error
        if found.gallery_id != self.gallery_id:
            raise _no_image()
        return found

    def made_of(self, workspace: Workspace, subject_id: str, data: bytes) -> str:
        """The id of the reference that a photograph of somebody became.

        Raises:
            ImageMissingError: It is not in the gallery.
        """
        digest = sample_digest(data)
        for each in self.examples(workspace, subject_id):
            if each.sample_digest == digest:
                return each.reference_id
        raise _no_image()

    def take_out(self, workspace: Workspace, subject_id: str) -> int:
        """Take every reference of one person out of the gallery; how many there were."""
        found = [each.reference_id for each in self.examples(workspace, subject_id)]
        return self.take_these_out(workspace, found) if found else 0

    def take_these_out(self, workspace: Workspace, reference_ids: Sequence[str]) -> int:
        """Take references out of the gallery; how many there were."""
        self.gallery(workspace)
        answer = workspace.desk.take_out(
            self.principal, self.gallery_id, reference_ids, reason=REASON
        )
        return answer.count or 0

    def empty(self, workspace: Workspace) -> int:
        """Take everybody out of the gallery; how many references there were."""
        self.gallery(workspace)
        return workspace.desk.empty(self.principal, self.gallery_id, reason=REASON).count or 0


def collection_for(caller: Caller) -> Collection:
    """The collection of a caller who holds a key.

    Raises:
        PermitScopeError: The key names none or several galleries: which is meant is not known.
    """
    key = key_of(caller)
    if len(key.galleries) != 1:
        raise PermitScopeError(
            f"The key names {len(key.galleries)} galleries, and a CompreFace service has one.",
            hint="Issue a key with one gallery: `recognizance apikey issue --gallery`.",
            rules=("D4",),
        )
    (gallery_id,) = key.galleries
    return Collection(key, caller.somebody, gallery_id)


def shown(reference_id: str, subject_id: str) -> dict[str, str]:
    """An example as CompreFace lists it."""
    return {"image_id": str(uuid.UUID(reference_id)), "subject": subject_id}


def reference_of(image_id: str) -> str:
    """The id of a reference from that of an image: the same number, written with dashes.

    Raises:
        InputError: It is no UUID.
    """
    try:
        return uuid.UUID(image_id).hex
    except ValueError as error:
        raise InputError("image_id should be UUID.", hint="Take it from the list.") from error


def _no_image() -> ImageMissingError:
    return ImageMissingError("Image not found.", hint="List the examples; it may have been erased.")
