"""Questions to the gate, made up from a seed.

Anything from the closed lists, with the unknown and with gaps; story cases with one to four fields
changed; numbers on and beside each constant that a card compares with; facts that no submission
could have; days around each day on which a law begins; and now and then the same use several times
with other proofs, since the engine keeps the policies for a kind of use that comes again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from equivalence import atoms_of
from recognizance.errors import SubmissionError
from recognizance.gate.bundle import rules_root
from recognizance.gate.cases import RULES_READ_ON, load_case
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NUMBERS, SETS, UNKNOWN, Kind
from recognizance.gate.language import Bound, Known, Member
from recognizance.gate.submission import submission_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.kinds import Field, Value

UNKNOWN_TEXT: Final = UNKNOWN.value
WORDS: Final[Mapping[str, Sequence[object]]] = {
    "op.country": ("US", "GB", "SE", "DE", "NL", "NO", "BY", "QQ", "CN"),
    "op.city": ("none", "San Francisco", "Boston", "Springfield"),
    "auth.objective": ("missing adult", "threat to life", "murder", "stalking", "shoplifting"),
    "pop.groups": (["20-49"], ["3-9", "women"], ["70+"], []),
    "ev.age_bands": (["0-17", "18-100"], ["20-49"], []),
    "tmpl.shared_with": ([], ["the public prosecutor"], ["anyone"]),
    "auth.expires": ("2024-01-01", "2026-11-21", "2026-11-22", "2027-01-01"),
}
"""Texts that mean something to a table or a derivation, for fields without a closed list."""

ALIKE: Final = 7
"""How often a use is asked about again with other proofs: an engine may remember what it saw."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question to both engines.

    Attributes:
        content: The submission that it came from, flat; empty where the facts were made up.
        facts: A value for every field.
        at: The day.
    """

    content: Mapping[str, object]
    facts: Mapping[str, Value]
    at: date


class Generator:
    """Questions from a seed; the same seed gives the same ones.

    Args:
        bundle: The rules.
        seed: Where chance starts.
    """

    def __init__(self, bundle: RuleBundle, *, seed: int) -> None:
        self._bundle = bundle
        self._random = Random(seed)  # noqa: S311 -- made-up questions are no secret
        self._numbers = _constants(bundle)
        self._named = _named(bundle)
        self._days = _days(bundle)
        self._stories = [
            submission_from(load_case(path).content).as_dict()
            for path in sorted((rules_root() / "cases").glob("*.toml"))
        ]
        self._kinds = (self._anything, self._story, self._story, self._story, self._edge)
        self._alike: list[tuple[dict[str, object], date]] = []

    def begin(self, seed: int) -> None:
        """Go on as a new generator with this seed would."""
        self._random.seed(seed)
        self._alike = []

    def question(self) -> Question:
        """The next question."""
        random = self._random
        if self._alike:
            return asked(self._bundle, *self._alike.pop())
        at = random.choice(self._days)
        if random.random() < 1 / 8:
            return Question({}, {name: self._fact(spec) for name, spec in FIELDS.items()}, at)
        while True:
            content = random.choice(self._kinds)()
            try:
                question = asked(self._bundle, content, at)
            except SubmissionError:
                continue  # a state of another country, say: nobody could file it
            if random.random() < 1 / 16:
                self._alike = [(self._proven_otherwise(content), at) for _ in range(ALIKE)]
            return question

    def _anything(self) -> dict[str, object]:
        """Every field from its list, unknown, or left out."""
        content: dict[str, object] = {}
        for name, spec in FIELDS.items():
            roll = self._random.random()
            if not spec.statable or roll < 1 / 8:
                continue
            content[name] = UNKNOWN_TEXT if roll < 1 / 4 else self._value(spec)
        if content.get("op.subdiv") not in {None, UNKNOWN_TEXT, "none"}:
            content["op.country"] = "US"
        return content

    def _story(self) -> dict[str, object]:
        """A story with one to four fields changed."""
        content = dict(self._random.choice(self._stories))
        for name in self._random.sample(_STATABLE, self._random.randint(1, 4)):
            self._change(content, name)
        return content

    def _edge(self) -> dict[str, object]:
        """A story with one to three numbers on or beside a constant of some card."""
        content = dict(self._random.choice(self._stories))
        names = [name for name in self._numbers if FIELDS[name].statable]
        for name in self._random.sample(names, self._random.randint(1, 3)):
            content[name] = self._random.choice(self._numbers[name])
        if self._random.random() < 1 / 2:
            self._change(content, self._random.choice(_STATABLE))
        return content

    def _proven_otherwise(self, content: Mapping[str, object]) -> dict[str, object]:
        """The same use with other numbers and other proofs, as the engine meets it again."""
        other = dict(content)
        for name in self._random.sample(_PROOFS, self._random.randint(1, 5)):
            roll = self._random.random()
            other[name] = UNKNOWN_TEXT if roll < 1 / 4 else self._value(FIELDS[name])
        return other

    def _change(self, content: dict[str, object], name: str) -> None:
        roll = self._random.random()
        if roll < 1 / 8:
            content.pop(name, None)
        else:
            content[name] = UNKNOWN_TEXT if roll < 1 / 4 else self._value(FIELDS[name])
        if name == "op.subdiv" and content.get(name) not in {None, UNKNOWN_TEXT, "none"}:
            content["op.country"] = "US"
        elif name == "op.country":
            content.pop("op.subdiv", None)

    def _value(self, spec: Field) -> object:
        """Something that an applicant might write into a field."""
        if spec.kind is Kind.TRI:
            return self._random.random() < 1 / 2
        if spec.kind in NUMBERS:
            return self._random.choice(self._numbers.get(spec.name, [0, 1, 40]))
        if spec.values and spec.kind in SETS:
            return self._random.sample(spec.values, self._random.randint(1, 3))
        texts = (*WORDS.get(spec.name, ("none", "as the order says")), *self._named[spec.name])
        return self._random.choice(spec.values or texts)

    def _fact(self, spec: Field) -> Value:
        """A value that a fact can have, whether or not a submission could lead to it."""
        if self._random.random() < 1 / 5:
            return UNKNOWN
        if spec.kind in NUMBERS:
            return self._random.choice(self._numbers.get(spec.name, [0, 1, 40]))
        yes_or_no = ("yes", "no") if spec.kind is Kind.TRI else ()
        values = spec.values or yes_or_no or (*self._named[spec.name], "none", "something else")
        if spec.kind in SETS:
            return frozenset(self._random.choices(values, k=self._random.randrange(4)))
        return self._random.choice(values)


_STATABLE: Final = [name for name, spec in FIELDS.items() if spec.statable]
_PROOFS: Final = [
    name
    for name in _STATABLE
    if name.startswith(("ev.", "gov.", "review.", "consent.", "auth.scope"))
    or name in {"notice", "alternative", "wl.size", "wl.entry_review", "cam.count", "place.why"}
]
"""What a use is measured and safeguarded by; everything else says what kind of use it is."""


def asked(bundle: RuleBundle, content: Mapping[str, object], at: date) -> Question:
    """A submission as a question to both engines.

    Raises:
        SubmissionError: Nobody could file it.
    """
    facts = derive(submission_from(content), bundle.tables, at=at)
    return Question(content, facts.values, at)


def _constants(bundle: RuleBundle) -> dict[str, list[int]]:
    """For each number that a card compares: the constant, and the numbers beside it."""
    found: dict[str, set[int]] = {}
    for atom in _atoms(bundle):
        if isinstance(atom, Bound):
            around = {atom.number - 1, atom.number, atom.number + 1}
            found.setdefault(atom.field, {0}).update(n for n in around if n >= 0)
    found["delay_s"] = {0, 599, 600, 601, 86_400}
    found["wl.size"].add(1_000)
    found["ev.gallery"] = {0, 50, 1_000, 10_000}
    return {name: sorted(numbers) for name, numbers in found.items()}


def _named(bundle: RuleBundle) -> dict[str, list[str]]:
    """For each field without a closed list the texts that a card names."""
    found: dict[str, dict[str, None]] = {name: {} for name in FIELDS}
    for atom in _atoms(bundle):
        if isinstance(atom, Member):
            found[atom.field].update(dict.fromkeys(atom.values))
    return {name: list(texts) for name, texts in found.items()}


def _days(bundle: RuleBundle) -> list[date]:
    """The day of the rule base, and the days around each on which a law begins or ends."""
    turns = {card.legal_from for card in bundle.cards.values()}
    turns |= {card.legal_until for card in bundle.cards.values()}
    turns |= {day for law in bundle.tables.opt_in for day in (law.since, law.until)}
    around = {turn + timedelta(days=n) for turn in turns if turn for n in (-1, 0, 1)}
    # Today's rules are what runs: half of all questions are asked on the day of the rule base.
    return [*sorted(around), *[RULES_READ_ON] * len(around)]


def _atoms(bundle: RuleBundle) -> Iterator[Member | Bound | Known]:
    for _, clause in bundle.clauses.values():
        yield from atoms_of(clause.when)
