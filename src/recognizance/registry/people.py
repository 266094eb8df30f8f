"""Principals in the decisions log: who an entry adds, and whose key may be taken back.

Pure. A key that was taken back stays taken back: it may be in other hands by now, so nobody is
registered with it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import ConflictError, RoleError
from recognizance.types import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from recognizance.ledger import Entry


def principal_of(entry: Entry, payload: object) -> Principal:
    """The principal that an entry adds; the id stands in for a name that was erased."""
    public = entry.public
    roles = public["roles"]
    principal_id = str(public["principal"])
    named = payload.get("name") if isinstance(payload, dict) else None
    return Principal(
        principal_id=principal_id,
        name=str(named or principal_id),
        roles=frozenset(map(Role, roles if isinstance(roles, list) else ())),
        public_key=bytes.fromhex(str(public["public_key"])),
    )


def require_new(
    principal: Principal, known: Mapping[str, Principal], removed: Collection[str]
) -> None:
    """Pass a principal whose name and key nobody has or had.

    Raises:
        ConflictError: The name or the key is registered, or the key was taken back.
    """
    if principal.principal_id in removed:
        raise ConflictError(
            "This key was taken back here, and is not registered again.",
            hint="Make a new key for this person with `recognizance keys new`.",
        )
    if principal.principal_id in known or any(
        each.name == principal.name for each in known.values()
    ):
        raise ConflictError(
            f"The name {principal.name!r} or its key is registered already.",
            hint="Choose another name, or list who is there with `recognizance keys list`.",
        )


def require_current(principal: Principal, known: Mapping[str, Principal]) -> Principal:
    """The principal as it is registered now: its roles are those of the log, not those it brings.

    Raises:
        RoleError: It is not registered, or not with this key.
    """
    current = known.get(principal.principal_id)
    if current is None or current.public_key != principal.public_key:
        raise RoleError(
            f"{principal.name} is not registered in this workspace, or not any more.",
            hint="Act as somebody whom `recognizance keys list` shows.",
        )
    return current


def require_removable(principal: Principal, known: Mapping[str, Principal], by: Principal) -> None:
    """Pass where the custodian takes a key back, and a custodian is left.

    Raises:
        RoleError: Who asks is not the custodian.
        ConflictError: It is the last custodian's.
    """
    if Role.CUSTODIAN not in by.roles:
        raise RoleError(
            "Only the custodian may take a key back.",
            hint="Act as the custodian (RECOGNIZANCE_PRINCIPAL).",
        )
    others = (each for each in known.values() if each.principal_id != principal.principal_id)
    if not any(Role.CUSTODIAN in each.roles for each in others):
        raise ConflictError(
            "This is the key of the last custodian; without one nobody registers keys any more.",
            hint="Register another custodian first, with `recognizance keys new`.",
        )
