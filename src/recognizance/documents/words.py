"""Values of a submission in plain words: no codes, and a unit on every number."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.gate.kinds import NUMBERS, Kind, Unknown
from recognizance.types import PPB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.documents.model import Content
    from recognizance.gate.kinds import Field, Value

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "verify_1to1": "compare one face with one reference (1:1)",
        "identify_1toN": "search for a face among many references (1:N)",
        "watchlist": "compare faces with a list of people who are sought",
        "track": "follow a face across cameras",
        "cluster": "sort faces into groups that look alike",
        "categorise": "sort people into categories by their faces",
        "emotion": "infer emotions",
        "scrape_enroll": "enroll faces gathered from the internet or from cameras",
        "predict": "predict behaviour",
        "near_live": "nearly live",
        "upload": "uploaded photographs",
        "body": "body-worn",
        "existing_cctv": "existing surveillance cameras",
        "named_person": "a person who is named",
        "opted_in": "people who opted in",
        "own_enrolment": "the operator's own enrolment",
        "own_incident": "the operator's own incident record",
        "cctv_bulk": "surveillance footage taken in bulk",
        "lead": "people look into it",
        "deny": "access is denied",
        "independent": "an independent authority",
        "subject_key": "the person, with a key of their own",
        "device": "the person, on their own device",
        "blocklist_shop": "house bans of a shop",
        "permit_with_conditions": "a permit can be given, on conditions",
        "permit": "a permit can be given",
        "refuse": "refused",
        "incomplete": "not decided: something is not stated or not proven",
        "not_free": "not free",
        "partly": "partly free",
    }
)
"""Listed values whose code does not say by itself what it means."""

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"s": "second", "h": "hour", "d": "day", "y": "year"}
)
"""Units that the name of a field ends with, after an underscore."""

_COMMON: Final = 0.1
"""From one in ten, a share is easier to grasp as a percentage than as `1 in n`."""


def in_words(spec: Field, value: Value) -> Content | None:
    """A value of a submission as people read it.

    Args:
        spec: The field.
        value: What was stated.

    Returns:
        A text, a list of texts for a set of several, or None where it says nothing: it is unknown,
        or a text was ticked as "stated" without its words.
    """
    if isinstance(value, Unknown):
        return None
    if isinstance(value, frozenset):
        texts = tuple(plain_word(each) if spec.values else each for each in sorted(value))
        return texts if len(texts) > 1 else (texts or ("none",))[0]
    if isinstance(value, int):
        return _number(spec, value) if spec.kind in NUMBERS else str(value)
    if spec.kind is Kind.TEXT:
        return _text(spec.name, value)
    return plain_word(value) if spec.values else value


def plain_word(code: str) -> str:
    """A listed value in plain words."""
    return WORDS.get(code, code.replace("_", " "))


def share(rate: float) -> str:
    """A share of one as a percentage, and as `1 in n` where it is small."""
    percent = f"{100 * rate:.3g} %"
    return f"{percent} (1 in {round(1 / rate):,})" if 0 < rate < _COMMON else percent


def _number(spec: Field, value: int) -> str:
    if spec.kind is Kind.RATE:
        return share(value / PPB)
    if spec.kind in {Kind.RATIO, Kind.SCORE}:
        return f"{value / PPB:.6g}"
    unit = UNITS.get(spec.name.rpartition("_")[2]) if "_" in spec.name else None
    if unit is None:
        return f"{value:,}"
    return f"{value:,} {unit}" if value == 1 else f"{value:,} {unit}s"


def _text(name: str, text: str) -> str | None:
    # `true` in a free text says that there are words somewhere, not what they are.
    if text == "stated":
        return None
    # The gate keeps a city as lower-case letters, so that one city has one spelling.
    return text.title() if name == "op.city" and text != "none" else text
