"""Running the service: uvicorn in this process, with its limits, until it is told to stop."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvicorn

from recognizance.errors import InputError
from recognizance.service.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recognizance.workspace import Workspace

_LAST_S: Final = 20
"""How long a stop waits for what has begun."""

_MOST_CONNECTIONS: Final = 512


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service listens.

    Attributes:
        host: The address; this machine alone unless it is told otherwise.
        port: The port; 0 for any that is free.
        certificate: PEM file of the TLS certificate chain; without it plain HTTP is spoken.
        private_key: PEM file of its key.
        behind: Addresses of proxies that say truly from where a request comes; nobody else is
            believed.
    """

    host: str
    port: int
    certificate: Path | None = None
    private_key: Path | None = None
    behind: tuple[str, ...] = ()


def serve(
    opening: Callable[[], Workspace], place: Place, *, started: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or Ctrl-C; what has begun is finished first.

    Args:
        opening: Opens the workspace.
        place: Where to listen.
        started: Told the address once the service answers.

    Raises:
        InputError: The port cannot be had, a TLS file is no good, or a proxy has no address.
    """
    if (place.certificate is None) != (place.private_key is None):
        raise InputError(
            "A certificate and its key come together.", hint="Give both --tls-cert and --tls-key."
        )
    proxies = [spelling for each in place.behind for spelling in _spellings(each)]
    app = create_app(opening)
    config = uvicorn.Config(
        app,
        host=place.host,
        port=place.port,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.private_key,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_LAST_S,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
    )
    try:
        config.load()
    except OSError as error:  # the TLS files are read here
        raise InputError(
            "The TLS certificate or its key cannot be used.",
            hint="Give PEM files that belong together.",
        ) from error
    server = _Server(config, started, stopping=app.state.service.streams.stop)
    try:
        server.run()
    except SystemExit as error:  # how uvicorn says that it could not start
        raise InputError(
            f"Port {place.port} cannot be had.", hint="Name another one with --port."
        ) from error


def _spellings(proxy: str) -> tuple[str, ...]:
    """The address of a proxy; one of IPv4 also as a socket of IPv6 shows it."""
    try:
        address = ipaddress.ip_address(proxy)
        plain = getattr(address, "ipv4_mapped", None) or address
    except ValueError as error:
        raise InputError(
            f"{proxy!r} is no address of a proxy.",
            hint="Give --behind one address as numbers, like 127.0.0.1; names and networks are not "
            "believed.",
        ) from error
    if isinstance(plain, ipaddress.IPv4Address):
        return str(plain), f"::ffff:{plain}"
    return (str(plain),)


class _Server(uvicorn.Server):
    """A server that says where it listens, once it does."""

    def __init__(
        self,
        config: uvicorn.Config,
        started: Callable[[str], None],
        *,
        stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._told = started
        self._stopping = stopping

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._stopping()
        await super().shutdown(sockets)  # type: ignore[arg-type]

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            scheme = "https" if self.config.is_ssl else "http"
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._told(f"{scheme}://{host}:{port}")
