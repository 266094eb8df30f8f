"""Reading `fleet.toml`: what is in no list is refused by name, and no value is ever repeated."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError

from recognizance.errors import FleetFileError
from recognizance.fleet.plan import Camera, Events, Fleet, Limits, Machine, Metrics, Ray

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_BYTES: Final = 4 * 1024 * 1024
"""Four thousand cameras are about one megabyte."""

_UNKNOWN: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_FLEET: Final = TypeAdapter(Fleet)
_TABLES: Final = {
    "camera": Camera,
    "machine": Machine,
    "ray": Ray,
    "metrics": Metrics,
    "events": Events,
    "limits": Limits,
}


def read_fleet(path: Path) -> Fleet:
    """Read a fleet file. Paths in it are meant from the folder that it lies in.

    Raises:
        FleetFileError: It cannot be read, is no TOML, or has a key or a value that is not listed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FleetFileError(
            f"The fleet file {path.name!r} cannot be read: {error.strerror}.",
            hint="Check the path and its permissions.",
        ) from error
    return parse_fleet(data, folder=path.absolute().parent)


def parse_fleet(data: bytes, *, folder: Path) -> Fleet:
    """A fleet from the bytes of its file.

    Args:
        data: UTF-8 TOML.
        folder: What relative paths in it are meant from.

    Raises:
        FleetFileError: Too large, no TOML, or with a key or a value that is not listed.
    """
    if len(data) > MAX_BYTES:
        raise FleetFileError(
            f"A fleet file has at most {MAX_BYTES:,} bytes.", hint="Split the fleet."
        )
    try:
        content = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise FleetFileError(
            "The fleet file is not TOML in UTF-8.", hint="See the example in docs/fleet.md."
        ) from error
    try:
        fleet = _FLEET.validate_python(content)
    except ValidationError as error:
        # What was typed could be a password, so neither message nor cause repeats it.
        raise _said(error.errors(include_url=False, include_input=False)) from None
    return replace(
        fleet,
        cameras=tuple(_rooted(each, folder) for each in fleet.cameras),
        events=_events_rooted(fleet.events, folder),
    )


def _rooted(camera: Camera, folder: Path) -> Camera:
    source = camera.source if camera.live else str(folder / camera.source)
    secret = camera.password_file and folder / camera.password_file
    return replace(camera, source=source, password_file=secret)


def _events_rooted(events: Events, folder: Path) -> Events:
    stated = {each.name: getattr(events, each.name) for each in fields(events)}
    rooted: dict[str, Any] = {
        name: folder / value for name, value in stated.items() if isinstance(value, Path)
    }
    return replace(events, **rooted)


def _said(slips: list[ErrorDetails]) -> FleetFileError:
    """One slip in words: which key, and what to write instead."""
    # A key that is misspelt is also missing; the misspelling is what helps.
    wrong = next((slip for slip in slips if slip["type"] in _UNKNOWN), slips[0])
    *tables, name = wrong["loc"] or ("camera",)
    where = _where(tuple(str(each) for each in (*tables, name)))
    if wrong["type"] in _UNKNOWN:
        listed = _listed(str(tables[0]) if tables else "")
        near = get_close_matches(str(name), listed, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]!r}?" if near else f"It is one of: {', '.join(listed)}."
        return FleetFileError(f"There is no key {where} in a fleet file.", hint=hint)
    if wrong["type"] == "missing":
        return FleetFileError(f"The key {where} is missing.", hint="See docs/fleet.md.")
    words = str(wrong["ctx"]["error"]) if wrong["type"] == "value_error" else wrong["msg"]
    return FleetFileError(
        f"The fleet file has a slip in {where}: {words}.", hint="See docs/fleet.md."
    )


def _where(parts: tuple[str, ...]) -> str:
    """A key as people say it: `camera 2: source`."""
    told = [str(int(part) + 1) if part.isdigit() else part for part in parts]
    return " ".join(told[:2]) + (f": {'.'.join(told[2:])}" if told[2:] else "")


def _listed(table: str) -> list[str]:
    made = _TABLES.get(table)
    return list(_TABLES) if made is None else [each.name for each in fields(made)]
