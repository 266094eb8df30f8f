"""No rule card can be changed in one small thing without a story case noticing."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from gate_strategies import tool

from recognizance.gate.bundle import rules_root
from recognizance.gate.cases import (
    DERIVATIONS,
    load_case,
    open_permits_of,
    run_case,
    seen_of,
)
from recognizance.gate.decide import decide
from recognizance.gate.language import And, Not, Or, parse
from recognizance.gate.submission import submission_from

mutation = tool("mutation")
rule_mutants = tool("rule_mutants")
case_judge = tool("case_judge")
case_suggest = tool("case_suggest")
equivalence = tool("equivalence")

CASES = rules_root() / "cases"


@pytest.fixture(scope="module")
def rules(bundle):
    return rule_mutants.rules_of_bundle(bundle)


@pytest.fixture(scope="module")
def briefs(bundle, rules):
    return mutation.briefs_of(CASES, bundle, rules)


@pytest.fixture(scope="module")
def verdicts(briefs, rules):
    return mutation.judge(rule_mutants.mutants(rules), briefs, rules)


def test_no_mutant_of_the_rules_survives_the_cases(verdicts):
    assert [str(verdict.mutant) for verdict in verdicts if verdict.survived] == []


def test_every_kind_of_change_was_tried_on_every_card(verdicts, bundle):
    assert {verdict.mutant.kind for verdict in verdicts} == set(rule_mutants.Kind)
    where = {verdict.mutant.where for verdict in verdicts}
    assert bundle.cards.keys() <= where
    assert bundle.clauses.keys() <= where


def test_the_fast_judge_says_of_every_case_what_the_gate_says(bundle, rules, briefs):
    for brief in briefs:
        permits = open_permits_of(brief.case, bundle)
        submission = submission_from(brief.case.content)
        decision = decide(bundle, submission, at=brief.case.at, open_permits=permits)
        quick = case_judge.seen(brief, rules.forms, brief.holds)
        assert quick == seen_of(decision, submission), brief.case.case_id


def test_every_card_decides_a_case_and_is_nearly_missed_by_another(bundle, briefs):
    decides = {name.partition("#")[0] for b in briefs for name in b.case.rules}
    missed = {name.partition("#")[0] for b in briefs for name in b.case.not_rules}
    always = {
        card.rule_id
        for card in bundle.cards.values()
        if not any(clause.reads for clause in card.clauses)
    }
    assert bundle.cards.keys() - decides == set()
    assert bundle.cards.keys() - missed - always == set()
    assert missed <= bundle.cards.keys() | DERIVATIONS


def test_without_the_cases_of_a_rule_its_mutants_survive(briefs, rules):
    others = [b for b in briefs if not any(name.startswith("PR-07") for name in b.case.rules)]
    changes = [m for m in rule_mutants.mutants(rules) if m.where.startswith("PR-07")]
    verdicts = mutation.judge(changes, others, rules)
    assert any(v.survived and v.mutant.kind is rule_mutants.Kind.CARD for v in verdicts)


# ---- mutants ------------------------------------------------------------------------------------


def variants(text, *kinds):
    found = rule_mutants._variants(parse(text, {}), {})
    return [rule_mutants.text_of(expr) for kind, _, expr in found if kind in kinds]


def test_each_connective_is_swapped_as_if_on_the_card():
    swapped = variants("notice and gov.dpia and routine", rule_mutants.Kind.CONNECTIVE)
    n, d, r = (f"{name} in [yes]" for name in ("notice", "gov.dpia", "routine"))
    assert swapped == [f"({n} or ({d} and {r}))", f"(({n} and {d}) or {r})"]
    assert rule_mutants.text_of(parse("notice or gov.dpia and routine", {})) == swapped[0]
    assert variants("(notice or gov.dpia) and routine", rule_mutants.Kind.CONNECTIVE) == [
        f"(({n} and {d}) and {r})",
        f"(({n} or {d}) or {r})",
    ]


def test_each_atom_number_and_value_is_changed_alone():
    kinds = set(rule_mutants.Kind) - {rule_mutants.Kind.CONNECTIVE}
    fn = "fn in [track, cluster]"
    assert variants("wl.size > 50 or fn in [track, cluster]", *kinds) == [
        f"(not (wl.size > 50) or {fn})",
        f"(wl.size > 51 or {fn})",
        f"(wl.size > 49 or {fn})",
        f"({fn})",
        f"(wl.size > 50 or not ({fn}))",
        "(wl.size > 50 or fn in [cluster])",
        "(wl.size > 50 or fn in [track])",
        "(wl.size > 50)",
    ]


def test_one_of_several_and_all_of_them_are_taken_for_each_other():
    relation = rule_mutants.Kind.RELATION
    assert variants("pop.kind in [staff]", relation) == ["pop.kind within [staff]"]
    assert variants("pop.kind within [staff]", relation) == ["pop.kind in [staff]"]
    assert variants("pop.kind != staff", relation) == ["not (pop.kind in [staff])"]
    assert variants("fn in [track]", relation) == []


def test_a_changed_macro_changes_every_clause_that_uses_it_and_no_other(rules):
    mutants = rule_mutants.mutants(rules)
    changed = next(m for m in mutants if m.where == "macro prison_gate").changes
    assert set(changed) == {"PS-01#0", "PS-01#1"}
    for name, form in changed.items():
        assert form.when != rules.forms[name].when


def test_a_mutant_whose_card_would_not_load_counts_as_noticed(verdicts):
    unloadable = [v for v in verdicts if v.noticed == mutation.DOES_NOT_LOAD]
    assert unloadable
    assert all("known(" in v.mutant.what for v in unloadable)


def test_the_day_on_which_a_law_ends_is_moved_too(rules):
    form = rules.forms["PR-02#0"]
    ended = replace(form.card, legal_until=form.card.legal_from + timedelta(days=900))
    whole = replace(rules, forms={"PR-02#0": replace(form, card=ended)}, macros={})
    days = [m for m in rule_mutants.mutants(whole) if m.kind is rule_mutants.Kind.DAY]
    assert (
        sorted(m.what.partition(" ")[0] for m in days) == ["legal_from"] * 2 + ["legal_until"] * 2
    )


# ---- equal mutants ------------------------------------------------------------------------------


def changed_to(rules, clause_id, when):
    form = replace(rules.forms[clause_id], when=when)
    return rule_mutants.Mutant(rule_mutants.Kind.ATOM, clause_id, "by hand", {clause_id: form})


def test_a_change_that_changes_nothing_is_proven_by_going_through_everything(rules):
    when = rules.forms["HR-07#1"].when
    same = changed_to(rules, "HR-07#1", Or((when, And((when, parse("routine", {}))))))
    assert "going through" in equivalence.proof(same, rules)


def test_a_change_that_matters_only_where_a_fact_is_unknown_is_none(rules):
    when = rules.forms["HR-07#1"].when
    routine = parse("routine", {})
    excluded_middle = And((when, Or((routine, Not(routine)))))
    assert equivalence.proof(changed_to(rules, "HR-07#1", excluded_middle), rules) == ""


def test_a_state_lies_in_its_country_so_naming_both_says_no_more(rules):
    whole = parse("op.country == US and op.subdiv == US-VA and alternative", {})
    state = parse("op.subdiv == US-VA and alternative", {})
    country = parse("op.country == US and alternative", {})
    named = replace(rules, forms={"LE-15#0": replace(rules.forms["LE-15#0"], when=whole)})
    assert equivalence.proof(changed_to(named, "LE-15#0", state), named)
    assert equivalence.proof(changed_to(named, "LE-15#0", country), named) == ""


def test_to_a_requirement_what_is_possible_is_as_good_as_certain(rules):
    short = parse("op.country == GB and (place.why == none)", {})
    whole = parse("op.country == GB and (not known(place.why) or place.why == none)", {})
    for clause_id, equal in (("LE-11#2", True), ("LE-01#0", False)):
        forms = {clause_id: replace(rules.forms[clause_id], when=whole)}
        proven = equivalence.proof(
            changed_to(replace(rules, forms=forms), clause_id, short), replace(rules, forms=forms)
        )
        assert bool(proven) is equal


def test_what_cannot_be_gone_through_is_not_proven(rules):
    when = rules.forms["HR-03#0"].when
    more = parse("cam.kind in [body] or pop.kind in [staff] or infer in [age]", {})
    wide = changed_to(rules, "HR-03#0", And((when, Or((when, more)))))
    assert equivalence.proof(wide, rules) == ""


def test_a_hook_with_another_number_is_never_equal(rules):
    moved = next(m for m in rule_mutants.mutants(rules) if m.kind is rule_mutants.Kind.PARAMETER)
    assert equivalence.proof(moved, rules) == ""


# ---- suggestions --------------------------------------------------------------------------------


def test_a_suggested_case_comes_out_as_it_says_and_notices_the_mutant(
    bundle, rules, briefs, tmp_path
):
    changes = [m for m in rule_mutants.mutants(rules) if m.where == "macro household_use"]
    left = [b for b in briefs if b.case.case_id != "own-front-door--fifty-people"]
    stories = [b for b in left if b.case.case_id == "own-front-door"]
    survivors = [v.mutant for v in mutation.judge(changes, left, rules) if v.survived]
    assert survivors
    found = list(case_suggest.suggestions(survivors, stories, bundle, rules, most_changes=1))
    assert {m for s in found for m in s.expect} == set(survivors)
    shutil.copy(CASES / "own-front-door.toml", tmp_path)
    for place, suggestion in enumerate(found):
        path = tmp_path / f"own-front-door--{place}.toml"
        path.write_text(case_suggest.file_text(suggestion))
        case = load_case(path)
        assert run_case(case, bundle).ok
        for mutant in suggestion.expect:
            assert case_judge.noticed_by(mutant, [case_judge.brief(case, bundle, rules)], rules)


def test_the_tool_prints_survivors_with_suggestions_and_says_so_with_its_exit_code(
    bundle, rules, briefs, monkeypatch, capsys
):
    without = [b for b in briefs if not b.case.case_id.startswith("own-front-door--fifty")]
    monkeypatch.setattr(mutation, "briefs_of", lambda *_: without)
    monkeypatch.setattr(
        mutation,
        "mutants",
        lambda _: (m for m in rule_mutants.mutants(rules) if m.where == "PR-11#2"),
    )
    assert mutation.main(["--suggest"]) == 1
    printed = capsys.readouterr().out
    assert "survived    PR-11#2" in printed
    assert json.dumps("own-front-door") in printed
    monkeypatch.setattr(mutation, "briefs_of", lambda *_: briefs)
    assert mutation.main([]) == 0
    assert "0 survived" in capsys.readouterr().out
