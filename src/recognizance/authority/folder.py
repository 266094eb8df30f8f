"""Where an authority lies: a folder with its two keys and its book."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recognizance.authority.answering import Authority
from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import (
    InputError,
    KeyFileError,
    WorkspaceDamagedError,
    WorkspaceExistsError,
    WorkspaceMissingError,
)
from recognizance.keys import SigningKey, fingerprint, new_secret
from recognizance.keys.files import (
    KeyKind,
    read_key_file,
    read_signer,
    unlock_from_file,
    write_command_file,
    write_key_file,
)
from recognizance.keys.locks import unlock_with
from recognizance.layout import is_key, write_atomically
from recognizance.ledger import Ledger, LogName
from recognizance.texts import SHORT, checked_text
from recognizance.types import utc_text

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.keys.devices import CommandKey
    from recognizance.keys.locks import Unlock
    from recognizance.ports import Clock
    from recognizance.settings import Settings

ABOUT = "authority.json"
KEY = "authority.key"
BOOK_KEY = "book.key"
BOOK = "book.db"
LIMIT_BYTES = 4096


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_authority(
    folder: Path,
    settings: Settings,
    *,
    name: str,
    passphrase: bytes | None = None,
    device: CommandKey | None = None,
    clock: Clock = _utc_now,
) -> Authority:
    """Make an authority and open it.

    Args:
        folder: Where; nothing may lie there.
        settings: The key folder of these settings keeps the pin of the book.
        name: What people call it.
        passphrase: Encrypts the key files.
        device: Where the key that countersigns lies in a device.
        clock: The clock.

    Raises:
        WorkspaceExistsError: Something stands there already.
        InputError: The name or the passphrase cannot be one.
    """
    name = checked_text(name, what="The name of an authority", longest=SHORT, one_line=True)
    if folder.exists() and any(folder.iterdir()):
        raise WorkspaceExistsError(
            f"{folder} is there already and not empty.", hint="Name another folder."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if device is None:
        key = SigningKey.generate()
        write_key_file(
            folder / KEY,
            kind=KeyKind.PRINCIPAL,
            name=name,
            secret=key.seed,
            passphrase=passphrase,
        )
        public_key = key.public_key
    else:
        write_command_file(folder / KEY, name=name, public_key=device.public_key, argv=device.argv)
        public_key = device.public_key
    # The book has a key of its own: a device would have to sign each of its entries as well.
    book = SigningKey(new_secret())
    write_key_file(
        folder / BOOK_KEY,
        kind=KeyKind.PRINCIPAL,
        name=f"the book of {name}",
        secret=book.seed,
        passphrase=passphrase,
    )
    pin = _pin(settings, public_key)
    pin.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Ledger.create(folder / BOOK, key=book, origin=_origin(public_key), pin=pin) as ledger:
        ledger.append(
            LogName.DECISIONS, "authority_created", {"authority": public_key.hex()}, now=clock()
        )
        vkey = ledger.vkey(LogName.DECISIONS)
    about = {"v": 1, "name": name, "public_key": public_key.hex(), "book_vkey": vkey}
    about["created"] = utc_text(clock())
    # Written last: a folder without it is no authority.
    write_atomically(folder / ABOUT, canonical_bytes(about))
    unlock = None if passphrase is None else unlock_with(passphrase)
    return open_authority(folder, settings, unlock=unlock, clock=clock)


def open_authority(
    folder: Path, settings: Settings, *, unlock: Unlock | None = None, clock: Clock = _utc_now
) -> Authority:
    """Open an authority's folder.

    Args:
        folder: The folder.
        settings: Where the pin lies, and the passphrase file where `unlock` is not given.
        unlock: Gives passphrases.
        clock: The clock.

    Raises:
        WorkspaceMissingError: There is none.
        WorkspaceDamagedError: A part of it cannot be read.
        PassphraseError: A key is encrypted, and nothing opens it.
        LedgerDamagedError: The book is shorter than its pin, or contradicts it.
    """
    name, public_key = _read_about(folder)
    if unlock is None and settings.passphrase_file is not None:
        unlock = unlock_from_file(settings.passphrase_file)
    key = read_signer(folder / KEY, unlock)
    if key.public_key != public_key:
        raise KeyFileError(
            "The key file is not this authority's.", hint="Restore the right key file."
        )
    book = read_key_file(folder / BOOK_KEY, KeyKind.PRINCIPAL, unlock).signing_key
    ledger = Ledger.open(
        folder / BOOK,
        key=book,
        origin=_origin(public_key),
        pin=_pin(settings, public_key),
        wait_s=settings.wait_s,
    )
    try:
        return Authority(name=name, key=key, ledger=ledger, lock=folder / "lock", clock=clock)
    except BaseException:
        ledger.close()
        raise


def _read_about(folder: Path) -> tuple[str, bytes]:
    path = folder / ABOUT
    try:
        with path.open("rb") as file:
            about = parse_json(file.read(LIMIT_BYTES))
    except FileNotFoundError as error:
        raise WorkspaceMissingError(
            f"There is no authority in {folder}.",
            hint="Make one with `recognizance gate authority DIR --name NAME`.",
        ) from error
    except (OSError, InputError) as error:
        raise _damaged() from error
    match about:
        case {"v": 1, "name": str(name), "public_key": str(digits)} if is_key(digits):
            return name, bytes.fromhex(digits)
        case _:
            raise _damaged()


def _damaged() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        f"The file {ABOUT} cannot be read as what it should be.",
        hint="Restore it from a backup; the book was not touched.",
    )


def _origin(public_key: bytes) -> str:
    return f"recognizance/authority-{fingerprint(public_key)}"


def _pin(settings: Settings, public_key: bytes) -> Path:
    # Outside the folder: who puts back an old copy of the book does not put back its pin, and a
    # book that has forgotten permits would count them short.
    return settings.key_folder / f"authority-{fingerprint(public_key)}" / "ledger-pin.json"
