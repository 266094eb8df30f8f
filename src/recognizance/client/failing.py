"""Errors that a server told, as the classes that they are here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recognizance.errors import RecognizanceError, ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_LEAST_FAILURE = 400


def check(answer: httpx.Response) -> None:
    """Pass an answer that is none of an error.

    Raises:
        RecognizanceError: What the server told, by its code; ServerError where it is not ours.
    """
    if answer.status_code < _LEAST_FAILURE:
        return
    try:
        said: dict[str, Any] = answer.json()
        kind = _BY_CODE.get(said["code"], RecognizanceError)
        error = kind(str(said["message"]), hint=str(said["hint"]), rules=tuple(said["rules"]))
        error.entry = said["entry"]
    except (ValueError, KeyError, TypeError) as wrong:
        raise ServerError(
            f"What answers there is no such server (HTTP status {answer.status_code}).",
            hint="Check the address, and what stands between.",
        ) from wrong
    raise error


def unreachable(wrong: Exception) -> ServerError:
    """The error for a server that does not answer."""
    return ServerError(
        f"The server cannot be reached ({type(wrong).__name__}).",
        hint="Check its address, and whether it runs.",
    )


def _kinds(root: type[RecognizanceError]) -> Iterator[type[RecognizanceError]]:
    yield root
    for each in root.__subclasses__():
        yield from _kinds(each)


_BY_CODE = {each.code: each for each in _kinds(RecognizanceError)}
