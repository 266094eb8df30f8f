"""D1 to D3, D6, D7, and what silence means."""

from dataclasses import replace
from datetime import date

import pytest
from gate_strategies import AT, contents, submissions
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.gate.across import MANY_SITES, OpenPermit, open_permit
from recognizance.gate.agebands import ages
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS
from recognizance.gate.kinds import UNKNOWN
from recognizance.gate.submission import submission_from
from recognizance.gate.tables import Dated

STREET = {
    "operator": "City",
    "place.kind": "street",
    "place.span": "site",
    "mode": "live",
    "cam.count": 1,
}


def facts_of(bundle, content, *, at=AT, open_permits=()):
    return derive(submission_from(content), bundle.tables, at=at, open_permits=open_permits)


def permits_like(bundle, content, count, **changes):
    submission = submission_from(content)
    permit = open_permit(submission, derive(submission, bundle.tables, at=AT))
    return [replace(permit, **changes)] * count


@settings(max_examples=80, deadline=None)
@given(submissions())
def test_every_fact_has_a_value(bundle, submission):
    facts = derive(submission, bundle.tables, at=AT)
    assert set(facts.values) == set(FIELDS)
    for name in FIELDS:
        if facts[name] is UNKNOWN:
            assert facts.missing(name)


# ---- D1


@pytest.mark.parametrize("kind", ["private", "household", "humanitarian", "public", "unknown"])
def test_whoever_acts_for_the_police_is_the_police(bundle, kind):
    facts = facts_of(bundle, {"op.kind": kind, "op.on_behalf_of_police": True})
    assert facts["op.kind"] == "police"
    assert "D1" in facts.derivations


def test_a_private_operator_silent_about_the_police_may_be_the_police(bundle):
    facts = facts_of(bundle, {"op.kind": "private"})
    assert facts["op.kind"] is UNKNOWN
    assert facts.missing("op.kind") == ("op.on_behalf_of_police",)


def test_who_has_looked_and_does_not_know_may_be_the_police_whatever_they_are(bundle):
    facts = facts_of(bundle, {"op.kind": "prison", "op.on_behalf_of_police": "unknown"})
    assert facts["op.kind"] is UNKNOWN
    assert facts_of(bundle, {"op.kind": "prison"})["op.kind"] == "prison"


def test_unless_class_or_purpose_says_that_the_use_is_its_own(bundle):
    assert facts_of(bundle, {"op.kind": "private", "purpose": "boarding"})["op.kind"] == "private"
    assert facts_of(bundle, {"op.kind": "private", "class": "opted_in"})["op.kind"] == "private"
    typed = {"op.kind": "private", "class": "opted_in", "op.on_behalf_of_police": "unknown"}
    assert facts_of(bundle, typed)["op.kind"] is UNKNOWN


def test_a_denial_is_heard(bundle):
    facts = facts_of(bundle, {"op.kind": "private", "op.on_behalf_of_police": False})
    assert (facts["op.kind"], "D1" in facts.derivations) == ("private", False)


# ---- D2


@pytest.mark.parametrize(
    ("delay", "mode"),
    [
        (0, "near_live"),
        (600, "near_live"),
        (601, "recorded"),
        (None, "recorded"),
        ("unknown", UNKNOWN),
    ],
)
def test_recorded_a_few_minutes_ago_is_near_live(bundle, delay, mode):
    content = {"mode": "recorded"} | ({} if delay is None else {"delay_s": delay})
    facts = facts_of(bundle, content)
    assert facts["mode"] == mode
    assert ("D2" in facts.derivations) is (mode == "near_live")
    if mode is UNKNOWN:
        assert facts.missing("mode") == ("delay_s",)


def test_live_stays_live_whatever_the_delay(bundle):
    assert facts_of(bundle, {"mode": "live", "delay_s": 9000})["mode"] == "live"


# ---- D3


@pytest.mark.parametrize(
    ("kind", "stated", "public"),
    [
        ("street", None, "yes"),
        ("airport", None, "yes"),
        ("shop", False, "yes"),
        ("prison", None, "no"),
        ("border", None, "no"),
        ("workplace", False, "no"),
        ("home", True, "yes"),
        ("home", "unknown", UNKNOWN),
        (None, True, "yes"),
        (None, False, UNKNOWN),
        (None, None, UNKNOWN),
    ],
)
def test_public_is_computed_and_a_statement_only_tightens_it(bundle, kind, stated, public):
    content = ({"place.kind": kind} if kind else {}) | (
        {} if stated is None else {"place.public": stated}
    )
    facts = facts_of(bundle, content)
    assert facts["place.public"] == public
    assert ("D3" in facts.derivations) is (public is not UNKNOWN)


@pytest.mark.parametrize(
    ("content", "assembly"),
    [
        ({"place.kind": "home"}, "no"),
        ({"place.kind": "prison"}, "no"),
        ({"place.kind": "prison", "assembly": True}, "yes"),
        ({"place.kind": "prison", "assembly": "unknown"}, UNKNOWN),
        ({"place.kind": "home", "place.public": True}, UNKNOWN),
        ({"place.kind": "workplace"}, UNKNOWN),
        ({"place.kind": "school"}, UNKNOWN),
        ({"place.kind": "street"}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_silence_about_an_assembly_is_no_only_where_nobody_can_gather(bundle, content, assembly):
    assert facts_of(bundle, content)["assembly"] == assembly


# ---- silence


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        ("place.span", {"op.kind": "household"}, "point"),
        ("place.span", {"pop.kind": "opted_in"}, "point"),
        ("place.span", {"pop.kind": ["opted_in", "visitors"]}, UNKNOWN),
        ("place.span", {"op.kind": "household", "place.span": "unknown"}, UNKNOWN),
        ("pop.minors", {"place.kind": "prison", "pop.kind": ["detainees", "staff"]}, "no"),
        ("pop.minors", {"place.kind": "prison", "pop.kind": ["detainees", "visitors"]}, UNKNOWN),
        ("pop.minors", {"place.kind": "office", "pop.kind": "staff"}, UNKNOWN),
        ("pop.minors", {"place.kind": "prison", "pop.kind": "staff", "pop.minors": True}, "yes"),
        ("consent.explicit", {"op.kind": "household", "pop.kind": "opted_in"}, "yes"),
        ("consent.explicit", {"op.kind": "public", "pop.kind": "opted_in"}, UNKNOWN),
        ("wl.minors", {}, "no"),
        ("wl.minors", {"wl": {}}, UNKNOWN),
        ("wl.criteria", {}, frozenset({"none"})),
    ],
)
def test_silence_is_filled_only_by_what_was_said_elsewhere(bundle, name, content, value):
    assert facts_of(bundle, content)[name] == value


# ---- cameras


@pytest.mark.parametrize(
    ("content", "officer"),
    [
        ({"op.kind": "police", "cam.kind": "body", "cam.officer_data": False}, "yes"),
        ({"op.kind": "police", "cam.kind": ["fixed", "vehicle"]}, "yes"),
        ({"op.kind": "police", "cam.kind": "drone"}, "yes"),
        ({"op.kind": "police", "cam.kind": "drone", "cam.officer_data": False}, "no"),
        ({"op.kind": "police", "cam.kind": "fixed"}, "no"),
        ({"op.kind": "household", "cam.kind": "glasses"}, "no"),
        ({"cam.kind": "kiosk"}, "no"),
        ({"cam.kind": "glasses"}, UNKNOWN),
        ({"cam.kind": "body", "cam.officer_data": False}, UNKNOWN),
        ({"cam.kind": "body", "cam.officer_data": True}, "yes"),
        ({"op.kind": "household", "cam.kind": "upload"}, "no"),
        ({"op.kind": "household", "cam.kind": "upload", "cam.officer_data": "unknown"}, UNKNOWN),
        ({"op.kind": "police", "cam.kind": "upload"}, UNKNOWN),
        ({"cam.kind": "upload"}, UNKNOWN),
        ({"op.kind": "household", "cam.kind": "upload", "cam.officer_data": False}, "no"),
        ({"op.kind": "police"}, UNKNOWN),
    ],
)
def test_whose_camera_took_the_footage(bundle, content, officer):
    assert facts_of(bundle, content)["cam.officer_data"] == officer


# ---- D6 and the tables


@pytest.mark.parametrize(
    ("country", "stated", "freedom"),
    [
        ("SE", None, "free"),
        ("SE", "not_free", "not_free"),
        ("BY", "free", "not_free"),
        ("QQ", None, "not_free"),
        ("IN", "free", "partly"),
        (None, "free", UNKNOWN),
        (None, "not_free", "not_free"),
        (None, None, UNKNOWN),
    ],
)
def test_freedom_comes_from_the_table(bundle, country, stated, freedom):
    content = ({"op.country": country} if country else {}) | (
        {"op.freedom": stated} if stated else {}
    )
    assert facts_of(bundle, content)["op.freedom"] == freedom


def test_membership_and_national_law_are_looked_up_for_the_day(bundle):
    tables = replace(
        bundle.tables, opt_in=(Dated("SE", since=date(2026, 7, 1), until=date(2026, 12, 31)),)
    )
    submission = submission_from({"op.country": "SE"})
    law = {
        day: derive(submission, tables, at=day)["op.opt_in_state"]
        for day in map(date.fromisoformat, ("2026-06-30", "2026-07-01", "2026-12-31", "2027-01-01"))
    }
    assert list(law.values()) == ["no", "yes", "yes", "no"]
    assert derive(submission, tables, at=AT)["op.in_eu"] == "yes"
    assert facts_of(bundle, {"op.country": "GB"})["op.in_eu"] == "no"


@pytest.mark.parametrize(
    ("content", "ban"),
    [
        ({"op.country": "US", "op.subdiv": "CA", "op.city": "SAN FRANCISCO"}, "yes"),
        ({"op.country": "US", "op.subdiv": "CA", "op.city": "Fresno"}, "no"),
        ({"op.country": "US", "op.subdiv": "CA", "op.city": "none"}, "no"),
        ({"op.country": "US", "op.subdiv": "CA"}, UNKNOWN),
        ({"op.country": "US", "op.city": "Portland"}, UNKNOWN),
        ({"op.country": "US", "op.subdiv": "TX"}, "no"),
        ({"op.country": "US", "op.subdiv": "TX", "op.city": "Portland"}, "no"),
        ({"op.country": "SE"}, "no"),
        ({"op.city": "Portland"}, UNKNOWN),
    ],
)
def test_a_citys_ban_follows_country_state_and_city(bundle, content, ban):
    facts = facts_of(bundle, content)
    assert facts["op.city_ban"] == ban
    if content == {"op.country": "US", "op.subdiv": "CA"}:
        assert facts.missing("op.city_ban") == ("op.city",)


def test_a_ban_that_has_not_begun_does_not_hold(bundle):
    content = {"op.country": "US", "op.subdiv": "CA", "op.city": "San Francisco"}
    assert facts_of(bundle, content, at=date(2018, 1, 1))["op.city_ban"] == "no"


def test_a_state_matters_only_in_a_country_whose_states_have_rules(bundle):
    assert facts_of(bundle, {"op.country": "SE"})["op.subdiv"] == "none"
    assert facts_of(bundle, {"op.country": "US"})["op.subdiv"] is UNKNOWN


# ---- the authority


@pytest.mark.parametrize(
    ("content", "ground", "annex_ii"),
    [
        ({"auth.objective": "Locating a missing adult"}, "h_i", "no"),
        ({"auth.objective": "Art. 5(1)(h)(i)"}, "h_i", "no"),
        ({"auth.objective": "terrorist threat against a station"}, "h_ii", "no"),
        ({"auth.objective": "Murder, section 211"}, "h_iii", "yes"),
        ({"auth.objective": "pickpocketing"}, "other", "no"),
        ({"auth.objective": "unknown", "purpose": "missing_person"}, UNKNOWN, UNKNOWN),
        ({"purpose": "missing_person"}, "h_i", "no"),
        ({"purpose": "threat_to_life"}, "h_ii", "no"),
        ({"purpose": "suspect_search"}, "h_iii", UNKNOWN),
        ({"purpose": "blocklist_shop"}, "other", "no"),
        ({}, UNKNOWN, UNKNOWN),
    ],
)
def test_the_objective_is_recognised_or_falls_back_on_the_purpose(
    bundle, content, ground, annex_ii
):
    facts = facts_of(bundle, content)
    assert (facts["auth.ground"], facts["auth.annex_ii"]) == (ground, annex_ii)


@pytest.mark.parametrize(
    ("expires", "in_force"),
    [("2026-11-22", "yes"), ("2026-11-21", "no"), ("unknown", UNKNOWN), (None, "yes")],
)
def test_an_authority_holds_to_the_end_of_its_last_day(bundle, expires, in_force):
    content = {"auth.expires": expires} if expires else {}
    assert facts_of(bundle, content)["auth.in_force"] == in_force


@pytest.mark.parametrize(
    ("recipients", "beyond"),
    [
        (None, "no"),
        (["The public prosecutor of Lund"], "no"),
        (["our partners"], "yes"),
        (["for sale"], "yes"),
        ("unknown", UNKNOWN),
    ],
)
def test_a_recipient_is_somebody_in_particular(bundle, recipients, beyond):
    content = {} if recipients is None else {"tmpl.shared_with": recipients}
    if recipients == ["The public prosecutor of Lund"]:
        content = {"tmpl.shared_with": ["Prosecutor of Lund"]}
    assert facts_of(bundle, content)["tmpl.beyond_named"] == beyond


# ---- evidence


@pytest.mark.parametrize(
    ("content", "enough"),
    [
        ({"ev.gallery": 100, "wl.size": 100}, "yes"),
        ({"ev.gallery": 99, "wl.size": 100}, "no"),
        ({"ev.gallery": 1}, "yes"),
        ({"ev.gallery": 1, "wl": {}}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_the_tested_gallery_is_as_large_as_the_planned_one(bundle, content, enough):
    assert facts_of(bundle, content)["ev.gallery_enough"] == enough


@pytest.mark.parametrize(
    ("groups", "minors", "bands", "covered"),
    [
        (["women", "20-49"], False, ["10-69"], "yes"),
        (["70+"], False, ["10-69"], "no"),
        (["3-9"], True, ["10-69"], "no"),
        (["3-9"], True, ["3-9", "10-69"], "yes"),
        (["adults"], True, ["10-100"], "no"),
        (["adults"], True, ["0-9", "10-100"], "yes"),
        (["adults"], "unknown", ["10-100"], UNKNOWN),
        (["adults"], "unknown", ["0-100"], "yes"),
        (["women"], False, None, "yes"),
        (["adults"], False, None, UNKNOWN),
        (None, False, ["0-100"], "yes"),
        (None, True, ["10-100"], "yes"),
        ("unknown", False, ["0-100"], UNKNOWN),
    ],
)
def test_every_expected_age_band_has_to_be_tested(bundle, groups, minors, bands, covered):
    content = {"pop.minors": minors}
    content |= {} if groups is None else {"pop.groups": groups}
    content |= {} if bands is None else {"ev.age_bands": bands}
    assert facts_of(bundle, content)["ev.bands_covered"] == covered


@pytest.mark.parametrize(
    ("content", "covered"),
    [
        ({"pop.minors": True}, "no"),
        ({"pop.minors": True, "wl.minors": False}, "yes"),
        ({"pop.minors": False, "wl.minors": True}, "no"),
        ({"pop.minors": "unknown"}, UNKNOWN),
    ],
)
def test_a_child_who_is_sought_or_listed_has_to_be_tested(bundle, content, covered):
    child = {"pop.kind": "named_person", "ev.age_bands": ["10-100"]} | content
    assert facts_of(bundle, child)["ev.bands_covered"] == covered


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("20-49", 20, 49),
        ("20 to 49", 20, 49),
        ("70+", 70, 100),
        ("over 70", 70, 100),
        ("under 10", 0, 9),
        ("a boy aged 8", 8, 8),
        ("8", 8, 8),
        ("children", 0, 17),
        ("infants", 0, 2),
        ("teenagers", 13, 19),
        ("elderly men", 65, 100),
        ("90-300", 90, 100),
        ("over 300", 100, 100),
        ("adults 18-64 and children", 0, 64),
        ("teenagers 13-15", 13, 15),
        ("18 and over", 18, 100),
        ("between 20 and 49", 20, 49),
        ("49-20", 20, 49),
        ("17-8, men", 8, 17),
    ],
)
def test_age_bands_are_read_as_people_write_them(text, first, last):
    years = ages([text])
    assert (min(years), max(years), len(years)) == (first, last, last - first + 1)


def test_a_text_names_every_band_that_stands_in_it():
    assert ages(["under 18 and over 70"]) == {*range(18), *range(70, 101)}
    assert ages(["8, 12 and 70+"]) == {8, 12, *range(70, 101)}
    assert ages(["infants or seniors"]) == {*range(3), *range(65, 101)}


@given(
    st.lists(
        st.sampled_from(["20-49", "70+", "under 10", "children", "aged 8", "women"]), max_size=4
    ),
    st.sampled_from([" and ", ", ", "; ", " or ", "/"]),
)
def test_bands_in_one_text_are_the_bands_of_its_parts(parts, between):
    assert ages([between.join(parts)]) == ages(parts)


@given(st.integers(0, 120), st.integers(0, 120))
def test_a_range_means_the_same_years_either_way_round(first, last):
    assert ages([f"{first}-{last}"]) == ages([f"{last} to {first}"]) != frozenset()


def test_a_group_without_an_age_names_no_band():
    assert ages(["women", "Black men"]) == frozenset()


# ---- D7


def test_one_permit_counts_itself(bundle):
    facts = facts_of(bundle, STREET)
    assert facts["permits.public_sites"] == 1
    assert facts["permits.public_cameras"] == 1
    assert facts["permits.one_order"] is UNKNOWN
    assert "D7" not in facts.derivations


def test_open_permits_of_the_operator_are_added_up(bundle):
    facts = facts_of(bundle, STREET, open_permits=permits_like(bundle, STREET, 3))
    assert facts["permits.public_sites"] == 4
    assert facts["permits.public_cameras"] == 4
    assert "D7" in facts.derivations


def test_permits_of_others_are_not(bundle):
    others = permits_like(bundle, STREET, 3, operator="another")
    assert facts_of(bundle, STREET, open_permits=others)["permits.public_sites"] == 1


def test_who_does_not_say_who_they_are_gets_everybodys_permits(bundle):
    others = permits_like(bundle, STREET, 3, operator="another")
    nameless = {name: value for name, value in STREET.items() if name != "operator"}
    assert facts_of(bundle, nameless, open_permits=others)["permits.public_sites"] == 4


def test_permits_for_one_site_count_once(bundle):
    same = permits_like(bundle, STREET, 3, site="north gate")
    facts = facts_of(bundle, STREET, open_permits=same)
    assert facts["permits.public_sites"] == 2
    assert facts["permits.public_cameras"] == 4


@pytest.mark.parametrize("change", [{"place.kind": "prison"}, {"mode": "recorded", "delay_s": 601}])
def test_a_permit_that_watches_no_public_place_live_adds_nothing(bundle, change):
    facts = facts_of(bundle, STREET | change, open_permits=permits_like(bundle, STREET, 3))
    assert facts["permits.public_sites"] == 0
    assert facts["permits.public_cameras"] == 0


@pytest.mark.parametrize(("count", "span"), [(MANY_SITES - 1, "site"), (MANY_SITES, "district")])
def test_many_streets_are_a_district(bundle, count, span):
    facts = facts_of(bundle, STREET, open_permits=permits_like(bundle, STREET, count))
    assert facts["place.span"] == span


def test_recorded_searches_of_one_person_are_no_network(bundle):
    one = STREET | {"mode": "recorded", "delay_s": 9000, "pop.kind": "named_person"}
    facts = facts_of(bundle, one, open_permits=permits_like(bundle, one, 50))
    assert facts["place.span"] == "site"


def test_what_is_not_known_of_a_count_stays_unknown(bundle):
    unknown = STREET | {"cam.count": "unknown", "place.span": "unknown"}
    facts = facts_of(bundle, unknown)
    assert facts["permits.public_sites"] is UNKNOWN
    assert facts["permits.public_cameras"] is UNKNOWN
    assert facts.missing("permits.public_cameras") == ("cam.count",)
    with_unknown = permits_like(bundle, STREET, 1, cameras=None)
    assert facts_of(bundle, STREET, open_permits=with_unknown)["permits.public_cameras"] is UNKNOWN


def test_a_city_is_more_sites_than_any_rule_counts(bundle):
    assert facts_of(bundle, STREET | {"place.span": "city"})["permits.public_sites"] == 11
    wide = permits_like(bundle, STREET, 1, wide=True)
    assert facts_of(bundle, STREET, open_permits=wide)["permits.public_sites"] == 12


ORDER = STREET | {"auth.kind": "warrant", "auth.objective": "murder", "auth.expires": "2026-12-01"}


@pytest.mark.parametrize(
    ("own", "other", "one_order"),
    [
        (ORDER, None, "yes"),
        (ORDER, ORDER, "yes"),
        (ORDER, ORDER | {"auth.objective": "kidnapping"}, "no"),
        (ORDER, STREET | {"auth.kind": "consent"}, "no"),
        (STREET | {"auth.kind": "statute"}, ORDER, "no"),
        (STREET | {"auth.kind": "warrant"}, STREET | {"auth.kind": "warrant"}, "no"),
        (STREET, ORDER, UNKNOWN),
    ],
)
def test_one_order_is_the_same_warrant_or_emergency(bundle, own, other, one_order):
    permits = permits_like(bundle, other, 1) if other else []
    assert facts_of(bundle, own, open_permits=permits)["permits.one_order"] == one_order


def test_an_open_permit_remembers_the_unknown_as_the_worse(bundle):
    submission = submission_from({})
    permit = open_permit(submission, derive(submission, bundle.tables, at=AT), site="x")
    assert permit == OpenPermit(
        operator="",
        site="x",
        public=True,
        live=True,
        named=False,
        wide=False,
        cameras=None,
        order="",
    )


@settings(max_examples=60, deadline=None)
@given(contents(), st.integers(0, 12))
def test_more_open_permits_never_count_for_less(bundle, content, count):
    permits = permits_like(bundle, STREET | {"operator": ""}, count)
    submission = submission_from(content)
    fewer = derive(submission, bundle.tables, at=AT)
    more = derive(submission, bundle.tables, at=AT, open_permits=permits)
    for name in ("permits.public_sites", "permits.public_cameras"):
        if UNKNOWN not in {fewer[name], more[name]}:
            assert more[name] >= fewer[name]
