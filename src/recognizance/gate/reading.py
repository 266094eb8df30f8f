"""Reading one value: from what TOML holds to what a rule compares."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache, lru_cache
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recognizance.canonical import SAFE_INTEGER
from recognizance.errors import SubmissionError
from recognizance.gate import spellings
from recognizance.gate.kinds import NO, NONE, UNKNOWN, YES, Field, Kind, Value
from recognizance.types import PPB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MAX_TEXT: Final = 2_000
"""Characters in one text: a paragraph."""

STATED: Final = "stated"
"""What a free text reads as when it was written as a plain `true`."""

_TRI: Final = MappingProxyType(
    {"yes": YES, "true": YES, "y": YES, "no": NO, "false": NO, "n": NO, "none": NO}
)
_SMALLEST_PPB_RATIO: Final = 1_000_000
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_SUBDIVISION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_SPACES: Final = re.compile(r"[\s\-]+")
_NO_LETTERS: Final = re.compile(r"[\W_]+")
_CITY_OF: Final = re.compile(r"^(?:city of )+")


def read_value(spec: Field, raw: object) -> Value | None:
    """Read one value as its field asks for.

    Args:
        spec: The field.
        raw: What TOML gave: text, boolean, number, date or a list of them.

    Returns:
        The normalised value, UNKNOWN where `"unknown"` is written, or None for an empty text,
        which says nothing.

    Raises:
        SubmissionError: The value is not one that the field can hold.
    """
    if isinstance(raw, str):
        raw = clean(spec, raw)
        if not raw:
            return None
    if _says_unknown(raw):
        return UNKNOWN
    return _READERS[spec.kind](spec, raw)


def clean(spec: Field, text: str) -> str:
    """Normalise a text (NFKC, trimmed) and refuse what a reader would not see.

    Raises:
        SubmissionError: The text is too long or holds control or formatting characters.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if len(text) > MAX_TEXT:
        raise _wrong(spec, f"has {len(text)} characters", f"Use at most {MAX_TEXT}.")
    if any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} for c in text if c not in "\n\t"):
        raise _wrong(spec, "holds characters that cannot be seen", "Type the text again.")
    return text


def fold(text: str) -> str:
    """The form in which listed values are compared: lower case, one underscore for each gap."""
    return _SPACES.sub("_", unicodedata.normalize("NFKC", text).strip().casefold())


@lru_cache(maxsize=1024)
def city_key(text: str) -> str:
    """A city's name as letters only, so that no accent, hyphen or `City of` makes it another."""
    letters = "".join(
        c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
    )
    return _CITY_OF.sub("", _NO_LETTERS.sub(" ", letters.casefold()).strip())


def with_country(stated: dict[str, Value]) -> None:
    """Complete `op.subdiv` by its country (`CA` to `US-CA`) and the country by its `op.subdiv`.

    Raises:
        SubmissionError: The two contradict each other, or the state is not one of the country.
    """
    subdiv, country = stated.get("op.subdiv"), stated.get("op.country")
    if not isinstance(subdiv, str) or subdiv == NONE:
        return
    code = spellings.US_STATE.get(fold(subdiv), subdiv.upper())
    if "-" not in code:
        code = f"{country}-{code}" if isinstance(country, str) else ""
    prefix, _, state = code.partition("-")
    prefix = spellings.COUNTRY.get(prefix, prefix)
    code = f"{prefix}-{state}"
    known_state = prefix != "US" or state in spellings.US_STATE.values()
    if not _SUBDIVISION.fullmatch(code) or not known_state:
        raise SubmissionError(
            "The field op.subdiv names no state or province.",
            hint="Write ISO 3166-2, like US-CA, or name the country in op.country too.",
        )
    if country is not None and country != prefix:
        raise SubmissionError(
            "The field op.subdiv lies in another country than op.country.",
            hint="Correct one of the two.",
        )
    stated["op.subdiv"], stated["op.country"] = code, prefix


def _says_unknown(raw: object) -> bool:
    if isinstance(raw, list):
        return any(_says_unknown(item) for item in raw)
    return isinstance(raw, str) and raw.casefold() == UNKNOWN.value


def _wrong(spec: Field, what: str, hint: str) -> SubmissionError:
    return SubmissionError(f"The field {spec.name} {what}.", hint=hint)


# ---- closed lists ---------------------------------------------------------------------------


@cache
def _listed(values: tuple[str, ...]) -> Mapping[str, str]:
    return MappingProxyType({fold(value): value for value in values})


def _read_listed(spec: Field, raw: object) -> str:
    folded = fold(raw) if isinstance(raw, str) else ""
    listed = _listed(spec.values)
    value = listed.get(folded) or spec.spellings.get(folded)
    if value is None:
        nearest = get_close_matches(folded, [*listed, *spec.spellings], n=1, cutoff=0.5)
        near = f"Did you mean {listed.get(nearest[0], nearest[0])!r}? " if nearest else ""
        raise _wrong(
            spec, f"cannot be {raw!r:.60}", f"{near}It is one of: {', '.join(spec.values)}."
        )
    return value


def _read_choice(spec: Field, raw: object) -> Value:
    if isinstance(raw, list) and len(raw) == 1:
        return _read_listed(spec, raw[0])
    if raw is False and NONE in spec.values:
        return NONE
    return _read_listed(spec, raw)


def _read_choices(spec: Field, raw: object) -> Value:
    items = raw if isinstance(raw, list) else [raw]
    if spec.may_be_empty:
        items = [item for item in items if item is not False and item != NONE]
    if not items and NONE in spec.values:
        return frozenset({NONE})
    if not items and not spec.may_be_empty:
        raise _wrong(spec, "is empty", f"Name at least one of: {', '.join(spec.values)}.")
    read = _read_phrase if spec.phrases else _read_word
    return frozenset(value for item in items for value in read(spec, item))


def _read_word(spec: Field, raw: object) -> Iterable[str]:
    return (_read_listed(spec, raw),)


def _read_phrase(spec: Field, raw: object) -> Iterable[str]:
    """Every listed value that a few words name: "documented theft" is an incident.

    Words beside them change nothing, so a trait that is named is a trait whatever stands around
    it. A letter that only looks like one could hide a word, so such a text names nothing.
    """
    text = f"_{_NO_LETTERS.sub('_', fold(raw))}_" if isinstance(raw, str) and raw.isascii() else ""
    named = {**spec.spellings, **_listed(spec.values)}
    values = set()
    for words in sorted(named, key=len, reverse=True):  # "sex offender" before "sex"
        if f"_{words}_" in text:
            text = text.replace(f"_{words}_", "__")
            values.add(named[words])
    return values or _read_word(spec, raw)


def _read_tri(spec: Field, raw: object) -> Value:
    if isinstance(raw, bool):
        return YES if raw else NO
    folded = fold(raw) if isinstance(raw, str) else ""
    value = _TRI.get(folded) or spec.spellings.get(folded)
    if value is None:
        raise _wrong(spec, f"cannot be {raw!r:.60}", "Write yes, no or unknown.")
    return value


# ---- numbers --------------------------------------------------------------------------------


def _whole(spec: Field, raw: object) -> int | None:
    """A whole number however it is written, or None; a boolean is no number."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str) and raw.isascii() and raw.isdigit():
        raw = int(raw) if len(raw) < len(str(SAFE_INTEGER)) else None
    if isinstance(raw, float) and isfinite(raw) and raw.is_integer():
        raw = int(raw)
    if not isinstance(raw, int):
        return None
    if raw < 0 or raw > SAFE_INTEGER:
        raise _wrong(spec, "is negative or too large", "Write a whole number, zero or more.")
    return raw


def _read_integer(spec: Field, raw: object) -> Value:
    number = _whole(spec, raw)
    if number is None:
        raise _wrong(spec, f"cannot be {raw!r:.60}", "Write a whole number, zero or more.")
    return number


def _read_rate(spec: Field, raw: object) -> Value:
    if isinstance(raw, float):
        if not 0.0 <= raw <= 1.0:  # NaN fails this too
            raise _wrong(spec, "is no share", "Write a fraction from 0.0 to 1.0.")
        return round(raw * PPB)
    number = _whole(spec, raw)
    if number is None or number > PPB:
        raise _wrong(
            spec, "is no share", "Write a fraction from 0.0 to 1.0, or whole parts per billion."
        )
    return number


def _read_ratio(spec: Field, raw: object) -> Value:
    if isinstance(raw, float):
        if not 0.0 <= raw < _SMALLEST_PPB_RATIO:
            raise _wrong(spec, "is no quotient", "Write worst over best, like 1.4.")
        return round(raw * PPB)
    number = _whole(spec, raw)
    if number is None:
        raise _wrong(spec, "is no quotient", "Write worst over best, like 1.4.")
    return number * PPB if number < _SMALLEST_PPB_RATIO else number


def _read_score(spec: Field, raw: object) -> Value:
    if isinstance(raw, float) and isfinite(raw) and abs(raw) < _SMALLEST_PPB_RATIO:
        return round(raw * PPB)
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) <= SAFE_INTEGER:
        return raw
    raise _wrong(spec, "is no comparison score", "Write the threshold as a number, like 0.31.")


# ---- texts and days -------------------------------------------------------------------------


def _text_of(spec: Field, raw: object) -> str:
    if isinstance(raw, bool):
        return STATED if raw else NONE
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, int | float | str):
        text = clean(spec, str(raw))
        if spec.name == "op.country":
            return text  # NO is Norway, not an answer
        return {"yes": STATED, "no": NONE, "none": NONE}.get(text.casefold(), text)
    raise _wrong(spec, "is no text", "Write it in quotation marks.")


def _read_text(spec: Field, raw: object) -> Value:
    if isinstance(raw, list):
        text = ", ".join(_text_of(spec, item) for item in raw) or NONE
    else:
        text = _text_of(spec, raw)
    normalise = _TEXT_FORMS.get(spec.name)
    return normalise(spec, text) if normalise else text


def _country(spec: Field, text: str) -> str:
    code = spellings.COUNTRY.get(text.upper(), text.upper())
    if not _COUNTRY.fullmatch(code):
        raise _wrong(spec, "is no country code", "Write two letters of ISO 3166-1, like SE.")
    return code


def _city(_: Field, text: str) -> str:
    return NONE if text == NONE else city_key(text)


_TEXT_FORMS: Final[Mapping[str, Callable[[Field, str], str]]] = MappingProxyType(
    {"op.country": _country, "op.city": _city}
)


def _read_texts(spec: Field, raw: object) -> Value:
    if raw is True:
        raise _wrong(spec, "names nobody", "Write a list of texts.")
    items = raw if isinstance(raw, list) else str(raw).split(",")
    texts = (_text_of(spec, item).casefold() for item in items if item is not False)
    return frozenset(text for text in texts if text not in {"", NONE, "false", "nobody"})


def _read_date(spec: Field, raw: object) -> Value:
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    try:
        return datetime.fromisoformat(str(raw)).date().isoformat()
    except ValueError as error:
        raise _wrong(spec, "is no day", "Write it as year-month-day, like 2026-12-31.") from error


_READERS: Final[Mapping[Kind, Callable[[Field, object], Value]]] = MappingProxyType(
    {
        Kind.CHOICE: _read_choice,
        Kind.CHOICES: _read_choices,
        Kind.TRI: _read_tri,
        Kind.INTEGER: _read_integer,
        Kind.RATE: _read_rate,
        Kind.RATIO: _read_ratio,
        Kind.SCORE: _read_score,
        Kind.TEXT: _read_text,
        Kind.TEXTS: _read_texts,
        Kind.DATE: _read_date,
    }
)
