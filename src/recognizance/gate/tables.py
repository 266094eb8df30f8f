"""The dated tables behind derived facts: freedom by country, members, bans, offences.

They are data with a source and a mark, kept beside the cards, so that a correction is a diff that
anybody can read; nothing in them comes from an applicant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from recognizance.errors import RuleBundleError
from recognizance.gate.fields import known_values
from recognizance.gate.reading import city_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NOT_FREE: Final = "not_free"
FREEDOM: Final = ("free", "partly", NOT_FREE)
"""From the most to the least free."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A place that a law holds for, and from when.

    Attributes:
        key: Country code, or subdivision and city (`US-CA/san francisco`).
        since: First day, or None where it always held.
        until: Last day, or None.
    """

    key: str
    since: date | None
    until: date | None

    def in_force(self, at: date) -> bool:
        """Whether the law holds on a day; both ends count."""
        return (self.since is None or self.since <= at) and (self.until is None or at <= self.until)


@dataclass(frozen=True, slots=True)
class Law:
    """A law whose beginning or end changes no rule here; for the timeline alone.

    Attributes:
        dated: Where, and from when until when.
        what: What it says, and which rules ask for it whatever the day.
        mark: How sure we are of the source: V, S or M.
    """

    dated: Dated
    what: str
    mark: str


@dataclass(frozen=True, slots=True)
class Objective:
    """What an authority's stated objective means to the rules.

    Attributes:
        name: Short name.
        phrases: Words that name it, as letters only.
        ground: `h_i`, `h_ii`, `h_iii` or `other` (AI Act Art. 5(1)(h)).
        annex_ii: Whether it is an offence of AI Act Annex II.
        listed_md: Whether it is on Maryland's list.
    """

    name: str
    phrases: tuple[str, ...]
    ground: str
    annex_ii: bool
    listed_md: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table that a derivation reads.

    Attributes:
        freedom: Level by country; a country that is not in it is not free (D6).
        eu: Members of the European Union.
        opt_in: States with a law of their own under AI Act Art. 5(5).
        bans: Cities that ban government use.
        laws: Laws with a day on which no rule changes; they decide nothing.
        objectives: In the order in which they are looked for.
        open_ended: Words that name no recipient in particular, as letters only.
        federal: Countries of which a rule names a state or province; set by the rule bundle.
    """

    freedom: Mapping[str, str]
    eu: frozenset[str]
    opt_in: tuple[Dated, ...]
    bans: tuple[Dated, ...]
    laws: tuple[Law, ...]
    objectives: tuple[Objective, ...]
    open_ended: frozenset[str]
    federal: frozenset[str] = frozenset()

    def objective(self, text: str) -> Objective | None:
        """The first objective that is named in a text, or None."""
        words = _words(text)
        return next((one for one in self.objectives if _any_in(words, one.phrases)), None)

    def names_nobody(self, recipient: str) -> bool:
        """Whether a recipient is somebody in particular, or whoever comes."""
        return says_any(recipient, self.open_ended)


def says_any(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of the phrases occurs in a text as whole words."""
    return _any_in(_words(text), phrases)


def _words(text: str) -> str:
    """A text as whole words, each between two spaces."""
    return f" {city_key(text)} "


def _any_in(words: str, phrases: Iterable[str]) -> bool:
    # Most phrases do not occur at all: a second look, at whole words, is for those that do.
    return any(f" {phrase} " in words for phrase in phrases if phrase in words)


def tables_from(files: Mapping[str, Mapping[str, object]]) -> Tables:
    """Make the tables of the parsed files of `rules/tables`, by file name without ending.

    Raises:
        RuleBundleError: A table is missing or has not the form that a derivation reads.
    """
    try:
        return Tables(
            freedom=_freedom(files["freedom"]),
            eu=frozenset(_texts(files["eu_members"]["members"])),
            opt_in=tuple(_dated(row, "country") for row in _rows(files["rbi_opt_in"], "state")),
            bans=tuple(_dated(row, "subdiv", "city") for row in _rows(files["city_bans"], "ban")),
            laws=tuple(_law(row) for row in _rows(files["dates"], "law")),
            objectives=tuple(_objective(row) for row in _rows(files["objectives"], "objective")),
            open_ended=frozenset(map(city_key, _texts(files["recipients"]["open_ended"]))),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RuleBundleError(
            f"A table of the rules has not the form that is read: {error}.",
            hint="Compare the files in rules/tables with the ones that were shipped.",
        ) from error


def _freedom(table: Mapping[str, object]) -> Mapping[str, str]:
    levels = {country: level for level in FREEDOM for country in _texts(table[level])}
    if len(levels) != sum(len(_texts(table[level])) for level in FREEDOM):
        raise ValueError("a country has two levels of freedom")
    return MappingProxyType(levels)


def _objective(row: Mapping[str, object]) -> Objective:
    ground = str(row["ground"])
    if ground not in (known_values("auth.ground") or ()):
        raise ValueError(f"no ground of Art. 5(1)(h): {ground!r}")
    return Objective(
        name=str(row["name"]),
        phrases=tuple(map(city_key, _texts(row["words"]))),
        ground=ground,
        annex_ii=row.get("annex_ii", False) is True,
        listed_md=row.get("md", False) is True,
    )


def _law(row: Mapping[str, object]) -> Law:
    place = ("country", "city") if "city" in row else ("country",)
    return Law(dated=_dated(row, *place), what=str(row["what"]), mark=str(row["mark"]))


def _dated(row: Mapping[str, object], *parts: str) -> Dated:
    place = "/".join(
        city_key(str(row[part])) if part == "city" else str(row[part]) for part in parts
    )
    return Dated(key=place, since=_day(row.get("from")), until=_day(row.get("until")))


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    raise TypeError(f"no day: {value!r}")


def _rows(table: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    rows = table[name]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TypeError(f"[[{name}]] is no list of tables")
    return cast("list[Mapping[str, object]]", rows)


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("a list of texts is something else")
    return cast("list[str]", value)
