"""`recognizance accounts`: who may log in to the server, and how they begin."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.session import open_workspace
from recognizance.errors import InputError, RoleError
from recognizance.types import Role, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.service.accounts import Accounts
    from recognizance.workspace import Workspace

app = typer.Typer(help="Accounts: how principals log in to the server.", no_args_is_help=True)

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command("add")
def add(
    name: str,
    password_stdin: PasswordStdin = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For who logs in at the organisation (OIDC).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give the principal NAME an account with a password."""
    with _accounts() as (workspace, accounts):
        principal = workspace.registry.named(name)
        password = None if no_password else _password(password_stdin)
        accounts.add(principal, password, now=workspace.clock())
    emit(
        {"name": name, "principal_id": principal.principal_id},
        as_json,
        line(("Account for ", "bold"), f"{name} ({', '.join(sorted(principal.roles))})"),
    )


@app.command("password")
def password(name: str, password_stdin: PasswordStdin = False, as_json: Json = False) -> None:
    """Set another password; every session of NAME ends, and a lock is lifted."""
    with _accounts() as (workspace, accounts):
        principal = workspace.registry.named(name)
        accounts.set_password(principal.principal_id, _password(password_stdin))
    emit({"name": name}, as_json, line(("New password for ", "bold"), name))


@app.command("remove")
def remove(name: str, as_json: Json = False) -> None:
    """Take the account of NAME away; its key stays registered."""
    with _accounts() as (workspace, accounts):
        accounts.remove(workspace.registry.named(name).principal_id)
    emit({"name": name}, as_json, line(("Removed the account of ", "bold"), name))


@app.command("list")
def list_accounts(as_json: Json = False) -> None:
    """List accounts, and which are locked."""
    with _accounts(custodian=False) as (workspace, accounts):
        known = workspace.registry.principals
        rows = [
            {
                "name": known[each.principal_id].name if each.principal_id in known else None,
                "principal_id": each.principal_id,
                "created_at": utc_text(each.created_at),
                "locked_until": each.locked_until and utc_text(each.locked_until),
            }
            for each in accounts.all()
        ]
    emit(
        rows,
        as_json,
        table(None, ("name", "principal", "since", "locked until"), (r.values() for r in rows)),
    )


@contextmanager
def _accounts(*, custodian: bool = True) -> Iterator[tuple[Workspace, Accounts]]:
    from recognizance.service.accounts import Accounts
    from recognizance.service.store import Store

    with open_workspace() as workspace:
        if custodian and Role.CUSTODIAN not in workspace.acting().principal.roles:
            raise RoleError(
                "Only a custodian looks after accounts.",
                hint="Set RECOGNIZANCE_PRINCIPAL to one with the role custodian.",
            )
        with Store(workspace.layout.service, wait_s=workspace.settings.wait_s) as store:
            yield workspace, Accounts(store)


def _password(from_stdin: bool) -> str:
    """The password, from standard input or asked for twice.

    Raises:
        InputError: There is nobody to ask.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError(
            "There is no terminal to ask for a password at.",
            hint="Hand it in with --password-stdin.",
        )
    words: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return words
