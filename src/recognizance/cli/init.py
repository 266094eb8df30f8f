"""`recognizance init`: make a workspace. Asks for a passphrase at most, and that at a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, line
from recognizance.cli.passphrase import PlainKeys, new_passphrase
from recognizance.errors import InputError

PUBLIC_KEY_HEX_DIGITS = 64
_PRINTED = "`recognizance keys list` prints the public keys of a workspace."
_AUTHORITY_HINT = "On the authority's machine `recognizance gate authority DIR` prints it."


def init(
    authority: Annotated[
        str | None,
        typer.Option(
            help="Public key (64 hex digits, or a file with them) of the authority that "
            "countersigns permits. Without it only self-signed classes exist here."
        ),
    ] = None,
    plain_keys: PlainKeys = False,
    as_json: Json = False,
) -> None:
    """Make a workspace in RECOGNIZANCE_HOME, else ./recognizance-data.

    Its keys are encrypted with the passphrase in RECOGNIZANCE_PASSPHRASE_FILE, or with one that is
    asked for at a terminal.
    """
    from recognizance.settings import load_settings
    from recognizance.workspace import Workspace

    key = None if authority is None else read_public_key(authority, hint=_AUTHORITY_HINT)
    passphrase = new_passphrase(plain=plain_keys)
    with Workspace.create(load_settings(), authority=key, passphrase=passphrase) as workspace:
        names = sorted(each.name for each in workspace.registry.principals.values())
        layout = workspace.layout
        emit(
            {
                "workspace_id": workspace.workspace_id,
                "home": str(layout.home),
                "keys": str(layout.keys),
                "key_file": str(layout.workspace_key),
                "keys_encrypted": passphrase is not None,
                "principals": names,
                "authority": key.hex() if key else None,
            },
            as_json,
            line(("Workspace ", "bold"), workspace.workspace_id),
            line("  data        ", str(layout.home)),
            line(
                "  keys        ",
                f"{layout.keys} ({_kept(passphrase)}, keep them apart from the data)",
            ),
            line("  principals  ", ", ".join(names), " (who proposes does not sign)"),
            line(
                "  authority   ", key.hex() if key else "none: trial, opted-in and household only"
            ),
            line("  next        ", "recognizance gate new trial"),
        )


def _kept(passphrase: bytes | None) -> str:
    return "mode 0600, NOT encrypted" if passphrase is None else "encrypted"


def read_public_key(text: str, *, hint: str = _PRINTED) -> bytes:
    """A public key given as hex digits or as the name of a file that holds them.

    Args:
        text: What was given.
        hint: Where such a key is printed, for who gave something else.

    Raises:
        InputError: It is neither.
    """
    path = Path(text)
    try:
        digits = path.read_text(encoding="ascii").strip() if path.is_file() else text.strip()
        key = bytes.fromhex(digits)
    except (OSError, ValueError):
        key = b""
    if len(key) * 2 != PUBLIC_KEY_HEX_DIGITS:
        raise InputError("The public key is not 64 hex digits.", hint=hint)
    return key
