"""Reads tables of scores, CSV or Parquet, some rows at a time.

One row is one comparison: who was compared with whom, whether they are one person, the score, and
the labels of both sides. Columns have any names; a `Columns` says which is which.
"""

from __future__ import annotations

import csv
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

ROWS_AT_ONCE = 1 << 18
_TRUE = {"1", "true", "yes", "y", "t", "mated", "genuine", "same"}
_FALSE = {"0", "false", "no", "n", "f", "non_mated", "non-mated", "impostor", "different"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is which.

    Attributes:
        probe: Names the one picture (or person).
        reference: Names the other.
        mated: Whether both show one person: 1/0, true/false, yes/no, mated/non-mated.
        score: A number; higher means more alike. Empty = no score.
        labels: For each attribute its name, the probe's column and the reference's.
        distance: Whether `score` is a distance, lower meaning more alike; its sign is turned.
    """

    probe: str = "probe"
    reference: str = "reference"
    mated: str = "mated"
    score: str = "score"
    labels: tuple[tuple[str, str, str], ...] = ()
    distance: bool = False

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes."""
        return tuple(name for name, _, _ in self.labels)

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that is read."""
        both = [column for _, *pair in self.labels for column in pair]
        return (self.probe, self.reference, self.mated, self.score, *both)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Words, each kept once: row `i` is `words[codes[i]]`."""

    words: tuple[str, ...]
    codes: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some rows of a table.

    Attributes:
        probe: Names.
        reference: Names.
        mated: ndarray of shape (rows,), dtype=np.bool_.
        score: ndarray of shape (rows,), dtype=np.float64; NaN = none.
        probe_labels: One column an attribute.
        reference_labels: Likewise.
    """

    probe: Column
    reference: Column
    mated: NDArray[np.bool_]
    score: NDArray[np.float64]
    probe_labels: tuple[Column, ...]
    reference_labels: tuple[Column, ...]


def label_columns(
    attributes: Sequence[str], header: Sequence[str]
) -> tuple[tuple[str, str, str], ...]:
    """Find the two columns of each attribute by their usual names.

    They are `probe_sex` and `reference_sex`, `sex_probe` and `sex_reference`, `sex1` and `sex2`,
    or `sex_1` and `sex_2`.

    Raises:
        InputError: There are no such columns.
    """
    found = []
    for name in attributes:
        for one, other in (
            (f"probe_{name}", f"reference_{name}"),
            (f"{name}_probe", f"{name}_reference"),
            (f"{name}1", f"{name}2"),
            (f"{name}_1", f"{name}_2"),
        ):
            if one in header and other in header:
                found.append((name, one, other))
                break
        else:
            raise InputError(
                f"The table has no columns of the label `{name}` for both sides.",
                hint=f"Name them probe_{name} and reference_{name}, or say which they are.",
            )
    return tuple(found)


def header_of(path: Path) -> tuple[str, ...]:
    """The names of a table's columns.

    Raises:
        InputError: It cannot be read.
    """
    if _is_parquet(path):
        return tuple(_parquet(path).schema_arrow.names)
    with _opened(path) as file:
        try:
            return tuple(next(csv.reader(file), ()))
        except (UnicodeDecodeError, csv.Error) as error:
            raise _unreadable() from error


def read_table(
    path: Path, columns: Columns, *, progress: Callable[[int, int], None] | None = None
) -> Iterator[Chunk]:
    """Read a CSV or Parquet file, some rows at a time.

    Args:
        path: The file.
        columns: Which column is which.
        progress: Told how many bytes of how many are read.

    Raises:
        InputError: The file cannot be read, a column is missing, or a value is of another kind;
            the message names the row, never its content.
    """
    missing = [name for name in columns.names if name not in header_of(path)]
    if missing:
        raise InputError(
            f"The table has no column {', '.join(f'`{name}`' for name in missing)}.",
            hint=f"It has {', '.join(header_of(path)) or 'none'}; say which column is which.",
        )
    read = _read_parquet if _is_parquet(path) else _read_csv
    return _ahead(read(path, columns, progress or (lambda _done, _total: None)))


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same, with the next one read while the last one is counted."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, chunks, None)
        while (chunk := waiting.result()) is not None:
            waiting = pool.submit(next, chunks, None)
            yield chunk


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hex.

    Raises:
        InputError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable() from error


def _read_csv(
    path: Path, columns: Columns, progress: Callable[[int, int], None]
) -> Iterator[Chunk]:
    with _opened(path) as file:
        reader = csv.reader(file)
        header = next(reader)
        width = len(header)
        place = [header.index(name) for name in columns.names]
        done = 1
        try:
            while rows := list(islice(reader, ROWS_AT_ONCE)):
                _check_width(rows, width, done)
                yield _chunk_of_rows(rows, place, columns, done)
                done += len(rows)
                progress(file.buffer.tell(), path.stat().st_size)
        except (UnicodeDecodeError, csv.Error) as error:
            raise _unreadable() from error


def _check_width(rows: list[list[str]], width: int, done: int) -> None:
    """A row that is too long is as wrong as one that is too short: its fields may have moved."""
    if {len(row) for row in rows} != {width}:
        odd = next(n for n, row in enumerate(rows) if len(row) != width)
        raise InputError(
            f"Row {done + odd + 1} of the table has another number of columns than the first.",
            hint="Give every row the columns of the first.",
        )


def _chunk_of_rows(rows: list[list[str]], place: list[int], columns: Columns, done: int) -> Chunk:
    probe, reference, mated, score, *labels = ([row[at] for row in rows] for at in place)
    return _chunk(
        _coded(probe),
        _coded(reference),
        _flags(_coded(mated), done),
        _signed(_numbers(score, done), columns),
        [_coded(column) for column in labels],
    )


def _chunk(
    probe: Column,
    reference: Column,
    mated: NDArray[np.bool_],
    score: NDArray[np.float64],
    labels: list[Column],
) -> Chunk:
    if "" in probe.words or "" in reference.words:
        raise InputError(
            "A row of the table does not say whom it compares.",
            hint="Give every row a probe and a reference.",
        )
    return Chunk(probe, reference, mated, score, tuple(labels[::2]), tuple(labels[1::2]))


def _signed(score: NDArray[np.float64], columns: Columns) -> NDArray[np.float64]:
    return -score if columns.distance else score


def _coded(words: list[str]) -> Column:
    known: dict[str, int] = {}
    codes = [known.setdefault(word, len(known)) for word in words]
    return Column(tuple(known), np.array(codes, dtype=np.int64))


def _flags(column: Column, done: int) -> NDArray[np.bool_]:
    flags = np.zeros(len(column.words), dtype=np.bool_)
    for number, word in enumerate(column.words):
        plain = word.strip().casefold()
        # A dictionary of Parquet may hold words that no row uses.
        if plain not in _TRUE | _FALSE and (rows := np.flatnonzero(column.codes == number)).size:
            raise InputError(
                f"Row {done + int(rows[0]) + 1} of the table does not say whether it is mated.",
                hint="Write 1 or 0, true or false, yes or no.",
            )
        flags[number] = plain in _TRUE
    return flags[column.codes]


def _numbers(words: list[str], done: int) -> NDArray[np.float64]:
    try:
        return np.array([float(word) if word else np.nan for word in words])
    except ValueError:
        row = next(n for n, word in enumerate(words) if word and not _is_number(word))
        raise InputError(
            f"The score in row {done + row + 1} of the table is not a number.",
            hint="Write scores with a decimal point, or leave the field empty.",
        ) from None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _read_parquet(
    path: Path, columns: Columns, progress: Callable[[int, int], None]
) -> Iterator[Chunk]:
    done, size = 1, path.stat().st_size
    table = _parquet(path)
    rows = max(table.metadata.num_rows, 1)
    for batch in _batches(table, columns):
        probe, reference, mated, score, *labels = (batch.column(name) for name in columns.names)
        yield _chunk(
            _encoded(probe),
            _encoded(reference),
            _flags(_encoded(mated), done),
            _signed(_column_of_numbers(score), columns),
            [_encoded(column) for column in labels],
        )
        done += batch.num_rows
        progress(size * (done - 1) // rows, size)


def _batches(table: Any, columns: Columns) -> Iterator[Any]:  # noqa: ANN401  # no types
    import pyarrow as pa  # noqa: PLC0415  # only for Parquet

    try:
        yield from table.iter_batches(
            batch_size=ROWS_AT_ONCE * 4, columns=list(dict.fromkeys(columns.names))
        )
    except (OSError, pa.ArrowException) as error:
        raise _unreadable() from error


def _encoded(column: Any) -> Column:  # noqa: ANN401  # pyarrow has no types of its own
    import pyarrow as pa  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # only for Parquet

    if pa.types.is_nested(column.type):
        raise InputError(
            "A column of the table holds lists or records.", hint="Store one value a row."
        )
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    words = tuple("" if word is None else str(word) for word in column.dictionary.to_pylist())
    if column.null_count:
        words = (*words, "")
    codes = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
    return Column(words, codes.astype(np.int64))


def _column_of_numbers(column: Any) -> NDArray[np.float64]:  # noqa: ANN401  # as above
    import pyarrow as pa  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # only for Parquet

    try:
        numbers = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowException as error:
        raise InputError(
            "The scores of the table are not numbers.", hint="Store them as floating point."
        ) from error
    return np.asarray(numbers, dtype=np.float64)


def _parquet(path: Path) -> Any:  # noqa: ANN401  # pyarrow has no types of its own
    try:
        import pyarrow as pa  # noqa: PLC0415  # optional
        from pyarrow import parquet  # noqa: PLC0415  # optional
    except ImportError as error:
        raise InputError(
            "Reading Parquet needs the package pyarrow, which is not installed.",
            hint="Install pyarrow, or give the table as CSV.",
        ) from error
    try:
        return parquet.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise _unreadable() from error


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise _unreadable() from error


def _opened(path: Path) -> Any:  # noqa: ANN401  # a text file
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise _unreadable() from error


def _unreadable() -> InputError:
    return InputError(
        "The table of scores cannot be read.", hint="Give a CSV file in UTF-8 or a Parquet file."
    )
