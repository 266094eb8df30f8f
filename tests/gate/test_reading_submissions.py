"""A submission is read generously in spelling and strictly in meaning."""

import tomllib
from datetime import UTC, date, datetime

import pytest
from gate_strategies import contents
from hypothesis import given, settings

from recognizance.errors import SubmissionError
from recognizance.gate.fields import FIELDS, known_values
from recognizance.gate.kinds import UNKNOWN, Kind
from recognizance.gate.reading import city_key
from recognizance.gate.submission import MAX_BYTES, parse_submission, submission_from

SECTION_8 = """
op.kind op.on_behalf_of_police op.country op.subdiv op.city op.freedom fn purpose routine place.kind
place.public place.span place.why cam.kind cam.count cam.officer_data mode delay_s pop.kind
pop.minors pop.groups assembly wl.source wl.size wl.criteria wl.reason_each wl.minors wl.expiry_h
wl.entry_review infer alert.group action.kind action.lineup action.auto auth.kind auth.objective
auth.offence_max_y auth.scope_time auth.scope_place auth.scope_persons auth.expires review.n
review.trained review.can_override notice consent.explicit consent.written alternative tmpl.custody
tmpl.shared_with ret.nonmatch_s ret.match_h ret.template_after_purpose_d ev.model_id ev.threshold
ev.gallery ev.n_group ev.fpir_max_ub ev.fnir_max ev.ratio_lb ev.tpr_min ev.age_bands ev.operational
ev.independent ev.age_d gov.dpia gov.fria gov.registered gov.public_report gov.complaints
gov.training gov.audit gov.harm_assessment gov.existing_system_review class
"""


def read(name, value):
    return submission_from({name: value}).stated.get(name)


def test_every_field_of_the_rule_base_is_there_and_may_be_stated():
    assert [name for name in SECTION_8.split() if not FIELDS[name].statable] == []


def test_what_may_be_stated_beyond_it_is_only_the_heading():
    assert {n for n, s in FIELDS.items() if s.statable} - set(SECTION_8.split()) == {
        "title",
        "operator",
    }


def test_every_field_asks_a_question():
    assert all(spec.question.endswith("?") for spec in FIELDS.values())


@pytest.mark.parametrize("name", [name for name, spec in FIELDS.items() if spec.statable])
def test_unknown_may_be_written_everywhere(name):
    if name == "op.subdiv":
        assert submission_from({name: "unknown"}).stated[name] is UNKNOWN
    else:
        assert read(name, "Unknown") is UNKNOWN


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("fn", "identify_1toN", "identify_1toN"),
        ("fn", "identify", "identify_1toN"),
        ("fn", "Verify 1to1", "verify_1to1"),
        ("fn", ["track"], "track"),
        ("place.kind", "Police-Station", "police_station"),
        ("auth.kind", False, "none"),
        ("auth.kind", "court order", "warrant"),
        ("cam.kind", "body", frozenset({"body"})),
        ("cam.kind", ["body", "Vehicle"], frozenset({"body", "vehicle"})),
        ("cam.kind", ["body", "unknown"], UNKNOWN),
        ("infer", [], frozenset()),
        ("infer", "none", frozenset()),
        ("infer", ["gender"], frozenset({"sex"})),
        ("wl.source", "mugshots", frozenset({"custody"})),
        ("wl.criteria", "none", frozenset({"none"})),
        ("wl.criteria", [], frozenset({"none"})),
        ("wl.criteria", False, frozenset({"none"})),
        ("wl.criteria", "documented theft", frozenset({"incident"})),
        (
            "wl.criteria",
            "theft, by people of one ethnic group",
            frozenset({"incident", "ethnicity"}),
        ),
        ("wl.criteria", ["convicted sex offenders"], frozenset({"convict"})),
        ("wl.criteria", "sex_life", frozenset({"sex_life"})),
        ("wl.source", "scraped from social media", frozenset({"web", "social_media"})),
        ("notice", True, "yes"),
        ("notice", "No", "no"),
        ("alert.group", "ethnicity", "yes"),
        ("delay_s", 601, 601),
        ("delay_s", 601.0, 601),
        ("delay_s", "601", 601),
        ("ev.tpr_min", 0.98, 980_000_000),
        ("ev.tpr_min", 980_000_000, 980_000_000),
        ("ev.fpir_max_ub", 0, 0),
        ("ev.ratio_lb", 1.4, 1_400_000_000),
        ("ev.ratio_lb", 9, 9_000_000_000),
        ("ev.ratio_lb", 1_400_000_000, 1_400_000_000),
        ("ev.threshold", 0.31, 310_000_000),
        ("ev.threshold", -5, -5),
        ("auth.scope_place", True, "stated"),
        ("auth.scope_place", "no", "none"),
        ("auth.scope_persons", ["one", "two"], "one, two"),
        ("auth.scope_time", 6, "6"),
        ("auth.scope_time", date(2026, 1, 2), "2026-01-02"),
        ("auth.scope_place", [], "none"),
        ("place.why", "  seen there on Monday\n", "seen there on Monday"),
        ("place.why", "", None),
        ("pop.groups", "Women, 20-49", frozenset({"women", "20-49"})),
        ("tmpl.shared_with", False, frozenset()),
        ("tmpl.shared_with", "none", frozenset()),
        ("auth.expires", "2026-12-31", "2026-12-31"),
        ("auth.expires", date(2026, 12, 31), "2026-12-31"),
        ("auth.expires", datetime(2026, 12, 31, 8, tzinfo=UTC), "2026-12-31"),
        ("op.country", "uk", "GB"),
        ("op.city", "City of San-Francisco", "san francisco"),
        ("op.city", "none", "none"),
        ("place.public", "yes", "yes"),
    ],
)
def test_one_meaning_may_be_written_in_several_ways(name, written, value):
    assert read(name, written) == value


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("fn", "identfy"),
        ("fn", ["track", "cluster"]),
        ("fn", 3),
        ("purpose", "crowd_control"),
        ("cam.kind", []),
        ("cam.kind", "none"),
        ("pop.kind", ["everyone_passing", "somebody"]),
        ("infer", "r\u0430ce"),  # a Cyrillic letter
        ("wl.criteria", "theft and r\u0430ce"),
        ("wl.criteria", "whoever looks odd"),
        ("wl.criteria", 3),
        ("notice", "perhaps"),
        ("notice", 1),
        ("delay_s", -1),
        ("delay_s", 1.5),
        ("delay_s", True),
        ("delay_s", "9" * 400),
        ("delay_s", float("inf")),
        ("cam.count", 2**60),
        ("ev.tpr_min", float("nan")),
        ("ev.tpr_min", -0.1),
        ("ev.tpr_min", 1.1),
        ("ev.tpr_min", 2_000_000_000),
        ("ev.tpr_min", "high"),
        ("ev.ratio_lb", float("nan")),
        ("ev.ratio_lb", float("inf")),
        ("ev.ratio_lb", "twice"),
        ("ev.threshold", float("nan")),
        ("ev.threshold", True),
        ("ev.threshold", "high"),
        ("place.why", "x" * 2_001),
        ("place.why", "seen\u202ethere"),
        ("place.why", [["nested"]]),
        ("tmpl.shared_with", True),
        ("auth.expires", "tomorrow"),
        ("op.country", "Sweden"),
        ("op.subdiv", "CA"),
        ("op.subdiv", "US-XX"),
        ("op.in_eu", True),
        ("ev.bands_covered", True),
        ("permits.public_sites", 1),
        ("colour", "blue"),
    ],
)
def test_what_is_in_no_list_is_refused_by_name(name, written):
    with pytest.raises(SubmissionError) as caught:
        submission_from({name: written})
    assert name in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "written", "nearest"),
    [
        ("fn", "wachlist", "watchlist"),
        ("purpose", "missing_persn", "missing_person"),
        ("cam.knd", "body", "cam.kind"),
        ("purpse", "count", "purpose"),
    ],
)
def test_the_nearest_right_name_is_offered(name, written, nearest):
    with pytest.raises(SubmissionError) as caught:
        submission_from({name: written})
    assert nearest in caught.value.hint


def test_nested_and_flat_tables_are_the_same_submission():
    nested = {"fn": "track", "op": {"kind": "police", "country": "SE"}}
    flat = {"fn": "track", "op.kind": "police", "op.country": "SE"}
    assert submission_from(nested) == submission_from(flat)


def test_a_field_cannot_be_stated_twice():
    with pytest.raises(SubmissionError, match="twice"):
        submission_from({"op": {"kind": "police"}, "op.kind": "household"})


@pytest.mark.parametrize("content", [{"opp": {"kind": "police"}}, {"fn": {"kind": "track"}}])
def test_an_unlisted_table_is_refused(content):
    with pytest.raises(SubmissionError):
        submission_from(content)


@pytest.mark.parametrize(
    ("country", "subdiv", "code"),
    [
        ("US", "CA", "US-CA"),
        ("US", "us-ca", "US-CA"),
        ("US", "California", "US-CA"),
        ("US", "new york", "US-NY"),
        (None, "US-TX", "US-TX"),
        ("UK", "GB-ENG", "GB-ENG"),
        ("UK", "UK-ENG", "GB-ENG"),
        ("US", "none", "none"),
    ],
)
def test_a_state_is_completed_by_its_country(country, subdiv, code):
    content = {"op.subdiv": subdiv} | ({"op.country": country} if country else {})
    stated = submission_from(content).stated
    assert stated["op.subdiv"] == code
    if "-" in code:
        assert stated["op.country"] == code[:2]


@pytest.mark.parametrize(
    ("country", "subdiv"), [("SE", "US-CA"), ("unknown", "US-CA"), ("SE", "?")]
)
def test_a_state_of_another_country_is_refused(country, subdiv):
    with pytest.raises(SubmissionError):
        submission_from({"op.country": country, "op.subdiv": subdiv})


def test_a_city_has_one_spelling_for_the_rules():
    assert {city_key(t) for t in ("S\u00e3o Paulo", "sao-paulo", "City of S\u00c3O  PAULO")} == {
        "sao paulo"
    }


def test_toml_is_read_and_its_faults_are_named():
    assert parse_submission(b'fn = "track"\n[wl]\n').has_list
    for data in (b"fn = ", b"\xff", b"x = " + b"[" * 5_000, b"#" * (MAX_BYTES + 1)):
        with pytest.raises(SubmissionError):
            parse_submission(data)


def test_the_digest_follows_the_meaning_and_not_the_spelling():
    one = submission_from({"fn": "identify", "notice": True, "op.country": "UK"})
    other = submission_from({"notice": "yes", "op": {"country": "GB"}, "fn": "identify_1toN"})
    assert one.digest == other.digest
    assert one.digest != submission_from({"fn": "identify", "notice": False}).digest
    assert submission_from({}).digest != submission_from({"wl": {}}).digest


@settings(max_examples=60, deadline=None)
@given(contents())
def test_the_normalised_form_reads_back_unchanged(content):
    submission = submission_from(content)
    assert submission_from(submission.as_dict()) == submission


def test_the_unknown_shows_what_it_is():
    assert repr(UNKNOWN) == "UNKNOWN"


def test_silence_has_a_text_where_a_class_is_asked_for():
    submission = submission_from({"fn": "unknown"})
    assert submission.text("class") == "standard"
    assert submission.text("fn") == ""
    assert submission.text("operator") == ""


def test_rules_compare_listed_values_or_free_text():
    assert known_values("notice") == {"yes", "no"}
    assert known_values("mode") == {"live", "near_live", "recorded"}
    assert known_values("op.city") is None


def test_requests_are_silent_no_and_facts_are_silent_unknown():
    requests = {"class", "infer", "alert.group", "action.auto", "action.lineup", "tmpl.shared_with"}
    assert {n for n, s in FIELDS.items() if s.silence is not UNKNOWN} == requests
    assert all(FIELDS[n].kind is not Kind.DATE for n in requests)


def test_the_form_is_toml_in_both_directions():
    text = 'class = "trial"\n[cam]\nkind = ["upload"]\n'
    assert submission_from(tomllib.loads(text)) == parse_submission(text.encode())
