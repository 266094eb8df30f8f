"""What a request holds: photographs, as files of a form or as base64 in JSON, and options."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request  # FastAPI reads it at run time

from recognizance.canonical import parse_json
from recognizance.errors import InputError, RequestTooLargeError
from recognizance.service.compreface.wire import (
    ExtensionError,
    ParameterMissingError,
    PhotographMissingError,
)
from recognizance.service.guards import MOST_BODY_BYTES

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

MOST_FILE_BYTES: Final = 5 * 2**20
"""CompreFace's own bound for one photograph."""

EXTENSIONS: Final = frozenset(
    {"jpeg", "jpg", "ico", "png", "bmp", "gif", "tif", "tiff", "webp"},
)
"""What CompreFace takes by name; what the decoder cannot read of it is told with the same code."""


class _InMemory(MultiPartParser):
    """Forms are held in memory: a photograph leaves no file behind, not even for a moment."""

    spool_max_size = MOST_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Options:
    """What a client may set.

    Attributes:
        limit: How many faces at most, largest first; 0 is all of them.
        prediction_count: How many people at most for each face.
        least_probability: Faces below it are left out. It only adds to the detector's own floor.
        landmarks: Whether five points of each face are wanted.
        status: Whether times and versions are wanted.
    """

    limit: int = 0
    prediction_count: int = 1
    least_probability: float = 0.0
    landmarks: bool = False
    status: bool = False


def _options(request: Request) -> Options:
    asked = request.query_params
    plugins = {each.strip().lower() for each in asked.get("face_plugins", "").split(",")}
    return Options(
        limit=whole_number(asked, "limit", 0, least=0),
        prediction_count=whole_number(asked, "prediction_count", 1, least=1),
        least_probability=_fraction(asked, "det_prob_threshold"),
        landmarks="landmarks" in plugins,
        status=asked.get("status", "").lower() == "true",
    )


Asked = Annotated[Options, Depends(_options)]


def whole_number(asked: QueryParams, name: str, otherwise: int, *, least: int) -> int:
    """A parameter that is a whole number.

    Raises:
        InputError: It is none, or too small.
    """
    text = asked.get(name) or str(otherwise)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004  # digits
    if number < least:
        raise InputError(
            f"{name} should be equal or greater than {least}.", hint="Send a whole number."
        )
    return number


def _fraction(asked: QueryParams, name: str) -> float:
    text = asked.get(name) or "0"
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise InputError(f"{name} should be between 0.0 and 1.0.", hint="Send a fraction.")
    return number


def subject_of(asked: QueryParams) -> str:
    """The parameter `subject`.

    Raises:
        ParameterMissingError: There is none, or it is empty.
    """
    subject = asked.get("subject", "").strip()
    if not subject:
        raise ParameterMissingError(
            "Required parameter subject is missing or empty.", hint="Add ?subject=ID."
        )
    return subject


async def json_of(request: Request) -> object:
    """The body of a request as JSON.

    Raises:
        InputError: It is none.
    """
    return parse_json(await request.body())


async def photographs(request: Request, *names: str) -> tuple[bytes, ...]:
    """The photographs of a request, by the names of their parts.

    Raises:
        PhotographMissingError: One is missing.
        ExtensionError: The name of one does not end as that of a photograph, or it is no base64.
        RequestTooLargeError: One is larger than CompreFace takes.
        InputError: The body cannot be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = await json_of(request)
        found = {name: _from_base64(body, name) for name in names}
    elif kind == "multipart/form-data":
        found = await _from_form(request, names)
    else:
        raise InputError(
            "The photograph has to come in a form or in JSON.",
            hint="Send multipart/form-data, or application/json with base64.",
        )
    return tuple(_bounded(found[name]) for name in names)


def _from_base64(body: object, name: str) -> bytes:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str) or not value:
        raise _missing(name)
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ExtensionError(
            "Provided value is not Base64.", hint="Send the photograph's bytes in base64."
        ) from error


async def _from_form(request: Request, names: tuple[str, ...]) -> dict[str, bytes]:
    parser = _InMemory(request.headers, request.stream(), max_files=len(names), max_fields=8)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise InputError(
            "The form of the request cannot be read.", hint="Send multipart/form-data."
        ) from error
    try:
        return {name: await _file(form.get(name), name) for name in names}
    finally:
        await form.close()


async def _file(part: UploadFile | str | None, name: str) -> bytes:
    if part is None:
        raise _missing(name)
    ending = "" if isinstance(part, str) else (part.filename or "").lower().rpartition(".")[2]
    if isinstance(part, str) or ending not in EXTENSIONS:
        raise ExtensionError(
            "The file has an unavailable extension.",
            hint="Send a .jpg, .jpeg, .png, .webp or .bmp.",
        )
    return await part.read()


def _bounded(data: bytes) -> bytes:
    if len(data) > MOST_FILE_BYTES:
        raise RequestTooLargeError(
            f"A photograph has at most {MOST_FILE_BYTES // 2**20} MiB.", hint="Send a smaller one."
        )
    return data


def _missing(name: str) -> PhotographMissingError:
    return PhotographMissingError(
        f"Required part {name} is missing.", hint="Send the photograph under it."
    )
