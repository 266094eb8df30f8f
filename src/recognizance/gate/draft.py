"""What deciding starts from: every fact with a value, and the draft it grows in."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NO, UNKNOWN, YES, Value

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Facts:
    """Every fact that a rule may read; nothing is missing, the unknown is a value.

    Attributes:
        values: Value of each field and each derived fact.
        because: For a derived unknown, the stated fields that would settle it.
        derivations: Ids of the derivations (D1 to D7) that changed or made a fact.
    """

    values: Mapping[str, Value]
    because: Mapping[str, tuple[str, ...]]
    derivations: tuple[str, ...]

    def __getitem__(self, name: str) -> Value:
        return self.values[name]

    def missing(self, name: str) -> tuple[str, ...]:
        """The fields that a person would have to state for this fact to be known."""
        if name in self.because:
            return self.because[name]
        return tuple(
            source for source in FIELDS[name].derived_from if self.values[source] is UNKNOWN
        ) or (name,)


@dataclass(slots=True)
class Draft:
    """Facts while they are being derived.

    Attributes:
        values: Value of each field so far.
        typed: What the applicant wrote.
        because: For a derived unknown, the stated fields that would settle it.
        derivations: Ids of the derivations that changed or made a fact.
    """

    values: dict[str, Value]
    typed: Mapping[str, Value]
    because: dict[str, tuple[str, ...]] = field(default_factory=dict)
    derivations: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> Value:
        return self.values[name]

    def __setitem__(self, name: str, value: Value) -> None:
        self.values[name] = value

    def unknown(self, name: str, *because: str) -> None:
        """Leave a fact open, and say what would settle it."""
        self.values[name] = UNKNOWN
        self.because[name] = because

    def silent(self, name: str) -> bool:
        """Whether nobody wrote anything, not even that it is unknown."""
        return name not in self.typed

    def finished(self) -> Facts:
        """The facts, from here on unchangeable."""
        return Facts(
            values=MappingProxyType(self.values),
            because=MappingProxyType(self.because),
            derivations=tuple(sorted(self.derivations)),
        )


def yes_or_no(truth: bool) -> str:
    """A plain truth as the value of a yes/no fact."""
    return YES if truth else NO
