"""Values and answers in words that a person reads at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NONE, NUMBERS, SETS, Kind, plain
from recognizance.gate.reading import STATED
from recognizance.types import PPB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.gate.kinds import Value

MANY: Final = 5
"""More answers than this are named by those that do not do, or by examples."""

_PLACES: Final = frozenset({"op.country", "op.subdiv", "op.city"})
_SHARES: Final = frozenset({Kind.RATE, Kind.RATIO, Kind.SCORE})


def value_text(name: str, value: Value) -> str:
    """A value as a submission would say it: `0.01` for ten million parts per billion."""
    content = plain(value)
    if isinstance(content, list):
        return " + ".join(content) or "nothing"
    if isinstance(content, int) and FIELDS[name].kind in _SHARES:
        return f"{content / PPB:.9g}"
    return str(content)


def wanted(name: str, good: Sequence[Value], bad: Sequence[Value]) -> str:
    """Which answers to a field do, in words.

    Args:
        name: The field.
        good: Answers that do, one for each that the rules tell apart.
        bad: Answers that do not.
    """
    kind = FIELDS[name].kind
    if kind in NUMBERS:
        return _number(name, good, bad)
    if kind is Kind.DATE:
        return f"{good[0]} or later" if good else "a later day"
    if name == "ev.age_bands":
        return f"covers {value_text(name, good[0])}" if good else "covers their ages"
    if kind in {Kind.TEXT, Kind.TEXTS} and STATED in _words(good):
        return "anything that is so" if not bad else "stated"
    return _listed(name, good, bad)


def _number(name: str, good: Sequence[Value], bad: Sequence[Value]) -> str:
    numbers = sorted(value for value in good if isinstance(value, int))
    others = sorted(value for value in bad if isinstance(value, int))
    if not numbers or not others:
        return "stated"
    if others[0] > numbers[-1]:
        return f"at most {value_text(name, numbers[-1])}"
    if others[-1] < numbers[0]:
        return f"at least {value_text(name, numbers[0])}"
    return " or ".join(value_text(name, number) for number in numbers)


def _words(values: Sequence[Value]) -> list[str]:
    return [
        word
        for value in values
        for word in (sorted(value) if isinstance(value, frozenset) else [str(value)])
    ]


def _listed(name: str, good: Sequence[Value], bad: Sequence[Value]) -> str:
    words = _words(good)
    if name in _PLACES:
        return _place(words)
    if not words:
        return "stated"
    if len(words) <= MANY:
        return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
    refused = _words(bad)
    if FIELDS[name].kind not in SETS and not refused:
        return "any of its values"
    if len(refused) < len(words):
        return f"anything but {', '.join(refused[:MANY])}" + (
            " and others" if len(refused) > MANY else ""
        )
    return f"{', '.join(words[:MANY])} and others"


def _place(words: list[str]) -> str:
    named = [word for word in words if word != NONE]
    if NONE in words:
        return "one that no rule names" + (f", or {', '.join(named)}" if named else "")
    return f"such as {', '.join(named)}"
