"""What routes share: what a key may ask, the request for the desk, and pages."""

from __future__ import annotations

import base64
import binascii
import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Query

from recognizance.errors import InputError, PermitScopeError
from recognizance.gate.scope import Circumstances
from recognizance.types import utc_moment
from recognizance.uses import Enrollment, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from fastapi import UploadFile

    from recognizance.service.access import Caller
    from recognizance.service.rest.shapes import EnrollAsked, Use, WatchAsked
    from recognizance.types import Operation
    from recognizance.workspace import Workspace

MOST_A_PAGE: Final = 500
Limit = Annotated[int, Query(ge=1, le=MOST_A_PAGE, description="Most items of one page.")]
Cursor = Annotated[
    str | None, Query(max_length=400, description="`next` of the page before; opaque.")
]
_D4: Final = ("D4",)


# ---- what a key may ask -----------------------------------------------------------------------


def permit_of(caller: Caller, named: str | None) -> str | None:
    """The permit under which a caller asks: the one named, or the one of its key."""
    return named if caller.key is None or named is not None else caller.key.permit_id


def outside(caller: Caller, permit: str | None, gallery: str | None) -> PermitScopeError | None:
    """Why a key may not ask this; the same words whether or not there is such a gallery."""
    key = caller.key
    if key is None:
        return None
    if permit != key.permit_id:
        return PermitScopeError(
            "This key is for another permit.", hint="Use the key of this one.", rules=_D4
        )
    if gallery is not None and gallery not in key.galleries:
        return PermitScopeError(
            "This key is not for this gallery.",
            hint="Have a key issued that names it.",
            rules=_D4,
        )
    return None


def galleries_of(caller: Caller, workspace: Workspace) -> list[str]:
    """The galleries that a caller may list."""
    every = [each.gallery_id for each in workspace.gallery.galleries()]
    key = caller.key
    return every if key is None else [each for each in every if each in key.galleries]


@contextmanager
def at_the_door(workspace: Workspace, caller: Caller, asked: Request) -> Iterator[None]:
    """Refuse, on the record, what the caller's key is not for."""
    problem = outside(caller, asked.permit_id, asked.gallery_id)
    if problem is not None and caller.key is not None:
        # What was named may or may not be there: nothing of it decides the answer.
        known = replace(asked, permit_id=caller.key.permit_id, gallery_id=None)
        with workspace.desk.door(known):
            raise problem
    yield


def enrollment_of(caller: Caller, asked: EnrollAsked) -> Enrollment:
    """Whom to enroll and why; a key enrolls whoever it has a release of, on that release.

    Raises:
        PermitScopeError: The key has none of this person, or another one than was stated.
        InputError: A person has to state the ground, and did not.
    """
    key = caller.key
    if key is None:
        if not asked.ground or not asked.provenance:
            raise InputError(
                "Why this person may be enrolled was not said.",
                hint="State provenance and ground, as own_enrollment and release-17.",
            )
        return Enrollment(asked.subject, asked.provenance, asked.ground, asked.minor)
    release = key.grounds.get(asked.subject)
    if (
        key.provenance is None
        or release is None
        or asked.ground not in {None, release}
        or asked.provenance not in {None, key.provenance}
    ):
        raise PermitScopeError(
            "This key has no such release of this person.",
            hint="Have a key issued with the release id of everybody who is to be enrolled.",
            rules=("HR-09",),
        )
    return Enrollment(asked.subject, key.provenance, release, asked.minor)


# ---- the request for the desk -----------------------------------------------------------------


async def read(*photographs: UploadFile) -> tuple[bytes, ...]:
    """The bytes of photographs; the body as a whole is bounded before this."""
    return tuple([await each.read() for each in photographs])


def request_of(
    caller: Caller,
    operation: Operation,
    use: Use | WatchAsked,
    *photographs: bytes,
    gallery: str | None = None,
    **more: Any,  # noqa: ANN401  # the fields of a request
) -> Request:
    """What a caller asks of the desk.

    Raises:
        InputError: The time of capture is none.
    """
    return Request(
        principal=caller.somebody,
        operation=operation,
        permit_id=permit_of(caller, use.permit),
        photographs=photographs,
        gallery_id=gallery,
        purpose=use.purpose,
        case_id=use.case,
        circumstances=Circumstances(
            site=use.site,
            camera=use.camera,
            captured_at=moment(use.captured_at),
            sample=use.sample,
        ),
        **more,
    )


def moment(text: str | None) -> datetime | None:
    """A moment with its zone.

    Raises:
        InputError: It is none.
    """
    try:
        return None if text is None else utc_moment(text.strip())
    except (ValueError, OverflowError) as error:
        raise InputError(
            "A time cannot be read, or has no zone.", hint="Write it like 2026-11-24T18:00Z."
        ) from error


# ---- pages ------------------------------------------------------------------------------------


def page(
    rows: Iterable[dict[str, Any]],
    key: Callable[[dict[str, Any]], Sequence[str | int]],
    *,
    cursor: str | None,
    limit: int,
) -> dict[str, object]:
    """Some rows in the order of a key that is theirs alone, and where the next page begins.

    Whoever comes or goes between two pages shifts nobody: a cursor names the last row seen.
    """
    ordered = sorted(rows, key=lambda row: list(key(row)))
    after = None if cursor is None else place_of(cursor)
    if after is not None:
        try:
            ordered = [row for row in ordered if list(key(row)) > after]
        except TypeError as error:
            raise no_cursor() from error
    return first_of(ordered, key, limit=limit)


def first_of(
    ordered: Sequence[dict[str, Any]],
    key: Callable[[dict[str, Any]], Sequence[str | int]],
    *,
    limit: int,
) -> dict[str, object]:
    """The first rows of a list that is ordered, and where the next page begins."""
    shown = ordered[:limit]
    more = len(ordered) > limit
    return {"items": shown, "next": cursor_at(list(key(shown[-1]))) if more else None}


def cursor_at(place: list[str | int]) -> str:
    """A cursor."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(cursor: str) -> list[str | int]:
    """Where a cursor points.

    Raises:
        InputError: It is none of ours.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise no_cursor() from error
    if not isinstance(place, list) or not all(type(each) in {str, int} for each in place):
        raise no_cursor()
    return place


def no_cursor() -> InputError:
    """The error for a cursor that is none."""
    return InputError("That is no cursor.", hint="Send `next` of the page before, as it came.")
