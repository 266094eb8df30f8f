"""The evidence document: error rates of one model, by group and score.

It holds rates by group and nothing of any one person: no feature, name or path. Its digest, over
its canonical bytes, is what permits are bound to. `files` reads and writes it.

Rates are integers in parts per billion. Scores lie on a grid of 1/1024: such an edge is exact in
float32 and in JSON, so that a score on the edge (a match, since `score >= threshold`) falls on
the same side here and in every comparison. `curve[i]` is the rate at a threshold of `edges[i]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recognizance.canonical import canonical_bytes, digest
from recognizance.errors import ModelMismatchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = "recognizance-evidence/1"
EDGES_PER_UNIT = 1024


@dataclass(frozen=True, slots=True)
class DataSet:
    """Where the photographs came from.

    Attributes:
        name: What the data set is called; cells refer to it.
        licence: The terms of its photographs.
        identities: Whether people are labelled. Where not, every image counts as a person, and
            the same person twice looks like a false match.
        people: Distinct people with at least one usable image.
        images: Images tried.
        failures_to_acquire: Images in which no face was found.
        labels_sha256: SHA-256 of the label file, hex.
        files_sha256: SHA-256 of the sorted SHA-256 digests of the images, one a line, hex.
    """

    name: str
    licence: str
    identities: bool
    people: int
    images: int
    failures_to_acquire: int
    labels_sha256: str
    files_sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class NonMatedCell:
    """False match rates among the people of one group: both faces of a pair are in it.

    Attributes:
        data_set: Name of the data set.
        labels: The group, e.g. `{"race": "Black", "sex": "female"}`; empty = everybody.
        sets_threshold: False for children's cells, which are reported only.
        people: People with a usable image.
        images: Images tried.
        failures_to_acquire: Images of them in which no face was found.
        pairs: Pairs of distinct people; the images of one pair of people share one vote.
        suspected_pairs: Pairs that look like one person (plain cosine at or above 0.55).
        fmr_ppb: ndarray of shape (edges,), dtype=np.int64: rates, from which suspected pairs are
            set aside where the data set has no identities.
        upper_ppb: Same shape: one-sided upper 95 % bound, the curve that thresholds are set on.
            Where pairs were set aside it has an allowance for false matches among them.
        fmr_with_suspected_ppb: Same shape: rates with every suspected pair a false match.
        upper_with_suspected_ppb: Same shape: upper bound of those.
    """

    data_set: str
    labels: Mapping[str, str]
    sets_threshold: bool
    people: int
    images: int
    failures_to_acquire: int
    pairs: int
    suspected_pairs: int
    fmr_ppb: NDArray[np.int64]
    upper_ppb: NDArray[np.int64]
    fmr_with_suspected_ppb: NDArray[np.int64]
    upper_with_suspected_ppb: NDArray[np.int64]

    @property
    def name(self) -> str:
        """The group in words, with its data set, e.g. `FairFace: Black, female`."""
        return _cell_name(self.data_set, self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class MatedCell:
    """False non-match rates of the people of one group.

    Attributes:
        data_set: Name of the data set.
        labels: The group; empty = everybody.
        people: People with at least one mated pair.
        pairs: Mated pairs of images.
        same_photograph_pairs: Pairs left out because they look like one photograph twice.
        fnmr_ppb: ndarray of shape (edges,), dtype=np.int64; every pair has one vote.
        fnmr_by_subject_ppb: Same shape; every person has one vote.
    """

    data_set: str
    labels: Mapping[str, str]
    people: int
    pairs: int
    same_photograph_pairs: int
    fnmr_ppb: NDArray[np.int64]
    fnmr_by_subject_ppb: NDArray[np.int64]

    @property
    def name(self) -> str:
        """The group in words, with its data set."""
        return _cell_name(self.data_set, self.labels)


@dataclass(frozen=True, slots=True)
class Differential:
    """How far apart the groups of one data set lie: worst over best false match rate.

    All values are thousandths; None = not defined, because a group has no false match. The
    bounds come from one joint bootstrap over people.

    Attributes:
        data_set: Name of the data set.
        with_suspected: Whether pairs that look like one person count as false matches.
        groups: How many groups.
        ratio: Worst over best group, one value an edge.
        lower: One-sided lower 95 % bound of it.
        upper: One-sided upper 95 % bound of it.
        over_geomean: Worst group over the geometric mean of all.
    """

    data_set: str
    with_suspected: bool
    groups: int
    ratio: tuple[int | None, ...]
    lower: tuple[int | None, ...]
    upper: tuple[int | None, ...]
    over_geomean: tuple[int | None, ...]


@dataclass(frozen=True, eq=False)  # no slots: the digest is worked out once and kept
class Evidence:
    """Everything that was measured about one model with one cohort.

    Attributes:
        model_id: The model.
        cohort_id: The cohort that scores were normalised with.
        made_at: When, RFC 3339 UTC.
        tool: Program and version that measured.
        first_edge: Lowest threshold of every curve, in 1/1024 of a score.
        edge_count: Length of every curve.
        data_sets: Where the photographs came from.
        non_mated: False match rates.
        mated: False non-match rates.
        differentials: Worst over best group, by data set.
    """

    model_id: str
    cohort_id: str
    made_at: str
    tool: str
    first_edge: int
    edge_count: int
    data_sets: tuple[DataSet, ...]
    non_mated: tuple[NonMatedCell, ...]
    mated: tuple[MatedCell, ...]
    differentials: tuple[Differential, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical document, hex: what a permit is bound to."""
        return digest(as_document(self))

    def to_bytes(self) -> bytes:
        """The content of an evidence file: canonical JSON with its own digest."""
        return canonical_bytes({"evidence": as_document(self), "sha256": self.digest})

    def edge(self, index: int) -> float:
        """The threshold that `index` of a curve stands for."""
        return (self.first_edge + index) / EDGES_PER_UNIT

    def has_identities(self, data_set: str) -> bool:
        """Whether the people of a data set are labelled."""
        return any(entry.identities for entry in self.data_sets if entry.name == data_set)

    def require_model(self, model_id: str, cohort_id: str) -> None:
        """Check that this evidence is about the model in use.

        Raises:
            ModelMismatchError: It is about another model or cohort.
        """
        if (self.model_id, self.cohort_id) != (model_id, cohort_id):
            raise ModelMismatchError(
                "The evidence is about another model or cohort than the one in use.",
                hint="Measure the model in use with `recognizance evidence make`.",
            )


def as_document(value: object) -> object:
    """Turn evidence, or a part of it, into JSON values; the root also names its format."""
    if is_dataclass(value):
        table = {field.name: as_document(getattr(value, field.name)) for field in fields(value)}
        return table | {"format": FORMAT} if isinstance(value, Evidence) else table
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [as_document(entry) for entry in value]
    return dict(value) if isinstance(value, Mapping) else value


def _cell_name(data_set: str, labels: Mapping[str, str]) -> str:
    group = ", ".join(labels[key] for key in sorted(labels)) or "everybody"
    return f"{data_set}: {group}"
