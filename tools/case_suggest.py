"""Cases that would notice a mutant: a case on file with one or two fields changed.

For each surviving mutant every story is tried with every change of one field that the mutant
reads, then of two. What comes out is the smallest neighbour that tells the mutant from the card,
with what its file has to expect; a person gives it a title and a reason.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, combinations, product
from typing import TYPE_CHECKING, Final

from case_judge import brief, changed, seen
from equivalence import atoms_of
from recognizance.errors import RecognizanceError
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NUMBERS, SETS, Kind
from recognizance.gate.language import Bound, Member, fields_of
from recognizance.gate.submission import submission_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from case_judge import Brief
    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.cases import Case, Seen
    from rule_mutants import Mutant, Rules

AT: Final = "at"
SILENT: Final = object()
"""The value of a field that nobody states."""

_PLAIN: Final[Mapping[Kind, tuple[object, ...]]] = {
    Kind.TRI: (True, False, "unknown", SILENT),
    Kind.TEXT: ("none", "unknown", SILENT),
    Kind.TEXTS: ([], "unknown", SILENT),
    Kind.DATE: (date(2020, 1, 1), SILENT),
}
_TEXTS: Final[Mapping[str, tuple[object, ...]]] = {
    "auth.objective": ("missing person", "threat to life", "murder", "stalking", "shoplifting"),
    "op.country": ("US", "GB", "SE", "DE", "BY"),
    "op.city": ("San Francisco", "Boston"),
    "tmpl.shared_with": (["anyone"],),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A neighbour that notices mutants.

    Attributes:
        base: The case that it is a neighbour of.
        changes: Field (or `at`) and value; SILENT where the field is left out.
        seen: What the gate says of it.
        expect: For each mutant that it notices what its file has to expect besides the outcome.
    """

    base: str
    changes: tuple[tuple[str, object], ...]
    seen: Seen
    expect: Mapping[Mutant, tuple[str, ...]]


def suggestions(
    survivors: Sequence[Mutant],
    briefs: Sequence[Brief],
    bundle: RuleBundle,
    rules: Rules,
    *,
    most_changes: int = 2,
) -> Iterator[Suggestion]:
    """Neighbours that notice the survivors, those that notice most first; one field, then two."""
    left = dict(enumerate(survivors))
    values = values_of(rules)
    for width in range(1, most_changes + 1):
        found: list[tuple[set[int], Suggestion]] = []
        reached: set[int] = set()
        for changes, reading in _changes(left, rules, values, width):
            for one in briefs:
                # Of two fields there are so many changes that the first that helps will do.
                mutants = {i: m for i, m in reading.items() if width == 1 or i not in reached}
                suggestion = _tried(one, changes, mutants.values(), bundle, rules)
                if suggestion:
                    hit = {place for place, m in mutants.items() if m in suggestion.expect}
                    found.append((hit, suggestion))
                    reached |= hit
        while found:
            hit, best = max(found, key=lambda item: len(item[0] & left.keys()))
            hit &= left.keys()
            if not hit:
                break
            yield replace(best, expect={left[i]: best.expect[left[i]] for i in sorted(hit)})
            for place in hit:
                del left[place]


def _changes(
    left: Mapping[int, Mutant],
    rules: Rules,
    values: Mapping[str, Sequence[object]],
    width: int,
) -> Iterator[tuple[tuple[tuple[str, object], ...], dict[int, Mutant]]]:
    """Each change of so many fields, with the mutants that read all of them."""
    reading: dict[tuple[str, ...], dict[int, Mutant]] = defaultdict(dict)
    for place, mutant in left.items():
        for names in combinations(sorted(sources_of(mutant, rules)), width):
            reading[names][place] = mutant
    for names, mutants in reading.items():
        for chosen in product(*(values[name] for name in names)):
            yield tuple(zip(names, chosen, strict=True)), mutants


def sources_of(mutant: Mutant, rules: Rules) -> frozenset[str]:
    """The fields that a submission would have to state otherwise to change what a mutant says."""
    read = {n for clause_id in mutant.changes for n in fields_of(rules.forms[clause_id].when)}
    if mutant.where.startswith("macro "):
        read = set(fields_of(rules.macros[mutant.where.removeprefix("macro ")]))
    stated = {source for name in read for source in FIELDS[name].derived_from or (name,)}
    dated = any(rules.forms[clause_id].card.legal_from for clause_id in mutant.changes)
    return frozenset(stated | ({AT} if dated else set()))


def values_of(rules: Rules) -> Mapping[str, Sequence[object]]:
    """For each field the values that matter to some card, and those beside them."""
    named: dict[str, list[object]] = defaultdict(list)
    for form in rules.forms.values():
        for atom in atoms_of(form.when):
            if isinstance(atom, Bound):
                named[atom.field] += [n for n in _around(atom.number) if n >= 0]
            elif isinstance(atom, Member):
                named[atom.field] += _as_written(atom)
        day = form.card.legal_from
        named[AT] += [day + timedelta(days=n) for n in (-1, 0)] if day else []
    return {
        name: _distinct([*_listed(name), *named[name], *_TEXTS.get(name, ())])
        for name in [*FIELDS, AT]
    }


def _listed(name: str) -> Iterable[object]:
    if name == AT:
        return ()
    spec = FIELDS[name]
    values: Iterable[object] = [[v] for v in spec.values] if spec.kind in SETS else spec.values
    number = (0, 1, "unknown") if spec.kind in NUMBERS else ()
    unknown = ("unknown",) if spec.values else ()
    return [*values, *_PLAIN.get(spec.kind, ()), *number, *unknown]


def _as_written(atom: Member) -> list[object]:
    return [[v] if FIELDS[atom.field].kind in SETS else v for v in atom.values]


def _distinct(values: Iterable[object]) -> list[object]:
    return list({repr(value): value for value in values}.values())


def _around(number: int) -> tuple[int, ...]:
    return (number - 1, number, number + 1)


def file_text(suggestion: Suggestion) -> str:
    """The suggestion as a case file in which a title and a reason are still to be written."""
    expect: dict[str, list[str]] = {"rules": [], "not_rules": [], "conditions": []}
    for what in chain.from_iterable(suggestion.expect.values()):
        key, _, name = what.partition(" ")
        if key in expect and name not in expect[key]:
            expect[key].append(name)
    fields = [(name, value) for name, value in suggestion.changes if name != AT]
    silent = [name for name, value in fields if value is SILENT]
    at = [value for name, value in suggestion.changes if name == AT]
    return "\n".join(
        (
            f'base = "{suggestion.base}"',
            *([f"silent = {_toml(silent)}"] if silent else []),
            '\n[meta]\ntitle = ""\nwhy = ""\n\n[change]',
            *(f"{name} = {_toml(value)}" for name, value in fields if value is not SILENT),
            f'\n[expect]\noutcome = "{suggestion.seen.outcome.value}"',
            *(f"{key} = {_toml(names)}" for key, names in expect.items() if names),
            *(f"at = {_toml(day)}" for day in at),
        )
    )


def _toml(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


# ---- trying ---------------------------------------------------------------------------------


def _tried(
    base: Brief,
    changes: tuple[tuple[str, object], ...],
    mutants: Iterable[Mutant],
    bundle: RuleBundle,
    rules: Rules,
) -> Suggestion | None:
    wanted = list(mutants)
    case = with_changes(base.case, changes) if wanted else None
    try:
        candidate = brief(case, bundle, rules) if case else None
    except RecognizanceError:
        return None
    if candidate is None:
        return None
    found, plain = {}, seen(candidate, rules.forms, candidate.holds)
    for mutant in wanted:
        other = changed(candidate, mutant, rules)
        if other and (expect := expectations(plain, other)):
            found[mutant] = expect
    return Suggestion(base.case.case_id, changes, plain, found) if found else None


def with_changes(case: Case, changes: Iterable[tuple[str, object]]) -> Case | None:
    """The case with other values; None where one of them is what it says already."""
    content = dict(submission_from(case.content).as_dict())
    at = case.at
    for name, value in changes:
        if name == AT and isinstance(value, date):
            if value == at:
                return None
            at = value
        elif value is SILENT:
            if content.pop(name, SILENT) is SILENT:
                return None
        elif content.get(name) == _as_stated(value):
            return None
        else:
            content[name] = value
    return replace(case, content=content, at=at)


def _as_stated(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def expectations(plain: Seen, other: Seen) -> tuple[str, ...]:
    """What a case has to expect so that the other answer would not do; empty if nothing helps."""
    if plain.outcome is not other.outcome:
        return (f"outcome {plain.outcome}",)
    return (
        *(f"rules {name}" for name in _most_general(plain.decided - other.decided)),
        *(f"not_rules {name}" for name in _most_general(other.fired - plain.fired)),
        *(f"conditions {name}" for name in sorted(plain.conditions - other.conditions)),
    )


def _most_general(names: frozenset[str]) -> list[str]:
    return sorted(name for name in names if name.partition("#")[0] not in names - {name})
