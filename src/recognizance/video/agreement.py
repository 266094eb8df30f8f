"""How tracks agree with a known truth: for tests and benchmarks, where somebody knows it.

Counted as in K. Bernardin and R. Stiefelhagen, "Evaluating Multiple Object Tracking Performance:
The CLEAR MOT Metrics", EURASIP Journal on Image and Video Processing 2008: who belonged to whom
goes on doing so as long as they overlap, and only then the rest is paired.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from recognizance.video.boxes import overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recognizance.types import Box


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts over all pictures.

    Attributes:
        faces: Faces in the truth.
        found: Of those, how many a track lay on.
        extra: Tracks that lay on no face.
        people: Different people in the truth.
        people_found: Of those, how many ever had a track.
        switches: How often a person was given another track than the one before.
    """

    faces: int
    found: int
    extra: int
    people: int
    people_found: int
    switches: int


def agreement(
    pictures: Iterable[tuple[Mapping[str, Box], Mapping[int, Box]]], *, least_overlap: float = 0.3
) -> Agreement:
    """Compare tracks with the truth.

    Args:
        pictures: In order of time, of each picture who is where, and which track is where.
        least_overlap: Intersection over union from which on a track lies on a face.
    """
    faces = found = extra = switches = 0
    belongs: dict[str, int] = {}
    people: set[str] = set()
    for truth, tracks in pictures:
        pairs = _pairs(truth, tracks, belongs, least_overlap)
        faces += len(truth)
        found += len(pairs)
        extra += len(tracks) - len(pairs)
        switches += sum(belongs.get(person, track) != track for person, track in pairs.items())
        belongs |= pairs
        people |= set(truth)
    return Agreement(
        faces=faces,
        found=found,
        extra=extra,
        people=len(people),
        people_found=len(belongs),
        switches=switches,
    )


def _pairs(
    truth: Mapping[str, Box],
    tracks: Mapping[int, Box],
    belongs: Mapping[str, int],
    least_overlap: float,
) -> dict[str, int]:
    pairs = {
        person: belongs[person]
        for person, box in truth.items()
        if belongs.get(person) in tracks and overlap(box, tracks[belongs[person]]) >= least_overlap
    }
    people = sorted(set(truth) - set(pairs))
    free = sorted(set(tracks) - set(pairs.values()))
    if people and free:
        overlaps = np.array(
            [[overlap(truth[person], tracks[track]) for track in free] for person in people]
        )
        rows, columns = linear_sum_assignment(overlaps, maximize=True)
        pairs |= {
            people[row]: free[column]
            for row, column in zip(rows, columns, strict=True)
            if overlaps[row, column] >= least_overlap
        }
    return pairs
