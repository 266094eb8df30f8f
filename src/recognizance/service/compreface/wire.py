"""How CompreFace answers: its codes and statuses, and a route that answers every error with them.

The codes below 1000 are CompreFace's own (its `CommonExceptionCode`); those from 1001 are ours, for
what it does not know: a refusal, a lead that waits for people, what is never given out. A client
that knows none of ours reads `message`, and never a person who was not found.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from recognizance import errors
from recognizance.errors import InputError, RecognizanceError
from recognizance.service.problems import status_of
from recognizance.service.similarity import similarity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from fastapi import Request, Response

UNDEFINED: Final = 0
NO_SUCH_KEY: Final = 10
NO_KEY: Final = 20
FORMAT: Final = 21
INVALID: Final = 26
NO_FACE: Final = 28
MANY_FACES: Final = 31
NO_PARAMETER: Final = 33
NO_PART: Final = 34
NO_SUCH_SUBJECT: Final = 42
SUBJECT_EXISTS: Final = 43
NO_SUCH_IMAGE: Final = 44

REFUSED: Final = 1001
REVIEW_PENDING: Final = 1002
NEVER_GIVEN: Final = 1003
TOO_MANY: Final = 1004
CONFLICT: Final = 1005


class KeyMissingError(errors.UnauthenticatedError):
    """The request has no `x-api-key`."""


class ExtensionError(errors.ImageFormatError):
    """The name of a file does not end as that of a photograph, or its base64 is none."""


class ParameterMissingError(InputError):
    """The request lacks a parameter."""


class PhotographMissingError(InputError):
    """The request lacks a photograph."""


class SubjectMissingError(errors.NotFoundError):
    """Nobody of that id is in the gallery."""


class SubjectExistsError(errors.ConflictError):
    """Somebody of that id is in the gallery."""


class ImageMissingError(errors.NotFoundError):
    """No reference of that id is in the gallery."""


class NeverGivenError(errors.RefusedError):
    """CompreFace has it, and here nobody gets it."""


class NothingHereError(errors.NotFoundError):
    """There is no such address."""


# The nearest class decides, so an entry here is for it and for all below it.
CODES: Final[Mapping[type[RecognizanceError], tuple[int, HTTPStatus | None]]] = {
    RecognizanceError: (UNDEFINED, None),
    InputError: (INVALID, HTTPStatus.BAD_REQUEST),
    errors.PartMissingError: (UNDEFINED, None),
    errors.WorkspaceDamagedError: (UNDEFINED, None),
    errors.LedgerDamagedError: (UNDEFINED, None),
    errors.NotFoundError: (UNDEFINED, None),
    errors.ConflictError: (CONFLICT, None),
    errors.ImageFormatError: (FORMAT, HTTPStatus.BAD_REQUEST),
    errors.ManyFacesError: (MANY_FACES, HTTPStatus.BAD_REQUEST),
    errors.NoUsableFaceError: (NO_FACE, HTTPStatus.BAD_REQUEST),
    errors.RefusedError: (REFUSED, None),
    errors.IncompleteError: (REFUSED, None),
    errors.UnauthenticatedError: (NO_SUCH_KEY, HTTPStatus.NOT_FOUND),
    errors.ReviewPendingError: (REVIEW_PENDING, None),
    errors.TooManyRequestsError: (TOO_MANY, None),
    errors.ServiceBusyError: (TOO_MANY, None),
    KeyMissingError: (NO_KEY, HTTPStatus.BAD_REQUEST),
    ParameterMissingError: (NO_PARAMETER, HTTPStatus.BAD_REQUEST),
    PhotographMissingError: (NO_PART, HTTPStatus.BAD_REQUEST),
    SubjectMissingError: (NO_SUCH_SUBJECT, HTTPStatus.NOT_FOUND),
    SubjectExistsError: (SUBJECT_EXISTS, HTTPStatus.BAD_REQUEST),
    ImageMissingError: (NO_SUCH_IMAGE, HTTPStatus.NOT_FOUND),
    NeverGivenError: (NEVER_GIVEN, None),
}


class Route(APIRoute):
    """A route whose errors are answered as CompreFace would."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, inside a boundary for errors."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except RecognizanceError as error:
                return refusal(error)
            except (RequestValidationError, HTTPException):
                return refusal(
                    InputError("The request cannot be read.", hint="Send it as CompreFace asks.")
                )

        return handled


def similarity(rate_ppb: int | None) -> float:
    """A similarity from 0 to 1: the band of a match, and 0 for who is not the person."""
    return 0.0 if rate_ppb is None else round(similarity_of(rate_ppb) / 100, 5)


def refusal(error: RecognizanceError) -> JSONResponse:
    """An error in CompreFace's shape; rules and the ledger's entry stand in the message."""
    code, status = next(CODES[each] for each in type(error).__mro__ if each in CODES)
    words = [error.message, error.hint]
    if error.rules:
        words.append(f"Rules: {', '.join(error.rules)}.")
    if error.entry is not None:
        words.append(f"Ledger: {error.entry}.")
    return JSONResponse(
        {"message": " ".join(filter(None, words)), "code": code},
        status_code=status or status_of(error),
        headers={"retry-after": "1"} if code == TOO_MANY else None,
    )
