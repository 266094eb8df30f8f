"""Error rates, times and hours as people write them on a form or a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import InputError
from recognizance.gate.scope import Window
from recognizance.types import PPB, ErrorRate, utc_moment

if TYPE_CHECKING:
    from datetime import datetime


def parse_rate(text: str) -> int:
    """A rate as people write it (`1e-3`, `0.001`, `1/1000`), in parts per billion.

    Raises:
        InputError: It is no number between 0 and 1.
    """
    wrong = InputError(f"{text!r} is no error rate.", hint="Write it as 1e-3, 0.001 or 1/1000.")
    try:
        above, _, below = text.partition("/")
        rate = float(above) / (float(below) if below else 1.0)
    except (ValueError, ZeroDivisionError) as error:
        raise wrong from error
    if not 0 < rate < 1:
        raise wrong
    return round(rate * PPB)


def chosen_rate(fmr: str | None, fpir: str | None) -> tuple[ErrorRate, int] | None:
    """The error rate and its target in parts per billion; None where neither was given.

    Raises:
        InputError: Both were given, or one is no rate.
    """
    if fmr and fpir:
        raise InputError("Give --fmr or --fpir, not both.", hint="A search is judged by --fpir.")
    if not (fmr or fpir):
        return None
    return ErrorRate.FMR if fmr else ErrorRate.FPIR, parse_rate(fmr or fpir or "")


def moment(text: str) -> datetime:
    """A time with its zone, as `2026-11-24T08:00Z`.

    Raises:
        InputError: It is none.
    """
    try:
        return utc_moment(text)
    except ValueError as error:
        raise InputError(
            f"{text!r} is no time with a zone.", hint="Write it as 2026-11-24T08:00Z."
        ) from error


def window(text: str) -> Window:
    """Hours, as `2026-11-24T08:00Z/2026-11-24T14:00Z`.

    Raises:
        InputError: They are none, or end before they begin.
    """
    begins, _, ends = text.partition("/")
    found = Window(moment(begins), moment(ends))
    if found.ends <= found.begins:
        raise InputError(f"The hours {text!r} end before they begin.", hint="Swap the two times.")
    return found
