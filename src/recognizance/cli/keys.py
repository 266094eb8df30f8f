"""`recognizance keys`: who may act in a workspace."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.init import read_public_key
from recognizance.cli.session import open_workspace
from recognizance.errors import InputError, RoleError
from recognizance.types import Principal, Role

app = typer.Typer(help="Principals: who may act, with which roles.", no_args_is_help=True)

RoleOption = Annotated[
    list[str], typer.Option("--role", help="A role; repeat it for several.", show_default=False)
]


def _roles(words: list[str]) -> frozenset[Role]:
    try:
        return frozenset(Role(word) for word in words)
    except ValueError as error:
        raise InputError(
            "One of the roles does not exist.",
            hint="Roles are " + ", ".join(role.value for role in Role) + ".",
        ) from error


@app.command("new")
def new(name: str, role: RoleOption, as_json: Json = False) -> None:
    """Make a key on this machine and register it with its roles."""
    from recognizance.workspace import make_principal

    with open_workspace() as workspace:
        _require_custodian(workspace.acting().principal)
        principal = make_principal(workspace.layout, name, _roles(role))
        workspace.registry.add_principal(
            principal, by=workspace.acting().principal.principal_id, now=workspace.clock()
        )
        key_file = workspace.layout.principal_key(name)
    emit(
        _row(principal) | {"key_file": str(key_file)},
        as_json,
        line(("Registered ", "bold"), f"{name} ({', '.join(sorted(principal.roles))})"),
        line("  key file    ", str(key_file)),
        line("  public key  ", principal.public_key.hex()),
    )


@app.command("trust")
def trust(name: str, public_key: str, role: RoleOption, as_json: Json = False) -> None:
    """Register somebody whose private key is on another machine."""
    from recognizance.keys import fingerprint
    from recognizance.workspace import check_name

    check_name(name)
    key = read_public_key(public_key)
    principal = Principal(fingerprint(key), name, _roles(role), key)
    with open_workspace() as workspace:
        _require_custodian(workspace.acting().principal)
        workspace.registry.add_principal(
            principal, by=workspace.acting().principal.principal_id, now=workspace.clock()
        )
    emit(_row(principal), as_json, line(("Trusted ", "bold"), name))


@app.command("list")
def list_principals(as_json: Json = False) -> None:
    """List who may act, with roles and public keys."""
    with open_workspace() as workspace:
        rows = [_row(each) for each in workspace.registry.principals.values()]
    emit(
        rows,
        as_json,
        table(
            None,
            ("name", "roles", "public key"),
            ((r["name"], ", ".join(r["roles"]), r["public_key"]) for r in rows),
        ),
    )


def _row(principal: Principal) -> dict[str, Any]:
    return {
        "name": principal.name,
        "principal_id": principal.principal_id,
        "roles": sorted(role.value for role in principal.roles),
        "public_key": principal.public_key.hex(),
    }


def _require_custodian(principal: Principal) -> None:
    if Role.CUSTODIAN not in principal.roles:
        raise RoleError(
            "Only the custodian may register principals.",
            hint="Act as the custodian (RECOGNIZANCE_PRINCIPAL).",
        )
