"""What an audit of templates takes: one row a picture, with the labels that came with the data.

Labels are never inferred. `''` is an unknown label; whoever has one is in no group that needs it.
"""

from __future__ import annotations

import csv
import hashlib
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.npyio import NpzFile

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from recognizance.compare import Cohort

# What numpy.load is known to raise for a file that is damaged or something else.
_UNREADABLE = (
    *(OSError, ValueError, TypeError, EOFError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)

ANALYSED_TOGETHER = 3
"""Most attributes of one intersection."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Pictures of a data set, as templates.

    Attributes:
        name: Of the data set, in words.
        kind: `templates`, or `images` where the caller extracted them.
        vectors: ndarray of shape (n, d), dtype=np.float32, rows of unit length; those of a
            failure are not read.
        cohort_means: ndarray of shape (n,), dtype=np.float32; zeros for plain cosine.
        acquired: ndarray of shape (n,), dtype=np.bool_: whether there was a usable face.
        subjects: ndarray of shape (n,), dtype=np.int64: whose picture it is, from 0.
        identities: Whether `subjects` is known, or each picture merely counts as a person.
        labels: Attribute to ndarray of shape (n,) of text.
        digest: SHA-256 of all of this, hex.
        pictures: Names of the pictures, for an audit under a permit; empty = none.
        people: Names of the subjects, likewise.
        photographs: Digest of each picture's file; empty = unknown.
    """

    name: str
    kind: str
    vectors: NDArray[np.float32]
    cohort_means: NDArray[np.float32]
    acquired: NDArray[np.bool_]
    subjects: NDArray[np.int64]
    identities: bool
    labels: Mapping[str, NDArray[np.str_]]
    digest: str
    pictures: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    photographs: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.subjects)

    def rows(self, kept: NDArray[np.bool_]) -> Samples:
        """The pictures for which `kept` holds, with a digest of their own."""
        subjects, index = np.unique(self.subjects[kept], return_inverse=True)
        chosen = np.flatnonzero(kept)
        part = replace(
            self,
            vectors=self.vectors[kept],
            cohort_means=self.cohort_means[kept],
            acquired=self.acquired[kept],
            subjects=index.astype(np.int64),
            labels={key: column[kept] for key, column in self.labels.items()},
            pictures=_chosen(self.pictures, chosen),
            people=_chosen(self.people, subjects),
            photographs=_chosen(self.photographs, chosen),
        )
        return replace(part, digest=_digest(part))

    def normalised(self, cohort: Cohort) -> Samples:
        """The same with cohort means, so that scores are cohort-normalised."""
        if self.vectors.shape[1] != cohort.centroids.shape[1]:
            raise InputError(
                f"The cohort is of {cohort.centroids.shape[1]} numbers a template, these templates "
                f"have {self.vectors.shape[1]}.",
                hint="Normalise only templates of the model that the cohort is of.",
            )
        means = np.zeros(len(self), dtype=np.float32)
        means[self.acquired] = cohort.mean(self.vectors[self.acquired])
        return replace(self, cohort_means=means)


def samples(
    name: str,
    vectors: ArrayLike,
    labels: Mapping[str, ArrayLike],
    *,
    subjects: ArrayLike | None = None,
    acquired: ArrayLike | None = None,
    cohort: Cohort | None = None,
    kind: str = "templates",
    pictures: Iterable[str] = (),
    photographs: Iterable[str] = (),
) -> Samples:
    """Check arrays and put them together.

    Args:
        name: Of the data set.
        vectors: (n, d) numbers; rows are brought to unit length.
        labels: Attribute to n words.
        subjects: n names or numbers of people; `None` = unknown, each picture is a person.
        acquired: n booleans; `None` = a picture failed where its row is all zeros.
        cohort: Normalises the scores; `None` = plain cosine.
        kind: See `Samples`.
        pictures: n names.
        photographs: n digests of files.

    Raises:
        InputError: Sizes do not fit, or a template is not a number.
    """
    given = np.asarray(vectors)
    if given.dtype.kind not in "fiub":
        raise InputError(
            "Templates are no real numbers.", hint="Give one row of numbers a picture."
        )
    with np.errstate(over="ignore"):  # what is too large for float32 is told below
        matrix = np.ascontiguousarray(given, dtype=np.float32)
    if matrix.ndim != 2 or not len(matrix):  # noqa: PLR2004  # rows and columns
        raise InputError(
            f"Templates must have the shape (n, d), but got {matrix.shape}.",
            hint="Give one row a picture.",
        )
    n = len(matrix)
    norms = np.linalg.norm(matrix, axis=1)
    usable = norms != 0 if acquired is None else np.asarray(acquired, dtype=np.bool_)
    columns = {key: np.asarray(column).astype(np.str_) for key, column in labels.items()}
    whose = np.arange(n) if subjects is None else np.asarray(subjects).astype(np.str_)
    for what, size in {
        "acquired": usable.shape,
        "subjects": whose.shape,
        **{f"the label {key}": column.shape for key, column in columns.items()},
    }.items():
        if size != (n,):
            raise InputError(
                f"There are {n} templates, but {what} has the shape {size}.",
                hint="Give one value a picture, in the same order.",
            )
    if not np.isfinite(norms[usable]).all() or (norms[usable] == 0).any():
        raise InputError(
            "A template is not a number, or zero.",
            hint="Mark pictures without a usable face as not acquired.",
        )
    matrix[usable] /= norms[usable, None]
    people, person = np.unique(whose, return_inverse=True)
    made = Samples(
        name=name,
        kind=kind,
        vectors=matrix,
        cohort_means=np.zeros(n, dtype=np.float32),
        acquired=usable,
        subjects=person.astype(np.int64),
        identities=subjects is not None,
        labels=columns,
        digest="",
        pictures=tuple(pictures),
        people=() if subjects is None else tuple(map(str, people)),
        photographs=tuple(photographs),
    )
    made = replace(made, digest=_digest(made))
    return made if cohort is None else made.normalised(cohort)


def read_templates(
    path: Path,
    labels: Path | None = None,
    *,
    features: str = "features",
    subject: str | None = None,
    cohort: Cohort | None = None,
) -> Samples:
    """Read templates from an `.npz` file, labels from the same file or a CSV in the same order.

    Args:
        path: An archive with an array `features` of shape (n, d) and, without `labels`, one array
            of n words an attribute. Pickled objects are refused.
        labels: A CSV file with one row a template.
        features: Name of the array of templates.
        subject: Column or array that names the people; `None` = unknown.
        cohort: See `samples`.

    Raises:
        InputError: A file cannot be read, or lacks a column.
    """
    try:
        # Opened here, for numpy.load leaves a file open that it cannot read.
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if not isinstance(loaded, NpzFile):
                raise TypeError
            with loaded as archive:
                arrays = {key: archive[key] for key in archive.files}
    except _UNREADABLE as error:
        raise InputError(
            "The file of templates cannot be read.",
            hint="Give an .npz archive of plain arrays, as numpy.savez writes it.",
        ) from error
    if features not in arrays:
        raise InputError(
            f"The file of templates has no array `{features}`.",
            hint=f"It has {', '.join(sorted(arrays)) or 'none'}; name the one to use.",
        )
    vectors = arrays.pop(features)
    columns = arrays if labels is None else read_labels(labels)
    rows = {column.shape for column in columns.values()} if labels is not None else set()
    if rows - {vectors.shape[:1]}:
        raise InputError(
            f"There are {len(vectors)} templates, but the file of labels has {rows.pop()[0]} rows.",
            hint="Give one row a template, in the same order.",
        )
    named = {key: column for key, column in columns.items() if column.shape == (len(vectors),)}
    if subject is not None and subject not in named:
        raise InputError(
            f"There is no column `{subject}` with one value a template.",
            hint="Name the column that says whose picture it is.",
        )
    pictures = named.pop("path", None)
    whose = None if subject is None else named.pop(subject)
    return samples(
        path.stem,
        vectors,
        named,
        subjects=whose,
        cohort=cohort,
        pictures=() if pictures is None else pictures.tolist(),
    )


def read_labels(path: Path) -> dict[str, NDArray[np.str_]]:
    """Read a CSV file of labels, one row a picture; column name to words.

    Raises:
        InputError: It cannot be read, or a row has another number of columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            "The file of labels cannot be read.", hint="Give a CSV file in UTF-8."
        ) from error
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise InputError(
            "A row of the file of labels has another number of columns than its first.",
            hint="Give every row the columns of the first row, which names them.",
        )
    return {
        key: np.array([row[column] for row in rows[1:]], dtype=np.str_)
        for column, key in enumerate(rows[0])
    }


def _chosen(names: tuple[str, ...], rows: NDArray[np.integer]) -> tuple[str, ...]:
    return tuple(names[row] for row in rows.tolist()) if names else ()


def _digest(of: Samples) -> str:
    """SHA-256 over the templates, whose they are, and every label."""
    hasher = hashlib.sha256(b"recognizance.audit.samples/1\n")
    for array in (of.vectors, of.acquired, of.subjects):
        hasher.update(np.ascontiguousarray(array).tobytes())
    for key, column in sorted(of.labels.items()):
        hasher.update("\0".join([key, *column.tolist()]).encode())
    return hasher.hexdigest()
