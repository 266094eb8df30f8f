"""Attacks on permits: the file, the signatures, the time, what it covers."""

import json
from datetime import timedelta

import defences as by
from attack_book import Who, attack
from attack_site import (
    CONDITIONS,
    LATER,
    LOUNGE,
    LOUNGE_ASKED,
    Site,
    attest_all,
    issue_door,
    stopped,
)

from recognizance.canonical import canonical_bytes


def edited(site: Site, change) -> None:
    """Change the permit's file, and write it as a permit is written."""
    document = json.loads(site.permit_file.read_bytes())
    change(document["permit"], document)
    site.permit_file.write_bytes(canonical_bytes(document))


def swapped(_, document) -> None:
    document["signatures"], document["countersignature"] = (
        [document["countersignature"]],
        document["signatures"][0],
    )


EDITS = {
    "the class": lambda body, _: body.update({"class": "household"}),
    "the operations": lambda body, _: body.update(operations=["search", "verify", "watch"]),
    "the gallery": lambda body, _: body.update(gallery_ids=["door", "lounge"]),
    "the error rate": lambda body, _: body["target"].update(target_ppb=100_000_000),
    "the size of the gallery": lambda body, _: body["target"].update(gallery_size=1_000_000),
    "the conditions": lambda body, _: body.update(conditions=[]),
    "one number in a condition": lambda body, _: [
        each["parameters"].update(n=1) for each in body["conditions"] if each["hook"] == "reviewers"
    ],
    "the end": lambda body, _: body.update(expires_at="2027-11-24T08:59:59.000Z"),
    "the places, hours and people": lambda body, _: body["scope"].update(
        sites=[], cameras=[], windows=[], targets=[], cases=[]
    ),
    "the purpose": lambda body, _: body.update(purpose="suspect_search"),
    "the permit that it renews": lambda body, _: body.update(renews="f" * 16),
    "no signature of an officer": lambda _, document: document.update(signatures=[]),
    "the officer's signature twice": lambda _, document: document.update(
        signatures=document["signatures"] * 2
    ),
    "officer and authority swapped": swapped,
    "no countersignature": lambda _, document: document.update(countersignature=None),
}


@attack(Who.OPERATOR, by.PERMIT_DIGEST, cases=EDITS)
def test_the_file_of_a_permit_is_edited(site, case):
    edited(site, case)
    ran = site.search()
    stopped(site, ran, "permit.forged", rule="D4")


RESIGN = """
from dataclasses import replace
from recognizance.canonical import canonical_bytes, parse_json
from recognizance.gate.permit import Permit, sign
import sys
with opened() as workspace:
    permit = workspace.shelf.find(sys.argv[1])
    bare = replace(permit, conditions=(), signatures=(), countersignature=None)
    officer = workspace.acting("officer")
    signed = sign(bare, officer.key, officer.principal)
    signed = replace(signed, countersignature=permit.countersignature)
    (workspace.layout.permits / f"{permit.permit_id}.json").write_bytes(signed.to_json())
    if "issue" in sys.argv:
        workspace.registry.record_issue(signed, now=workspace.clock())
"""


@attack(Who.OFFICER, by.PERMIT_DIGEST)
def test_an_officer_signs_a_permit_again_without_its_conditions(site):
    assert site.python(RESIGN, site.permit).code == 0
    stopped(site, site.search(), "permit.forged")


@attack(
    Who.INSIDER,
    by.COUNTERSIGNATURE,
    shows="refusal in the uses log; two `permit_issued` entries of one permit in the decisions log",
)
def test_an_insider_with_all_keys_writes_a_permit_into_the_log_that_no_authority_signed(site):
    ran = site.python(RESIGN, site.permit, "issue")
    assert ran.code == 0, ran.out
    stopped(site, site.search(stated=()), "permit.forged")
    issued = [each for each in site.entries("decisions") if each["kind"] == "permit_issued"]
    assert [each["public"]["permit"] for each in issued].count(site.permit) == 2


@attack(Who.OPERATOR, by.ISSUED)
def test_a_permit_is_copied_to_another_name(site):
    (site.data / "permits" / "beef.json").write_bytes(site.permit_file.read_bytes())
    stopped(site, site.search(permit="beef"), "permit.missing")


@attack(Who.OPERATOR, by.PERMIT_DIGEST)
def test_the_permit_of_another_use_is_put_in_place_of_this_one(site):
    site.permit_file.write_bytes((site.data / "permits" / f"{site.door}.json").read_bytes())
    stopped(site, site.search(), "permit.forged")


@attack(Who.APPLICANT, by.NO_PERMIT)
def test_a_search_without_any_permit(site):
    ran = site("search", "ana-again", "--gallery", "lounge")
    stopped(site, ran, "permit.missing", rule="D4")


# ---- half of one permit, half of another --------------------------------------------------------


@attack(Who.OPERATOR, by.NAMED_GALLERY)
def test_the_permit_of_the_door_is_used_for_the_gallery_of_the_lounge(site):
    ran = site.search(permit=site.door, stated=())
    stopped(site, ran, "permit.scope", rule="D4")


@attack(Who.OPERATOR, by.GALLERY_OF_PERMIT)
def test_a_new_permit_without_review_names_the_gallery_of_the_lounge(site):
    second = issue_door(site, gallery="lounge")
    attest_all(site, second)
    stopped(site, site.search(permit=second, stated=()), "permit.scope")


@attack(Who.OPERATOR, by.PURPOSE)
def test_another_purpose_is_stated_under_the_same_permit(site):
    stopped(site, site.search("ana-again", "--purpose", "suspect_search"), "permit.scope")


# ---- time ---------------------------------------------------------------------------------------


@attack(Who.OPERATOR, by.EXPIRY)
def test_a_permit_is_used_after_its_end(site):
    site.now += timedelta(days=31)
    stopped(site, site.search_door(), "permit.expired", same_gallery=False)


@attack(Who.OPERATOR, by.CLOCK)
def test_the_clock_is_set_back_into_the_time_of_an_expired_permit(site):
    site.now += timedelta(days=31)
    assert site.search_door().error["code"] == "permit.expired"
    site.now = LATER
    site.settle()
    stopped(site, site.search_door(), "clock.set_back", rule="D4")


@attack(Who.OPERATOR, by.CLOCK, cases={"an hour": 3600.0, "ten years": 10 * 365 * 86400.0})
def test_the_clock_is_set_back(site, case):
    site.now -= timedelta(seconds=case)
    ran = site.search()
    stopped(site, ran, "clock.set_back")
    assert site.entries()[-1]["time"] >= site.entries()[-2]["time"]


@attack(
    Who.INSIDER,
    by.LEDGER_VERIFIES,
    shows="`ledger verify` names the entry; every checkpoint that was handed out contradicts it",
    prevented=False,
)
def test_the_time_of_the_last_entry_is_edited_so_that_the_clock_can_go_back(site):
    site.now += timedelta(hours=9)
    assert site.search_door().code == 0
    last = len(site.entries()) - 1
    site.edit(
        "ledger.db",
        "UPDATE leaf SET data = replace(data, '2026-11-24T18', '2026-11-24T10') "
        "WHERE log = 'uses' AND idx = ?",
        last,
    )
    site.now -= timedelta(hours=8)
    site.search_door()
    ran = site("ledger", "verify")
    assert ran.code != 0
    assert {finding["index"] for finding in ran.json["findings"]} >= {last}


@attack(Who.OPERATOR, by.EXPIRY)
def test_a_permit_that_ends_on_a_leap_day_is_used_that_evening(site):
    site.now = site.now.replace(year=2028, month=1, day=30)
    permit = issue_door(site, gallery="leap")
    shown = site.ok("permit", "show", permit).json["permit"]
    assert shown["expires_at"].startswith("2028-02-29T09:30")
    site.ok("gallery", "create", "leap", "--permit", permit)
    attest_all(site, permit)
    site.now = site.now.replace(month=2, day=29, hour=9, minute=29)
    assert site.search_door(permit=permit, gallery="leap").json["outcome"] == "no_candidate"
    site.now += timedelta(minutes=1)
    site.settle()
    stopped(site, site.search_door(permit=permit, gallery="leap"), "permit.expired")


@attack(Who.OPERATOR, by.EXPIRY)
def test_another_time_zone_makes_yesterday_of_today(site):
    site.now += timedelta(days=30)
    script = "from recognizance import cli\nimport sys, time\ntime.tzset()\ncli.main()"
    words = ("search", "dora-again", "--gallery", "door", "--permit", site.door, "--json")
    for zone in ("Pacific/Kiritimati", "UTC+23"):
        ran = site.python(script, *words, TZ=zone)
        stopped(site, ran, "permit.expired", same_gallery=False)


@attack(Who.OPERATOR, by.ZONED, shows="usage error; nothing ran")
def test_hours_without_a_zone_are_asked_for(site):
    ran = site.search("ana-again", "--captured-at", "2026-11-24T08:00")
    stopped(site, ran, "input.invalid", log=None)


# ---- permits that have ended --------------------------------------------------------------------


@attack(Who.OPERATOR, by.REVOKED)
def test_a_revoked_permit_is_used_again(site):
    site.ok("gate", "revoke", site.permit, "--reason", "complaints", by="officer")
    stopped(site, site.search(), "permit.revoked")


@attack(Who.OPERATOR, by.REVOKED)
def test_a_withdrawn_permit_is_used_again(site):
    withdrawn(site)
    site.ok("gate", "import-status", "status-2.json")
    stopped(site, site.search(), "permit.revoked")


@attack(
    Who.OPERATOR, by.STATUS_NUMBER, shows="refused; the newest list stands in the decisions log"
)
def test_an_older_status_list_is_brought_in_to_hide_a_withdrawal(site):
    withdrawn(site)
    site.ok("gate", "import-status", "status-2.json")
    site.settle()
    stopped(site, site("gate", "import-status", "status-1.json"), "authority.invalid", log=None)
    stopped(site, site.search(), "permit.revoked")


@attack(Who.OPERATOR, by.FRESH)
def test_the_status_list_is_never_brought_in(site):
    withdrawn(site)
    site.now += timedelta(days=31)
    stopped(site, site.search(), "permit.stale", same_gallery=False)


def withdrawn(site: Site) -> None:
    why = ("--authority", "board", "--reason", "complaints")
    site.ok("gate", "withdraw", site.permit, *why, board=True)
    site.ok("gate", "status", "--authority", "board", "-o", "status-2.json", board=True)


@attack(Who.OPERATOR, by.STOP_BUTTON)
def test_a_stopped_use_goes_on(site):
    site.ok("permit", "suspend", site.permit, "--reason", "this is wrong", by="rita")
    stopped(site, site.search(), "permit.suspended", rule="GV-04")


@attack(Who.OPERATOR, by.RESUME_ROLE, shows="refused; the stop stands in the decisions log")
def test_the_operator_lets_a_stopped_use_go_on(site):
    site.ok("permit", "suspend", site.permit, "--reason", "this is wrong", by="rita")
    site.settle()
    ran = site("permit", "resume", site.permit, "--reason", "it was nothing")
    stopped(site, ran, "principal.role", log=None)
    assert site.search().error["code"] == "permit.suspended"


REVOKED_MEANWHILE = """
import os, subprocess, sys
from recognizance.gate.scope import Circumstances, SampleKind
from recognizance.types import Operation
from recognizance.uses import Request
with opened() as workspace:
    stated = Circumstances("lounge", "k1", None, SampleKind.PHOTOGRAPH)
    request = Request(
        workspace.acting().principal, Operation.SEARCH, sys.argv[1], (PHOTOGRAPHS["ana-again"],),
        gallery_id="lounge", case_id="case-1", circumstances=stated,
    )
    first = workspace.desk.search(request)
    assert first.outcome == "held_for_review"
    code = "from insider import *; import sys; from recognizance import cli; cli.main()"
    words = ["gate", "revoke", sys.argv[1], "--reason", "now", "--json"]
    env = os.environ | {"RECOGNIZANCE_PRINCIPAL": "officer"}
    subprocess.run([sys.executable, "-c", code, *words], env=env, check=True, capture_output=True)
    try:
        answer = workspace.desk.search(request)
        say(outcome=answer.outcome, lead=answer.lead_id)
    except RecognizanceError as error:
        refused(error)
"""


@attack(Who.OPERATOR, by.REVOKED)
def test_a_permit_is_revoked_by_another_process_between_two_searches(site):
    ran = site.python(REVOKED_MEANWHILE, site.permit)
    assert ran.error["code"] == "permit.revoked", ran.out
    last = site.entries()[-1]["public"]
    assert (last["outcome"], last["code"]) == ("refused", "permit.revoked")


@attack(Who.OPERATOR, by.REVOKED_REVIEW)
def test_a_permit_is_revoked_while_a_lead_waits_for_reviewers(site):
    assert site.decide("rita").code == 0
    site.ok("gate", "revoke", site.permit, "--reason", "complaints", by="officer")
    site.settle()
    stopped(site, site.decide("rolf"), "permit.revoked", same_gallery=False)


# ---- orders -------------------------------------------------------------------------------------


def urgent(site: Site) -> str:
    """An urgent permit that waits for its order, with somebody enrolled under it."""
    text = LOUNGE.read_text().replace('"standard"', '"urgent"')
    (site.folder / "urgent.toml").write_text(text)
    asked = site.ok(
        *("gate", "request", "urgent.toml", "--gallery", "urgent", "--fpir", "1e-2"),
        *("--gallery-size", 10, "--site", "lounge", "--officer", "officer", "--officer", "second"),
        *("-o", "u.json"),
    )
    permit = asked.json["permit_id"]
    why = ("--countersign", "--condition", "hook=order_timer,hours=2")
    assert site.answer("u.json", *why, to="ua.json").code == 0
    both = ("--officer", "officer", "--officer", "second")
    site.ok("gate", "sign", "ua.json", *both, "-o", "u2.json")
    assert site.answer("u2.json", "--countersign", to="ua2.json").code == 0
    site.ok("gate", "accept", "ua2.json")
    site.ok("gallery", "create", "urgent", "--permit", permit)
    attest_all(site, permit)
    change = {"--case": None}
    ran = site.enroll("s-ana", "ana", permit=permit, gallery="urgent", change=change)
    assert ran.code == 0, ran.out
    site.settle()
    return permit


def search_urgently(site: Site, permit: str):
    stated = ("--site", "lounge", "--sample", "photograph")
    return site.search(permit=permit, gallery="urgent", stated=stated)


@attack(Who.OFFICER, by.ORDER_TIMER, shows="`permit_revoked` and `permit_wiped` by the program")
def test_no_order_comes_for_an_urgent_permit(fresh):
    permit = urgent(fresh)
    assert search_urgently(fresh, permit).json["outcome"] == "held_for_review"
    fresh.now += timedelta(hours=2)
    stopped(fresh, search_urgently(fresh, permit), "permit.revoked", same_gallery=False)
    assert not [row for row in fresh.gallery() if "urgent" in row[:2]]
    assert "permit_wiped" in {each["kind"] for each in fresh.entries("decisions")}


@attack(Who.OFFICER, by.ORDER_TIMER, shows="`order_recorded`, `permit_revoked`, `permit_wiped`")
def test_the_order_is_refused_and_the_use_goes_on(fresh):
    permit = urgent(fresh)
    (fresh.folder / "order.pdf").write_bytes(b"%PDF refused")
    answered = ("--order-id", "7 Gs 1/26", "--file", "order.pdf", "--refused")
    fresh.ok("permit", "order", permit, *answered, by="officer")
    stopped(fresh, search_urgently(fresh, permit), "permit.revoked", same_gallery=False)
    assert not [row for row in fresh.gallery() if "urgent" in row[:2]]


@attack(Who.OFFICER, by.TWO_OFFICERS, shows="refused; the decision stands in the decisions log")
def test_one_officer_alone_signs_an_urgent_permit(fresh):
    text = LOUNGE.read_text().replace('"standard"', '"urgent"')
    (fresh.folder / "urgent.toml").write_text(text)
    ran = fresh("gate", "request", "urgent.toml", *LOUNGE_ASKED, "-o", "u.json")
    stopped(fresh, ran, "principal.role", log="decisions")
    assert not (fresh.folder / "u.json").exists()


# ---- renewal ------------------------------------------------------------------------------------


@attack(Who.OPERATOR, by.OBJECTIONS, shows="refused; the objection stands in the decisions log")
def test_a_permit_is_renewed_over_an_unanswered_objection(site):
    site.ok("objection", "lodge", site.door, "--text", "Nobody asked me.")
    site.settle()
    stopped(site, site("gate", "renew", site.door), "gate.refused", log=None, rule="GV-05")


@attack(Who.OPERATOR, by.STATISTICS, shows="refused; the figures are missing in the decisions log")
def test_a_permit_is_renewed_without_its_figures(site):
    stopped(site, site("gate", "renew", site.door), "gate.incomplete", log=None, rule="GV-04")


@attack(Who.OPERATOR, by.REST_OF_CLASS, shows="refused; nothing was issued")
def test_an_urgent_permit_is_renewed(fresh):
    permit = urgent(fresh)
    stopped(fresh, fresh("gate", "renew", permit), "gate.refused", log=None, rule="D4")


assert len(CONDITIONS) > 8  # the attacks above rest on these being in force
