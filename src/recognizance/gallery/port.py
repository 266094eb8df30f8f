"""What a store of references and leads has to do, and the values that go in and out of it.

SQLite is the store of one machine; a shared store keeps the same promises. Ids are chosen by the
operator and should not be names: 1 to 128 letters, digits or `_ . : @ -` (ASCII).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from recognizance.gallery.lead_record import LeadLine, LeadRecord
    from recognizance.types import Reference

AmendBody = Callable[[bytes, str], tuple[str, bytes]]
"""Takes a lead's body and a subject id; gives the state and the body without that subject."""


@dataclass(frozen=True, slots=True)
class GalleryRecord:
    """A set of references that is searched as a whole, for one purpose.

    Attributes:
        gallery_id: Its id.
        permit_id: Permit under which it was set up.
        purpose: What it is for, as the permit says.
        created_at: When.
        generation: Grows with every change of its references; what was read under another
            number is out of date.
    """

    gallery_id: str
    permit_id: str
    purpose: str
    created_at: datetime
    generation: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is in a gallery."""

    subjects: int
    references: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure destroyed: references, and candidates taken out of so many leads."""

    references: int
    leads: int


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """All templates of one gallery, opened, for a search in memory.

    Attributes:
        gallery_id: Whose.
        generation: The gallery's generation that they belong to.
        reference_ids: One id a row.
        subject_ids: Whose each row is.
        vectors: ndarray of shape (n, dim), dtype=np.float32, rows of unit length.
        cohort_means: ndarray of shape (n,), dtype=np.float32.
        model_id: The one model of all rows, or `None` where there are none.
        cohort_id: Likewise.
    """

    gallery_id: str
    generation: int
    reference_ids: tuple[str, ...]
    subject_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    cohort_means: NDArray[np.float32]
    model_id: str | None
    cohort_id: str | None


class Gallery(Protocol):
    """References and leads at rest.

    Every change is one transaction, durable when the call returns. Beside what each method
    names, all of them raise `StoreBusyError` after a bounded wait, `StoreFullError` on a full or
    read-only disk (nothing was changed then) and `WorkspaceDamagedError` on bytes that are not
    what was written. Times are kept to the millisecond.
    """

    # ---- galleries ------------------------------------------------------------------------

    def create_gallery(
        self, gallery_id: str, *, permit_id: str, purpose: str, created_at: datetime
    ) -> GalleryRecord:
        """Set up an empty gallery.

        Raises:
            InputError: An id has other characters or another length than ids have.
            ConflictError: There is a gallery of that id.
        """

    def galleries(self) -> tuple[GalleryRecord, ...]:
        """All galleries, by id."""

    def gallery(self, gallery_id: str) -> GalleryRecord:
        """One gallery.

        Raises:
            NotFoundError: No such gallery.
        """

    def generation(self, gallery_id: str) -> int:
        """Number of changes of the gallery's references.

        Raises:
            NotFoundError: No such gallery.
        """

    def changes(self) -> int | None:
        """How many changes the store has seen; None for one of which no older copy can be put back.

        Raises:
            WorkspaceDamagedError: It is not the number that was written with what is there.
        """

    # ---- references -----------------------------------------------------------------------

    def add(
        self,
        references: Sequence[Reference],
        crops: Mapping[str, bytes],
        *,
        intent: str,
        check: Callable[[Counts], None] | None = None,
    ) -> None:
        """Add references, all of them or none.

        Args:
            references: At least one.
            crops: Pictures by reference id, for people to look at; not each needs one.
            intent: Id of the ledger's intent that this change belongs to.
            check: Looks at what each gallery would then hold, while nobody else can write; what
                it raises keeps everything out.

        Raises:
            InputError: No known provenance or no ground (rule HR-09), a bad id, vector or expiry.
            NotFoundError: No such gallery.
            ConflictError: The reference, or this photograph of this subject, is there already.
        """

    def has_intent(self, intent: str) -> bool:
        """Whether references that came with this intent are there."""

    def remove_intent(self, intent: str) -> int:
        """Destroy what came with an intent, as `destroy` does; how many references there were."""

    def references(self, gallery_id: str) -> tuple[Reference, ...]:
        """All references of a gallery, in the order in which they came.

        Raises:
            NotFoundError: No such gallery.
        """

    def page(self, gallery_id: str, *, after: int, most: int) -> tuple[tuple[int, Reference], ...]:
        """Some references of a gallery, in the order in which they came, each with its row.

        Args:
            gallery_id: The gallery.
            after: Row of the last one before; 0 for the beginning.
            most: How many at most.

        Raises:
            NotFoundError: No such gallery.
        """

    def references_of(self, gallery_id: str, subject_id: str) -> tuple[Reference, ...]:
        """One subject's references in a gallery; empty where there are none.

        Raises:
            NotFoundError: No such gallery.
        """

    def reference(self, reference_id: str) -> Reference:
        """One reference.

        Raises:
            NotFoundError: No such reference.
        """

    def references_with(self, reference_ids: Sequence[str]) -> tuple[Reference, ...]:
        """References of these ids, in their order; read at once, which takes far less.

        Raises:
            NotFoundError: One is not there.
        """

    def correct(
        self, reference_id: str, *, provenance: str | None = None, ground: str | None = None
    ) -> Reference:
        """Correct where a reference comes from, or why it is there; its template stays.

        Raises:
            NotFoundError: No such reference.
            InputError: No known provenance or no ground (rule HR-09).
        """

    def crop(self, reference_id: str) -> bytes:
        """The picture kept with a reference.

        Raises:
            NotFoundError: No such reference, or it has no picture.
        """

    def subjects(self, gallery_id: str) -> tuple[str, ...]:
        """Ids of the data subjects in a gallery, sorted.

        Raises:
            NotFoundError: No such gallery.
        """

    def holds_subject(self, subject_id: str) -> bool:
        """Whether any gallery or any lead holds something about this subject."""

    def counts(self, gallery_id: str) -> Counts:
        """How many subjects and references a gallery has.

        Raises:
            NotFoundError: No such gallery.
        """

    def templates(self, gallery_id: str) -> Templates:
        """All templates of a gallery at once; whoever asks wipes the arrays after use.

        Raises:
            NotFoundError: No such gallery.
            ModelMismatchError: The gallery holds templates of two models or cohorts.
        """

    # ---- the end of references ------------------------------------------------------------

    def erase_subject(self, subject_id: str, *, amend: AmendBody) -> Erasure:
        """Destroy a subject's key, references and pictures in every gallery, and every candidate.

        When it returns, no file of the store holds their key, their id, or a byte that any key
        still opens. It may be repeated: erasing
        nobody changes nothing, and completes an erasure that was cut off.

        Args:
            subject_id: Whom to erase.
            amend: How a lead looks without its candidates of this subject.
        """

    def expired(self, now: datetime) -> tuple[Reference, ...]:
        """References whose time is over at `now`."""

    def destroy(self, reference_ids: Iterable[str]) -> int:
        """Destroy single references, and the key of each subject who has none left.

        Returns:
            How many were there; what is gone already is no error.
        """

    # ---- leads ----------------------------------------------------------------------------

    def put_lead(self, record: LeadRecord) -> None:
        """Keep a new lead, at version 1.

        Raises:
            InputError: A bad id, or another version.
            NotFoundError: No such gallery.
            ConflictError: There is a lead of that id.
        """

    def lead(self, lead_id: str) -> LeadRecord:
        """One lead.

        Raises:
            NotFoundError: No such lead.
        """

    def leads(self, state: str) -> tuple[LeadRecord, ...]:
        """The leads in one state, oldest first."""

    def leads_of(self, lead_ids: Collection[str]) -> tuple[LeadRecord, ...]:
        """Those of these leads that are there, oldest first; a page of them at once."""

    def queue(
        self,
        states: Collection[str],
        *,
        words: str = "",
        order: str = "opened_at",
        permit_id: str | None = None,
        behind: tuple[datetime, str] | None = None,
        start: int = 0,
        most: int,
    ) -> tuple[LeadLine, ...]:
        """Some of the leads in these states, unopened: as many as a page shows, however many wait.

        Args:
            states: The states.
            words: What has to stand in the id, the permit's or the gallery's.
            order: `opened_at` or `expires_at`, with `-` before it for downwards; ids decide ties.
            permit_id: Only those under this permit; None for all.
            behind: Only what comes after the lead of this hour and id, in the order in which
                leads were opened.
            start: How many are left out at the beginning.
            most: How many at most.
        """

    def queued(self, states: Collection[str], *, words: str = "") -> int:
        """How many leads are in these states and have the words."""

    def leads_naming(self, subject_id: str) -> tuple[LeadRecord, ...]:
        """The leads that have this subject among their candidates, oldest first."""

    def expired_leads(self, now: datetime) -> tuple[LeadRecord, ...]:
        """Leads whose time is over at `now`, oldest first."""

    def replace_lead(self, record: LeadRecord, *, expected_version: int) -> LeadRecord:
        """Write a lead's new state, body and subjects, unless somebody was first.

        Returns:
            The record as it is now kept, its version one more than `expected_version`.

        Raises:
            NotFoundError: No such lead.
            ConflictError: The lead is not at `expected_version` any more.
        """

    def destroy_lead(self, lead_id: str) -> None:
        """Destroy a lead with its key and picture; what is gone already is no error."""

    def close(self) -> None:
        """Let go of the store."""
