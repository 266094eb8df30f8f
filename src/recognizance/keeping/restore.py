"""The way back: a backup becomes a workspace, whole or not at all, and nobody erased comes back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.conditions import check_role
from recognizance.errors import InputError, KeyFileError, WorkspaceExistsError
from recognizance.forgetting import forget
from recognizance.gallery import CHANGES, SqliteGallery
from recognizance.keeping.bundle import full_disk_said, room_beside, sync_folder
from recognizance.keeping.examine import Known, opened_backup
from recognizance.keeping.manifest import FOLDERS
from recognizance.keys.files import read_signer
from recognizance.layout import Layout
from recognizance.ledger import Ledger, LogName
from recognizance.ledger.pin import NOTHING_PINNED
from recognizance.registry import Registry
from recognizance.types import Role
from recognizance.workspace import Workspace, origin_of, utc_now

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from recognizance.keeping.examine import Examined
    from recognizance.keeping.manifest import Manifest
    from recognizance.keys.locks import Unlock
    from recognizance.ports import Clock
    from recognizance.settings import Settings
    from recognizance.types import Principal


@dataclass(frozen=True, slots=True)
class Restored:
    """A workspace that was restored.

    Attributes:
        manifest: What the backup held.
        known: Whether anything may have come after it.
        erased: How many people were erased once more.
        keys_brought: Whether the keys came with the backup too.
    """

    manifest: Manifest
    known: Known
    erased: int
    keys_brought: bool


def restore(
    settings: Settings,
    archive: Path,
    *,
    unlock: Unlock | None,
    erased: Collection[str] | None = None,
    clock: Clock = utc_now,
) -> Restored:
    """Put a backup into the place that the settings name, and open it once.

    Whatever may fail is done in a folder beside that place; then the folder takes its name.

    Args:
        settings: Where the workspace is to stand, and where its keys do.
        archive: The backup.
        unlock: Gives passphrases.
        erased: Ids of the people who were erased after the backup was made. Empty says that
            nobody was; None says nothing, and is enough only where the pin proves that nothing
            came after the backup.
        clock: The clock.

    Raises:
        WorkspaceExistsError: Something stands there already.
        InputError: It takes to be said who was erased since, and it was not.
        RoleError: Who restores is not the custodian.
        BackupError: And every other error of `check_backup`.
    """
    home = settings.home
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise WorkspaceExistsError(
            f"{home} is there already and not empty.",
            hint="Move it away, or set RECOGNIZANCE_HOME to another folder; nothing is replaced.",
        )
    with room_beside(home) as room:
        folder = room / "workspace"
        for each in (folder, *(folder / name for name in FOLDERS)):  # one that is empty too
            each.mkdir(mode=0o700)
        manifest, note, found = opened_backup(settings, archive, folder, unlock=unlock)
        if found.known is Known.UNKNOWN and erased is None:
            raise InputError(
                "Nothing here proves that this backup is the newest, so people who were erased "
                "since would be back.",
                hint="Name them with --erased FILE, one id a line; an empty file says that nobody "
                "was. docs/how-to/back-up-and-restore.md tells where that list comes from.",
            )
        again = _forget_again(found, settings, erased or (), note, unlock=unlock, clock=clock)
        brought = found.layout.keys == folder / "keys"
        _take_keys(found, settings, manifest, brought=brought)
        shutil.rmtree(folder / "keys", ignore_errors=True)
        _put_in_place(folder, home)
    Workspace.open(settings, clock=clock, unlock=unlock).close()  # what is due is done at once
    return Restored(manifest, found.known, again, brought)


def _forget_again(
    found: Examined,
    settings: Settings,
    erased: Collection[str],
    note: str,
    *,
    unlock: Unlock | None,
    clock: Clock,
) -> int:
    """Erase whom somebody names from the copy, and record that it was restored."""
    layout, key = found.layout, found.key
    origin = origin_of(key.name)
    with (
        Ledger.open(layout.ledger, key=key.signing_key, origin=origin, pin=None) as ledger,
        SqliteGallery.open(layout.gallery, key.sealing_key) as gallery,
    ):
        custodian = _custodian(Registry(ledger), layout, settings, unlock)
        again = [forget(ledger, gallery, subject_id) for subject_id in sorted(set(erased))]
        number = sum(1 for each in again if each.references or each.leads)
        ledger.append(
            LogName.USES,
            "restore",
            {
                "operation": "restore",
                "outcome": "restored",
                "by": custodian.principal_id,
                "known": found.known,
                "erased": number,
                CHANGES: gallery.changes(),
            },
            private={"manifest": note},
            now=clock(),
        )
    return number


def _custodian(
    registry: Registry, layout: Layout, settings: Settings, unlock: Unlock | None
) -> Principal:
    """Who restores, by name and by key.

    Raises:
        RoleError: Not the custodian.
        KeyFileError: The key is not here, or is not the registered one.
    """
    principal = registry.named(settings.principal)
    if read_signer(layout.principal_key(principal.name), unlock).public_key != principal.public_key:
        raise KeyFileError(
            f"The key file of {principal.name!r} is not the key that is registered.",
            hint="Restore the right key file.",
        )
    check_role(principal, "restore a backup", Role.CUSTODIAN)
    return principal


def _take_keys(found: Examined, settings: Settings, manifest: Manifest, *, brought: bool) -> None:
    """Put keys that came with the backup into the key folder, where there were none."""
    if not brought:
        return
    layout = Layout.of(settings, manifest.workspace_id)
    with full_disk_said():
        for source in sorted(found.layout.keys.iterdir()):
            target = (
                layout.workspace_key
                if source.name == "workspace.key"
                else layout.keys / source.name
            )
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not target.exists():
                shutil.copyfile(source, target)
                target.chmod(0o600)
    if not layout.pin.exists():
        layout.pin.write_text(NOTHING_PINNED, encoding="ascii")
        layout.pin.chmod(0o600)


def _put_in_place(folder: Path, home: Path) -> None:
    folder.replace(home)  # onto nothing, or onto an empty folder
    sync_folder(home.parent)
