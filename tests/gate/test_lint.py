"""Linting: what a careful reader would ask, without deciding anything."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.doubts import CONTRADICTIONS, WORDS
from recognizance.gate.fields import FIELDS
from recognizance.gate.language import fields_of, parse
from recognizance.gate.lint import Severity, lint
from recognizance.gate.templates import kinds, template

RULES = load_bundle()
TODAY = date(2026, 11, 22)


def findings(text, at=TODAY):
    return lint(RULES, text.encode(), at=at)


def found(text, at=TODAY):
    return {(one.severity.value, one.field) for one in findings(text, at)}


def test_a_misspelt_field_is_an_error_with_the_nearest_name():
    (one,) = findings('purpse = "count"\n')
    assert (one.severity, one.field) == (Severity.ERROR, "purpse")
    assert "'purpose'" in one.todo


def test_a_value_outside_its_list_is_an_error_with_the_nearest_value():
    (one,) = findings('fn = "watchlst"\n')
    assert (one.severity, one.field) == (Severity.ERROR, "fn")
    assert "watchlist" in one.todo


def test_one_mistake_does_not_hide_the_next():
    text = 'fm = 1\nfn = "x"\n[op]\ncountry = "Sweden"\nin_eu = true\n[cam]\nkind = "bdy"\n'
    assert found(text) == {
        ("error", name) for name in ("fm", "fn", "op.country", "op.in_eu", "cam.kind")
    }


def test_a_state_is_read_with_its_country():
    assert findings('[op]\nsubdiv = "CA"\ncountry = "US"\n') == ()
    assert found('[op]\nsubdiv = "CA"\n') == {("error", "op.subdiv")}
    assert found('[op]\nsubdiv = "US-CA"\ncountry = "SE"\n') == {("error", "op.subdiv")}


def test_what_is_no_toml_is_one_error_about_the_file():
    (one,) = findings("[op\n")
    assert (one.severity, one.field) == (Severity.ERROR, "")
    (large,) = lint(RULES, b"#" * 100_000, at=TODAY)
    assert large.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("text", "severity", "field"),
    [
        ('mode = "recorded"\ndelay_s = 0\n', "error", "mode"),
        ('mode = "live"\ndelay_s = 700\n', "error", "delay_s"),
        ('[auth]\nkind = "warrant"\n', "warning", "auth.expires"),
        ('[auth]\nkind = "warrant"\n', "warning", "auth.scope_persons"),
        ('[wl]\nsize = 0\ncriteria = ["ban"]\n', "error", "wl.criteria"),
        ('[wl]\nsize = 3\nsource = "none"\n', "error", "wl.source"),
        ('[action]\nkind = "none"\n[review]\nn = 2\n', "warning", "action.kind"),
        ('mode = "live"\nnotice = false\n[place]\nkind = "street"\n', "warning", "notice"),
        ('class = "household"\n[op]\nkind = "private"\n', "error", "class"),
        ("[action]\nauto = true\n[review]\nn = 1\n", "error", "review.n"),
        ("[consent]\nwritten = true\nexplicit = false\n", "error", "consent.written"),
    ],
)
def test_statements_that_do_not_go_together_are_told(text, severity, field):
    assert (severity, field) in found(text)


def test_an_order_that_has_ended_is_told_on_the_day_after_and_not_before():
    text = '[auth]\nkind = "statute"\nexpires = 2026-11-22\n'
    assert found(text) == set()
    assert found(text, date(2026, 11, 23)) == {("warning", "auth.expires")}


@pytest.mark.parametrize(
    ("text", "field", "taken"),
    [
        ('mode = "recorded"\ndelay_s = 60\n', "mode", "near_live"),
        ('[op]\nkind = "private"\non_behalf_of_police = true\n', "op.kind", "police"),
        ('[place]\nkind = "street"\npublic = false\n', "place.public", "yes"),
        ('[op]\ncountry = "BY"\nfreedom = "free"\n', "op.freedom", "not_free"),
    ],
)
def test_what_the_gate_takes_otherwise_is_told(text, field, taken):
    (one,) = [one for one in findings(text) if one.field == field]
    assert one.severity is Severity.WARNING
    assert taken in one.what


@pytest.mark.parametrize(
    ("text", "field", "word"),
    [
        ('title = "Ethnic groups at the station"\n', "title", "Ethnic"),
        ('[place]\nwhy = "They come to the protest"\n', "place.why", "protest"),
        ('[auth]\nobjective = "the march on Sunday"\n', "auth.objective", "march"),
        ('title = "Body-worn cameras"\n', "title", "Body-worn"),
    ],
)
def test_a_telling_word_that_no_closed_field_says_is_told(text, field, word):
    (one,) = [one for one in findings(text) if one.field == field]
    assert repr(word) in one.what


def test_a_telling_word_that_a_closed_field_says_is_not_told():
    assert findings('title = "Watch the protest"\nassembly = true\n') == ()
    assert findings('title = "Ethnic groups"\ninfer = ["ethnicity"]\n') == ()


def test_what_is_marked_missing_is_told_until_it_is_answered():
    text = '[consent]\nexplicit = "unknown"  # MISSING: Did every person agree explicitly?\n'
    (one,) = findings(text)
    assert (one.severity, one.field) == (Severity.WARNING, "consent.explicit")
    (one,) = findings(text.replace('"unknown"', "true"))
    assert one.severity is Severity.NOTE
    assert one.as_dict()["severity"] == "note"
    assert found("nobody = 1  # MISSING: who?\n") == {("error", "nobody")}


@pytest.mark.parametrize("kind", kinds())
def test_no_template_has_an_error(kind):
    assert not [one for one in findings(template(kind)) if one.severity is Severity.ERROR]


def test_a_case_is_read_as_the_submission_that_it_holds():
    data = (rules_root() / "cases" / "own-front-door.toml").read_bytes()
    assert not [one for one in lint(RULES, data, at=TODAY) if one.severity is Severity.ERROR]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_whatever_is_in_a_file_is_answered_with_findings_and_never_with_a_crash(text):
    for one in findings(text):
        assert one.what
        assert one.todo


def test_every_doubt_reads_listed_fields_and_says_what_to_do():
    for doubt in CONTRADICTIONS:
        assert doubt.field in FIELDS
        assert doubt.field.split(".")[0] in {
            name.split(".")[0] for name in fields_of(parse(doubt.when, {}))
        }
        assert doubt.what.endswith(".")
        assert doubt.todo.endswith(".")
    for word in WORDS:
        assert word.field in FIELDS
        assert word.values <= {*FIELDS[word.field].values, "yes", "nationality", "belief", "trait"}
