"""Reads and writes evidence files.

A file is `{"evidence": ..., "sha256": ...}` in RFC 8785 form, gzipped where its name ends in
`.gz`. `sha256` is over the canonical bytes of `evidence`, so that damage shows at once. A reader
accepts exactly the fields it knows, and only curves that can be: rates that fall, or for false
non-matches rise, from edge to edge.
"""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import fields
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from recognizance.canonical import digest, parse_json
from recognizance.errors import EvidenceError, InputError
from recognizance.evidence.document import (
    FORMAT,
    DataSet,
    Differential,
    Evidence,
    MatedCell,
    NonMatedCell,
)
from recognizance.types import PPB

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024


def write_evidence(evidence: Evidence, path: Path) -> None:
    """Write an evidence file, the same bytes for the same evidence.

    Raises:
        EvidenceError: The file cannot be written.
    """
    data = evidence.to_bytes()
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise EvidenceError(
            "The evidence file cannot be written.", hint="Check the folder and its permissions."
        ) from error


def load_evidence(path: Path | None = None) -> Evidence:
    """Read an evidence file, by default the one shipped for the default model.

    Raises:
        EvidenceError: The file is missing or damaged, does not agree with its own digest, or
            holds a curve that cannot be.
    """
    shipped = files("recognizance").joinpath("data", "evidence", "default.json.gz")
    try:
        data = shipped.read_bytes() if path is None else path.read_bytes()
    except OSError as error:
        raise EvidenceError(
            "The evidence file cannot be read.", hint="Check the path and its permissions."
        ) from error
    try:
        envelope = parse_json(_unpacked(data))
        if not isinstance(envelope, dict) or set(envelope) != {"evidence", "sha256"}:
            raise _damaged("it is no evidence")
        if envelope["sha256"] != digest(envelope["evidence"]):
            raise _damaged("it does not agree with its own digest")
    except EvidenceError:
        raise
    except InputError as error:
        raise _damaged("it is no strict JSON") from error
    return _evidence(envelope["evidence"])


def _unpacked(data: bytes) -> bytes:
    """Undo gzip where there is any, bounded."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            unpacked = stream.read(MAX_DOCUMENT_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged("it is no complete gzip file") from error
    if len(unpacked) > MAX_DOCUMENT_BYTES:
        raise _damaged("it is larger than any evidence")
    return unpacked


def _evidence(value: object) -> Evidence:
    table = _Table(value, Evidence, "format")
    if table.text("format") != FORMAT:
        raise _damaged(f"its format is not {FORMAT}")
    edges = table.count("edge_count", least=1)
    evidence = Evidence(
        model_id=table.text("model_id"),
        cohort_id=table.text("cohort_id"),
        made_at=table.text("made_at"),
        tool=table.text("tool"),
        first_edge=table.whole("first_edge"),
        edge_count=edges,
        data_sets=tuple(_data_set(entry) for entry in table.list("data_sets")),
        non_mated=tuple(_non_mated(entry, edges) for entry in table.list("non_mated")),
        mated=tuple(_mated(entry, edges) for entry in table.list("mated")),
        differentials=tuple(_differential(entry, edges) for entry in table.list("differentials")),
    )
    known = {data_set.name for data_set in evidence.data_sets}
    named = {cell.data_set for cell in evidence.non_mated}
    named |= {cell.data_set for cell in evidence.mated}
    named |= {differential.data_set for differential in evidence.differentials}
    if not named <= known:
        raise _damaged("a cell names a data set that is not described")
    return evidence


def _data_set(value: object) -> DataSet:
    table = _Table(value, DataSet)
    return DataSet(
        name=table.text("name"),
        licence=table.text("licence"),
        identities=table.flag("identities"),
        people=table.count("people"),
        images=table.count("images"),
        failures_to_acquire=table.count("failures_to_acquire"),
        labels_sha256=table.text("labels_sha256"),
        files_sha256=table.text("files_sha256"),
    )


def _non_mated(value: object, edges: int) -> NonMatedCell:
    table = _Table(value, NonMatedCell)
    return NonMatedCell(
        data_set=table.text("data_set"),
        labels=table.labels("labels"),
        sets_threshold=table.flag("sets_threshold"),
        people=table.count("people", least=2),
        images=table.count("images"),
        failures_to_acquire=table.count("failures_to_acquire"),
        pairs=table.count("pairs", least=1),
        suspected_pairs=table.count("suspected_pairs"),
        fmr_ppb=table.curve("fmr_ppb", edges, rising=False),
        upper_ppb=table.curve("upper_ppb", edges, rising=False),
        fmr_with_suspected_ppb=table.curve("fmr_with_suspected_ppb", edges, rising=False),
        upper_with_suspected_ppb=table.curve("upper_with_suspected_ppb", edges, rising=False),
    )


def _mated(value: object, edges: int) -> MatedCell:
    table = _Table(value, MatedCell)
    return MatedCell(
        data_set=table.text("data_set"),
        labels=table.labels("labels"),
        people=table.count("people", least=1),
        pairs=table.count("pairs", least=1),
        same_photograph_pairs=table.count("same_photograph_pairs"),
        fnmr_ppb=table.curve("fnmr_ppb", edges, rising=True),
        fnmr_by_subject_ppb=table.curve("fnmr_by_subject_ppb", edges, rising=True),
    )


def _differential(value: object, edges: int) -> Differential:
    table = _Table(value, Differential)
    return Differential(
        data_set=table.text("data_set"),
        with_suspected=table.flag("with_suspected"),
        groups=table.count("groups", least=2),
        ratio=table.thousandths("ratio", edges),
        lower=table.thousandths("lower", edges),
        upper=table.thousandths("upper", edges),
        over_geomean=table.thousandths("over_geomean", edges),
    )


class _Table:
    """A JSON object that holds exactly the fields of a dataclass; each getter checks one."""

    def __init__(self, value: object, kind: type, *also: str) -> None:
        names = {field.name for field in fields(kind)} | set(also)
        if not isinstance(value, dict) or set(value) != names:
            raise _damaged(f"a {kind.__name__} has other fields than it should")
        self._table: dict[str, object] = value

    def text(self, key: str) -> str:
        value = self._table[key]
        if not isinstance(value, str):
            raise _damaged(f"{key} is no text")
        return value

    def flag(self, key: str) -> bool:
        value = self._table[key]
        if not isinstance(value, bool):
            raise _damaged(f"{key} is not true or false")
        return value

    def whole(self, key: str) -> int:
        value = self._table[key]
        # A bool is an int to Python, and never one here.
        if not isinstance(value, int) or isinstance(value, bool):
            raise _damaged(f"{key} is no whole number")
        return value

    def count(self, key: str, *, least: int = 0) -> int:
        value = self.whole(key)
        if value < least:
            raise _damaged(f"{key} is below {least}")
        return value

    def list(self, key: str) -> list[object]:
        value = self._table[key]
        if not isinstance(value, list):
            raise _damaged(f"{key} is no list")
        return value

    def labels(self, key: str) -> dict[str, str]:
        value = self._table[key]
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise _damaged(f"{key} are no labels")
        return value

    def curve(self, key: str, edges: int, *, rising: bool) -> NDArray[np.int64]:
        values = self.list(key)
        if len(values) != edges or not all(type(value) is int for value in values):
            raise _damaged(f"{key} is no list of {edges} whole numbers")
        rates = np.array(values, dtype=np.int64)
        steps = np.diff(rates if rising else rates[::-1])
        if rates.min() < 0 or rates.max() > PPB or (steps < 0).any():
            raise _damaged(f"{key} is no curve of rates")
        rates.flags.writeable = False
        return rates

    def thousandths(self, key: str, edges: int) -> tuple[int | None, ...]:
        values = self.list(key)
        checked = tuple(value for value in values if value is None or type(value) is int)
        if len(checked) != len(values) or len(values) != edges:
            raise _damaged(f"{key} is no list of {edges} ratios")
        return checked


def _damaged(reason: str) -> EvidenceError:
    return EvidenceError(
        f"The evidence file is damaged: {reason}.",
        hint="Take the file again from where it was published, or measure again with "
        "`recognizance evidence make`.",
    )
