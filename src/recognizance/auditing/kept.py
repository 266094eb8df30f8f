"""The report of an audit as one archive: what it holds, and with the proof that it was recorded.

The ledger's entry names the digest of `result.json`, so whoever has the entry, its receipt and the
ledger's key can show that exactly this result was measured here, and when.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Final

from recognizance.audit.result import AuditResult
from recognizance.errors import InputError, NotFoundError
from recognizance.ledger import LogName

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from recognizance.workspace import Workspace

ARCHIVE: Final = "report.zip"
PAGE: Final = "report.html"
RESULT: Final = "result.json"

MOST_RESULT_BYTES: Final = 64 * 2**20
"""House number: a result of every plot and group is a tenth of it."""


def pack(folder: Path, archive: Path) -> None:
    """Write every file of a report's folder into one archive."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.write(path, str(path.relative_to(folder)))


def part_of(archive: Path, name: str) -> bytes:
    """A file of a report.

    Raises:
        NotFoundError: The report is gone, or has no such file.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            return packed.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise NotFoundError(
            "The report is not here any more.", hint="It is destroyed after a day: measure again."
        ) from error


def result_in(data: BinaryIO) -> AuditResult:
    """The result in a `result.json`, or in the archive of a report.

    Raises:
        InputError: It is neither.
    """
    wrong = InputError(
        "The result of an audit cannot be read.",
        hint="Give result.json of a report, or the archive that it came in.",
    )
    try:
        text = _bounded(data)
        found = json.loads(text) if text is not None else None
    except (OSError, ValueError, KeyError, RecursionError, zipfile.BadZipFile) as error:
        raise wrong from error
    if found is None:
        raise wrong
    return AuditResult.from_dict(found)


def _bounded(data: BinaryIO) -> bytes | None:
    """The text of a result; None where it is too long to be one."""
    if zipfile.is_zipfile(data):
        with zipfile.ZipFile(data) as packed, packed.open(RESULT) as inside:
            text = inside.read(MOST_RESULT_BYTES + 1)
    else:
        data.seek(0)
        text = data.read(MOST_RESULT_BYTES + 1)
    return text if len(text) <= MOST_RESULT_BYTES else None


def with_proof(workspace: Workspace, archive: Path, entry: str) -> bytes:
    """The archive of a report with the entry that records it, its receipt and the ledger's key.

    Raises:
        NotFoundError: The report is gone.
    """
    ledger, index = workspace.ledger, int(entry.rpartition("/")[2])
    proof = {
        "proof/entry.json": ledger.leaf(LogName.USES, index),
        "proof/receipt.tlog-proof": ledger.receipt(LogName.USES, index).encode(),
        "proof/ledger.vkey": f"{ledger.vkey(LogName.USES)}\n".encode(),
    }
    part_of(archive, RESULT)
    whole = io.BytesIO(archive.read_bytes())
    with zipfile.ZipFile(whole, "a", zipfile.ZIP_DEFLATED) as packed:
        for name, data in proof.items():
            packed.writestr(name, data)
    return whole.getvalue()
