"""Where the parts of a workspace lie, and what its `workspace.json` says of it."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.canonical import parse_json
from recognizance.errors import (
    InputError,
    WorkspaceDamagedError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from recognizance.settings import Settings

SCHEMA = 1
PUBLIC_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of one workspace lie."""

    home: Path
    keys: Path
    workspace_key: Path

    @classmethod
    def of(cls, settings: Settings, workspace_id: str) -> Layout:
        """The layout for these settings."""
        folder = settings.key_folder / workspace_id
        return cls(settings.home, folder, settings.key_file or folder / "workspace.key")

    @property
    def ledger(self) -> Path:
        """The ledger's database."""
        return self.home / "ledger.db"

    @property
    def tally(self) -> Path:
        """What was counted of the ledger so far; it may be deleted, and is written again."""
        return self.home / "tally"

    @property
    def gallery(self) -> Path:
        """The gallery's database."""
        return self.home / "gallery.db"

    @property
    def service(self) -> Path:
        """What the HTTP service keeps for itself."""
        return self.home / "service.db"

    @property
    def spool(self) -> Path:
        """Files that wait for long work of the service, and what came of it; a day at most."""
        return self.home / "spool"

    @property
    def permits(self) -> Path:
        """The folder of permit files."""
        return self.home / "permits"

    @property
    def submissions(self) -> Path:
        """The folder of submissions, named by digest."""
        return self.home / "submissions"

    @property
    def lock(self) -> Path:
        """The file by which processes know of each other; it holds nothing."""
        return self.home / "lock"

    @property
    def watch_lock(self) -> Path:
        """The same for watches, which go on for days."""
        return self.home / "watch-lock"

    @property
    def turn_lock(self) -> Path:
        """Held from the last count of what was done to the entry that adds to it."""
        return self.home / "turn-lock"

    @property
    def pin(self) -> Path:
        """The file that remembers the ledger's last size and root."""
        return self.keys / "ledger-pin.json"

    def principal_key(self, name: str) -> Path:
        """The key file of the principal of that name."""
        return self.keys / f"{name}.key"


def read_about(home: Path) -> dict[str, Any]:
    """Read `workspace.json`.

    Raises:
        WorkspaceMissingError: It is not there.
        WorkspaceDamagedError: It cannot be read as what it should be.
        WorkspaceNewerError: It was written by a newer program.
    """
    try:
        data = (home / "workspace.json").read_bytes()
    except FileNotFoundError as error:
        raise WorkspaceMissingError(
            f"There is no workspace in {home}.",
            hint="Make one with `recognizance init`, or set RECOGNIZANCE_HOME.",
        ) from error
    damaged = WorkspaceDamagedError(
        "The file workspace.json cannot be read as what it should be.",
        hint="Restore it from a backup; the ledger and the gallery were not touched.",
    )
    try:
        about = parse_json(data)
    except InputError as error:
        raise damaged from error
    needed = {"schema", "workspace_id", "authority", "ledger_vkeys"}
    if not isinstance(about, dict) or not needed <= about.keys():
        raise damaged
    texts = [about["workspace_id"], *as_list(about["ledger_vkeys"])]
    if not all(isinstance(text, str) and text.isprintable() for text in texts) or not (
        about["authority"] is None or is_key(about["authority"])
    ):
        raise damaged
    if not isinstance(about["schema"], int) or not 1 <= about["schema"] <= SCHEMA:
        raise WorkspaceNewerError(
            "This workspace was written by a newer version of the program.",
            hint="Upgrade the program; the workspace was not touched.",
        )
    return about


def as_list(value: object) -> list[object]:
    """The value if it is a list that holds something, else a list of what cannot be right."""
    return value if isinstance(value, list) and value else [None]


def is_key(value: object) -> bool:
    """Whether this is a public key in hex digits."""
    try:
        return isinstance(value, str) and len(bytes.fromhex(value)) == PUBLIC_KEY_BYTES
    except ValueError:
        return False


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
