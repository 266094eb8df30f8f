"""The rules as data: all cards, each decided by a case, each case with a neighbour, templates."""

import importlib.util
import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cards import Effect
from recognizance.gate.cases import case_tables, run_cases
from recognizance.gate.decide import decide
from recognizance.gate.facts import derive
from recognizance.gate.fields import FIELDS
from recognizance.gate.hooks import HOOKS
from recognizance.gate.kleene import evaluate
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.templates import kinds, template
from recognizance.types import Outcome

ROOT = Path(__file__).resolve().parents[2]
CASES = rules_root() / "cases"
TODAY = date(2026, 11, 22)


def words(text):
    return text.split()


RULE_IDS = words(
    "HR-01 HR-02 HR-03 HR-04 HR-05 HR-06 HR-06b HR-07 HR-08 HR-09 HR-10 HR-11 HR-12 HR-13 HR-14 "
    "HR-15 HR-16 HR-17 HR-18 HR-19 EV-01 EV-02 EV-03 EV-04 EV-05 EV-06 EV-07 EV-08 EV-09 LE-01 "
    "LE-02 LE-03 LE-04 LE-05 LE-06 LE-07 LE-08 LE-09 LE-10 LE-11 LE-12 LE-13 LE-14 LE-15 LE-16 "
    "LE-17 PR-01 PR-02 PR-03 PR-04 PR-05 PR-06 PR-07 PR-08 PR-09 PR-10 PR-11 PS-01 PS-02 GV-01 "
    "GV-02 GV-03 GV-04 GV-05"
)

# Every dotted name of section 8 of the rule base, and the three keys that stand at the top.
SUBMISSION_FIELDS = words(
    "class title operator op.kind op.on_behalf_of_police op.country op.subdiv op.city fn purpose "
    "routine place.kind place.span place.why cam.kind cam.count cam.officer_data mode delay_s "
    "pop.kind pop.minors pop.groups assembly wl.source wl.size wl.criteria wl.reason_each "
    "wl.minors wl.expiry_h wl.entry_review infer alert.group action.kind action.lineup action.auto "
    "auth.kind auth.objective auth.offence_max_y auth.scope_time auth.scope_place "
    "auth.scope_persons auth.expires review.n review.trained review.can_override notice "
    "consent.explicit consent.written alternative tmpl.custody tmpl.shared_with ret.nonmatch_s "
    "ret.match_h ret.template_after_purpose_d ev.model_id ev.threshold ev.gallery ev.n_group "
    "ev.fpir_max_ub ev.fnir_max ev.ratio_lb ev.tpr_min ev.age_bands ev.operational ev.independent "
    "ev.age_d gov.dpia gov.fria gov.registered gov.public_report gov.complaints gov.training "
    "gov.audit gov.harm_assessment gov.existing_system_review"
)

STORIES = {
    "police-car-body-everyone-stopped": ("HR-05", "HR-07"),
    "police-car-body-measured-rates": ("HR-05", "HR-07", "HR-13", "EV-03"),
    "officer-footage-all-faces": ("HR-06", "LE-07"),
    "capital-country-not-free": ("HR-08", "HR-04"),
    "city-cut-into-500-streets": ("D7", "HR-19"),
    "capital-recorded-601-seconds": ("HR-08",),
    "custody-kiosk-every-arrestee": ("HR-07",),
    "custody-one-arrestee-no-name": ("LE-08", "LE-09"),
    "officer-footage-named-person-warrant": ("HR-06b",),
    "officer-footage-named-person-warrant--without-a-warrant": ("HR-06b",),
    "eu-police-missing-adult": ("LE-06", "LE-09", "LE-10", "GV-03"),
    "eu-police-missing-child-of-eight": ("EV-09",),
    "police-glasses-everyone-in-view": ("HR-05",),
    "own-glasses-three-contacts": ("opted_in",),
    "own-front-door": ("PR-11",),
    "own-front-door--films-the-pavement": ("PR-11",),
    "prison-gates-detainees-staff": ("PS-01", "LE-09", "GV-03", "GV-04"),
    "airport-boarding-template-on-phone": ("PR-06", "PR-08"),
    "airport-airline-central-1toN": ("PR-07",),
    "school-attendance-by-face": ("PR-09",),
    "shop-watchlist-portland": ("PR-02",),
    "shop-watchlist-texas-without-consent": ("PR-03",),
    "shop-watchlist-all-evidence": ("PR-05",),
    "alert-when-group-gathers": ("HR-01", "HR-02", "HR-03"),
    "existing-cctv-face-search-added": ("HR-18",),
}

DECIDED_AS_THEY_STAND = {"trial", "opted_in_access"}


@cache
def case_files():
    return {path.stem: case_tables(path) for path in sorted(CASES.glob("*.toml"))}


@pytest.fixture(scope="module")
def results(bundle):
    return {result.case_id: result for result in run_cases(CASES, bundle)}


def flat(tables, prefix=""):
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


# ---- cards ----------------------------------------------------------------------------------


def test_every_rule_has_its_card_and_no_other_does(bundle):
    assert len(RULE_IDS) == 64
    assert sorted(bundle.cards) == sorted(RULE_IDS)


def test_cards_read_the_vocabulary_of_the_rule_base_and_facts_derived_from_it(bundle):
    stated = {name for name, spec in FIELDS.items() if not spec.derived_from}
    assert stated == set(SUBMISSION_FIELDS)
    read = {name for _, clause in bundle.clauses.values() for name in clause.reads}
    assert read <= set(FIELDS)


def test_every_condition_has_a_hook_and_every_hook_a_condition(bundle):
    hooks = {c.hook for _, c in bundle.clauses.values() if c.effect is Effect.CONDITION}
    assert hooks == set(HOOKS)


def test_every_requirement_can_be_met_by_stating_something(bundle):
    for clause_id, (_, clause) in bundle.clauses.items():
        if clause.effect is Effect.REQUIRE:
            assert clause.needs, clause_id
            assert set(clause.needs) <= set(SUBMISSION_FIELDS), clause_id


def test_reasons_are_one_plain_sentence(bundle):
    for clause_id, (_, clause) in bundle.clauses.items():
        assert re.fullmatch(r"[A-Z][^_\n]{15,230}\.", clause.reason), clause_id


def test_house_rules_have_no_dates(bundle):
    dated = {card.rule_id for card in bundle.cards.values() if card.legal_from or card.legal_until}
    assert {rule_id[:2] for rule_id in dated} <= {"LE", "PR"}


def test_numbers_of_our_own_are_marked(bundle):
    marked = {card.rule_id for card in bundle.cards.values() if card.house_numbers}
    # Marked in the rule base, and where this project had to choose a number to make a rule run.
    assert {"HR-19", "EV-03", "EV-07", "LE-10", "PR-08", "PR-11", "GV-05"} <= marked
    assert marked - {"EV-02", "EV-08", "PR-05", "GV-01", "HR-04", "HR-14"} == {
        "HR-19", "EV-03", "EV-07", "LE-10", "PR-08", "PR-11", "GV-05",
    }  # fmt: skip


def test_the_page_on_the_gate_shows_these_fields_hooks_and_rules():
    spec = importlib.util.spec_from_file_location("gate_tables", ROOT / "tools" / "gate_tables.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    page = (ROOT / "docs" / "gate.md").read_text()
    assert page == tool.render(page), "run tools/gate_tables.py"


# ---- tables ---------------------------------------------------------------------------------


def test_a_country_has_one_level_of_freedom_and_members_of_the_union_have_one(bundle):
    freedom = bundle.tables.freedom
    assert all(re.fullmatch(r"[A-Z]{2}", country) for country in freedom)
    assert bundle.tables.eu <= set(freedom)
    assert len(bundle.tables.eu) == 27


def test_an_opt_in_counts_from_the_day_its_law_came_into_force(bundle):
    submission = submission_from({"op.country": "SE"})
    for day, opted_in in ((date(2026, 6, 30), "no"), (date(2026, 7, 1), "yes")):
        facts = derive(submission, bundle.tables, at=day)
        assert facts["op.opt_in_state"] == opted_in


@pytest.mark.parametrize("table", ["city_bans", "eu_members", "freedom", "rbi_opt_in"])
def test_tables_say_when_and_where_from(table):
    content = tomllib.loads((rules_root() / "tables" / f"{table}.toml").read_text())
    assert isinstance(content["as_of"], date)
    assert content["source"]
    assert content["mark"] in {"V", "S", "M"}


# ---- cases ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(case_files()))
def test_case(results, name):
    result = results[name]
    assert result.ok, f"{result.outcome}, not {result.expected}: {result.rules} {result.error}"


@pytest.mark.parametrize("name", STORIES)
def test_the_stories_are_decided_by_the_rules_that_the_rule_base_names(results, name):
    assert set(STORIES[name]) <= set(results[name].rules)


def test_every_rule_is_expected_by_a_case_that_it_decides(results):
    decided = {
        rule
        for name, case in case_files().items()
        for rule in case["expect"]["rules"]
        if rule in results[name].rules
    }
    assert set(RULE_IDS) - decided == set()


def test_every_clause_certainly_holds_in_some_case(bundle):
    silent = dict(bundle.clauses)
    for case in case_files().values():
        at = case["expect"]["at"]
        facts = derive(submission_from(case["submission"]), bundle.tables, at=at)
        for clause_id, (card, clause) in list(silent.items()):
            if card.in_force(at) and evaluate(clause.when, facts.values) is True:
                del silent[clause_id]
    assert list(silent) == []


def test_every_story_has_a_neighbour_with_another_outcome(bundle, results):
    alone = []
    for name, case in case_files().items():
        if "neighbour_of" in case["meta"]:
            continue
        near = [n for n, other in case_files().items() if other["meta"].get("neighbour_of") == name]
        # One fact; where several rules refuse independently, one for each of their clauses.
        deciding = decide_case(bundle, case).deciding
        refusing = len(deciding) if results[name].outcome != Outcome.PERMIT_WITH_CONDITIONS else 1
        if not any(
            results[n].outcome != results[name].outcome
            and len(case_files()[n]["meta"]["changed"]) <= max(1, refusing)
            for n in near
        ):
            alone.append(name)
    assert alone == []


def decide_case(bundle, case):
    return decide(bundle, submission_from(case["submission"]), at=case["expect"]["at"])


def test_a_neighbour_differs_in_exactly_what_it_says():
    for name, case in case_files().items():
        if "neighbour_of" not in case["meta"]:
            continue
        other = case_files()[case["meta"]["neighbour_of"]]
        mine, its = dict(flat(case["submission"])), dict(flat(other["submission"]))
        changed = {key for key in mine.keys() | its.keys() if mine.get(key) != its.get(key)}
        changed |= {"at"} if case["expect"]["at"] != other["expect"]["at"] else set()
        permits = case.get("open_permits"), other.get("open_permits")
        changed |= {"open_permits"} if permits[0] != permits[1] else set()
        assert changed == set(case["meta"]["changed"]), name
        assert name.startswith(f"{case['meta']['neighbour_of']}--")


def test_every_case_is_a_submission_that_somebody_could_file():
    for name, case in case_files().items():
        stated = dict(flat(case["submission"]))
        for field in ("title", "operator", "op.kind", "fn", "purpose", "place.kind", "cam.kind"):
            assert stated.get(field), f"{name}: {field}"
        assert case["meta"]["why"].endswith("."), name


# ---- templates ------------------------------------------------------------------------------


def marked(kind):
    lines = template(kind).splitlines()
    assert all("# MISSING: " in line for line in lines if '= "unknown"' in line)
    return {name for name, value in flat(tomllib.loads(template(kind))) if value == "unknown"}


@pytest.mark.parametrize("kind", kinds())
def test_a_template_is_incomplete_by_exactly_what_it_marks(bundle, kind):
    decision = decide(bundle, parse_submission(template(kind).encode()), at=TODAY)
    assert {missing.field for missing in decision.missing} == marked(kind)
    decided = decision.outcome is Outcome.PERMIT_WITH_CONDITIONS
    assert decided == (kind in DECIDED_AS_THEY_STAND)


def test_there_is_a_template_for_each_kind_that_is_offered():
    assert set(kinds()) == {
        "trial", "door", "household", "opted_in", "opted_in_access", "airport", "prison", "shop",
        "evidence", "missing_person", "workplace_door", "school",
    }  # fmt: skip


GOOD_EVIDENCE = {
    "ev.model_id": "example-model-1",
    "ev.threshold": 0.31,
    "ev.gallery": 5000,
    "ev.n_group": 41,
    "ev.fpir_max_ub": 0.0008,
    "ev.ratio_lb": 1.6,
    "ev.tpr_min": 0.985,
    "ev.fnir_max": 0.015,
    "ev.age_bands": ["10-19", "20-49", "50-69", "70+"],
    "ev.age_d": 30,
}
ANSWERS = {
    "assembly": "no",
    "op.country": "JP",
    "op.subdiv": "none",
    "op.city": "none",
    "cam.count": 2,
    "place.why": "Seen there today",
    "pop.groups": ["20-49"],
    "pop.minors": "no",
    "wl.minors": "no",
    "wl.size": 30,
    "wl.source": ["own_incident"],
    "wl.criteria": ["ban"],
    "auth.kind": "warrant",
    "auth.objective": "armed robbery",
    "auth.scope_place": "One street",
    "place.kind": "private_site",
    "pop.kind": ["opted_in"],
} | GOOD_EVIDENCE


@pytest.mark.parametrize("kind", sorted(set(kinds()) - DECIDED_AS_THEY_STAND))
def test_a_template_that_is_honestly_completed_gets_a_permit(bundle, kind):
    stated = dict(flat(tomllib.loads(template(kind))))
    stated |= {field: ANSWERS.get(field, "yes") for field in marked(kind)}
    if kind == "missing_person":
        stated["op.country"] = "SE"
    decision = decide(bundle, submission_from(stated), at=TODAY)
    assert decision.outcome is Outcome.PERMIT_WITH_CONDITIONS, [
        (fired.rule_id, fired.reason) for fired in decision.deciding
    ]


def test_the_shipped_rules_load_from_where_they_are_installed():
    assert load_bundle(rules_root()).digest == load_bundle().digest
