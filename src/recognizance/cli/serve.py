"""`recognizance serve`: the workspace over HTTP, for programs and browsers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import err, line
from recognizance.cli.passphrase import asking

if TYPE_CHECKING:
    from recognizance.keys.locks import Unlock
    from recognizance.settings import Settings


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; this machine alone unless you say otherwise.")
    ] = "127.0.0.1",
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    behind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address of a proxy whose X-Forwarded-For and X-Forwarded-Proto are believed; "
            "nobody's are unless you say so.",
        ),
    ] = None,
) -> None:
    """Serve the workspace over HTTP: /v1, AWS-compatible at /aws, CompreFace at /api/v1."""
    from functools import partial

    from recognizance.service.serving import Place, serve
    from recognizance.settings import load_settings
    from recognizance.workspace import Workspace

    settings = load_settings()
    opening = partial(Workspace.open, settings, unlock=_unlock(settings))
    started = partial(_tell, settings)
    place = Place(host, port, tls_cert, tls_key, tuple(behind or ()))
    serve(opening, place, started=started)


def _unlock(settings: Settings) -> Unlock | None:
    """What opens the workspace's key. It is asked for now: later nobody sits at the terminal."""
    from recognizance.keys.files import KeyKind, read_key_file
    from recognizance.layout import Layout, read_about

    unlock = asking()
    if unlock is None:
        return None
    layout = Layout.of(settings, str(read_about(settings.home)["workspace_id"]))
    read_key_file(layout.workspace_key, KeyKind.WORKSPACE, unlock)
    return unlock.as_told()


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
