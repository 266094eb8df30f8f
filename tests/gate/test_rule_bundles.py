"""A rule bundle loads whole or not at all."""

from datetime import date

import pytest
from gate_strategies import CARD

from recognizance.errors import RuleBundleError
from recognizance.gate import bundle as bundle_module
from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cards import Effect
from recognizance.gate.hooks import HOOKS
from recognizance.gate.language import Bound, Member
from recognizance.gate.tables import says_any

MINIMAL = """
[[card]]
id = "HR-01"
title = "A rule"
mark = "V"
source = "A source"
[[card.clause]]
effect = "forbid"
when = "notice"
reason = "A reason."
"""


def test_the_shipped_bundle_loads_and_is_frozen(bundle):
    assert len(bundle.cards) == 64
    assert bundle.tables.federal == {"US"}
    with pytest.raises(AttributeError):
        bundle.digest = ""
    with pytest.raises(TypeError):
        bundle.cards["HR-01"] = None


def test_a_card_becomes_clauses_in_order(rules_copy):
    card = load_bundle(rules_copy).cards["HR-05"]
    assert [clause.clause_id for clause in card.clauses] == ["HR-05#0", "HR-05#1", "HR-05#2"]
    assert [clause.effect for clause in card.clauses] == list(Effect)
    forbid, require, condition = card.clauses
    assert forbid.reads == ("mode", "cam.kind")
    assert require.needs == ("gov.dpia",)
    assert (condition.hook, dict(condition.parameters)) == ("reviewers", {"n": 2})
    assert isinstance(condition.when, Member)


def test_dates_and_house_numbers_are_kept(rules_copy):
    text = MINIMAL.replace(
        "[[card.clause]]",
        "legal_from = 2026-08-02\nlegal_until = 2027-12-02\nhouse_numbers = true\n[[card.clause]]",
    ).replace('"notice"', '"review.n < 2"')
    (rules_copy / "dated.toml").write_text(text)
    card = load_bundle(rules_copy).cards["HR-01"]
    assert (card.legal_from, card.legal_until) == (date(2026, 8, 2), date(2027, 12, 2))
    assert card.house_numbers
    assert isinstance(card.clauses[0].when, Bound)


def test_the_digest_changes_with_every_deciding_file_and_with_nothing_else(rules_copy):
    digests = {load_bundle(rules_copy).digest}
    (rules_copy / "cases").mkdir()
    (rules_copy / "cases" / "story.toml").write_text("x = 1")
    digests.add(load_bundle(rules_copy).digest)
    assert len(digests) == 1
    for name in ("house.toml", "macros.toml", "tables/freedom.toml"):
        path = rules_copy / name
        path.write_bytes(path.read_bytes() + b"# a word\n")
        digests.add(load_bundle(rules_copy).digest)
    (rules_copy / "house.toml").rename(rules_copy / "home.toml")
    digests.add(load_bundle(rules_copy).digest)
    assert len(digests) == 5


def test_every_hook_is_one_sentence():
    assert all(words.endswith(".") and words.count(".") == 1 for words in HOOKS.values())


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('id = "HR-05"', 'id = "Rule 5"', "id"),
        ('id = "HR-05"', "", "id"),
        ('id = "HR-05"', 'id = "HR-05"\ncolour = "red"', "colour"),
        ('title = "No worn cameras"', 'title = " "', "title"),
        ('mark = "V"', 'mark = "X"', "X"),
        ('mark = "V"', 'mark = "V"\nlegal_from = "soon"', "legal_from"),
        ('mark = "V"', 'mark = "V"\nlegal_until = 2026-01-01T00:00:00', "legal_until"),
        ('mark = "V"', 'mark = "V"\nhouse_numbers = "no"', "house_numbers"),
        ('effect = "forbid"', 'effect = "deny"', "deny"),
        ('effect = "forbid"', 'effect = "forbid"\nhook = "reviewers"', "no condition"),
        ('effect = "forbid"', 'effect = "forbid"\nunless = "never"', "unless"),
        ('hook = "reviewers"', "", "hook"),
        ('hook = "reviewers"', 'hook = "prayer"', "prayer"),
        ("parameters = { n = 2 }", "parameters = 2", "parameters"),
        ('needs = ["gov.dpia"]', 'needs = ["gov.dpa"]', "needs"),
        ('needs = ["gov.dpia"]', "needs = 1", "needs"),
        ("cam.kind in [body]", "cam.kind in [torso]", "torso"),
        ("cam.kind in [body]", "cam.king in [body]", "cam.king"),
        ("cam.kind in [body]", "known(cam.kind)", "not known"),
        ('reason = "Two people look."', "", "reason"),
    ],
)  # fmt: skip
def test_a_card_that_says_what_no_card_can_say_does_not_load(rules_copy, old, new, what):
    assert old in CARD
    (rules_copy / "house.toml").write_text(CARD.replace(old, new, 1))
    with pytest.raises(RuleBundleError, match=what) as caught:
        load_bundle(rules_copy)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("house.toml", ""),
        ("house.toml", "card = 1"),
        ("house.toml", "card = [1]"),
        ("house.toml", "card = []"),
        ("house.toml", '[[card]]\nid = "HR-01"\ntitle = "t"\nmark = "V"\nsource = "s"\n'),
        ("house.toml", CARD + "[other]\n"),
        ("house.toml", CARD + CARD),
        ("house.toml", "[[card]"),
        ("house.toml", "x = " + "[" * 5_000),
        ("macros.toml", "macro = 1"),
        ("macros.toml", "[other]\n"),
        ("macros.toml", '[macro]\nLive = "notice"\n'),
        ("macros.toml", '[macro]\nnotice = "notice"\n'),
        ("macros.toml", "[macro]\nlive = 1\n"),
        ("macros.toml", '[macro]\nlive = "later"\nlater = "notice"\n'),
        ("tables/freedom.toml", 'free = ["SE"]\npartly = ["SE"]\nnot_free = []\n'),
        ("tables/freedom.toml", 'free = "SE"\npartly = []\nnot_free = []\n'),
        ("tables/freedom.toml", "free = [1]\npartly = []\nnot_free = []\n"),
        ("tables/eu_members.toml", ""),
        ("tables/rbi_opt_in.toml", 'state = "SE"\n'),
        ("tables/rbi_opt_in.toml", "[[state]]\nfrom = 2026-07-01\n"),
        ("tables/rbi_opt_in.toml", '[[state]]\ncountry = "SE"\nfrom = "July"\n'),
        ("tables/objectives.toml", '[[objective]]\nname = "x"\nwords = ["x"]\nground = "h_iv"\n'),
        ("tables/recipients.toml", "open_ended = 1\n"),
    ],
)  # fmt: skip
def test_a_damaged_file_does_not_load(rules_copy, name, text):
    (rules_copy / name).write_text(text)
    with pytest.raises(RuleBundleError) as caught:
        load_bundle(rules_copy)
    assert caught.value.hint


def test_a_missing_table_does_not_load(rules_copy):
    (rules_copy / "tables" / "recipients.toml").unlink()
    with pytest.raises(RuleBundleError, match="recipients"):
        load_bundle(rules_copy)


def test_a_file_that_cannot_be_read_does_not_load(rules_copy):
    (rules_copy / "folder.toml").mkdir()
    with pytest.raises(RuleBundleError, match="cannot be read"):
        load_bundle(rules_copy)


def test_no_rules_are_no_bundle(tmp_path):
    with pytest.raises(RuleBundleError):
        load_bundle(tmp_path)


def test_rules_lie_in_the_wheel_or_beside_the_source(monkeypatch, tmp_path):
    package = tmp_path / "src" / "recognizance"
    package.mkdir(parents=True)
    monkeypatch.setattr(bundle_module.recognizance, "__file__", str(package / "__init__.py"))
    with pytest.raises(RuleBundleError, match="not installed"):
        rules_root()
    for root in (tmp_path / "rules", package / "_rules"):
        root.mkdir()
        (root / "macros.toml").write_text("")
        assert rules_root() == root


def test_phrases_are_whole_words():
    assert says_any("Armed robbery, aggravated", ["armed robbery"])
    assert not says_any("unarmed robbery", ["armed robbery"])
