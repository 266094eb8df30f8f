"""The parts of an audit's result: groups, rates, verdicts, matrices, curves.

Rates are fractions in [0, 1]; a pair matches when `score >= threshold`. Everything undefined is
`None`, never infinite and never zero. A `Group` names people by their labels; no labels is
everybody. Nothing in here names a person, a picture or the score of one pair, unless the audit
was made under a permit for its data: then `disclosure` is `named` and findings have examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Verdict(StrEnum):
    """What the data can say about "the rate of this group is at most the target"."""

    ESTABLISHED = "established"
    """The upper bound of the rate is at most the target."""
    NOT_ESTABLISHED = "not established"
    """The measured rate itself is above the target."""
    NOT_ENOUGH_DATA = "not enough data"
    """Too few people, or the rate would do and its bound would not; `people_missing` says how
    many more people it would take."""


class Disclosure(StrEnum):
    """How much of the data the figures may show."""

    COUNTS = "counts"
    """Rates of groups of at least 30 people; fewer than five people in error are not told from
    none; counts of errors are rounded to fives."""
    EXACT = "exact"
    """Exact rates, for somebody who supplied every score; still no name and no single pair."""
    NAMED = "named"
    """Exact, and findings name people and pictures: only under an audit permit for the data."""


class Basis(StrEnum):
    """Which false match rate a target is a target of."""

    GROUP_MEAN = "mean of the groups"
    """The mean of the false match rates within the groups of the main grouping."""
    ALL_PAIRS = "all pairs"
    """Every non-mated pair, within and across groups."""
    GIVEN = "given threshold"
    """No target: the threshold was given."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some people, by what they have in common.

    Attributes:
        labels: (attribute, value), in the order of the grouping; empty = everybody.
    """

    labels: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The values in words, as `Black female`."""
        return " ".join(value for _, value in self.labels) or "everybody"

    @property
    def grouping(self) -> tuple[str, ...]:
        """The attributes that it is a group by."""
        return tuple(attribute for attribute, _ in self.labels)


# ---- what was measured ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class System:
    """What was audited.

    Attributes:
        name: In words.
        version: Of the system or program; empty = unknown.
        model_id: Of our engine; empty = another system.
        cohort_id: Likewise.
        score: What a score is, as `cosine, cohort-normalised`.
    """

    name: str
    version: str = ""
    model_id: str = ""
    cohort_id: str = ""
    score: str = ""


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """One value of an attribute: how many people and images have it ('' = unknown).

    Under `Disclosure.COUNTS` a count below five reads 0 and `few` is true.
    """

    value: str
    people: int
    images: int
    few: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the labels, e.g. sex, with its values by falling number of people."""

    name: str
    values: tuple[AttributeValue, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """What it was measured on.

    Attributes:
        name: In words.
        kind: `images`, `templates`, `scores` or `endpoint`.
        digest: SHA-256 of the data, hex.
        people: How many; where `identities` is false each image counts as a person.
        images: How many.
        failures_to_acquire: Images without a usable face.
        identities: Whether it is known who is who; without, the same person may occur twice.
        mated_pairs: Compared, the very same picture left out.
        non_mated_pairs: Compared.
        attributes: The labels.
    """

    name: str
    kind: str
    digest: str
    people: int
    images: int
    failures_to_acquire: int
    identities: bool
    mated_pairs: int
    non_mated_pairs: int
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """How it was measured; with the data this says how to get the same figures again.

    Attributes:
        groupings: Attributes that people were split by, each alone and together.
        main: The grouping of matrices, curves and differentials.
        draws: Bootstrap replicates.
        seed: Of every random choice.
        confidence: Of intervals (two-sided) and bounds (one-sided).
        min_people: Smaller groups get no verdict but `not enough data`, and under
            `Disclosure.COUNTS` no rate.
        people_drawn_from: People that intervals draw from; fewer than all in very large data,
            where intervals are then too wide rather than too narrow.
        suspected_from: Plain cosine from which two people are suspected to be one; `None` where
            scores are another system's.
        same_photograph_from: Plain cosine from which two pictures are taken for one; likewise.
        notes: Whatever else a reader must know, in sentences.
    """

    groupings: tuple[tuple[str, ...], ...]
    main: tuple[str, ...]
    draws: int
    seed: int
    confidence: float
    min_people: int
    people_drawn_from: int
    suspected_from: float | None
    same_photograph_from: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd in the data, found before any rate was measured.

    Attributes:
        kind: A key of `labels.KINDS`, as `missing` or `same_photograph`.
        sentence: What it is, in plain words.
        count: How often; under `Disclosure.COUNTS` below five reads 0 and `few` is true.
        few: Whether there are from one to four, not told apart.
        attribute: The label it is about; empty = none.
        groups: Count by group of the main grouping, where there are enough.
        values: Words of the label file it is about (a misspelt value, a mangled age); they are
            words of a column, never a name.
        examples: Names; only where `disclosure` is `named`.
    """

    kind: str
    sentence: str
    count: int
    few: bool = False
    attribute: str = ""
    groups: tuple[tuple[Group, int], ...] = ()
    values: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


# ---- rates ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate with its uncertainty.

    Attributes:
        rate: `None` where it is not given: no comparison, too small a group, or `few`.
        lower: Of the two-sided interval.
        upper: Of the two-sided interval.
        bound: One-sided upper bound.
        errors: How many errors; rounded to fives under `Disclosure.COUNTS`.
        trials: Comparisons, searches or images.
        people: People behind them.
        few: Fewer than five people were in error, perhaps none, and the figure does not tell.
    """

    rate: float | None
    lower: float | None
    upper: float | None
    bound: float | None
    errors: int | None
    trials: int
    people: int
    few: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """The rate of one group, or of one group against another.

    Attributes:
        group: Whose.
        estimate: The rate; suspected same-person pairs left out where identities are unknown.
        with_suspected: The rate with them; `None` where there are none to leave out.
        against: The other group of a cross-group cell.
        target: What the verdict is about; `None` = no target.
        verdict: `None` where there is no target.
        people_missing: How many more people it would take; `None` unless there is not enough
            data.
    """

    group: Group
    estimate: Estimate
    with_suspected: Estimate | None = None
    against: Group | None = None
    target: float | None = None
    verdict: Verdict | None = None
    people_missing: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One number over the rates of several groups (`differentials.DEFECTS` has its defect).

    Attributes:
        name: A field of `differentials.Differentials`.
        value: `None` where it is undefined.
        lower: Of the joint 95 % bootstrap interval; `None` where undefined.
        upper: `None` where undefined or without an end.
    """

    name: str
    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Inequality:
    """How far apart the groups of one grouping are at one threshold.

    Attributes:
        grouping: By which attributes.
        groups: How many groups are in it.
        measures: Every measure, suspected pairs left out where there are any.
        with_suspected: The same with them; empty where there are none.
        worst: The group with the highest false match rate; `None` where that is not told.
        best: The group with the lowest; likewise.
        p_value: Chance of at least this Max/Min if labels meant nothing; `None` = not computed.
        by_chance: Median Max/Min if labels meant nothing.
        verdict: Whether groups differ: `established` where the p-value is at most 0.05,
            `not established` where it is above, `not enough data` where a rate is not given, is
            zero, or there is no p-value.
    """

    grouping: tuple[str, ...]
    groups: int
    measures: tuple[Measure, ...]
    with_suspected: tuple[Measure, ...]
    worst: Group | None
    best: Group | None
    p_value: float | None
    by_chance: float | None
    verdict: Verdict

    def measure(self, name: str, *, with_suspected: bool = False) -> Measure | None:
        """One of the measures by its name, `None` where it was not computed."""
        measures = self.with_suspected if with_suspected else self.measures
        return next((each for each in measures if each.name == name), None)


@dataclass(frozen=True, slots=True)
class CrossGroup:
    """False match rates of every group against every group.

    Attributes:
        groups: Rows and columns.
        cells: One a pair `(i, j)` with `i <= j`, row by row; the matrix is symmetric.
    """

    groups: tuple[Group, ...]
    cells: tuple[Cell, ...]

    def cell(self, one: int, other: int) -> Cell:
        """The cell of two groups by their places."""
        low, high = sorted((one, other))
        return self.cells[low * len(self.groups) - low * (low - 1) // 2 + high - low]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Everything at one threshold.

    Attributes:
        target: The false match rate aimed at; `None` = the threshold was given.
        basis: Of which rate.
        threshold: The lowest that keeps the target "at most".
        supported: Whether the data has pairs enough for the target (30 errors expected).
        overall_fmr: Everybody against everybody.
        overall_fnmr: Everybody's mated pairs; no trials where there are none.
        fmr: Within each group of each grouping.
        fnmr: Of each group of each grouping.
        cross: The matrix of the main grouping; `None` without groups.
        inequality: One a grouping with at least two groups.
    """

    target: float | None
    basis: Basis
    threshold: float
    supported: bool
    overall_fmr: Cell
    overall_fnmr: Cell
    fmr: tuple[Cell, ...]
    fnmr: tuple[Cell, ...]
    cross: CrossGroup | None
    inequality: tuple[Inequality, ...]

    def fmr_by(self, grouping: tuple[str, ...]) -> Iterator[Cell]:
        """The false match rates within the groups of one grouping."""
        return (cell for cell in self.fmr if cell.group.grouping == grouping)

    def fnmr_by(self, grouping: tuple[str, ...]) -> Iterator[Cell]:
        """The false non-match rates of the groups of one grouping."""
        return (cell for cell in self.fnmr if cell.group.grouping == grouping)


# ---- the whole ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Curve:
    """A detection error tradeoff: points of falling FMR.

    Attributes:
        group: Whose.
        fmr: False match rates within the group; a point needs five people in error.
        fnmr: False non-match rates at the same thresholds; empty without mated pairs.
        thresholds: Those thresholds.
    """

    group: Group
    fmr: tuple[float, ...]
    fnmr: tuple[float, ...]
    thresholds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many scores lie from each edge to the next.

    Attributes:
        group: Whose; non-mated pairs are those within the group.
        mated: Which pairs.
        edges: One more than counts; bins are merged until at least five people are in each.
        counts: Scores.
    """

    group: Group
    mated: bool
    edges: tuple[float, ...]
    counts: tuple[int, ...]
