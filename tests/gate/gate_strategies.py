"""Random submissions, facts and conditions for the gate's laws."""

import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from random import Random

from hypothesis import strategies as st

from recognizance.gate.cards import Card, Clause, Effect, Mark
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import NUMBERS, SETS, UNKNOWN, Kind
from recognizance.gate.language import (
    And,
    Bound,
    Known,
    Member,
    Not,
    Or,
    Order,
    Relation,
    fields_of,
)
from recognizance.gate.submission import submission_from

AT = date(2026, 11, 22)
TOOLS = Path(__file__).resolve().parents[2] / "tools"


def tool(name):
    """A module of `tools`, imported as its neighbours there import it."""
    if str(TOOLS) not in sys.path:
        sys.path.append(str(TOOLS))
    return import_module(name)


CARD = """
[[card]]
id = "HR-05"
title = "No worn cameras"
mark = "V"
source = "A policy, section 1"

[[card.clause]]
effect = "forbid"
when = "live and cam.kind in [body]"
reason = "A worn camera searches nobody live."

[[card.clause]]
effect = "require"
when = "gov.dpia != yes"
reason = "An impact assessment is needed."
needs = ["gov.dpia"]

[[card.clause]]
effect = "condition"
when = "fn == identify_1toN"
reason = "Two people look."
hook = "reviewers"
parameters = { n = 2 }
"""
"""A small card with one clause of each effect."""

TEXTS = {
    "op.country": ["US", "GB", "SE", "DE", "BY", "QQ"],
    "op.subdiv": ["none"],
    "op.city": ["none", "San Francisco", "Portland", "Springfield"],
    "auth.objective": ["missing adult", "murder", "terrorist threat", "shoplifting"],
    "pop.groups": [["20-49"], ["3-9", "women"], ["70+"], []],
    "ev.age_bands": [["0-17", "18-100"], ["20-49"], []],
    "tmpl.shared_with": [[], ["the public prosecutor"], ["anyone"]],
}

STATABLE = [spec for spec in FIELDS.values() if spec.statable and spec.name != "op.subdiv"]


BY_KIND = {
    Kind.TRI: st.booleans(),
    Kind.INTEGER: st.sampled_from([0, 1, 2, 5, 11, 40, 600, 601, 2000]),
    Kind.RATE: st.sampled_from([0.0, 0.0005, 0.01, 0.5, 0.97, 0.99, 1.0]),
    Kind.RATIO: st.sampled_from([1.0, 1.4, 2.5, 9.8]),
    Kind.SCORE: st.sampled_from([-0.1, 0.31]),
    Kind.DATE: st.sampled_from([date(2026, 11, 21), AT, date(2027, 1, 1)]),
    Kind.TEXT: st.sampled_from(["none", "as the order says"]),
}


def written(spec):
    """What an applicant might write into a field, as TOML would give it."""
    if spec.name in TEXTS:
        return st.sampled_from(TEXTS[spec.name])
    if spec.kind is Kind.CHOICE:
        return st.sampled_from(spec.values)
    if spec.kind is Kind.CHOICES:
        return st.lists(st.sampled_from(spec.values), min_size=1, max_size=3, unique=True)
    return BY_KIND[spec.kind]


@st.composite
def contents(draw, *, unknown: bool = True):
    """Flat tables of a submission: each field stated, unknown, or left out."""
    content = {}
    for spec in STATABLE:
        say = draw(st.integers(0, 9))
        if say == 0:
            continue
        content[spec.name] = "unknown" if unknown and say == 1 else draw(written(spec))
    return content


def submissions():
    return contents().map(submission_from)


def fact_values():
    """Every fact with a value that it can have, a third of them unknown.

    Drawn from one seed: a hundred facts drawn one by one take longer than what they test.
    """
    return st.integers(0, 2**48).map(Random).map(_facts)


def _facts(random):
    facts = {}
    for name, spec in FIELDS.items():
        values = spec.values or (("yes", "no") if spec.kind is Kind.TRI else ("a", "b", "c"))
        if random.random() < 1 / 3:
            facts[name] = UNKNOWN
        elif spec.kind in NUMBERS:
            facts[name] = random.randrange(5)
        elif spec.kind in SETS:
            facts[name] = frozenset(random.choices(values, k=random.randrange(4)))
        else:
            facts[name] = random.choice(values)
    return facts


def atoms(*, known: bool = True):
    numbers = [name for name, spec in FIELDS.items() if spec.kind in NUMBERS]
    others = [name for name, spec in FIELDS.items() if spec.kind not in NUMBERS]

    def members(name):
        spec = FIELDS[name]
        values = spec.values or (("yes", "no") if spec.kind is Kind.TRI else ("a", "b", "c"))
        some = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)
        return st.builds(Member, st.just(name), st.sampled_from(Relation), some)

    kinds = [
        st.sampled_from(others).flatmap(members),
        st.builds(Bound, st.sampled_from(numbers), st.sampled_from(Order), st.integers(0, 4)),
    ]
    if known:
        kinds.append(st.builds(Known, st.sampled_from(list(FIELDS))))
    return st.one_of(kinds)


def conditions(*, known: bool = True):
    return st.recursive(
        atoms(known=known),
        lambda parts: st.one_of(
            st.builds(Not, parts),
            st.builds(And, st.lists(parts, min_size=2, max_size=3).map(tuple)),
            st.builds(Or, st.lists(parts, min_size=2, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


def card_of(rule_id, effect, when, *, legal_from=None, legal_until=None):
    """A card with one clause."""
    clause = Clause(
        clause_id=f"{rule_id}#0",
        effect=effect,
        when=when,
        text="",
        reads=fields_of(when),
        reason="A reason.",
        hook="reviewers" if effect is Effect.CONDITION else "",
        parameters={},
        needs=(),
    )
    return Card(
        rule_id=rule_id,
        title="A rule",
        mark=Mark.READ,
        source="A source",
        legal_from=legal_from,
        legal_until=legal_until,
        house_numbers=False,
        clauses=(clause,),
    )
