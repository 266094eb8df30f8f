"""Measures a model on labelled photographs: folders of images in, an evidence document out.

The photographs are read where they lie and nothing of them is kept but rates by group. Labels
come from the label files. All three data sets are cropped about the person who is labelled, so a
large face near the middle is taken; a photograph without a face is a failure to acquire, and is
counted.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognizance import __version__
from recognizance.auditing.photographs import features_of
from recognizance.auditing.proof import CHILDREN
from recognizance.cli.console import progress
from recognizance.compare import DIMENSION
from recognizance.errors import EvidenceError
from recognizance.evidence.build import (
    EDGE_COUNT,
    FIRST_EDGE,
    MIN_PEOPLE,
    LabelledFeatures,
    differential,
    groups_by,
    mated_cells,
    non_mated_groups,
)
from recognizance.evidence.document import DataSet, Evidence, MatedCell
from recognizance.types import utc_text

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from recognizance.ports import EnginePort
    from recognizance.types import Features

_PHOTOGRAPHS_AT_ONCE = 32
_NO_VECTOR = np.zeros(DIMENSION, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of photographs with a `labels.csv`.

    Attributes:
        name: The data set.
        folder: Where it lies below the folder of all photographs.
        licence: Its terms.
        label_keys: Columns of labels to measure by.
        identities: Whether there is a column `subject_id`.
    """

    name: str
    folder: str
    licence: str
    label_keys: tuple[str, ...]
    identities: bool


FAIRFACE = Source("FairFace", "fairface", "CC BY 4.0", ("race", "sex", "age"), identities=False)
LFW = Source("LFW", "lfw", "research benchmark of news photographs", ("sex",), identities=True)
CONGRESS = Source("Congress", "congress", "public domain", ("sex", "ethnicity"), identities=True)


def make_evidence(
    engine: EnginePort, faces_dir: Path, *, now: datetime, quiet: bool = False
) -> Evidence:
    """Measure the engine's model on FairFace, LFW and the portraits of Congress.

    Args:
        engine: What is measured.
        faces_dir: Folder with `fairface`, `lfw` and `congress`, each with its `labels.csv`.
        now: The time to write into the document.
        quiet: Show no progress.

    Raises:
        EvidenceError: A label file or a photograph is missing, or there are too few people.
        ImageError: A photograph cannot be decoded.
    """
    fairface, lfw, congress = (
        measure(engine, faces_dir, source, quiet=quiet) for source in (FAIRFACE, LFW, CONGRESS)
    )
    grown = ~np.isin(fairface.labels["age"], CHILDREN)
    adults = non_mated_groups(
        fairface, groups_by(fairface, ("race", "sex"), grown), sets_threshold=True
    )
    if not adults:
        raise EvidenceError(
            f"No group of adults has {MIN_PEOPLE} people, and less says too much of each of them.",
            hint="Measure on more photographs; a single pair is compared by a verb of its own.",
        )
    bands = non_mated_groups(fairface, groups_by(fairface, ("age",), grown), sets_threshold=True)
    children = non_mated_groups(
        fairface, groups_by(fairface, ("age",), ~grown), sets_threshold=False
    )
    non_mated = [*adults, *bands, *children]
    mated: list[MatedCell] = []
    for faces, splits in ((lfw, ((), ("sex",))), (congress, ((), ("sex",), ("sex", "ethnicity")))):
        everyone = np.ones(len(faces.acquired), dtype=np.bool_)
        groups = [group for keys in splits for group in groups_by(faces, keys, everyone)]
        non_mated += non_mated_groups(faces, groups, sets_threshold=True)
        mated += mated_cells(faces, groups)
    return Evidence(
        model_id=engine.model_id,
        cohort_id=engine.cohort_id,
        made_at=utc_text(now),
        tool=f"recognizance {__version__}",
        first_edge=FIRST_EDGE,
        edge_count=EDGE_COUNT,
        data_sets=(fairface.data_set, lfw.data_set, congress.data_set),
        non_mated=tuple(group.cell for group in non_mated),
        mated=tuple(mated),
        differentials=(
            differential(adults, with_suspected=False),
            differential(adults, with_suspected=True),
        ),
    )


def measure(
    engine: EnginePort, faces_dir: Path, source: Source, *, quiet: bool = False
) -> LabelledFeatures:
    """Extract the features of every photograph of one data set, in the order of its label file.

    Raises:
        EvidenceError: The label file or a photograph is missing.
        ImageError: A photograph cannot be decoded.
    """
    folder = faces_dir / source.folder
    label_bytes = _read(folder / "labels.csv")
    rows = list(csv.DictReader(label_bytes.decode().splitlines()))
    found: list[Features | None] = []
    digests = []
    with progress(source.name, len(rows), quiet=quiet) as tell:
        for start in range(0, len(rows), _PHOTOGRAPHS_AT_ONCE):
            chunk = rows[start : start + _PHOTOGRAPHS_AT_ONCE]
            photographs = [_read(folder / row["path"]) for row in chunk]
            digests += [hashlib.sha256(photograph).hexdigest() for photograph in photographs]
            found += features_of(engine, photographs)
            tell(len(found))
    names = [row["subject_id"] if source.identities else row["path"] for row in rows]
    _, subjects = np.unique(names, return_inverse=True)
    acquired = np.array([features is not None for features in found])
    return LabelledFeatures(
        data_set=DataSet(
            name=source.name,
            licence=source.licence,
            identities=source.identities,
            people=len(np.unique(subjects[acquired])),
            images=len(rows),
            failures_to_acquire=int((~acquired).sum()),
            labels_sha256=hashlib.sha256(label_bytes).hexdigest(),
            files_sha256=hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest(),
        ),
        vectors=np.stack([each.vector if each else _NO_VECTOR for each in found]),
        cohort_means=np.array(
            [each.cohort_mean if each else 0.0 for each in found], dtype=np.float32
        ),
        acquired=acquired,
        subjects=subjects,
        labels={key: np.array([row[key] for row in rows]) for key in source.label_keys},
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EvidenceError(
            "A photograph or a label file that the evidence is measured on cannot be read.",
            hint="Give the folder that holds fairface, lfw and congress, each with labels.csv.",
        ) from error
