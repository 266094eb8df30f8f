"""The submission that a permit was decided on, as the workspace keeps it under its digest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from recognizance.canonical import parse_json
from recognizance.errors import InputError, WorkspaceDamagedError
from recognizance.gate.facts import NEAR_LIVE_S
from recognizance.gate.submission import submission_from

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.gate.permit import Permit
    from recognizance.gate.submission import Submission


RECORDED: Final = "recorded"
MOVING: Final = frozenset({"body", "vehicle", "handheld", "drone", "glasses"})
"""Kinds of camera that move (macro `mobile_camera` of the rules)."""

UPLOADED: Final = "upload"
"""What is handed in as a file may come from any camera."""

_REMEMBERED: Final = 500
"""House number: more than one page of any list shows."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared of the footage that a permit is for.

    Attributes:
        recorded: Whether it is searched later than ten minutes after it was taken (D2); what is
            left open counts as live.
        cameras: Kinds of camera (`cam.kind`).
        count: How many cameras (`cam.count`); None where that was left open.
    """

    recorded: bool
    cameras: frozenset[str]
    count: int | None

    @property
    def moves(self) -> bool:
        """Whether a camera may be carried, worn, driven or flown."""
        return not self.cameras.isdisjoint(MOVING)

    @property
    def uploaded(self) -> bool:
        """Whether the footage may come from any camera."""
        return UPLOADED in self.cameras or not self.cameras


def declared_of(folder: Path, permit: Permit) -> Declared:
    """What the submission of a permit declares; `folder` as for `submission_of`.

    Raises:
        WorkspaceDamagedError: The submission is gone, or is not the one that was decided.
    """
    stated = submission_of(folder, permit).stated
    delay, cameras = stated.get("delay_s"), stated.get("cam.kind")
    count = stated.get("cam.count")
    near = isinstance(delay, int) and delay <= NEAR_LIVE_S
    return Declared(
        recorded=stated.get("mode") == RECORDED and not near,
        cameras=cameras if isinstance(cameras, frozenset) else frozenset(),
        count=count if isinstance(count, int) else None,
    )


def submission_of(folder: Path, permit: Permit) -> Submission:
    """What was decided.

    Args:
        folder: The folder of submissions, named by digest.
        permit: The permit.

    Raises:
        WorkspaceDamagedError: It is gone, or is not the one that was decided.
    """
    try:
        submission = _read((folder / f"{permit.submission_digest}.json").read_bytes())
    except (OSError, InputError) as error:
        raise _damaged() from error
    if submission.digest != permit.submission_digest:
        raise _damaged()
    return submission


@lru_cache(maxsize=_REMEMBERED)
def _read(data: bytes) -> Submission:
    """The submission that these bytes are; lists ask for the same ones again and again."""
    content = parse_json(data)
    return submission_from(content if isinstance(content, dict) else {})


def _damaged() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "The submission of a permit cannot be read as it was decided.",
        hint="Restore the folder `submissions` from a backup, or revoke that permit.",
    )
