"""What differs between submissions and rules, what changes when, and what vendors say."""

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta

import pytest

from recognizance.errors import InputError, RuleBundleError, SubmissionError
from recognizance.gate.browse import (
    EVERYWHERE,
    Filter,
    browse,
    cases_of,
    rule,
    settings,
    where,
)
from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cards import Effect, Mark
from recognizance.gate.cases import load_case, open_permits_of, run_case
from recognizance.gate.decide import decide
from recognizance.gate.difference import between_rules, between_submissions
from recognizance.gate.facts import derive
from recognizance.gate.filed import Filed, read_filed
from recognizance.gate.kinds import UNKNOWN
from recognizance.gate.kleene import evaluate
from recognizance.gate.packs import NO_OBJECTION, compare, judge, load_pack, pack_names
from recognizance.gate.submission import submission_from
from recognizance.gate.timeline import timeline

RULES = load_bundle()
CASES = rules_root() / "cases"
TODAY = date(2026, 11, 22)


def case(name):
    return load_case(CASES / f"{name}.toml")


@pytest.fixture
def copied(tmp_path):
    """A copy of the rules, with a few cases, to be changed by a test."""
    root = tmp_path / "rules"
    shutil.copytree(rules_root(), root, ignore=shutil.ignore_patterns("cases"))
    (root / "cases").mkdir()
    for name in ("police-car-body-everyone-stopped", "own-front-door"):
        shutil.copy(CASES / f"{name}.toml", root / "cases")
    return root


def edited(root, file, old, new):
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))


# ---- submissions ----------------------------------------------------------------------------


def test_two_submissions_differ_in_what_is_stated_and_in_what_follows():
    found = between_submissions(
        RULES,
        read_filed(CASES / "eu-police-missing-adult.toml", RULES),
        read_filed(CASES / "eu-police-missing-adult--no-order.toml", RULES),
        at=TODAY,
    )
    assert [(c.name, c.before, c.after) for c in found.stated] == [("auth.kind", "warrant", "none")]
    assert ("LE-03", "forbid") in found.gained
    assert found.stated[0].as_dict() == {"field": "auth.kind", "before": "warrant", "after": "none"}
    assert found.before.outcome != found.after.outcome
    assert not {change.name for change in found.derived} & {c.name for c in found.stated}


def test_a_submission_does_not_differ_from_itself():
    filed = read_filed(CASES / "own-front-door.toml", RULES)
    found = between_submissions(RULES, filed, filed, at=TODAY)
    assert (found.stated, found.derived, found.gained, found.lost) == ((), (), (), ())
    assert found.as_dict()["before"] == found.as_dict()["after"]


def test_gained_and_lost_change_places_when_the_two_do():
    first = read_filed(CASES / "own-front-door.toml", RULES)
    second = read_filed(CASES / "police-car-body-everyone-stopped.toml", RULES)
    there = between_submissions(RULES, first, second, at=TODAY)
    back = between_submissions(RULES, second, first, at=TODAY)
    assert set(there.gained) == set(back.lost)
    assert set(there.lost) == set(back.gained)


def test_a_case_brings_its_day_and_the_permits_that_are_open():
    filed = read_filed(CASES / "city-cut-into-500-streets.toml", RULES)
    assert filed.at == case("city-cut-into-500-streets").at
    assert filed.open_permits
    with pytest.raises(InputError):
        read_filed(CASES / "not-there.toml", RULES)


# ---- rules ----------------------------------------------------------------------------------


def test_the_same_rules_do_not_differ(copied):
    found = between_rules(copied, copied)
    assert (found.cards, found.others, found.cases) == ((), (), ())
    assert found.decided == 2


def test_a_changed_condition_is_told_clause_by_clause_with_the_cases_it_moves(copied, tmp_path):
    after = tmp_path / "after"
    shutil.copytree(copied, after)
    edited(after, "house.toml", "pop.kind in [persons_stopped]", "pop.kind in [visitors]")
    (change,) = (found := between_rules(copied, after)).cards
    assert (change.name, change.what) == ("HR-07", "changed")
    assert change.lines == (
        ("forbid: when", "pop.kind in [persons_stopped]", "pop.kind in [visitors]"),
    )
    assert [one.as_dict()["case"] for one in found.cases] == ["own-front-door"]
    assert [one.after for one in found.cases] == ["refuse"]


def test_a_card_that_comes_or_goes_is_told_whole(copied, tmp_path):
    after = tmp_path / "after"
    shutil.copytree(copied, after)
    text = (after / "house.toml").read_text()
    start = text.index('[[card]]\nid = "HR-10"')
    (after / "house.toml").write_text(text[:start] + text[text.index("[[card]]", start + 1) :])
    gone, come = between_rules(copied, after).cards, between_rules(after, copied).cards
    assert [(c.name, c.what) for c in gone] == [("HR-10", "removed")]
    assert [(c.name, c.what) for c in come] == [("HR-10", "added")]
    assert gone[0].lines[0][1] == come[0].lines[0][2] != ""


def test_a_clause_that_comes_leaves_the_others_alone(copied, tmp_path):
    after = tmp_path / "after"
    shutil.copytree(copied, after)
    clause = '[[card.clause]]\neffect = "forbid"\nwhen = "fn == predict"\n'
    new = clause.replace("fn == predict", "fn == emotion") + 'reason = "Nor that."\n\n'
    edited(after, "house.toml", clause, new + clause)
    (change,) = between_rules(copied, after).cards
    assert change.lines == (("forbid", "", "Nor that. When fn == emotion"),)


def test_a_changed_head_of_a_card_is_told(copied, tmp_path):
    after = tmp_path / "after"
    shutil.copytree(copied, after)
    edited(after, "house.toml", 'title = "No prediction from a face"', 'title = "No guess"')
    (change,) = (found := between_rules(copied, after)).cards
    assert change.lines == (("title", "No prediction from a face", "No guess"),)
    assert json.loads(json.dumps(found.as_dict()))["cards"][0]["name"] == "HR-10"


def test_a_table_that_only_one_of_the_folders_has_is_told(copied, tmp_path):
    after = tmp_path / "after"
    shutil.copytree(copied, after)
    (after / "tables" / "more.toml").write_text('words = ["one"]\n')
    (change,) = between_rules(copied, after).others
    assert change.lines == (("words one", "", "one"),)


def test_a_changed_macro_or_table_is_told_although_no_card_changed(copied, tmp_path):
    after = tmp_path / "after"
    shutil.copytree(copied, after)
    edited(after, "macros.toml", 'recorded = "mode == recorded"', 'recorded = "mode == live"')
    edited(after, "tables/eu_members.toml", '"AT", ', "")
    found = between_rules(copied, after)
    assert found.cards == ()
    lines = {change.name: change.lines for change in found.others}
    assert lines["macros.toml"] == (("macro.recorded", "mode == recorded", "mode == live"),)
    assert lines["tables/eu_members.toml"] == (("members AT", "AT", ""),)


# ---- timeline -------------------------------------------------------------------------------


def test_every_date_on_a_card_or_in_a_table_is_on_the_timeline():
    turns = {turn.day: turn for turn in timeline(RULES, ())}
    for card in RULES.cards.values():
        if card.legal_from:
            assert any(card.rule_id in said for said in turns[card.legal_from].begins)
        if card.legal_until:
            assert any(card.rule_id in said for said in turns[card.legal_until].ends)
    laws = [law.dated for law in RULES.tables.laws]
    for row in (*RULES.tables.bans, *RULES.tables.opt_in, *laws):
        assert row.since is None or turns[row.since].begins
        assert row.until is None or turns[row.until + timedelta(days=1)].ends
    assert list(turns) == sorted(turns)


def test_laws_on_whose_days_no_rule_changes_are_on_the_timeline_with_their_mark():
    (begins,) = timeline(RULES, (), since=date(2020, 1, 1), until=date(2020, 1, 1))
    (ends,) = timeline(RULES, (), since=date(2023, 1, 1), until=date(2023, 1, 1))
    (said,) = begins.begins
    assert (said, said.startswith("US-CA Penal Code 832.19"), said[-3:]) == (
        *ends.ends,
        True,
        "[V]",
    )
    assert not begins.cases
    assert {law.mark for law in RULES.tables.laws} <= {"V", "S", "M"}


def test_a_day_names_exactly_the_cases_that_change_on_it():
    told = [one for one in map(load_case, sorted(CASES.glob("*.toml"))) if one.story]
    turns = timeline(RULES, told, since=date(2025, 1, 1))
    assert turns
    for turn in turns:
        changed = {
            one.case_id
            for one in told
            if run_case(replace(one, at=turn.day), RULES).outcome
            != run_case(replace(one, at=turn.day - timedelta(days=1)), RULES).outcome
        }
        assert {one.case_id for one in turn.cases} == changed


def test_the_timeline_keeps_to_the_days_asked_for():
    day = date(2025, 2, 2)
    assert [turn.day for turn in timeline(RULES, (), since=day, until=day)] == [day]


def test_what_ends_is_on_the_day_after_the_last_one(copied):
    edited(copied, "house.toml", 'id = "HR-10"\n', 'id = "HR-10"\nlegal_until = 2030-01-01\n')
    edited(copied, "tables/city_bans.toml", "[[ban]]\n", "[[ban]]\nuntil = 2031-01-01\n")
    (copied / "cases" / "unreadable.toml").write_text(
        '[submission]\nfn = "x"\n[expect]\noutcome = "refuse"\n'
    )
    predicts = '[submission]\nfn = "predict"\n[expect]\noutcome = "refuse"\n'
    (copied / "cases" / "predicts.toml").write_text(predicts)
    told = [load_case(path) for path in sorted((copied / "cases").glob("*.toml"))]
    ends, ban = timeline(load_bundle(copied), told, since=date(2029, 1, 1))
    assert (ends.day, ban.day) == (date(2030, 1, 1), date(2031, 1, 2))
    assert ends.ends == ("HR-10 No prediction from a face",)
    assert [case.case_id for case in ends.cases] == ["predicts"]
    assert ban.as_dict()["ends"] == [
        "San Francisco (US-CA) bars its own departments from face recognition"
    ]


# ---- browsing -------------------------------------------------------------------------------


def test_a_rule_of_another_place_is_left_out_and_one_of_this_place_comes_first():
    ids = [card.rule_id for card in browse(RULES, Filter(jurisdiction="US-WA"))]
    assert ids[0] == "LE-13"
    assert not {"LE-14", "LE-11", "LE-01", "PR-02"} & set(ids)
    assert {"HR-05", "GV-03"} <= set(ids)
    assert "LE-01" in [card.rule_id for card in browse(RULES, Filter(jurisdiction="EU"))]
    assert "LE-11" in [card.rule_id for card in browse(RULES, Filter(jurisdiction="GB"))]


@pytest.mark.parametrize(
    "name", ["own-front-door", "eu-police-missing-adult", "shop-watchlist-all-evidence"]
)
def test_no_rule_that_takes_part_is_left_out_by_place_or_setting(name):
    one = case(name)
    submission = submission_from(one.content)
    decision = decide(RULES, submission, at=one.at, open_permits=open_permits_of(one, RULES))
    facts = decision.facts
    country = facts["op.country"]
    wanted = Filter(
        jurisdiction="" if country is UNKNOWN else country,
        setting=facts["place.kind"],
        at=one.at,
    )
    shown = {card.rule_id for card in browse(RULES, wanted)}
    assert {fired.rule_id for fired in decision.fired} <= shown


def test_filters_by_effect_mark_and_day():
    forbids = browse(RULES, Filter(effect=Effect.FORBID))
    assert all(any(c.effect is Effect.FORBID for c in card.clauses) for card in forbids)
    assert {card.mark for card in browse(RULES, Filter(mark=Mark.MEMORY))} == {Mark.MEMORY}
    before = {card.rule_id for card in browse(RULES, Filter(at=date(2024, 1, 1)))}
    assert "LE-01" not in before
    assert len(browse(RULES, Filter())) == len(RULES.cards)
    assert where(RULES.cards["HR-05"]) == EVERYWHERE
    assert where(RULES.cards["PR-09"]) == f"{EVERYWHERE}, US-NY"


def test_what_is_not_there_is_named_with_the_nearest():
    for attempt, near in (
        (lambda: rule(RULES, "HR-77"), "HR-"),
        (lambda: browse(RULES, Filter(setting="prisons")), "prison"),
        (lambda: browse(RULES, Filter(jurisdiction="Sweden")), "GB"),
    ):
        with pytest.raises(InputError) as caught:
            attempt()
        assert near in caught.value.hint
    assert "household" in settings()
    assert rule(RULES, "hr-7").rule_id == "HR-07"
    assert rule(RULES, "HR-06b").rule_id == "HR-06b"


def test_a_card_knows_the_cases_that_it_decides_and_the_ones_beside_them():
    decided, beside = cases_of(RULES, RULES.cards["HR-07"], CASES)
    assert "police-car-body-everyone-stopped" in {near.case_id for near in decided}
    assert beside[0].as_dict()["case"] == beside[0].case_id
    for near in beside:
        assert "HR-07" not in run_case(case(near.case_id), RULES).rules


# ---- packs ----------------------------------------------------------------------------------


def facts_of(name):
    one = case(name)
    return derive(submission_from(one.content), RULES.tables, at=one.at)


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_is_dated_sourced_and_only_forbids_or_requires(name):
    pack = load_pack(name)
    assert pack.as_of <= TODAY
    assert all(card.source and card.mark for card in pack.cards)
    effects = {clause.effect for card in pack.cards for clause in card.clauses}
    assert effects <= {Effect.FORBID, Effect.REQUIRE}
    if name == "google":
        assert {card.mark for card in pack.cards} == {Mark.MEMORY}


def test_packs_change_no_decision_and_no_digest(copied):
    before = load_bundle(copied).digest
    (copied / "packs" / "azure.toml").unlink()
    assert load_bundle(copied).digest == before
    assert not {card.rule_id for name in pack_names() for card in load_pack(name).cards} & set(
        RULES.cards
    )


def test_what_vendors_refused_is_refused_in_their_packs():
    azure, amazon, google = map(load_pack, ("azure", "amazon", "google"))
    stopped = facts_of("police-car-body-everyone-stopped")
    assert {"AZ-01", "AZ-02"} <= set(judge(azure, stopped, TODAY).rules)
    assert judge(amazon, stopped, TODAY).outcome == "refuse"
    assert judge(google, stopped, TODAY).rules == ("GO-01",)
    missing = facts_of("eu-police-missing-adult")
    assert judge(amazon, missing, TODAY).outcome == NO_OBJECTION
    assert judge(amazon, stopped, date(2020, 6, 9)).rules == ("AM-03",)
    media = derive(
        submission_from({"fn": "identify_1toN", "purpose": "media_archive"}), RULES.tables, at=TODAY
    )
    assert judge(google, media, TODAY).as_dict() == {"outcome": "incomplete", "rules": ["GO-02"]}


def test_a_pack_verdict_follows_from_its_own_clauses():
    one = case("shop-watchlist-all-evidence")
    (row,) = compare(RULES, [load_pack("azure")], [one])
    facts = facts_of("shop-watchlist-all-evidence")
    held = {
        card.rule_id
        for card in load_pack("azure").cards
        for clause in card.clauses
        if evaluate(clause.when, facts.values)
    }
    assert set(row.packs["azure"].rules) == held
    assert row.house.outcome == run_case(one, RULES).outcome
    assert row.as_dict()["packs"]["azure"]["rules"] == list(row.packs["azure"].rules)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('vendor = "Google Cloud"\n', ""),
        ("as_of = 2026-11-22", 'as_of = "lately"'),
        ('effect = "require"', 'effect = "condition"\nhook = "reviewers"'),
        ("[pack]", "[pack"),
        ("[pack]", "[more]\nx = 1\n[pack]"),
    ],
)
def test_a_pack_that_says_what_no_pack_can_say_does_not_load(copied, old, new):
    edited(copied, "packs/google.toml", old, new)
    with pytest.raises(RuleBundleError):
        load_pack("google", copied)


def test_a_pack_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(InputError) as caught:
        load_pack("azur")
    assert "azure" in caught.value.hint


def test_a_plain_submission_has_no_day_of_its_own(tmp_path):
    path = tmp_path / "use.toml"
    path.write_text("no toml [")
    with pytest.raises(SubmissionError):
        read_filed(path, RULES)
    path.write_text('fn = "predict"\n')
    assert read_filed(path, RULES) == Filed("use", submission_from({"fn": "predict"}))
