"""Is a copy of a workspace whole, its own, and the newest that this machine knows of?"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.errors import LedgerDamagedError, WorkspaceDamagedError
from recognizance.gallery import CHANGES, SqliteGallery, check_newest
from recognizance.keeping.bundle import full_disk_said, unpack
from recognizance.keeping.manifest import damaged, require_signed
from recognizance.keys.files import KeyKind, read_key_file, unlock_from_file
from recognizance.layout import Layout, read_about
from recognizance.ledger import Ledger, LogName
from recognizance.ledger.note import vkey_of
from recognizance.ledger.pin import NOTHING_PINNED
from recognizance.ledger.verify import ProofError, read_pin, verify_ledger
from recognizance.review import LeadState
from recognizance.workspace import origin_of

if TYPE_CHECKING:
    from typing import Any

    from recognizance.keeping.manifest import Manifest
    from recognizance.keys.files import KeyMaterial
    from recognizance.keys.locks import Unlock
    from recognizance.ledger.verify import Report
    from recognizance.settings import Settings


class Known(StrEnum):
    """What the pin in the key folder says of a copy: nothing came after it, or nobody knows."""

    NEWEST = "newest"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Examined:
    """A copy of a workspace in which nothing was found wrong.

    Attributes:
        layout: Where it lies, and where its keys do.
        key: The workspace's key.
        report: What the check of its ledger counted.
        gallery_changes: How many changes its gallery has seen.
        known: Whether anything came after it.
    """

    layout: Layout
    key: KeyMaterial
    report: Report
    gallery_changes: int | None
    known: Known


def check_backup(
    settings: Settings, archive: Path, *, unlock: Unlock | None
) -> tuple[Manifest, Known]:
    """Check a backup as far as a restore would; nothing stays of it.

    Raises:
        BackupError: It is damaged, or not signed by this workspace's key.
        LedgerDamagedError: Its ledger is not whole, or older than the pin.
        WorkspaceDamagedError: Its gallery cannot be read, or is older than its ledger.
        KeyFileError: The key of its workspace is not here.
    """
    with full_disk_said(), tempfile.TemporaryDirectory(prefix="recognizance-") as folder:
        manifest, _, found = opened_backup(settings, archive, Path(folder), unlock=unlock)
    return manifest, found.known


def opened_backup(
    settings: Settings, archive: Path, folder: Path, *, unlock: Unlock | None
) -> tuple[Manifest, str, Examined]:
    """Unpack a backup into a folder and examine it; the errors are those of `check_backup`."""
    manifest, note = unpack(archive, folder)
    about = read_about(folder)
    if about["workspace_id"] != manifest.workspace_id:
        raise damaged("Its workspace.json is another workspace's.")
    layout = replace(Layout.of(settings, manifest.workspace_id), home=folder)
    pin: Path | None = layout.pin
    if manifest.has_keys and not layout.workspace_key.exists():
        keys, pin = folder / "keys", None  # no pin comes with a backup: it would know of itself
        layout = replace(layout, keys=keys, workspace_key=keys / "workspace.key")
    found = examine(layout, about, unlock=unlock or _unlock_of(settings), pin=pin)
    require_signed(note, manifest, found.key.signing_key.public_key)
    if found.gallery_changes != manifest.gallery_changes:
        raise damaged("Its gallery has seen another number of changes than the manifest says.")
    return manifest, note, found


def examine(
    layout: Layout, about: dict[str, Any], *, unlock: Unlock | None, pin: Path | None
) -> Examined:
    """Check a copy of a workspace: its ledger wholly, each template and lead of its gallery.

    Args:
        layout: Where the copy lies, and where its keys do.
        about: Its `workspace.json`.
        unlock: Gives passphrases.
        pin: The pin to hold the ledger against; None where there is none, or none that counts.

    Raises:
        LedgerDamagedError: The ledger is not whole, or older than the pin.
        WorkspaceDamagedError: The gallery cannot be read, or is older than the ledger.
        KeyFileError: The key is not here, or is another workspace's.
    """
    key = read_key_file(layout.workspace_key, KeyKind.WORKSPACE, unlock)
    origin = origin_of(str(about["workspace_id"]))
    vkeys = [vkey_of(f"{origin}/{log}", key.signing_key.public_key) for log in LogName]
    if list(about["ledger_vkeys"]) != vkeys:
        raise damaged("Its workspace.json names other keys than the key file holds.")
    pinned = {} if pin is None else _pinned(pin)
    report = verify_ledger(layout.ledger, vkeys, pin)
    _require_whole(report, pinned, origin)
    sizes = {f"{origin}/{log.log}": log.size for log in report.logs}
    with Ledger.open(layout.ledger, key=key.signing_key, origin=origin, pin=None) as ledger:
        named = [ledger.newest_fact(log, CHANGES) for log in LogName]
    with SqliteGallery.open(layout.gallery, key.sealing_key) as gallery:
        changes = gallery.changes()
        check_newest(changes or 0, max((n for n in named if isinstance(n, int)), default=0))
        _read_all(gallery)
    for path in sorted(layout.home.glob("*.db")):
        _check_pages(path)
    known = Known.NEWEST if pinned == sizes else Known.UNKNOWN
    return Examined(layout, key, report, changes, known)


def _read_all(gallery: SqliteGallery) -> None:
    """Open everything that is sealed, so that damage is found now and not in the next search."""
    for record in gallery.galleries():
        gallery.references(record.gallery_id)
    for state in LeadState:
        gallery.leads(state)


def _check_pages(path: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise WorkspaceDamagedError(
            f"The file {path.name} of this copy cannot be read as a database.",
            hint="Take another copy.",
        )


def _pinned(pin: Path) -> dict[str, int]:
    """How long each log was when this machine saw it last; empty where nothing is pinned.

    Raises:
        LedgerDamagedError: The pin is missing or damaged, though the keys are here.
    """
    try:
        return {name: size for name, (size, _) in read_pin(pin).items()}
    except ProofError as error:
        raise LedgerDamagedError(
            f"The pin of the ledger, {pin.name}, is missing or damaged: nothing here says "
            "whether this copy is the newest.",
            hint="Put the pin back from wherever the keys are kept. Where it is lost, write "
            f"{NOTHING_PINNED} into it; then a restore asks who was erased since.",
        ) from error


def _require_whole(report: Report, pinned: dict[str, int], origin: str) -> None:
    lacking = {
        log.log: pinned.get(f"{origin}/{log.log}", 0) - log.size
        for log in report.logs
        if pinned.get(f"{origin}/{log.log}", 0) > log.size
    }
    if lacking:
        words = " and ".join(f"{count} of the {log}" for log, count in lacking.items())
        raise LedgerDamagedError(
            f"This copy is older than what the pin knows: it lacks the last {words} log. Whoever "
            "was erased since would be back.",
            hint="Take a newer backup. Where there is none: docs/how-to/back-up-and-restore.md, "
            '"When the newest backup is too old".',
        )
    if not report.ok:
        raise LedgerDamagedError(
            f"The ledger of this copy is not whole: {report.findings[0].what}.",
            hint="Take another copy.",
        )


def _unlock_of(settings: Settings) -> Unlock | None:
    path = settings.passphrase_file
    return None if path is None else unlock_from_file(path)
