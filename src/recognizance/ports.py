"""What the desk asks of others: the engine, the permits of the workspace, and the clock.

The gate, the gallery, the ledger and the review are imported as they are; they hold no pixels and
load nothing heavy. The engine stays behind a protocol, so that the path can be read, type-checked
and tested without an inference runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from recognizance.gate.permit import Permit, Use
    from recognizance.registry.objections import Objections
    from recognizance.registry.standing import Standing
    from recognizance.registry.tally import PermitTally
    from recognizance.types import Detection, Features, Frame, Principal, Quality


class EnginePort(Protocol):
    """Pixels to features; see `recognizance.engine`."""

    @property
    def model_id(self) -> str:
        """Digest of detector, recogniser, preprocessing, cohort and precision."""

    @property
    def cohort_id(self) -> str:
        """Digest of the cohort."""

    def decode(self, data: bytes) -> Frame:
        """Bytes to an upright frame."""

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """Faces, largest first."""

    def align(self, frame: Frame, detection: Detection) -> NDArray[np.uint8]:
        """An aligned crop of shape (112, 112, 3), dtype=np.uint8, RGB."""

    def quality(self, frame: Frame, detection: Detection, crop: NDArray[np.uint8]) -> Quality:
        """Facts about the sample."""

    def extract(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[Features, ...]:
        """Features of aligned crops, one each; the engine keeps no copy of them."""

    def picture(self, frame: Frame, detection: Detection) -> bytes:
        """A JPEG of the face with some surroundings, for people to look at."""

    def retaken(self, picture: bytes) -> bytes:
        """The same picture, cut and compressed anew, so that its bytes do not give it away."""


class PermitBook(Protocol):
    """The permits of a workspace; see `recognizance.registry`."""

    def admit(self, permit_id: str | None, use: Use, *, now: datetime) -> Permit:
        """The permit, if it allows this use now.

        Raises:
            PermitError: One of its kinds, with the rule.
        """

    def in_force(self, permit_id: str, *, now: datetime) -> Permit:
        """The permit, if it still holds: everything that `admit` checks but the use itself.

        Raises:
            PermitError: One of its kinds, with the rule.
            ModelMismatchError: Another model runs than it was measured with.
        """

    def find(self, permit_id: str) -> Permit:
        """The permit as it was issued, in force or not.

        Raises:
            PermitError: There is none of that id, or its file is not what was issued.
        """

    def current(self, principal: Principal) -> Principal:
        """Who acts, with the roles that are registered now.

        Raises:
            RoleError: The key is not registered, or was taken back.
        """

    def lineage(self, permit: Permit) -> frozenset[str]:
        """Ids of a permit and of those that it renews, one after the other."""

    @property
    def standing(self) -> Standing:
        """What has happened under the permits, as far as it was read by the last check."""

    @property
    def objections(self) -> Objections:
        """Which objections are open, likewise."""

    @property
    def measured_at(self) -> datetime:
        """When the evidence was measured that the thresholds come from."""

    def tally(self, permit_id: str) -> PermitTally:
        """Counts of what ran under a permit, up to now."""

    def leads(self, permit: Permit, *, since: datetime) -> int:
        """How many leads were raised since then, also by what it renews and what renews it."""

    def answers(self, permit: Permit, *, since: datetime) -> int:
        """How many answers were given since then, likewise."""

    def suspend(self, permit: Permit, *, cause: str, now: datetime) -> None:
        """Stop a use, because the program saw a cause to; it is recorded."""

    def stop_reviewer(self, principal_id: str, *, now: datetime) -> None:
        """Suspend a reviewer who accepts too many planted leads; it is recorded."""


class Clock(Protocol):
    """What time it is."""

    def __call__(self) -> datetime:
        """The time now, UTC."""
