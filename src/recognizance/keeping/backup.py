"""Making a backup, also while others are at work."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recognizance import __version__
from recognizance.conditions import check_role
from recognizance.errors import KeyFileError
from recognizance.keeping.bundle import part_of, require_free, room_beside, write_bundle
from recognizance.keeping.examine import examine
from recognizance.keeping.manifest import FOLDERS, Manifest
from recognizance.keeping.snapshot import copy_databases
from recognizance.keys.files import is_plain
from recognizance.layout import read_about
from recognizance.ledger import LogName
from recognizance.ledger.note import signed_checkpoint
from recognizance.ledger.verify import Head
from recognizance.types import Role, utc_text
from recognizance.workspace import origin_of

if TYPE_CHECKING:
    from pathlib import Path

    from recognizance.keeping.examine import Examined
    from recognizance.layout import Layout
    from recognizance.workspace import Actor, Workspace


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: where it lies, its size in bytes, and what it holds."""

    path: Path
    size_bytes: int
    manifest: Manifest


def back_up(workspace: Workspace, out: Path, *, by: Actor, with_keys: bool = False) -> Backup:
    """Write a backup of an open workspace; whoever else is at work goes on.

    What was copied is examined before the file gets its name, as a restore would examine it.

    Args:
        workspace: The workspace.
        out: The file to write; there is none of that name.
        by: The custodian.
        with_keys: Put the key files in, each of which has to be encrypted.

    Raises:
        RoleError: Who asks is not the custodian.
        ConflictError: There is a file of that name.
        KeyFileError: A key file is to go in and lies open.
        StoreBusyError: Somebody wrote for longer than the bounded wait.
        StoreFullError: The disk takes nothing more.
    """
    layout = workspace.layout
    check_role(workspace.registry.current(by.principal), "make a backup", Role.CUSTODIAN)
    require_free(out)
    keys = _locked_keys(layout) if with_keys else []
    now = workspace.clock()
    # Before the copy, so that the copy has it: then the ledger has nothing that the backup lacks.
    workspace.ledger.append(
        LogName.USES,
        "backup",
        {"operation": "backup", "outcome": "begun", "by": by.principal.principal_id},
        now=now,
    )
    with room_beside(out) as folder:
        names = [*copy_databases(layout, folder, wait_s=workspace.settings.wait_s)]
        names += _copy_files(layout, folder)
        copy = replace(layout, home=folder)
        found = examine(copy, read_about(folder), unlock=workspace.unlock, pin=None)
        names += _copy_keys(layout, keys, folder)
        manifest = Manifest(
            workspace_id=workspace.workspace_id,
            made_at=utc_text(now),
            program=f"recognizance {__version__}",
            checkpoints=_checkpoints(found),
            gallery_changes=found.gallery_changes,
            parts=tuple(part_of(folder, name) for name in sorted(names)),
        )
        size = write_bundle(out, folder, manifest, manifest.signed(found.key.signing_key))
    return Backup(out, size, manifest)


def _copy_files(layout: Layout, into: Path) -> list[str]:
    """Copy what is written once and never changed; after the ledger, which names it."""
    shutil.copyfile(layout.home / "workspace.json", into / "workspace.json")
    names = ["workspace.json"]
    for folder in FOLDERS:
        (into / folder).mkdir(mode=0o700)
        for path in sorted((layout.home / folder).iterdir()):
            if path.is_file() and not path.name.startswith("."):  # what is being written
                shutil.copyfile(path, into / folder / path.name)
                names.append(f"{folder}/{path.name}")
    return names


def _locked_keys(layout: Layout) -> list[Path]:
    """The key files, none of which may lie open.

    Raises:
        KeyFileError: One does.
    """
    paths = {*layout.keys.glob("*.key"), layout.workspace_key}
    for path in sorted(paths):
        if is_plain(path):
            raise KeyFileError(
                f"{path.name} is not encrypted: in a backup it would open everything beside it.",
                hint="Run `recognizance keys passwd`, or make the backup without the keys.",
            )
    return sorted(paths)


def _copy_keys(layout: Layout, paths: list[Path], into: Path) -> list[str]:
    names = []
    for path in paths:
        name = "workspace.key" if path == layout.workspace_key else path.name
        (into / "keys").mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(path, into / "keys" / name)
        names.append(f"keys/{name}")
    return names


def _checkpoints(found: Examined) -> tuple[str, ...]:
    origin = origin_of(found.key.name)
    return tuple(
        signed_checkpoint(
            Head(f"{origin}/{log.log}", log.size, bytes.fromhex(log.root)), found.key.signing_key
        )
        for log in found.report.logs
    )
