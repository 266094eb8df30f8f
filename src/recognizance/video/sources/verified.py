"""Playlists over https, every part of them fetched with its certificate checked.

FFmpeg checks the certificate of a playlist's own address, but not those of the segments that it
names (measured with FFmpeg 8.1), and sends the password along with each. So a playlist over https
is read through this.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    UnknownHandler,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def https_opener(patience_s: float) -> Callable[[str, int, dict[str, str]], Any]:
    """What opens one address after the other: https alone, whatever redirects elsewhere.

    Args:
        patience_s: The longest wait for an answer.
    """
    director = OpenerDirector()
    for handler in (
        HTTPSHandler(context=ssl.create_default_context()),
        HTTPRedirectHandler(),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
        UnknownHandler(),
    ):
        director.add_handler(handler)

    def opened(address: str, _flags: int, _options: dict[str, str]) -> Any:  # noqa: ANN401  # a file
        return director.open(_request(address), timeout=patience_s)

    return opened


def _request(address: str) -> Request:
    """User and password as a header, which is not sent on to where a redirection leads."""
    parts = urlsplit(address)
    request = Request(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))  # noqa: S310  # by https alone
    if parts.username is not None:
        both = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        basic = b64encode(both.encode()).decode("ascii")
        request.add_unredirected_header("Authorization", f"Basic {basic}")
    return request
