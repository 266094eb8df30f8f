"""Where a request comes from: a browser sends cookies along, whoever wrote the page that asks.

What changes something under a session needs the session's token, in a header or in a form, and has
to come from a page of ours. Logging in needs the second, so that nobody is logged in as another.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from recognizance.errors import ForgedRequestError

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.requests import Request

COOKIE: Final = "recognizance_session"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({"same-origin", "none"})
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_ONE_HOUSEHOLD: Final = 64  # bits of an IPv6 address that one customer has all the rest of


def cookies_named(headers: Headers, name: str) -> list[str]:
    """Every value of a cookie, where a browser was talked into sending several."""
    pairs = (
        pair.strip().partition("=")
        for line in headers.getlist("cookie")
        for pair in line.split(";")
    )
    return [value for found, _, value in pairs if found == name]


def origin_of(request: Request, configured: str | None) -> str:
    """Where our pages come from: the setting, else what this request was sent to."""
    return configured or f"{request.url.scheme}://{request.headers.get('host', '')}"


def require_our_page(request: Request, configured: str | None) -> None:
    """Pass a request that no page of somebody else has sent.

    Raises:
        ForgedRequestError: One has.
    """
    origin = origin_of(request, configured).lower()
    sites = request.headers.getlist("sec-fetch-site")
    origins = request.headers.getlist("origin")
    if not _OURS.issuperset(sites) or any(each.lower() != origin for each in origins):
        raise _forged()


async def require_form(request: Request, configured: str | None, csrf: str) -> None:
    """Pass a request that a page of this session has sent.

    Raises:
        ForgedRequestError: It carries no token of this session, or comes from elsewhere.
    """
    require_our_page(request, configured)
    sent = request.headers.get("x-csrf-token")
    if sent is None and request.headers.get("content-type", "").startswith(_FORMS):
        sent = str((await request.form()).get("csrf", ""))
    if sent is None or not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf.encode()):
        raise _forged()


def address_of(request: Request) -> str:
    """From where a request comes, as far as it tells callers apart."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:  # all of those lie in one network of IPv6
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _ONE_HOUSEHOLD), strict=False))


def is_private(request: Request, configured: str | None) -> bool:
    """Whether cookies go over TLS alone: always, except between a machine and itself."""
    here = (request.client.host if request.client else "", request.url.hostname or "")
    asked = urlsplit(origin_of(request, configured))
    return asked.scheme == "https" or not all(map(_loopback, (*here, asked.hostname or "")))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _forged() -> ForgedRequestError:
    return ForgedRequestError(
        "This request does not come from a page of this session.",
        hint="Load the page again and repeat what you did.",
    )
