"""Attacks on single uses: place, hour, case, people, review, export, what answers tell."""

import json
import re
import sqlite3
from datetime import timedelta

import defences as by
import pytest
from attack_book import Who, attack
from attack_site import USE, attest_all, issue_door, nothing_named, stopped

import fakes
from fakes import photograph
from recognizance.conditions import limits
from recognizance.gate.templates import template
from recognizance.registry.queue import MOST_BETWEEN

# ---- fences -------------------------------------------------------------------------------------


def use_with(option: str, value: str | None) -> tuple[str, ...]:
    """What a use states, with one thing said otherwise or not at all."""
    stated = dict(zip(USE[::2], USE[1::2], strict=True)) | {option: value}
    return tuple(part for name, said in stated.items() if said for part in (name, said))


@attack(
    Who.OPERATOR,
    by.FENCE,
    cases={
        "the place is another one": ("--site", "square"),
        "the place is not stated": ("--site", None),
        "the camera is another one": ("--camera", "k9"),
        "the camera is not stated": ("--camera", None),
        "the case is another one": ("--case", "case-2"),
        "the case is not stated": ("--case", None),
        "the place is written with a letter that looks the same": ("--site", "l\u043eunge"),
        "the place is written with a mark that turns the direction": ("--site", "\u202elounge"),
    },
)
def test_a_search_outside_the_fences_of_the_permit(site, case):
    stopped(site, site.search(stated=use_with(*case)), "permit.scope")


@attack(Who.OPERATOR, by.HOURS)
def test_a_search_outside_the_hours(site):
    site.now += timedelta(hours=11)
    stopped(site, site.search(), "permit.scope")


@attack(Who.OPERATOR, by.CALENDAR)
def test_a_search_while_an_assembly_is_announced_at_the_place(site):
    hours = ("--from", "2026-11-24T09:00Z", "--until", "2026-11-24T20:00Z")
    site.ok("calendar", "add", "--site", "lounge", *hours, "--reason", "a march")
    stopped(site, site.search(), "permit.scope", rule="HR-04")


@attack(Who.OPERATOR, by.CALENDAR_ROLE, shows="refused; the calendar stands in the decisions log")
def test_the_operator_cancels_the_assembly_itself(site):
    hours = ("--from", "2026-11-24T09:00Z", "--until", "2026-11-24T20:00Z")
    added = site.ok("calendar", "add", "--site", "lounge", *hours, "--reason", "a march")
    site.settle()
    ran = site("calendar", "cancel", added.json["assembly"], "--reason", "it rains")
    stopped(site, ran, "principal.role", log=None)


@attack(Who.OFFICER, by.NOT_A_PHOTOGRAPH, cases={"a sketch": "sketch", "an edited face": "edited"})
def test_a_picture_that_is_no_photograph_is_searched(site, case):
    stopped(site, site.search(stated=use_with("--sample", case)), "permit.scope", rule="EV-08")


@attack(Who.OFFICER, by.DECLARED_SAMPLE)
def test_nobody_says_what_kind_of_picture_it_is(site):
    stopped(site, site.search(stated=use_with("--sample", None)), "permit.scope", rule="EV-08")


@attack(Who.OPERATOR, by.QUALITY, shows="failure to acquire in the uses log")
def test_a_blurred_photograph_is_searched(site):
    (site.folder / "blurred").write_bytes(photograph("ana", note="b", sharpness=0.0))
    stopped(site, site.search("blurred"), "face.quality", outcome="failure_to_acquire")


@attack(Who.BYSTANDER, by.ONE_FACE, shows="bad input in the uses log")
def test_a_crowd_is_photographed_and_the_program_may_choose(site):
    (site.folder / "crowd").write_bytes(photograph("ana", "ben", note="crowd"))
    stopped(site, site.search("crowd"), "face.many", outcome="bad_input")


# ---- duties -------------------------------------------------------------------------------------


@attack(Who.OPERATOR, by.ATTESTED)
def test_a_use_begins_before_its_duties_are_attested(site):
    permit = issue_door(site, gallery="second-door")
    site.ok("gallery", "create", "second-door", "--permit", permit)
    ran = site.search_door(permit=permit, gallery="second-door")
    stopped(site, ran, "permit.duty_unmet")


@attack(Who.OPERATOR, by.ATTEST_ROLE, shows="refused; no `duty_attested` in the decisions log")
def test_somebody_without_the_role_attests(site):
    ran = site("permit", "attest", site.permit, "other_way", "--statement", "done", by="both")
    stopped(site, ran, "principal.role", log=None)


@attack(Who.OPERATOR, by.NOTICE, shows="refused; no `duty_attested` in the decisions log")
def test_a_notice_is_attested_that_does_not_show_the_permit(site):
    words = ("--statement", "Cameras are in use.")
    ran = site("permit", "attest", site.permit, "public_notice", *words, by="officer")
    stopped(site, ran, "input.invalid", log=None, rule="GV-02")


# ---- enrolling ----------------------------------------------------------------------------------


@attack(Who.OPERATOR, by.TARGETS)
def test_somebody_is_enrolled_whom_the_permit_does_not_name(site):
    stopped(site, site.enroll("s-zoe", "carl"), "permit.scope")


@attack(Who.OPERATOR, by.CHILDREN)
def test_a_child_is_enrolled(site):
    stopped(site, site.enroll("s-carl", "carl", age="--minor"), "permit.scope", rule="HR-16")


@attack(Who.OPERATOR, by.AGE_STATED)
def test_nobody_says_whether_it_is_a_child(site):
    stopped(site, site.enroll("s-carl", "carl", age=None), "permit.scope")


@attack(Who.OPERATOR, by.RELEASE)
def test_somebody_is_enrolled_without_a_release(site):
    stopped(site, site.enroll("s-carl", "carl", change={"--ground": None}), "permit.scope")


@attack(
    Who.OPERATOR,
    by.PROVENANCE,
    shows="bad input in the uses log",
    cases={"from the web": "web", "from a shared list": "shared_list", "from nowhere": None},
)
def test_a_photograph_is_enrolled_whose_source_is_not_allowed(site, case):
    # The list is closed before anything is written; the gallery has room for one more here.
    site.ok("erase", "s-ben", "--reason", "asked")
    site.settle()
    ran = site.enroll("s-carl", "carl", change={"--provenance": case})
    stopped(site, ran, "input.invalid", outcome="bad_input", rule="HR-09")


@attack(Who.OPERATOR, by.GALLERY_LIMIT)
def test_one_person_more_than_the_gallery_may_hold(site):
    stopped(site, site.enroll("s-carl", "carl"), "permit.scope")


@attack(Who.OPERATOR, by.QUALITY, shows="failure to acquire in the uses log")
def test_a_useless_photograph_is_enrolled_to_match_everybody(site):
    (site.folder / "blurred").write_bytes(photograph("ana", note="b", sharpness=0.0))
    ran = site.enroll("s-ana", "blurred")
    stopped(site, ran, "face.quality", outcome="failure_to_acquire")


# ---- who acts -----------------------------------------------------------------------------------


@attack(Who.OFFICER, by.OPERATOR_ROLE)
def test_somebody_who_is_no_operator_searches(site):
    stopped(site, site.search(by="officer"), "principal.role")


@attack(Who.INSIDER, by.SEARCHER)
def test_who_searched_reviews_the_lead(site):
    lead = site.search(by="both").json["lead_id"]
    site.settle()
    stopped(site, site.decide("both", lead=lead), "principal.role", rule="LE-09")


@attack(Who.INSIDER, by.ONCE)
def test_one_reviewer_decides_twice(site):
    assert site.decide("rita").json["subjects"] == []
    site.settle()
    stopped(site, site.decide("rita"), "principal.role", rule="LE-09")


@attack(Who.INSIDER, by.TRAINED)
def test_a_reviewer_decides_who_was_never_trained(site):
    stopped(site, site.decide("newcomer"), "principal.role", rule="GV-04")


@attack(Who.OPERATOR, by.REVIEWER_ROLE)
def test_the_operator_decides_alone(site):
    stopped(site, site.decide("operator"), "principal.role")


@attack(
    Who.OPERATOR, by.TRAINING_ROLE, shows="refused; no `training_recorded` in the decisions log"
)
def test_a_reviewer_records_a_training_of_their_own(site):
    words = ("--on", "2026-11-20", "--course", "reading faces")
    ran = site("training", "record", "newcomer", *words, by="newcomer")
    stopped(site, ran, "principal.role", log=None)


@attack(Who.INSIDER, by.CUSTODIAN, shows="refused; no `principal_added` in the decisions log")
def test_a_reviewer_registers_a_second_key(site):
    words = ("--role", "reviewer", "--plain-keys")
    ran = site("keys", "new", "rita-too", *words, by="rita")
    stopped(site, ran, "principal.role", log=None)
    assert not (site.keys / "rita-too.key").exists()


@attack(Who.INSIDER, by.ONE_KEY, shows="refused; no permit in the decisions log")
def test_one_key_proposes_and_signs(site):
    (site.folder / "door.toml").write_text(template("opted_in_access"))
    asked = ("--gallery", "d2", "--fmr", "3e-4", "--gallery-size", 5, "--officer", "greedy")
    ran = site("gate", "issue", "door.toml", *asked, by="greedy")
    stopped(site, ran, "principal.role", log="decisions")
    assert [e["kind"] for e in site.entries("decisions")].count("permit_issued") == 2


@attack(Who.INSIDER, by.LOOKED)
def test_a_reviewer_decides_without_having_looked(site):
    words = ("different_person", "--reason", "surely not")
    stopped(site, site("review", "decide", site.lead, *words, by="rita"), "review.not_seen")
    site.ok("review", "show", site.lead, by="rita")
    stopped(site, site("review", "decide", site.lead, *words, by="rita"), "review.not_seen")


def plant(site) -> str:
    """Let the next search plant a lead; its id, as only whoever reads the payloads can tell."""
    site.gap = 1
    assert site.search().code == 0
    site.gap = MOST_BETWEEN
    database = sqlite3.connect(site.data / "ledger.db")
    rows = database.execute(
        "SELECT leaf.data FROM leaf JOIN payload USING (log, idx)"
        " WHERE payload.data LIKE '%\"planted\":true%' ORDER BY idx"
    ).fetchall()
    database.close()
    return json.loads(rows[-1][0])["public"]["lead"]


@attack(Who.INSIDER, by.PLANTED, shows="who looked; nothing tells one lead from another")
def test_a_reviewer_looks_for_what_tells_a_planted_lead(site):
    planted = plant(site)
    shown = {each: site.ok("review", "show", each, by="rita").json for each in (planted, site.lead)}
    rows = {row["lead_id"]: row for row in site.ok("review", "list", by="rita").json}
    assert shown[planted] | {"lead_id": site.lead} == shown[site.lead]
    ids = {"lead_id", "opened_at", "expires_at"}
    for name in rows[planted].keys() - ids:
        assert rows[planted][name] == rows[site.lead][name]


@attack(Who.INSIDER, by.SUSPENDED)
def test_a_suspended_reviewer_goes_on(site):
    for _ in range(2):
        planted = plant(site)
        for reviewer in ("rita", "rolf"):
            site.decide(reviewer, lead=planted)
    site.settle()
    stopped(site, site.decide("rita"), "principal.role", rule="GV-04")


@attack(Who.INSIDER, by.BLIND, shows="who looked")
def test_a_reviewer_looks_at_what_the_other_one_said(site):
    assert site.decide("rita").code == 0
    shown = site.ok("review", "show", site.lead, by="rolf")
    nothing_named(shown)
    assert "the ears" not in shown.out
    assert "same_person" not in shown.out
    assert "score" not in shown.out


# ---- handing out --------------------------------------------------------------------------------


@attack(
    Who.OFFICER,
    by.INDEPENDENT,
    cases={"none": None, "the lead itself": "lead", "the case": "case-1"},
)
def test_a_lead_is_exported_on_evidence_that_is_not_independent(site, case):
    site.confirm()
    site.settle()
    named = {"lead": site.lead, None: None}.get(case, case)
    words = ("--evidence", named) if named else ()
    ran = site("review", "export", site.lead, "-o", "bundle.json", *words)
    stopped(site, ran, "permit.scope")
    assert not (site.folder / "bundle.json").exists()


@attack(Who.OFFICER, by.EXPORTABLE, shows="bad input in the uses log")
def test_a_lead_is_exported_while_it_is_contested(site):
    site.confirm()
    site.ok("review", "contest", site.lead, "--reason", "it was my brother", by="rosa")
    site.settle()
    ran = site("review", "export", site.lead, "-o", "bundle.json", "--evidence", "cctv-7")
    stopped(site, ran, "item.conflict", outcome="bad_input")
    assert not (site.folder / "bundle.json").exists()


@attack(Who.OFFICER, by.EXPORTABLE, shows="bad input in the uses log")
def test_a_lead_is_exported_before_both_reviewers_have_spoken(site):
    assert site.decide("rita").json["subjects"] == []
    site.settle()
    ran = site("review", "export", site.lead, "-o", "bundle.json", "--evidence", "cctv-7")
    stopped(site, ran, "item.conflict", outcome="bad_input")


@attack(Who.INSIDER, by.NO_PART)
def test_who_confirmed_a_lead_also_answers_the_contest(site):
    site.confirm()
    site.ok("review", "contest", site.lead, "--reason", "it was my brother", by="rosa")
    site.settle()
    for reviewer in ("rita", "rosa"):
        stopped(site, site.decide(reviewer), "principal.role", rule="PS-02")


# ---- what answers tell --------------------------------------------------------------------------


@attack(Who.INSIDER, by.BANDS, shows="one entry for each answer in the uses log")
def test_many_answers_are_gathered_to_climb_towards_a_template(site, monkeypatch):
    """However the probe is changed, there are no more kinds of answer than rungs of the ladder."""
    told = set()
    engine_of_steps(monkeypatch)
    steps = [f"dora~{n}" for n in range(0, 100, 4)]
    for number, who in enumerate(steps):
        (site.folder / "probe").write_bytes(photograph(who, note=str(number)))
        answer = site.search_door("probe").json
        assert set(answer) == set(ANSWER)
        told.add((answer["outcome"], answer["band"], tuple(answer["rates_ppb"])))
        assert not re.search(r"0\.\d{2,}", json.dumps({**answer, "receipt": ""}))
    bands = {band for _, band, _ in told if band}
    assert 1 <= len(bands) == len({(band, rates) for _, band, rates in told if band}) <= RUNGS
    assert all(
        re.fullmatch(r"matches at a false match rate of 1 in [\d,]+", each) for each in bands
    )
    assert len(site.entries()) >= len(steps)


@attack(Who.INSIDER, by.ANSWERS_A_DAY)
def test_more_answers_are_asked_for_than_a_day_gives(site, monkeypatch):
    """With a second key too: all keys together get what the permit gives."""
    monkeypatch.setattr(limits, "ANSWERS_A_DAY", 2)
    monkeypatch.setattr(limits, "ANSWERS_A_PERSON", 0)
    for number in range(2):
        (site.folder / "probe").write_bytes(photograph("a stranger", note=str(number)))
        assert site.search_door("probe").json["outcome"] == "no_candidate"
    stopped(site, site.search_door(), "permit.rate")
    stopped(site, site.search_door(by="both"), "permit.rate")


ANSWER = (
    *("operation", "outcome", "permit_id", "self_attested", "error_rate", "band", "subjects"),
    *("lead_id", "count", "entry", "receipt", "notices", "rates_ppb"),
)
RUNGS = 12


def engine_of_steps(monkeypatch) -> None:
    """Let the engine see `dora~30` as dora mixed with three tenths of a stranger."""
    whole = fakes.vector_of

    def mixed(person: str):
        name, _, part = person.partition("~")
        share = float(part or 0) / 100
        vector = (1 - share) * whole(name) + share * whole("a stranger")
        return (vector / (vector @ vector) ** 0.5).astype("float32")

    monkeypatch.setattr(fakes, "vector_of", mixed)


@attack(Who.INSIDER, by.LEAD_ONLY, shows="the lead stands in the uses log")
def test_a_candidate_is_read_off_before_anybody_has_reviewed_it(site):
    for ran in (site.search(), site.ok("review", "list"), site.ok("status")):
        assert ran.code == 0
        nothing_named(ran)
        assert "score" not in ran.out
    held = site.search().json
    assert (held["outcome"], held["subjects"], held["band"]) == ("held_for_review", [], None)


@attack(Who.INSIDER, by.REVIEW_VIEW, shows="refused, in the uses log")
def test_the_operator_looks_at_the_candidates_of_a_lead(site):
    ran = site("review", "show", site.lead, "--pictures", "pictures")
    stopped(site, ran, "principal.role")
    assert not (site.folder / "pictures").exists()


@attack(Who.BYSTANDER, by.REDACT_TELLS, shows="`redact` in the uses log, with counts alone")
def test_redacting_is_used_to_identify(site):
    io = pytest.importorskip("io")
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("openvino")
    file = io.BytesIO()
    image.new("RGB", (320, 240), (120, 90, 60)).save(file, "PNG")
    (site.folder / "photo.png").write_bytes(file.getvalue())
    script = "from recognizance import cli\ncli.main()"
    ran = site.python(script, "redact", "photo.png", "out.png", "--json", ATTACK_ENGINE="real")
    assert ran.code == 0, ran.out
    nothing_named(ran)
    entry = site.entries()[-1]["public"]
    assert set(entry) == {"operation", "outcome", "faces", "kept"}
    assert entry["operation"] == "redact"


@attack(Who.INSIDER, by.EVIDENCE_NEEDS_MANY, shows="refused; nothing was written")
def test_measuring_evidence_is_used_to_compare_two_people(site):
    """A folder of a few photographs, so that the rates of the file are the scores of the pairs."""
    photographs = {"a.jpg": "ana", "b.jpg": "ana", "c.jpg": "ben", "d.jpg": "ben"}
    labels = {
        "fairface": ("path,race,sex,age", [("x", "f", "20-29"), ("y", "f", "20-29")]),
        "lfw": ("path,subject_id,sex", [("1", "f"), ("2", "f")]),
        "congress": ("path,subject_id,sex,ethnicity", [("1", "f", "x"), ("2", "f", "x")]),
    }
    for name, (columns, people) in labels.items():
        folder = site.folder / "faces" / name
        folder.mkdir(parents=True)
        rows = [",".join((path, *people[who == "ben"])) for path, who in photographs.items()]
        (folder / "labels.csv").write_text("\n".join([columns, *rows]) + "\n")
        for path, who in photographs.items():
            (folder / path).write_bytes(photograph(who, note=path))
    ran = site("evidence", "make", "--faces", "faces", "-o", "pair.json")
    assert ran.error["code"] == "evidence.invalid", ran.out
    assert not (site.folder / "pair.json").exists()


@attack(Who.OPERATOR, by.NO_OPTION, shows="usage error; nothing ran")
def test_a_threshold_is_given_at_the_command_line(site):
    stopped(site, site.search("ana-again", "--threshold", "0.01"), "input.usage", log=None)


@attack(
    Who.OPERATOR,
    by.NO_SETTING,
    shows="the entry names the same threshold and permit as ever",
    cases={
        "a threshold": ("RECOGNIZANCE_THRESHOLD", "-1"),
        "fewer reviewers": ("RECOGNIZANCE_REVIEWERS", "0"),
        "other rules": ("RECOGNIZANCE_RULES", "elsewhere"),
        "no gate": ("RECOGNIZANCE_GATE", "off"),
        "a test mode": ("RECOGNIZANCE_DEBUG", "1"),
    },
)
def test_the_environment_is_asked_to_loosen_the_gate(site, case):
    site.as_it_is = True
    assert site.search("carl").json["outcome"] == "no_candidate"
    before = site.entries()[-1]["public"]
    (site.folder / "carl").write_bytes(photograph("carl", note="again"))
    ran = site.search("carl", **{case[0]: case[1]})
    assert ran.json["outcome"] == "no_candidate"
    assert site.entries()[-1]["public"] == before
    stopped(site, site.search(stated=(), **{case[0]: case[1]}), "permit.scope", same_gallery=False)


@attack(
    Who.OPERATOR,
    by.FACE_NUMBER,
    shows="bad input in the uses log",
    cases={"zero": 0, "minus one": -1, "a number with forty digits": 10**40},
)
def test_a_face_of_an_impossible_number_is_asked_for(site, case):
    ran = site.search("ana-again", "--face", str(case))
    stopped(site, ran, "input.invalid", outcome="bad_input")


def test_an_honest_use_goes_through(site):
    """What the attacks are held against: with everything stated, it works."""
    assert site.search().json["outcome"] == "held_for_review"
    site.confirm()
    exported = site("review", "export", site.lead, "-o", "bundle.json", "--evidence", "cctv-7")
    assert exported.code == 0
    assert (
        json.loads((site.folder / "bundle.json").read_bytes())["content"]["lead"]["confirmed"]
        == "s-ana"
    )
    assert site.search_door().json["subjects"] == ["s-dora"]
    assert site.verify("s-ben", "ben").json["outcome"] == "held_for_review"
    assert site.ok("ledger", "verify").json["ok"]
    attest_all(site, site.permit)
