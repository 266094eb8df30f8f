"""Where, when, on whom and for which case a permit holds; and what a use says of itself.

The rules attach fences (`place_fence`, `hours`, `named_targets`, ...); the scope holds what they
fence. An empty part fences nothing, so a permit whose conditions name a fence is not issued before
that part is filled.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from recognizance.types import utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class SampleKind(StrEnum):
    """What a probe is, as the operator declares it."""

    PHOTOGRAPH = "photograph"
    SKETCH = "sketch"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an operator states of one use; nothing here is guessed.

    Attributes:
        site: Id of the place at which it happens.
        camera: Id of the camera that the picture is from.
        captured_at: When the picture was taken.
        sample: What the probe is: a photograph, a sketch, an edited picture.
    """

    site: str | None = None
    camera: str | None = None
    captured_at: datetime | None = None
    sample: SampleKind | None = None


NOTHING_STATED = Circumstances()
"""A use of which nothing was stated: it passes no fence."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A stretch of time, the end excluded. UTC."""

    begins: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.begins <= moment < self.ends


@dataclass(frozen=True, slots=True)
class Scope:
    """What a permit is fenced to.

    Attributes:
        sites: Ids of places.
        cameras: Ids of cameras.
        windows: Hours, in order.
        targets: Subject ids of the people who may be sought.
        cases: Ids of the cases that a use may serve.
    """

    sites: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    targets: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()

    @property
    def ends(self) -> datetime | None:
        """When the last window closes; None where no hours are set."""
        return max((window.ends for window in self.windows), default=None)

    def as_dict(self) -> dict[str, object]:
        """The scope as it stands in a permit."""
        return {
            "sites": sorted(self.sites),
            "cameras": sorted(self.cameras),
            "windows": [
                {"begins": utc_text(each.begins), "ends": utc_text(each.ends)}
                for each in sorted(self.windows)
            ],
            "targets": sorted(self.targets),
            "cases": sorted(self.cases),
        }

    @classmethod
    def from_dict(cls, table: Mapping[str, object]) -> Scope:
        """Read what `as_dict` wrote.

        Raises:
            ValueError: It is something else.
        """
        if table.keys() != {each.name for each in fields(cls)}:
            raise ValueError("a scope has other parts")
        return cls(
            sites=_ids(table["sites"]),
            cameras=_ids(table["cameras"]),
            windows=_windows(table["windows"]),
            targets=_ids(table["targets"]),
            cases=_ids(table["cases"]),
        )


def _ids(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise ValueError("a part of a scope is no list of ids")
    return frozenset(value)


def _windows(value: object) -> tuple[Window, ...]:
    match value:
        case list():
            return tuple(sorted(map(_window, value)))
        case _:
            raise ValueError("the windows of a scope are no list")


def _window(value: object) -> Window:
    match value:
        case {"begins": str(begins), "ends": str(ends), **rest} if not rest:
            window = Window(utc_moment(begins), utc_moment(ends))
        case _:
            raise ValueError("a window of a scope has other parts")
    if window.ends <= window.begins:
        raise ValueError("a window of a scope ends before it begins")
    return window
