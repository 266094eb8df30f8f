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
    from recognizance.types import Detection, Features, Frame, Quality


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
        """Features of aligned crops, one each."""

    def picture(self, frame: Frame, detection: Detection) -> bytes:
        """A JPEG of the face with some surroundings, for people to look at."""


class PermitBook(Protocol):
    """The permits of a workspace; see `recognizance.registry`."""

    def admit(self, permit_id: str | None, use: Use, *, now: datetime) -> Permit:
        """The permit, if it allows this use now.

        Raises:
            PermitError: One of its kinds, with the rule.
        """

    def in_force(self, permit_id: str, *, now: datetime) -> Permit:
        """The permit, if it still holds.

        Raises:
            PermitError: It was revoked, or its time is over.
        """


class Clock(Protocol):
    """What time it is."""

    def __call__(self) -> datetime:
        """The time now, UTC."""
