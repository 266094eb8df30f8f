"""Errors as AWS clients read them: a type, a message, and a status that says whether to try again.

Clients try again on throttling and on whatever is 500 or above. A refusal is neither: it would be
asked five times over. Every error of ours has one type, found by its class.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from fastapi.responses import Response

from recognizance import errors
from recognizance.errors import RecognizanceError

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE: Final = "application/x-amz-json-1.1"
NO_FACES: Final = "There are no faces in the image. Should be at least 1."
"""Clients compare this text, letter by letter."""

BUSY: Final = "ProvisionedThroughputExceededException"
TRY_AGAIN: Final = frozenset({BUSY, "ThrottlingException", "InternalServerError"})
_INTERNAL: Final = "InternalServerError"
_INVALID: Final = "InvalidParameterException"

# The nearest class decides, so an entry here is for it and for all below it.
TYPES: Final[Mapping[type[RecognizanceError], str]] = {
    RecognizanceError: _INTERNAL,
    errors.StoreBusyError: BUSY,
    errors.ServiceBusyError: BUSY,
    errors.InterruptedUseError: BUSY,
    errors.TooManyRequestsError: "ThrottlingException",
    errors.SlowClientError: _INVALID,
    errors.InputError: _INVALID,
    errors.RequestTooLargeError: "ImageTooLargeException",
    errors.ImageTooLargeError: "ImageTooLargeException",
    errors.ImageError: "InvalidImageFormatException",
    errors.NotFoundError: "ResourceNotFoundException",
    errors.ConflictError: "ResourceAlreadyExistsException",
    errors.WorkspaceDamagedError: _INTERNAL,
    errors.LedgerDamagedError: _INTERNAL,
    errors.ModelError: _INTERNAL,
    errors.EvidenceError: _INTERNAL,
    errors.PartMissingError: _INTERNAL,
    errors.NoUsableFaceError: _INVALID,
    errors.IncompleteError: "AccessDeniedException",
    errors.RefusedError: "AccessDeniedException",
    errors.TargetUnsupportedError: _INVALID,
    errors.UnauthenticatedError: "UnrecognizedClientException",
    errors.ReviewPendingError: "ReviewPending",
}


class Fault(Exception):  # noqa: N818  # what AWS calls it
    """An error that is AWS's alone: of signatures, of shapes, of names that it knows.

    Args:
        type_: The type, as clients know it.
        message: What happened, in one sentence.
    """

    def __init__(self, type_: str, message: str) -> None:
        super().__init__(message)
        self.type = type_
        self.message = message


def fault_of(error: Exception, *, base: str) -> Fault:
    """Any error as a client is told it; of what is none of ours it shows the class and no more.

    Args:
        error: The error.
        base: The address at which this service was called.
    """
    match error:
        case Fault():
            return error
        case errors.ReviewPendingError():
            where = error.hint.replace("/review/", f"{base}/review/")
            return Fault("ReviewPending", f"{error.message} {where}")
        case errors.QualityError():
            return Fault(_INVALID, error.message)
        case errors.NoUsableFaceError():
            return Fault(_INVALID, NO_FACES)
        case RecognizanceError():
            type_ = next(TYPES[each] for each in type(error).__mro__ if each in TYPES)
            by = f"{error.code}; rules: {', '.join(error.rules)}" if error.rules else error.code
            return Fault(type_, f"{error.message} {error.hint} ({by})")
    return Fault(_INTERNAL, f"Something went wrong inside ({type(error).__name__}).")


def answer(body: Mapping[str, object], *, request_id: str, status: int = 200) -> Response:
    """An answer as clients read it."""
    return Response(
        json.dumps(body, separators=(",", ":")),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"x-amzn-requestid": request_id},
    )


def failed(fault: Fault, *, request_id: str) -> Response:
    """The answer to a request that failed."""
    status = 500 if fault.type == _INTERNAL else 400
    body = {"__type": fault.type, "Message": fault.message, "message": fault.message}
    made = answer(body, request_id=request_id, status=status)
    made.headers["x-amzn-errortype"] = fault.type
    return made
