"""`recognizance keys`: who may act in a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.init import read_public_key
from recognizance.cli.passphrase import PlainKeys, asking, new_passphrase
from recognizance.cli.session import open_workspace
from recognizance.errors import InputError, RecognizanceError, RoleError
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
def new(name: str, role: RoleOption, plain_keys: PlainKeys = False, as_json: Json = False) -> None:
    """Make a key on this machine and register it with its roles."""
    from recognizance.principals import make_principal

    with open_workspace() as workspace:
        _require_custodian(workspace.acting().principal)
        principal = make_principal(
            workspace.layout, name, _roles(role), passphrase=new_passphrase(plain=plain_keys)
        )
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
    from recognizance.principals import check_name

    check_name(name)
    key = read_public_key(public_key)
    principal = Principal(fingerprint(key), name, _roles(role), key)
    with open_workspace() as workspace:
        _require_custodian(workspace.acting().principal)
        workspace.registry.add_principal(
            principal, by=workspace.acting().principal.principal_id, now=workspace.clock()
        )
    emit(_row(principal), as_json, line(("Trusted ", "bold"), name))


@app.command("register")
def register(
    name: str,
    role: RoleOption,
    public_key: Annotated[str, typer.Option(help="The public key in the device, hex.")],
    command: Annotated[
        str,
        typer.Option(help="The program that signs: message on standard input, signature out."),
    ],
    as_json: Json = False,
) -> None:
    """Register a principal whose key lies in a device: a smart card, a security module."""
    from recognizance.cli.gate.authority import device_key
    from recognizance.keys import fingerprint, new_secret
    from recognizance.keys.files import write_command_file
    from recognizance.principals import check_name

    check_name(name)
    device = device_key(public_key, command)
    if device is None:
        raise InputError("The key has no device.", hint="Give --public-key and --command.")
    device.sign(new_secret())  # a device that does not sign is found out now, not on the day
    principal = Principal(fingerprint(device.public_key), name, _roles(role), device.public_key)
    with open_workspace() as workspace:
        _require_custodian(workspace.acting().principal)
        key_file = workspace.layout.principal_key(name)
        write_command_file(key_file, name=name, public_key=device.public_key, argv=device.argv)
        try:
            workspace.registry.add_principal(
                principal, by=workspace.acting().principal.principal_id, now=workspace.clock()
            )
        except RecognizanceError:
            key_file.unlink()
            raise
    emit(
        _row(principal) | {"key_file": str(key_file)},
        as_json,
        line(("Registered ", "bold"), f"{name} ({', '.join(sorted(principal.roles))})"),
        line("  signs with  ", " ".join(device.argv)),
    )


@app.command("passwd")
def passwd(
    name: Annotated[str, typer.Argument(help="A principal's name, or `workspace`.")],
    new_file: Annotated[
        Path | None,
        typer.Option("--new-file", help="File of mode 0600 with the new passphrase."),
    ] = None,
    plain_keys: PlainKeys = False,
    as_json: Json = False,
) -> None:
    """Change the passphrase of a key file. The key stays the same."""
    from recognizance.keys.files import (
        KeyKind,
        change_passphrase,
        read_passphrase_file,
        unlock_from_file,
    )
    from recognizance.layout import Layout, read_about
    from recognizance.principals import check_name
    from recognizance.settings import load_settings

    check_name(name)
    settings = load_settings()
    layout = Layout.of(settings, str(read_about(settings.home)["workspace_id"]))
    is_workspace = name == "workspace"
    path = layout.workspace_key if is_workspace else layout.principal_key(name)
    old = settings.passphrase_file
    unlock = asking() or (None if old is None else unlock_from_file(old))
    new = read_passphrase_file(new_file) if new_file else _typed(plain=plain_keys)
    kind = KeyKind.WORKSPACE if is_workspace else KeyKind.PRINCIPAL
    change_passphrase(path, kind, unlock=unlock, new=new)
    emit(
        {"key_file": str(path), "encrypted": new is not None},
        as_json,
        line(("Changed ", "bold"), str(path), "" if new else " (NOT encrypted)"),
    )


def _typed(*, plain: bool) -> bytes | None:
    """The new passphrase from the terminal; the file of the settings holds the old one."""
    from recognizance.cli.passphrase import typed_passphrase

    return None if plain else typed_passphrase()


@app.command("remove")
def remove(
    name: str,
    reason: Annotated[str, typer.Option(help="Why; it lies in the erasable part of the log.")],
    as_json: Json = False,
) -> None:
    """Take a key back: it acts no more, and no permit holds on its signature."""
    from recognizance.texts import checked_text

    reason = checked_text(reason, what="The reason")
    with open_workspace() as workspace:
        removed = workspace.registry.remove_principal(
            name, reason=reason, by=workspace.acting().principal, now=workspace.clock()
        )
    emit(
        _row(removed),
        as_json,
        line(("Removed ", "bold"), name),
        line("  the key is never registered here again; its file, if any, stays where it is"),
    )


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
