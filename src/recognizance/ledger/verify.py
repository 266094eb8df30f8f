"""Check a ledger with nothing but this file, Python and the package `cryptography`.

    python verify.py LEDGER.db --key VKEY [--pin FILE] [--json]

Copy this one file to a machine that trusts nobody: it imports nothing else of the program, and
the program imports from it, so both read the formats in the same way. It recomputes every leaf
hash, node and root, checks every signed checkpoint, and says where the damage is.

Sources: hashing is RFC 6962, section 2.1; the inclusion check is RFC 9162, section 2.1.3.2;
signed notes, checkpoints and proofs are c2sp.org/signed-note, c2sp.org/tlog-checkpoint and
c2sp.org/tlog-proof.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import dataclasses
import hashlib
import json
import re
import sqlite3
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LOGS = ("decisions", "uses")
APPLICATION_ID = 0x52434C47  # "RCLG"
SCHEMA_VERSION = 1
LEAF_LIMIT_BYTES = 65_535  # c2sp.org/tlog-tiles: entry bundles hold a length of two bytes
HASH_BYTES = 32
PIN_RECORD_BYTES = 512  # one sector, which disks write as a whole
EMPTY_ROOT = hashlib.sha256().digest()
ED25519 = b"\x01"
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
# Of a damaged file, even SQLite's message about the damage may be no text.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)

# SHA-256 over the sorted statements of the schema: tables, indexes, triggers against changes.
SCHEMA_SHA256 = "fecfb08b8491f18edb4fc30c04340b64417ccb4dec5a453100cdc474ec443496"


class ProofError(ValueError):
    """A note, proof, key or pin does not hold, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: which log, how many leaves, which root (32 bytes)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, and where: the log and the zero-based index, as far as they are known."""

    log: str | None
    index: int | None
    what: str


@dataclass(frozen=True, slots=True)
class LogState:
    """One log as it was found: leaves, root in hex, and payloads that were erased."""

    log: str
    size: int
    root: str
    erased: int


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a check; `ok` is true where nothing was found."""

    ok: bool
    logs: tuple[LogState, ...]
    findings: tuple[Finding, ...]


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from the leaf hash at `index` to `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node % 2 or node == last:
            found = node_hash(sibling, found)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def key_id(name: str, public_key: bytes) -> bytes:
    """SHA-256(name || newline || 0x01 || public key)[:4], as signed-note recommends."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def parse_vkey(vkey: str) -> tuple[str, bytes]:
    """Read `name+hex key id+base64 key`: the name and the raw Ed25519 key.

    Raises:
        ProofError: It is no such key, or its id does not belong to it.
    """
    name, _, rest = vkey.strip().partition("+")
    shown_id, _, encoded = rest.partition("+")
    key = _from_base64(encoded)
    if not name or key[:1] != ED25519 or len(key) != 1 + HASH_BYTES:
        raise ProofError("the key is not an Ed25519 key of a signed note")
    if key_id(name, key[1:]).hex() != shown_id:
        raise ProofError("the id in the key does not belong to it")
    return name, key[1:]


def open_note(note: str, name: str, public_key: bytes) -> str:
    """Return the text of a signed note, once the key's signature on it is checked.

    Raises:
        ProofError: The note is malformed, unsigned by this key, or the signature is wrong.
    """
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise ProofError("this is no signed note")
    text += "\n"
    prefix = f"— {name} "
    wanted = key_id(name, public_key)
    signatures = [
        signature[4:]
        for line in lines.splitlines()
        if line.startswith(prefix)
        and (signature := _from_base64(line[len(prefix) :]))[:4] == wanted
    ]
    if not signatures:
        raise ProofError("the note is not signed by this key")
    for signature in signatures:
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())
        except (InvalidSignature, ValueError) as error:
            raise ProofError("the signature on the note is wrong") from error
    return text


def checkpoint_text(head: Head) -> str:
    """The text of a checkpoint: origin, size and base64 root, each on its line."""
    return f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"


def parse_checkpoint(text: str) -> Head:
    """Read the text of a checkpoint.

    Raises:
        ProofError: It is malformed.
    """
    *lines, end = text.split("\n")
    if len(lines) < len(("origin", "size", "root")) or end or "" in lines:
        raise ProofError("this is no checkpoint")
    origin, size, root = lines[:3]
    return Head(origin, _number(size), _hash_from_base64(root))


def verify_receipt(receipt: str, vkey: str, leaf: bytes) -> Head:
    """Check that a receipt (a tlog-proof) proves that the log holds this leaf.

    Args:
        receipt: Text of the receipt.
        vkey: Key of the log, `name+hex+base64`; the name is the log's origin.
        leaf: Bytes of the ledger entry.

    Returns:
        The signed checkpoint that the proof leads to.

    Raises:
        ProofError: The receipt does not prove it, or cannot be read.
    """
    name, public_key = parse_vkey(vkey)
    proof, _, note = receipt.partition("\n\n")
    header, *lines = proof.split("\n")
    if lines and lines[0].startswith("extra "):
        del lines[0]
    if header != PROOF_HEADER or not lines or not lines[0].startswith("index "):
        raise ProofError("this is no receipt")
    index = _number(lines[0].removeprefix("index "))
    path = [_hash_from_base64(line) for line in lines[1:]]
    head = parse_checkpoint(open_note(note, name, public_key))
    if head.origin != name:
        raise ProofError("the checkpoint is one of another log")
    if not inclusion_holds(leaf_hash(leaf), index, head.size, path, head.root):
        raise ProofError("the proof does not lead from this entry to the signed root")
    return head


def read_pin(path: Path) -> dict[str, tuple[int, bytes]]:
    """Read a pin, two records of which the later counts: for each origin the last size and root.

    Raises:
        ProofError: The file is missing, or neither record can be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ProofError("the pin file is missing") from error
    records = []
    for start in (0, PIN_RECORD_BYTES):
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
            logs = json.loads(data[start : start + PIN_RECORD_BYTES].strip(b"\0 \n"))["logs"]
            records.append(
                {
                    name: (_number(str(log["size"])), bytes.fromhex(log["root"]))
                    for name, log in logs.items()
                }
            )
    if not records:
        raise ProofError("the pin file is damaged")
    return max(records, key=lambda record: sum(size for size, _ in record.values()))


def _number(text: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,15}", text):
        raise ProofError("a size or an index is not a plain number")
    return int(text)


def _from_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ProofError("malformed base64") from error
    if base64.b64encode(data).decode() != text:
        raise ProofError("base64 with stray bits")
    return data


def _hash_from_base64(text: str) -> bytes:
    data = _from_base64(text)
    if len(data) != HASH_BYTES:
        raise ProofError("a hash has 32 bytes")
    return data


def verify_ledger(path: Path, vkeys: Iterable[str], pin: Path | None = None) -> Report:
    """Check a whole ledger file; nothing that is wrong with it raises.

    Args:
        path: The SQLite file.
        vkeys: Keys of the logs. Both logs are signed by one key under their own names, so the
            key of one of them is enough.
        pin: The pin file, to notice that the whole ledger was rolled back.
    """
    findings: list[Finding] = []
    states: list[LogState] = []
    try:
        origin, public_key = _origin_and_key(vkeys)
        pinned = read_pin(pin) if pin else {}  # before the ledger, which may grow meanwhile
        if pinned and pinned.keys() != {f"{origin}/{log}" for log in LOGS}:
            findings.append(Finding(None, None, "the pin belongs to another ledger"))
        with contextlib.closing(_open_read_only(path)) as database:
            findings += _file_findings(database)
            for log in LOGS:
                name = f"{origin}/{log}"
                last = pinned.get(name, (0, EMPTY_ROOT))
                check = _LogCheck(database, log, name, public_key, last)
                states.append(check.run())
                findings += check.findings
    except (*UNREADABLE, OSError, ProofError) as error:
        findings.append(Finding(None, None, f"the ledger cannot be checked: {error}"))
    return Report(not findings, tuple(states), tuple(findings))


def schema_digest(statements: Iterable[str]) -> str:
    """SHA-256 of the statements, sorted, hex."""
    return hashlib.sha256("\n".join(sorted(statements)).encode()).hexdigest()


def _origin_and_key(vkeys: Iterable[str]) -> tuple[str, bytes]:
    found = {
        (name.rpartition("/")[0], key)
        for name, key in map(parse_vkey, vkeys)
        if name.rpartition("/")[2] in LOGS
    }
    if len(found) != 1:
        raise ProofError("give the key of a log of this ledger")
    return found.pop()


def _open_read_only(path: Path) -> sqlite3.Connection:
    path = path.resolve(strict=True)
    # Without a write-ahead log nobody is writing, and then a copy on a read-only medium can be
    # read too; otherwise SQLite has to take part in the locking.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    database = sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, isolation_level=None)
    try:
        database.execute("PRAGMA cell_size_check = ON")
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except UNREADABLE:
        database.close()
        raise
    return database


def _file_findings(database: sqlite3.Connection) -> Iterator[Finding]:
    def of_file(what: str) -> Finding:
        return Finding(None, None, what)

    for pragma, expected in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
        if database.execute(f"PRAGMA {pragma}").fetchone()[0] != expected:
            yield of_file(f"the file's {pragma} is not that of a ledger this program knows")
    try:
        schema = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        if schema_digest(sql for (sql,) in schema) != SCHEMA_SHA256:
            yield of_file("the tables, or the triggers that forbid changes, are not the ledger's")
        for (answer,) in database.execute("PRAGMA integrity_check"):
            if answer != "ok":
                yield of_file(f"SQLite: {answer}")
        for table in ("leaf", "node", "checkpoint", "payload", "open_intent"):
            stray = f"SELECT count(*) FROM {table} WHERE log NOT IN {LOGS}"  # noqa: S608
            if database.execute(stray).fetchone()[0]:
                yield of_file(f"the table {table} names a log that does not exist")
    except UNREADABLE as error:
        yield of_file(f"SQLite: {error}")


class _LogCheck:
    """The check of one log: leaves, checkpoints and pin, nodes, payloads, intents."""

    def __init__(
        self,
        database: sqlite3.Connection,
        log: str,
        origin: str,
        public_key: bytes,
        pinned: tuple[int, bytes],
    ) -> None:
        self._database = database
        self._log = log
        self._origin = origin
        self._public_key = public_key
        self._pinned = pinned
        self._hashes: dict[int, bytes] = {}
        self._commitments: dict[int, str] = {}
        self._open: set[int] = set()
        self._last_time = datetime.min.replace(tzinfo=UTC)
        self.findings: list[Finding] = []

    def run(self) -> LogState:
        """Check everything; where SQLite cannot read on, that is one more finding."""
        head = Head(self._origin, 0, EMPTY_ROOT)
        erased = 0
        try:
            leaves = "SELECT idx, CAST(data AS BLOB) FROM leaf WHERE log = ? ORDER BY idx"
            for index, data in self._rows(leaves):
                self._hashes[index] = leaf_hash(data)
                self._check_leaf(index, data)
            head = self._check_checkpoints()
            self._check_nodes(head.size)
            erased = self._check_payloads()
            listed = self._rows("SELECT idx, x'' FROM open_intent WHERE log = ?")
            if {index for index, _ in listed} != self._open:
                self._report(None, "the list of open intents does not agree with the entries")
            self._check_columns()
        except UNREADABLE as error:
            self._report(None, f"SQLite: {error}")
        return LogState(self._log, head.size, head.root.hex(), erased)

    def _report(self, index: int | None, what: str) -> None:
        self.findings.append(Finding(self._log, index, what))

    def _report_size(self, size: int, what: str) -> None:
        self._report(size - 1 if size > 0 else None, what)

    def _rows(self, select: str, *keys: int) -> Iterator[tuple[int, bytes]]:
        for number, data in self._database.execute(select, (self._log, *keys)):
            if isinstance(number, int) and isinstance(data, bytes):
                yield number, data
            else:
                self._report(None, "a row holds a value of the wrong type")

    def _check_leaf(self, index: int, data: bytes) -> None:
        try:
            leaf = json.loads(data)
            moment = datetime.fromisoformat(leaf["time"])
            commitment, closes = leaf["commitment"], leaf.get("closes")
            well_formed = (
                leaf["v"] == 1
                and moment.tzinfo is not None
                and isinstance(leaf["kind"], str)
                and isinstance(leaf["public"], dict)
                and isinstance(commitment, str | None)
                and isinstance(closes, int | None)
                and len(data) <= LEAF_LIMIT_BYTES
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            well_formed = False
        if not well_formed:
            self._report(index, "the entry is not a ledger entry")
            return
        if moment < self._last_time:
            self._report(index, "the entry is older than the one before it")
        self._last_time = moment
        if commitment is not None:
            self._commitments[index] = commitment
        if closes is not None and closes not in self._open:
            self._report(index, "the entry closes an intent that is not open")
        self._open.discard(closes)
        if leaf.get("opens") is True:
            self._open.add(index)

    def _check_columns(self) -> None:
        """The columns that answer questions must repeat what the entries themselves say."""
        wrong = (
            "SELECT idx, x'' FROM leaf WHERE log = ? AND json_valid(data) AND"
            " (kind IS NOT json_extract(data, '$.kind')"
            " OR closes IS NOT json_extract(data, '$.closes'))"
        )
        for index, _ in self._rows(wrong):
            self._report(index, "the columns of the entry do not say what the entry says")

    def _check_checkpoints(self) -> Head:
        """Walk sizes and roots together, so that each checkpoint meets the root of its size."""
        peaks: list[bytes] = []
        root, size, agreed = EMPTY_ROOT, -1, True
        notes = "SELECT size, CAST(note AS BLOB) FROM checkpoint WHERE log = ? ORDER BY size"
        for found, note in self._rows(notes):
            if found > len(self._hashes) and found - size > 1:
                self._report(None, "a checkpoint is of a size that the log never had")
                continue
            while size < found:
                size += 1
                if size < found:
                    self._report_size(size, f"the checkpoint of size {size} is missing")
                if size:
                    root = _add_leaf(peaks, size - 1, self._leaf_hash_at(size - 1))
                if size == self._pinned[0] and root != self._pinned[1]:
                    self._report_size(size, "the root at this size is not the pinned one")
            agreed = self._check_checkpoint(Head(self._origin, size, root), note, agreed)
        self._check_end(size)
        return Head(self._origin, max(size, 0), root)

    def _check_end(self, size: int) -> None:
        if size < 0:
            self._report(None, "the log has no checkpoint")
        for index in sorted(self._hashes):
            if not 0 <= index < size:
                self._report(index, "no signed checkpoint covers the entry")
        if size < self._pinned[0]:
            self._report(max(size, 0), "the log is shorter than its pin: it was rolled back")

    def _leaf_hash_at(self, index: int) -> bytes:
        if index not in self._hashes:
            self._report(index, "the entry is missing")
        return self._hashes.get(index, EMPTY_ROOT)

    def _check_checkpoint(self, head: Head, note: bytes, agreed: bool) -> bool:
        """Check one checkpoint; of the roots that differ only the first is reported."""
        try:
            found = parse_checkpoint(open_note(note.decode(), self._origin, self._public_key))
        except ValueError as error:
            self._report_size(head.size, f"the checkpoint of size {head.size} is forged: {error}")
            return agreed
        if (found.origin, found.size) != (head.origin, head.size):
            self._report_size(head.size, "the checkpoint is one of another log or size")
        elif found.root != head.root and agreed:
            self._report_size(head.size, "from here on the entries do not give the signed roots")
        return agreed and found.root == head.root

    def _check_nodes(self, size: int) -> None:
        """Compare each stored hash with its own two children, so that damage stays in its place."""
        select = "SELECT idx, hash FROM node WHERE log = ? AND level = ?"
        level, width, expected = 0, size, self._hashes
        while width:
            stored = dict(self._rows(select, level))
            for index in range(width):
                if index not in stored:
                    self._report(index << level, f"the stored hash at level {level} is missing")
                elif expected.get(index, stored[index]) != stored[index]:
                    self._report(index << level, f"the stored hash at level {level} is wrong")
            if stored.keys() - range(width):
                self._report(None, f"a stored hash at level {level} belongs to no entry")
            level, width = level + 1, width // 2
            expected = {
                index: node_hash(stored[2 * index], stored[2 * index + 1])
                for index in range(width)
                if 2 * index in stored and 2 * index + 1 in stored
            }
        outside = "SELECT level, x'' FROM node WHERE log = ? AND level NOT BETWEEN 0 AND ?"
        if any(True for _ in self._rows(outside, level - 1)):
            self._report(None, "a stored hash belongs to no entry")

    def _check_payloads(self) -> int:
        present = 0
        payloads = "SELECT idx, salt, CAST(data AS BLOB) FROM payload WHERE log = ?"
        for index, salt, data in self._database.execute(payloads, (self._log,)):
            present += 1
            if not isinstance(salt, bytes) or not isinstance(data, bytes):
                self._report(None, "a row holds a value of the wrong type")
            elif hashlib.sha256(salt + data).hexdigest() != self._commitments.get(index):
                self._report(index, "the private payload is not the one committed to")
        return max(len(self._commitments) - present, 0)


def _add_leaf(peaks: list[bytes], index: int, leaf: bytes) -> bytes:
    """Add the leaf at `index` to the roots of the complete subtrees; return the whole root."""
    peaks.append(leaf)
    while index % 2:
        right = peaks.pop()
        peaks.append(node_hash(peaks.pop(), right))
        index //= 2
    root = peaks[-1]
    for left in reversed(peaks[:-1]):
        root = node_hash(left, root)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the ledger named on the command line; 0 where it is sound, 2 where it is not."""
    parser = argparse.ArgumentParser(description="Check a ledger file.")
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--key", action="append", required=True, help="name+hex+base64")
    parser.add_argument("--pin", type=Path, help="file with the last size and root seen")
    parser.add_argument("--json", action="store_true", help="write the report as JSON")
    given = parser.parse_args(arguments)
    report = verify_ledger(given.ledger, given.key, given.pin)
    if given.json:
        sys.stdout.write(json.dumps(dataclasses.asdict(report)) + "\n")
        return 0 if report.ok else 2
    for state in report.logs:
        sys.stdout.write(
            f"{state.log}: {state.size} entries, {state.erased} erased, {state.root}\n"
        )
    for finding in report.findings:
        place = f"{finding.log or 'file'}[{'?' if finding.index is None else finding.index}]"
        sys.stdout.write(f"{place}: {finding.what}\n")
    sys.stdout.write("sound\n" if report.ok else "DAMAGED\n")
    return 0 if report.ok else 2


if __name__ == "__main__":
    sys.exit(main())
