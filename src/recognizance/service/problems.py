"""Errors as HTTP answers: `application/problem+json` (RFC 9457), with our codes.

Every error has one status, found by its class; the body is the error's own JSON shape beside the
members that the RFC names. What happened inside is never shown.
"""

from __future__ import annotations

import errno
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from fastapi.responses import JSONResponse

from recognizance import errors
from recognizance.errors import RecognizanceError

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE: Final = "application/problem+json"

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})

# The nearest class decides, so an entry here is for it and for all below it.
STATUS: Final[Mapping[type[RecognizanceError], HTTPStatus]] = {
    RecognizanceError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.StoreBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ServiceBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.InterruptedUseError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.InputError: HTTPStatus.BAD_REQUEST,
    errors.ImageTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.ImageError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ManyFacesError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NoUsableFaceError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RequestTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.PartMissingError: HTTPStatus.NOT_IMPLEMENTED,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.WorkspaceDamagedError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.LedgerDamagedError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.IncompleteError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RefusedError: HTTPStatus.FORBIDDEN,
    errors.PermitRateError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    errors.ReviewPendingError: HTTPStatus.CONFLICT,
    errors.TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.SlowClientError: HTTPStatus.REQUEST_TIMEOUT,
    errors.ProviderError: HTTPStatus.BAD_GATEWAY,
}


def status_of(error: RecognizanceError) -> HTTPStatus:
    """The status under which an error is answered."""
    return next(STATUS[each] for each in type(error).__mro__ if each in STATUS)


def told(error: Exception) -> RecognizanceError:
    """The error itself or, where it is none of ours, one that shows nothing of it."""
    if isinstance(error, RecognizanceError):
        return error
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return errors.StoreFullError(
            "The server's disk has no room for this.",
            hint="Tell whoever runs it, and try again once there is room; nothing was kept.",
        )
    return RecognizanceError(
        f"Something went wrong inside ({type(error).__name__}).",
        hint="Please report it; the server's log has the details at level debug.",
    )


def problem(error: RecognizanceError, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a request that failed."""
    status = status_of(error)
    more = dict(headers or {})
    if status is HTTPStatus.UNAUTHORIZED:
        more.setdefault("www-authenticate", "Bearer")
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        more.setdefault("retry-after", "1")
    body = {
        "type": f"urn:recognizance:error:{error.code}",
        "title": error.message,
        "status": status.value,
        "detail": error.hint,
    }
    return JSONResponse(
        body | error.as_dict(), status_code=status.value, media_type=MEDIA_TYPE, headers=more
    )
