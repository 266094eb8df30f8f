"""What is odd about the data, found before any rate is measured.

Findings are counts by kind and group. Names appear only under an audit permit for the data; without
one a count below five is not told from none, so that nobody can be looked for in this way.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from recognizance.audit.estimates import FEW_PEOPLE
from recognizance.audit.exact import EDGES_PER_UNIT, Templates, survivors
from recognizance.audit.values import Disclosure, Finding, Group
from recognizance.evidence.build import MIN_PEOPLE, SAME_PHOTOGRAPH, SUSPECTED_SAME_PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from recognizance.audit.data import Samples

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "People without this label; they are in no group that needs it.",
        "double": "People with two values in one label.",
        "misspelt": "People whose value looks like a misspelling of a much more frequent one.",
        "contradicting": "People with different values of this label on different pictures.",
        "both": "Non-mated rows, among the highest scores, of what other rows say is one person.",
        "mangled_age": "People whose age a spreadsheet seems to have turned into a date.",
        "too_small": "Groups of fewer than 30 people: too few for a rate.",
        "same_photograph": "Pairs of pictures under two names that are the very same photograph.",
        "same_photograph_mated": "Mated pairs that are the very same photograph; left out.",
        "suspected_same_person": "Pairs of pictures under two names that seem to show one person.",
        "no_identities": "Pictures without a name: the same person may occur twice.",
        "not_acquired": "Pictures without a usable face.",
        "mated_not_acquired": "People with several pictures of whom fewer than two were usable.",
    }
)
"""Every kind of finding, in one plain sentence."""

_RARE = 0.1
_ALIKE = 0.8
_SEPARATORS = re.compile(r"\s*(?:[/;,|&+]|\band\b)\s*")
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
# "3-9" becomes 03-Sep or 9-Mar, "10-19" becomes Oct-19; with a year where it was stored whole.
_DATE = re.compile(
    rf"(?:\d{{1,2}}[-/ ](?:{_MONTH})|(?:{_MONTH})[-/ ]\d{{1,4}}|\d{{4}}-\d{{2}}-\d{{2}}.*"
    rf"|\d{{1,2}}/\d{{1,2}}/\d{{2,4}})(?:[-/ ]\d{{2,4}})?",
    re.IGNORECASE,
)
_AGE = re.compile(r"\d{1,3}\s*-\s*\d{1,3}")


def label_findings(
    people: NDArray[np.int64],
    labels: Mapping[str, NDArray[np.str_]],
    *,
    disclosure: Disclosure,
    names: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Look at the words of every label.

    Args:
        people: ndarray of shape (n,): whose each picture is.
        labels: Attribute to ndarray of shape (n,).
        disclosure: How much may be shown.
        names: Of the people, for examples under a permit.
    """
    found = _Findings(disclosure, names)
    for attribute, column in labels.items():
        found.add("missing", people[column == ""], attribute=attribute)
        values, code = np.unique(column, return_inverse=True)
        words = [str(value) for value in values]
        held = Counter({word: _people(people[code == n]) for n, word in enumerate(words) if word})
        for kind, odd in (
            ("double", {word for word in held if _is_double(word, held)}),
            ("misspelt", {word for word in held if _is_misspelt(word, held)}),
            ("mangled_age", _mangled(held)),
        ):
            of_odd = people[np.isin(column, sorted(odd))] if odd else people[:0]
            found.add(kind, of_odd, attribute=attribute, values=sorted(odd))
        known = column != ""
        pairs = np.unique(np.stack([people[known], code.reshape(-1)[known]], axis=1), axis=0)
        whose, values_each = np.unique(pairs[:, 0], return_counts=True)
        found.add("contradicting", whose[values_each > 1], attribute=attribute)
    return tuple(found.found)


def picture_findings(
    data: Samples,
    main: tuple[str, ...],
    *,
    disclosure: Disclosure,
    threads: int | None = None,
) -> tuple[Finding, ...]:
    """Look at the pictures by their templates and digests: the same twice, one person twice."""
    found = _Findings(disclosure, data.people or data.pictures)
    if not data.identities:
        found.add("no_identities", data.subjects)
    found.add("not_acquired", np.flatnonzero(~data.acquired), groups=_by_group(data, main, None))
    pictures = np.bincount(data.subjects)
    usable = np.bincount(data.subjects[data.acquired], minlength=pictures.size)
    found.add("mated_not_acquired", np.flatnonzero((pictures > 1) & (usable < 2)))  # noqa: PLR2004  # a pair
    one, other, same = _alike(data, threads)
    mated = data.subjects[one] == data.subjects[other]
    for kind, pairs in (
        ("same_photograph", same & ~mated),
        ("same_photograph_mated", same & mated),
        ("suspected_same_person", ~same & ~mated),
    ):
        if kind == "same_photograph_mated" and not data.identities:
            continue  # where nobody is known there are no mated pairs
        groups = _by_group(data, main, (one[pairs], other[pairs]))
        examples = _pair_names(data, one[pairs], other[pairs])
        found.add(kind, np.arange(np.count_nonzero(pairs)), groups=groups, examples=examples)
    return tuple(found.found)


def small_groups(sizes: Iterable[tuple[Group, int]], *, disclosure: Disclosure) -> Finding | None:
    """Name the groups that are too small for a rate; those of very few people only as a count."""
    small = [(group, people) for group, people in sizes if people < MIN_PEOPLE]
    if not small:
        return None
    named = [
        (group, people)
        for group, people in small
        if people >= FEW_PEOPLE or disclosure is not Disclosure.COUNTS
    ]
    return Finding(
        kind="too_small",
        sentence=KINDS["too_small"],
        count=len(small),
        groups=tuple(named),
        values=tuple(group.name for group, _ in named),
    )


@dataclass(slots=True)
class _Findings:
    """Collects findings, each cut to what may be shown."""

    disclosure: Disclosure
    names: Sequence[str]
    found: list[Finding]

    def __init__(self, disclosure: Disclosure, names: Sequence[str]) -> None:
        self.disclosure, self.names, self.found = disclosure, names, []

    def add(
        self,
        kind: str,
        who: NDArray[np.int64],
        *,
        attribute: str = "",
        values: Sequence[str] = (),
        groups: Iterable[tuple[Group, int]] = (),
        examples: Iterable[str] | None = None,
    ) -> None:
        """Add a finding of some people or pairs, unless there are none.

        From one to four are shown as few, and so is none of a kind that is looked for in pairs of
        pictures: otherwise the finding itself would tell that somebody is there.
        """
        count = _people(who)
        counts_only = self.disclosure is Disclosure.COUNTS
        of_pictures = kind in {"same_photograph", "same_photograph_mated", "suspected_same_person"}
        if not count and not (counts_only and of_pictures):
            return
        few = counts_only and count < FEW_PEOPLE
        named: tuple[str, ...] = ()
        if self.disclosure is Disclosure.NAMED:
            chosen = np.unique(who).tolist()
            named = (
                tuple(self.names[number] for number in chosen if number < len(self.names))
                if examples is None
                else tuple(examples)
            )
        self.found.append(
            Finding(
                kind=kind,
                sentence=KINDS[kind],
                count=0 if few else count,
                few=few,
                attribute=attribute,
                groups=tuple(
                    (group, number)
                    for group, number in groups
                    if number >= (FEW_PEOPLE if counts_only else 1)
                ),
                values=tuple(values),
                examples=named,
            )
        )


def _people(who: NDArray[np.int64]) -> int:
    return int(np.unique(who).size)


def _is_double(word: str, held: Counter[str]) -> bool:
    """Whether a value is made of two others, as `male/female`."""
    if _AGE.fullmatch(word):
        return False
    parts = [part for part in _SEPARATORS.split(word) if part]
    return len(parts) > 1 and all(part in held for part in parts)


def _is_misspelt(word: str, held: Counter[str]) -> bool:
    """Whether a rare value is like a value that ten times as many people have."""
    if not re.search(r"[^\W\d]", word):
        return False  # Numbers and bands of ages are alike without being misspelt.
    for other, people in held.items():
        if other == word or held[word] > _RARE * people:
            continue
        if word.casefold().split() == other.casefold().split():
            return True
        if re.search(r"\d", word):
            continue
        if SequenceMatcher(None, word.casefold(), other.casefold()).ratio() >= _ALIKE:
            return True
    return False


def _mangled(held: Counter[str]) -> set[str]:
    """Dates among values of which at least one is a band of ages or a number."""
    dates = {word for word in held if _DATE.fullmatch(word)}
    ages = any(_AGE.fullmatch(word) or word.isdigit() for word in held)
    return dates if ages else set()


def _alike(
    data: Samples, threads: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Rows of pairs that look like one person, and which of them are one photograph.

    Plain cosines: two pictures of one person's face are as alike whatever the cohort says.
    """
    used = np.flatnonzero(data.acquired)
    pairs = [np.empty((2, 0), dtype=np.int64)]
    same = [np.empty(0, dtype=np.bool_)]
    if used.size > 1:
        templates = Templates(
            vectors=np.ascontiguousarray(data.vectors[used]),
            means=np.zeros(used.size, dtype=np.float32),
            person=np.arange(used.size),
            cell=np.zeros(used.size, dtype=np.int64),
        )
        floor = int(np.floor(SUSPECTED_SAME_PERSON * EDGES_PER_UNIT))
        for part in survivors(templates, floor=floor, threads=threads):
            cosine = templates.scores(part.one, part.other)
            kept = cosine >= SUSPECTED_SAME_PERSON
            pairs.append(np.stack([used[part.one[kept]], used[part.other[kept]]]))
            same.append(cosine[kept] >= SAME_PHOTOGRAPH)
    rows, photograph = np.concatenate(pairs, axis=1), np.concatenate(same)
    if data.photographs:
        digests = np.array(data.photographs)
        photograph |= (digests[rows[0]] == digests[rows[1]]) & (digests[rows[0]] != "")
    return rows[0], rows[1], photograph


def _by_group(
    data: Samples, main: tuple[str, ...], pairs: tuple[NDArray[np.int64], NDArray[np.int64]] | None
) -> Iterator[tuple[Group, int]]:
    """How many failures, or pairs inside a group, each group has; small groups left out."""
    if not main:
        return
    columns = [data.labels[attribute].tolist() for attribute in main]
    of_row = list(zip(*columns, strict=True))
    people: dict[tuple[str, ...], set[int]] = {}
    for labels, person in zip(of_row, data.subjects.tolist(), strict=True):
        people.setdefault(labels, set()).add(person)
    if pairs is None:
        counts = Counter(of_row[row] for row in np.flatnonzero(~data.acquired).tolist())
    else:
        both = zip(pairs[0].tolist(), pairs[1].tolist(), strict=True)
        counts = Counter(of_row[one] for one, other in both if of_row[one] == of_row[other])
    for labels, count in sorted(counts.items()):
        if all(labels) and len(people[labels]) >= MIN_PEOPLE:
            yield Group(tuple(zip(main, labels, strict=True))), count


def _pair_names(data: Samples, one: NDArray[np.int64], other: NDArray[np.int64]) -> Iterator[str]:
    for left, right in zip(one.tolist(), other.tolist(), strict=True):
        if data.pictures:
            yield f"{data.pictures[left]} and {data.pictures[right]}"
