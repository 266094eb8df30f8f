"""What a backup says of itself: its files by SHA-256, signed with the key of the ledger.

The manifest is a signed note (c2sp.org/signed-note). Whoever lacks the workspace's key can damage
a backup, and cannot make one, or put another file into it.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import BackupError, InputError
from recognizance.ledger.note import sign_note
from recognizance.ledger.verify import ProofError, open_note

if TYPE_CHECKING:
    from recognizance.keys import SigningKey

FORMAT: Final = "recognizance-backup/1"
MANIFEST: Final = "manifest.note"
LIMIT_BYTES: Final = 64 * 2**20
FOLDERS: Final = ("permits", "submissions")

_NAME: Final = re.compile(
    r"workspace\.json|[a-z][a-z0-9-]{0,63}\.db"
    r"|(permits|submissions)/[A-Za-z0-9][A-Za-z0-9._-]{0,199}|keys/[A-Za-z0-9_-]{1,64}\.key"
)
"""Every name that a backup may hold; none of them leads out of a folder."""

_HEX_DIGITS: Final = 64


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its name in the workspace, its size and its SHA-256 in hex digits."""

    name: str
    size_bytes: int
    sha256: str

    def __post_init__(self) -> None:
        if not (
            _NAME.fullmatch(self.name)
            and type(self.size_bytes) is int
            and self.size_bytes >= 0
            and re.fullmatch(f"[0-9a-f]{{{_HEX_DIGITS}}}", self.sha256)
        ):
            raise damaged(f"It names the file {self.name!r}, which no backup holds.")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        workspace_id: Of which workspace it is.
        made_at: When it was made, UTC.
        program: What made it, with its version.
        checkpoints: The last signed checkpoint of each log, decisions first.
        gallery_changes: How many changes the gallery had seen; None where it does not count.
        parts: The files, sorted by name.
    """

    workspace_id: str
    made_at: str
    program: str
    checkpoints: tuple[str, ...]
    gallery_changes: int | None
    parts: tuple[Part, ...]

    @property
    def has_keys(self) -> bool:
        """Whether the key files are in it, encrypted."""
        return any(part.name.startswith("keys/") for part in self.parts)

    def signed(self, key: SigningKey) -> str:
        """The manifest as it lies in the backup."""
        text = f"{FORMAT}\n{canonical_bytes(asdict(self)).decode()}\n"
        return sign_note(text, signer_of(self.workspace_id), key)


def signer_of(workspace_id: str) -> str:
    """The name under which a workspace signs its backups."""
    return f"recognizance/{workspace_id}/backup"


def stated(note: str) -> Manifest:
    """What a manifest says, its signature unchecked.

    Raises:
        BackupError: It is no manifest.
    """
    form, _, rest = note.partition("\n")
    if form != FORMAT:
        raise damaged("It does not begin with a manifest that this program knows.")
    try:
        table = parse_json(rest.partition("\n")[0].encode())
        if not isinstance(table, dict):
            raise damaged("Its manifest is none.")
        made = Manifest(
            **table
            | {
                "checkpoints": tuple(map(str, table["checkpoints"])),
                "parts": tuple(Part(**part) for part in table["parts"]),
            }
        )
    except (InputError, KeyError, TypeError, UnicodeEncodeError) as error:
        if isinstance(error, BackupError):
            raise
        raise damaged("Its manifest cannot be read as one.") from error
    names = [part.name for part in made.parts]
    if names != sorted(set(names)) or not re.fullmatch("[0-9a-f]{1,64}", str(made.workspace_id)):
        raise damaged("Its manifest cannot be read as one.")
    return made


def require_signed(note: str, manifest: Manifest, public_key: bytes) -> None:
    """Pass a manifest that the workspace's own key has signed.

    Raises:
        BackupError: It has not.
    """
    try:
        open_note(note, signer_of(manifest.workspace_id), public_key)
    except ProofError as error:
        raise BackupError(
            "The workspace's key did not sign what this backup says of itself.",
            hint="Take another backup, or the key file that belongs to this one.",
        ) from error


def damaged(what: str) -> BackupError:
    """The error of a backup that is not what it should be."""
    return BackupError(
        f"The backup cannot be used. {what}",
        hint="Take another copy of it, or an older backup; nothing was restored.",
    )
