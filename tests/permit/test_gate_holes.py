"""Ways past the gate that a permit's own wording once opened: each is closed, and stays so."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import expm1, log1p
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.authority.judging import Changes, changed_permit
from recognizance.cli.start import OPTED_IN_FMR_PPB
from recognizance.conditions import check_enforceable
from recognizance.errors import InputError, PermitScopeError, RuleBundleError
from recognizance.gate.bundle import load_bundle
from recognizance.gate.cards import cards_from
from recognizance.gate.facts import derive
from recognizance.gate.fences import beyond_submission
from recognizance.gate.hooks import (
    HOOKS,
    MEANT_BY_ITS_PARAMETERS,
    PARAMETERS,
    Parameter,
    check_parameters,
)
from recognizance.gate.permit import Condition, Target, issue
from recognizance.gate.permit_signatures import outside_terms
from recognizance.gate.scope import Scope
from recognizance.gate.submission import submission_from
from recognizance.gate.terms import LOOSEST_PPB, MANY_COMPARED, terms_of, too_loose_together
from recognizance.types import PPB, ErrorRate, Operation, PermitClass

RULES = load_bundle()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GATE_PAGE = Path(__file__).resolve().parents[2] / "docs" / "gate.md"


def permit(**changes):
    """A self-attested permit to search, as nobody has signed it yet."""
    plain = {
        "permit_id": "0" * 16,
        "permit_class": PermitClass.OPTED_IN,
        "workspace_id": "w",
        "operations": frozenset({Operation.SEARCH, Operation.ENROLL}),
        "function": "identify_1toN",
        "purpose": "access_control",
        "gallery_ids": frozenset({"g"}),
        "submission_digest": "5" * 64,
        "bundle_digest": "b" * 64,
        "model_id": "m" * 64,
        "evidence_digest": "e" * 64,
        "target": Target(ErrorRate.FMR, 300_000, 50),
        "conditions": (),
        "proposer_id": "p",
        "issued_at": NOON,
        "expires_at": NOON + timedelta(days=7),
        "authority": None,
    }
    return issue(**(plain | changes))


# ---- a condition that nobody could keep

SLIPS = [
    ("reviewers", {"count": 3}),
    ("reviewers", {}),
    ("reviewers", {"n": 0}),
    ("reviewers", {"n": True}),
    ("reviewers", {"n": 2, "of": 3}),
    ("gallery_limit", {"n": "1"}),
    ("order_timer", {"hours": "24h"}),
    ("order_timer", {"hours": -1}),
    ("delay_floor", {"seconds": 0}),
    ("false_alert_meter", {"ppb": 1_000_000_001}),
    ("quality_floor", {}),
    ("quality_floor", {"min_beauty": 3}),
    ("retention", {}),
    ("retention", {"years": 3}),
    ("place_fence", {"closed_by": "calendar"}),
    ("stop_button", {"n": 1}),
]

CARD = """
[[card]]
id = "HR-99"
title = "A rule"
mark = "V"
source = "A text"
[[card.clause]]
effect = "condition"
when = "assembly"
reason = "There is a reason."
hook = "reviewers"
"""


@pytest.mark.parametrize(("hook", "parameters"), SLIPS)
def test_a_condition_that_nobody_could_keep_runs_nothing(hook, parameters):
    with pytest.raises(PermitScopeError, match=hook) as caught:
        check_enforceable(
            [Condition("XX-01", "lead_only", {}), Condition("XX-02", hook, parameters)]
        )
    assert caught.value.rules == ("XX-02",)


@pytest.mark.parametrize(("hook", "parameters"), SLIPS)
def test_an_authority_cannot_set_a_condition_that_nobody_could_keep(hook, parameters):
    changes = Changes(conditions=(Condition("", hook, parameters),))
    with pytest.raises(InputError, match=hook) as caught:
        changed_permit(permit(), changes)
    assert "docs/gate.md" in caught.value.hint


@pytest.mark.parametrize("written", ["count = 3", 'n = "2"', "n = 0", ""])
def test_a_card_with_a_condition_that_nobody_could_keep_does_not_load(written):
    good = tomllib.loads(CARD + "parameters = { n = 2 }")
    assert cards_from([("x.toml", good)], {})
    with pytest.raises(RuleBundleError, match="HR-99#0"):
        cards_from([("x.toml", tomllib.loads(CARD + f"parameters = {{ {written} }}"))], {})


def test_parameters_without_a_hook_do_not_load():
    text = CARD.replace("condition", "forbid").replace(
        'hook = "reviewers"', "parameters = { n = 2 }"
    )
    with pytest.raises(RuleBundleError, match="is no condition"):
        cards_from([("x.toml", tomllib.loads(text))], {})


def test_every_condition_of_the_rules_can_be_kept():
    for card, clause in RULES.clauses.values():
        if clause.hook:
            assert check_parameters(clause.hook, clause.parameters) is None, card.rule_id
            check_enforceable([Condition(card.rule_id, clause.hook, clause.parameters)])


def values_of(parameter: Parameter):
    words = st.sampled_from(parameter.words)
    return words if parameter.words else st.integers(parameter.least, parameter.most)


@st.composite
def kept(draw):
    """A hook and parameters that can be kept."""
    hook = draw(st.sampled_from(sorted(PARAMETERS)))
    listed = PARAMETERS[hook]
    chosen = [each for each in listed if each.required or draw(st.booleans())]
    if not chosen and hook in MEANT_BY_ITS_PARAMETERS:
        chosen = [draw(st.sampled_from(listed))]
    return hook, {each.name: draw(values_of(each)) for each in chosen}


@given(kept())
def test_what_the_list_of_parameters_allows_can_be_kept(condition):
    assert check_parameters(*condition) is None
    check_enforceable([Condition("XX-01", *condition)])


@given(kept(), st.data())
def test_one_wrong_value_and_nothing_runs(condition, data):
    hook, parameters = condition
    if not parameters:
        return
    name = data.draw(st.sampled_from(sorted(parameters)))
    listed = {each.name: each for each in PARAMETERS[hook]}[name]
    wrong = data.draw(
        st.sampled_from([None, True, 1.0, str(parameters[name]) + " ", [1], listed.most + 1, -1])
    )
    with pytest.raises(PermitScopeError, match=name):
        check_enforceable([Condition("XX-01", hook, parameters | {name: wrong})])


def test_only_hooks_have_parameters():
    assert PARAMETERS.keys() <= HOOKS.keys()
    assert PARAMETERS.keys() >= MEANT_BY_ITS_PARAMETERS


def test_the_page_lists_what_each_hook_takes():
    page = GATE_PAGE.read_text(encoding="utf-8")
    rows = [
        f"| `{hook}` | `{each.name}` | {each.said} |"
        for hook, listed in PARAMETERS.items()
        for each in listed
        if hook != "quality_floor"
    ]
    assert [row for row in rows if row not in page] == []
    assert all(f"`{each.name}`" in page for each in PARAMETERS["quality_floor"])


# ---- silence about how far a place reaches

AIRPORT = {
    "class": "opted_in",
    "pop.kind": "opted_in",
    "place.kind": "airport",
    "mode": "live",
}


def beyond(stated, sites):
    submission = submission_from(stated)
    facts = derive(submission, RULES.tables, at=NOON.date())
    names = frozenset(f"site-{number}" for number in range(sites))
    return beyond_submission(submission, facts, Scope(sites=names), NOON), facts


def test_silence_that_counts_as_one_point_gives_one_site():
    problem, facts = beyond(AIRPORT, 500)
    assert facts["permits.public_sites"] == 1  # what rule HR-19 was asked about
    assert "500 sites" in problem
    assert beyond(AIRPORT, 1)[0] is None


@given(
    st.sampled_from(["point", "site", "district", "city", None]),
    st.sampled_from(["opted_in", "household", "standard"]),
    st.integers(0, 4),
)
def test_no_permit_names_more_sites_than_the_rules_were_asked_about(span, permit_class, sites):
    stated = AIRPORT | {"class": permit_class} | ({} if span is None else {"place.span": span})
    problem, facts = beyond(stated, sites)
    if sites > 1 and facts["permits.public_sites"] == 1:
        assert problem is not None


# ---- a rate per comparison, over a whole gallery


def test_a_rate_per_comparison_does_not_walk_around_the_one_per_search():
    with pytest.raises(InputError, match="gallery of this size"):
        permit(target=Target(ErrorRate.FMR, PPB // 100, 200))
    permit(target=Target(ErrorRate.FMR, PPB // 100, 10))
    permit(operations=frozenset({Operation.VERIFY}), target=Target(ErrorRate.FMR, PPB // 100, 200))


@pytest.mark.parametrize("operation", sorted(MANY_COMPARED))
def test_who_searches_says_how_large_the_gallery_is(operation):
    with pytest.raises(InputError, match="size of the gallery"):
        permit(operations=frozenset({operation}), target=Target(ErrorRate.FMR, 1000))


def test_a_signature_does_not_make_up_for_a_loose_rate():
    wide = replace(permit(), target=Target(ErrorRate.FMR, PPB // 100, 200))
    assert outside_terms(wide) == "its error rate is too loose for a gallery of this size"


@given(st.integers(1, PPB // 100), st.integers(1, 10**7))
def test_the_loosest_rate_per_search_holds_in_either_form(fmr_ppb, size):
    fpir = -expm1(size * log1p(-fmr_ppb / PPB))
    loosest = LOOSEST_PPB[ErrorRate.FPIR] / PPB
    if abs(fpir - loosest) > 1e-12:
        assert too_loose_together(fmr_ppb, size) is (fpir > loosest)


@given(st.integers(1, PPB), st.integers(1, 10**7))
def test_a_larger_gallery_or_a_looser_rate_is_never_less_loose(fmr_ppb, size):
    if too_loose_together(fmr_ppb, size):
        assert too_loose_together(fmr_ppb, size + 1)
        assert too_loose_together(min(fmr_ppb + 1, PPB), size)


def test_the_rate_that_starting_asks_for_stays_within_it():
    most = terms_of(PermitClass.OPTED_IN).most_people
    assert not too_loose_together(OPTED_IN_FMR_PPB, most)
