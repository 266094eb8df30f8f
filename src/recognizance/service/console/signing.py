"""Signing with one's own key in the console: a passphrase opens it for one act and is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import KeyFileError
from recognizance.keys.files import is_plain
from recognizance.keys.locks import unlock_with

if TYPE_CHECKING:
    from recognizance.types import Principal
    from recognizance.workspace import Actor, Workspace


def signer(workspace: Workspace, principal: Principal, passphrase: str) -> Actor:
    """Somebody with their key.

    Raises:
        PassphraseError: The key is locked, and the passphrase does not open it.
        KeyFileError: The key is not on this machine.
    """
    if not passphrase:
        return workspace.acting(principal.name)
    before = workspace.unlock
    workspace.unlock = unlock_with(passphrase.encode("utf-8", "replace"))
    try:
        return workspace.acting(principal.name)
    finally:
        workspace.unlock = before


def asks_passphrase(workspace: Workspace, principal: Principal) -> bool:
    """Whether somebody's key lies here locked; where it is missing, signing says so."""
    try:
        return not is_plain(workspace.layout.principal_key(principal.name))
    except KeyFileError:
        return False
