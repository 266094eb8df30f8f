"""`recognizance serve`: the workspace over HTTP, for programs and browsers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.console import err, line
from recognizance.cli.passphrase import asking


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

    opening = partial(Workspace.open, load_settings(), unlock=asking())
    serve(opening, Place(host, port, tls_cert, tls_key), started=_tell)


def _tell(address: str) -> None:
    err.print(line(("Serving ", "bold green"), address))
    err.print(line("  console    ", f"{address}/"))
    err.print(line("  API        ", f"{address}/v1/openapi.json"))
    err.print(line("  AWS        ", f"AWS_ENDPOINT_URL={address}/aws"))
    err.print(line("  CompreFace ", address))
    err.print(line("  Ctrl-C finishes what has begun and stops"))
