"""The evidence document of an audit: what thresholds and rules read, of one data set.

The same cells as those of the shipped document (`recognizance evidence make`, three data sets),
measured by the same functions: each label alone and all of them together.
"""

from __future__ import annotations

import hashlib
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from recognizance import __version__
from recognizance.errors import EvidenceError
from recognizance.evidence.build import (
    EDGE_COUNT,
    FIRST_EDGE,
    LabelledFeatures,
    differential,
    groups_by,
    mated_cells,
    non_mated_groups,
)
from recognizance.evidence.document import DataSet, Evidence
from recognizance.types import utc_text

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from recognizance.auditing.photographs import Extracted
    from recognizance.ports import EnginePort

AGE: Final = "age"
CHILDREN: Final = ("0-2", "3-9")
"""FairFace's age bands below ten; what is measured on them sets no adult's threshold."""

_COMPARED_LEAST: Final = 2


def evidence_of(
    engine: EnginePort,
    extracted: Extracted,
    attributes: tuple[str, ...],
    *,
    licence: str,
    now: datetime,
) -> Evidence:
    """Make the document.

    Args:
        engine: What was measured.
        extracted: The photographs.
        attributes: Labels to split people by.
        licence: Terms of the photographs.
        now: The time to write into it.

    Raises:
        EvidenceError: No group has people enough.
    """
    faces = _labelled(extracted, licence)
    grown = ~np.isin(faces.labels[AGE], CHILDREN) if AGE in faces.labels else _everybody(faces)
    splits = [(), *_splits(attributes)]
    whole = tuple(attributes)
    adults = non_mated_groups(faces, groups_by(faces, whole, grown), sets_threshold=True)
    others = [
        group
        for keys in splits
        # A mean over everybody hides its worst group, so without identities it sets nothing.
        if keys != whole and (keys or faces.data_set.identities)
        for group in groups_by(faces, keys, grown)
    ]
    cells = [*adults, *non_mated_groups(faces, others, sets_threshold=True)]
    if AGE in attributes:
        children = groups_by(faces, (AGE,), ~grown)
        cells += non_mated_groups(faces, children, sets_threshold=False)
    if not cells:
        raise EvidenceError(
            "No group has the 30 people that evidence needs.", hint="Measure more people."
        )
    known = faces.data_set.identities
    everyone = _everybody(faces)
    split_groups = [group for keys in splits for group in groups_by(faces, keys, everyone)]
    compared = len(adults) >= _COMPARED_LEAST
    return Evidence(
        model_id=engine.model_id,
        cohort_id=engine.cohort_id,
        made_at=utc_text(now),
        tool=f"recognizance {__version__}",
        first_edge=FIRST_EDGE,
        edge_count=EDGE_COUNT,
        data_sets=(faces.data_set,),
        non_mated=tuple(group.cell for group in cells),
        mated=mated_cells(faces, split_groups) if known else (),
        differentials=tuple(differential(adults, with_suspected=each) for each in (False, True))
        if compared
        else (),
    )


def _splits(attributes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Each label alone, then every intersection up to all of them."""
    sizes = range(1, len(attributes) + 1)
    return [each for size in sizes for each in combinations(attributes, size)]


def _everybody(faces: LabelledFeatures) -> NDArray[np.bool_]:
    return np.ones(len(faces.acquired), dtype=np.bool_)


def _labelled(extracted: Extracted, licence: str) -> LabelledFeatures:
    """The same photographs in the shape that evidence is built from."""
    data = extracted.samples
    files = "\n".join(sorted(extracted.digests)).encode()
    return LabelledFeatures(
        data_set=DataSet(
            name=data.name,
            licence=licence or "not stated",
            identities=data.identities,
            people=int(np.unique(data.subjects[data.acquired]).size),
            images=len(data),
            failures_to_acquire=int(np.count_nonzero(~data.acquired)),
            labels_sha256=extracted.labels_sha256,
            files_sha256=hashlib.sha256(files).hexdigest(),
        ),
        vectors=data.vectors,
        cohort_means=data.cohort_means,
        acquired=data.acquired,
        subjects=data.subjects,
        labels=data.labels,
    )
