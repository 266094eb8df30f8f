"""`recognizance apikey`: keys with which programs ask, each bound to one permit."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.session import open_workspace
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from recognizance.service.keys import ApiKeys, Issued
    from recognizance.workspace import Workspace

app = typer.Typer(help="Keys of programs, each bound to one permit.", no_args_is_help=True)


@app.command("issue")
def issue(
    permit: Annotated[str, typer.Option(help="Id of the one permit that the key asks under.")],
    gallery: Annotated[
        list[str], typer.Option("--gallery", help="A gallery it may name; repeat for several.")
    ],
    releases: Annotated[
        Path | None,
        typer.Option(help="CSV with subject_id and release_id: whom it may enroll, and why."),
    ] = None,
    adults: Annotated[bool, typer.Option(help="State that nobody in the list is a child.")] = False,
    provenance: Annotated[
        str, typer.Option(help="Where enrollment photographs come from (rule HR-09).")
    ] = "own_enrollment",
    label: Annotated[str, typer.Option(help="What you call the key.")] = "",
    principal: Annotated[
        str | None, typer.Option("--for", help="The operator it acts for; else who you are.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Issue a key and show its secrets, once."""
    from recognizance.cli.start import read_releases
    from recognizance.service.issuing import KeyTerms, issue_key

    with _keys() as (workspace, keys):
        terms = KeyTerms(
            permit_id=permit,
            galleries=frozenset(gallery),
            provenance=provenance if releases else None,
            grounds=read_releases(releases) if releases else {},
            adults=adults,
            label=label,
        )
        issued = issue_key(
            workspace, keys, terms, by=workspace.acting().principal, for_name=principal
        )
    show_issued(issued, as_json=as_json)


@app.command("list")
def list_keys(as_json: Json = False) -> None:
    """List keys; secrets are not shown again."""
    with _keys() as (_, keys):
        rows = [
            {
                "key_id": each.key_id,
                "label": each.label,
                "permit_id": each.permit_id,
                "galleries": " ".join(sorted(each.galleries)),
                "may_enroll": len(each.grounds),
                "expires_at": utc_text(each.expires_at),
                "revoked_at": each.revoked_at and utc_text(each.revoked_at),
            }
            for each in keys.all()
        ]
    heads = ("key", "label", "permit", "galleries", "may enroll", "ends", "taken back")
    emit(rows, as_json, table(None, heads, (row.values() for row in rows)))


@app.command("revoke")
def revoke(key_id: str, as_json: Json = False) -> None:
    """Take a key back; it is refused from the next request on."""
    from recognizance.service.issuing import revoke_key

    with _keys() as (workspace, keys):
        revoke_key(workspace, keys, key_id, by=workspace.acting().principal)
    emit({"key_id": key_id}, as_json, line(("Taken back: ", "bold"), key_id))


@contextmanager
def _keys() -> Iterator[tuple[Workspace, ApiKeys]]:
    from recognizance.service.keys import ApiKeys
    from recognizance.service.store import Store

    with (
        open_workspace() as workspace,
        Store(workspace.layout.service, wait_s=workspace.settings.wait_s) as store,
    ):
        yield workspace, ApiKeys(store, workspace.secret_for("service"))


def show_issued(issued: Issued, *, as_json: bool) -> None:
    """Show a key and its secrets, the only time."""
    emit(issued_row(issued), as_json, *issued_text(issued))


def issued_row(issued: Issued) -> dict[str, object]:
    """A new key as JSON."""
    key = issued.key
    return {
        "access_key_id": key.key_id,
        "secret_access_key": key.secret,
        "token": issued.token,
        "permit_id": key.permit_id,
        "galleries": sorted(key.galleries),
        "may_enroll": len(key.grounds),
        "expires_at": utc_text(key.expires_at),
    }


def issued_text(issued: Issued) -> list[Text]:
    """A new key in words; its secrets are not shown again."""
    key = issued.key
    return [
        line(("Key ", "bold"), "for programs; its secrets are shown this once"),
        line("  AWS_ACCESS_KEY_ID      ", key.key_id),
        line("  AWS_SECRET_ACCESS_KEY  ", key.secret),
        line("  token                  ", f"{issued.token} (CompreFace's x-api-key, or Bearer)"),
        line("  may enroll             ", f"{len(key.grounds)} people, by the releases given"),
        line("  until                  ", utc_text(key.expires_at)),
    ]
