"""What a fact is made of: its kinds, its values, and the one value for what nobody stated."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


class Unknown(Enum):
    """The one value of a fact that nobody stated. Not "no", not zero, not empty."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN

Value: TypeAlias = str | int | frozenset[str] | Unknown
"""What a fact may be: text (choices, yes/no, days), whole number, set of texts, or unknown."""


class Kind(StrEnum):
    """How a field is written and compared."""

    CHOICE = "choice"
    """One value of a closed list."""
    CHOICES = "choices"
    """One or several values of a closed list; written as one value or as a list."""
    TRI = "tri"
    """`yes`, `no` or unknown; TOML `true` and `false` are accepted."""
    INTEGER = "integer"
    """A whole number, zero or more, in the unit that the name ends with."""
    RATE = "rate_ppb"
    """A share: a TOML integer is parts per billion, a TOML float is a fraction in [0, 1]."""
    RATIO = "ratio_ppb"
    """Worst rate over best rate: a float, or a whole number below a million, is the quotient
    itself; a larger whole number is parts per billion (no such quotient is below 1)."""
    SCORE = "score_ppb"
    """A comparison score: a float is the score, an integer is billionths."""
    TEXT = "text"
    """Free text; `true` reads "stated" and `false` reads "none", where only the stating counts."""
    TEXTS = "texts"
    """A set of free texts; written as one text or as a list."""
    DATE = "date"
    """A day, ISO 8601."""


SETS: Final = frozenset({Kind.CHOICES, Kind.TEXTS})
NUMBERS: Final = frozenset({Kind.INTEGER, Kind.RATE, Kind.RATIO, Kind.SCORE})

YES: Final = "yes"
NO: Final = "no"
NONE: Final = "none"
NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a submission, or one derived fact.

    Attributes:
        name: Dotted name: table and key of the submission.
        kind: How it is written and compared.
        question: What to ask a person who left it out.
        values: The closed list, for choices.
        spellings: Other spellings of listed values, folded.
        silence: What it is when nobody said anything.
        without_list: What it is when the submission has no `[wl]` table; only for `wl.*`.
        may_be_empty: A set that may hold nothing. A population or a camera may not: an empty set
            would slip through every rule on "somebody else than the named person".
        phrases: A closed list that may be written in a few words: every value named in them counts.
        derived_from: The fields it is computed from; empty for what is stated.
        may_be_stated: A derived fact that may be stated as well, and counts where it is stricter.
    """

    name: str
    kind: Kind
    question: str
    values: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    silence: Value = UNKNOWN
    without_list: Value = UNKNOWN
    may_be_empty: bool = True
    phrases: bool = False
    derived_from: tuple[str, ...] = ()
    may_be_stated: bool = True

    @property
    def statable(self) -> bool:
        """Whether a submission may say it."""
        return not self.derived_from or self.may_be_stated


def plain(value: Value) -> str | int | list[str]:
    """A fact as JSON: sets become sorted lists, the unknown becomes the text `unknown`."""
    if isinstance(value, Unknown):
        return value.value
    return sorted(value) if isinstance(value, frozenset) else value
