"""Answers of another system as rows of a table of scores."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.tables import Chunk, Column
from recognizance.canonical import digest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.auditing.endpoint import Pairs
    from recognizance.auditing.photographs import LabelFile


def chunk_of(
    file: LabelFile, pairs: Pairs, scores: NDArray[np.float64], attributes: tuple[str, ...]
) -> Chunk:
    """The rows of a table: a picture is named by its place in the label file."""
    names = tuple(map(str, range(len(file.paths))))
    labels = [_coded(file.labels[each]) for each in attributes]
    return Chunk(
        probe=Column(names, pairs.first),
        reference=Column(names, pairs.second),
        mated=pairs.mated,
        score=scores,
        probe_labels=tuple(Column(each.words, each.codes[pairs.first]) for each in labels),
        reference_labels=tuple(Column(each.words, each.codes[pairs.second]) for each in labels),
    )


def digest_of(file: LabelFile, pairs: Pairs) -> str:
    """SHA-256 of what was asked: the label file, the photographs, the pairs; hex."""
    used = np.unique(np.concatenate([pairs.first, pairs.second])).tolist()
    photographs = sorted(hashlib.sha256(file.photograph(row)).hexdigest() for row in used)
    chosen = np.stack([pairs.first, pairs.second]).astype("<i8").tobytes()
    return digest(
        {
            "labels": file.sha256,
            "photographs": photographs,
            "pairs": hashlib.sha256(chosen).hexdigest(),
        }
    )


def _coded(column: NDArray[np.str_]) -> Column:
    words, codes = np.unique(column, return_inverse=True)
    return Column(tuple(map(str, words)), codes.reshape(-1).astype(np.int64))
