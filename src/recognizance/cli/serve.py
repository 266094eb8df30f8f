"""`recognizance serve`: the workspace over HTTP, for programs and browsers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import err, line
from recognizance.cli.passphrase import asking

if TYPE_CHECKING:
    from recognizance.settings import Settings


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; this machine alone unless you say otherwise.")
    ] = "127.0.0.1",
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
) -> None:
    """Serve the workspace over HTTP: /v1, AWS-compatible at /aws, CompreFace at /api/v1."""
    from functools import partial

    from recognizance.service.serving import Place, serve
    from recognizance.settings import load_settings
    from recognizance.workspace import Workspace

    settings = load_settings()
    opening = partial(Workspace.open, settings, unlock=asking())
    started = partial(_tell, settings)
    serve(opening, Place(host, port, tls_cert, tls_key), started=started)


def _tell(settings: Settings, address: str) -> None:
    err.print(line(("Serving ", "bold green"), address))
    err.print(line("  console    ", f"{address}/"))
    err.print(line("  API        ", f"{address}/v1/openapi.json"))
    err.print(line("  AWS        ", f"AWS_ENDPOINT_URL={address}/aws"))
    err.print(line("  CompreFace ", address))
    err.print(line("  Ctrl-C finishes what has begun and stops"))
    if not _accounts(settings):
        err.print(line(("Nobody can log in yet. ", "bold yellow"), "Give a principal an account:"))
        err.print(line(f"  recognizance accounts add {settings.principal}"))


def _accounts(settings: Settings) -> bool:
    """Whether anybody has an account; the service has made the file by now."""
    from recognizance.layout import Layout
    from recognizance.service.accounts import Accounts
    from recognizance.service.store import Store

    with Store(Layout.of(settings, "").service, wait_s=settings.wait_s) as store:
        return bool(Accounts(store).all())
