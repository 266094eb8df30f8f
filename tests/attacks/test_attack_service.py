"""Attacks over HTTP: with a key, a cookie, somebody's browser or a recorded request."""

from base64 import b64encode
from datetime import timedelta

import defences as by
import pytest
from attack_book import Who, attack
from attack_server import STRANGER, served

from recognizance.service.accounts import FAILURES_ALLOWED
from rekognition import picture
from staff import PASSWORD

AT_THE_SERVER = "refused by the server; nothing is in the uses log"


@pytest.fixture
def server(site):
    with served(site) as running:
        yield running


def turned_away(server, answer, status: int, code: str, *, recorded: bool = False) -> None:
    """Refused with this code, nobody named, nothing changed."""
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told.get("code", told.get("__type")) == code, told
    for subject in ("s-ana", "s-ben", "s-dora"):
        assert subject not in answer.text
    assert server.site.gallery() == server.site.held
    if recorded:
        last = server.site.entries()[-1]["public"]
        assert (last["outcome"], last["code"]) == ("refused", code)


# ---- keys of programs ---------------------------------------------------------------------------


@attack(Who.INSIDER, by.KEY_BOUND)
def test_a_key_of_the_door_asks_about_the_lounge(server):
    program = server.program(server.key())
    assert server.search(program).json()["subjects"] == ["s-dora"]
    stated = {"site": "lounge", "camera": "k1", "case": "case-1", "sample": "photograph"}
    answer = server.search(
        program, "ana-again", gallery="lounge", permit=server.site.permit, **stated
    )
    turned_away(server, answer, 403, "permit.scope", recorded=True)


@attack(Who.THIEF, by.KEY_HOLDS, shows=AT_THE_SERVER)
def test_a_key_is_used_after_it_was_taken_back(server):
    key = server.key()
    server.take_back(key)
    turned_away(server, server.search(server.program(key)), 401, "access.unauthenticated")


@attack(Who.INSIDER, by.KEY_ROLES, shows=AT_THE_SERVER)
def test_a_program_reviews_with_the_key_of_a_reviewer(server):
    program = server.program(server.key(by="both"))
    lead = f"/v1/leads/{server.site.lead}"
    turned_away(server, program.get(lead), 403, "access.role")


@attack(Who.OPERATOR, by.TIGHTENS, shows="the threshold of the permit, in the entry of the search")
def test_a_client_asks_for_everybody_by_a_threshold_of_its_own(server):
    asked = {
        "CollectionId": "door",
        "Image": {"Bytes": b64encode(picture(STRANGER)).decode()},
        "FaceMatchThreshold": 0,
    }
    answer = server.asked(server.key(), "SearchFacesByImage", **asked)
    assert (answer.status_code, answer.json().get("FaceMatches")) == (200, []), answer.text


# ---- recorded requests --------------------------------------------------------------------------


@attack(Who.THIEF, by.SIGNATURE_COVERS, shows=AT_THE_SERVER)
def test_a_signed_request_is_changed_on_its_way(server):
    key = server.key()
    headers = server.signed(key, "ListFaces", {"CollectionId": "door", "MaxResults": 1})
    changed = server.sent(headers, {"CollectionId": "door", "MaxResults": 2})
    turned_away(server, changed, 400, "InvalidSignatureException")


@attack(Who.THIEF, by.SIGNATURE_AGES, shows=AT_THE_SERVER)
def test_a_signed_request_is_sent_an_hour_later(server):
    body = {"CollectionId": "door"}
    headers = server.signed(server.key(), "ListFaces", body, at=timedelta(hours=-1))
    turned_away(server, server.sent(headers, body), 400, "InvalidSignatureException")


@attack(Who.THIEF, by.SIGNATURE_ONCE, shows=AT_THE_SERVER)
def test_a_signed_change_is_recorded_and_sent_to_a_server_that_began_anew(server):
    """What a server before this one did is not done again by somebody who listened."""
    body = {"CollectionId": "door"}
    headers = server.signed(server.key(), "DeleteCollection", body, at=timedelta(seconds=-30))
    turned_away(server, server.sent(headers, body), 400, "InvalidSignatureException")


# ---- people who are logged in -------------------------------------------------------------------


@attack(Who.THIEF, by.LOCK, shows="`login` in the uses log, refused")
def test_passwords_are_guessed(server):
    server.people.add("operator")
    guesser = server.people.browser()
    for number in range(FAILURES_ALLOWED):
        wrong = {"name": "operator", "password": f"a wrong guess {number}"}
        answer = guesser.post("/v1/session", json=wrong)
        assert answer.status_code == 401
    right = guesser.post("/v1/session", json={"name": "operator", "password": PASSWORD})
    turned_away(server, right, 401, "access.locked")


@attack(Who.BYSTANDER, by.FORM_TOKEN, shows=AT_THE_SERVER)
def test_a_page_of_somebody_else_sends_a_form_of_who_is_logged_in(server):
    browser = server.person("operator")
    del browser.headers["x-csrf-token"]
    turned_away(server, server.search(browser, permit=server.site.door), 403, "access.forged")


@attack(Who.THIEF, by.LOGGED_OUT, shows=AT_THE_SERVER)
def test_a_cookie_is_used_after_its_owner_has_logged_out(server):
    browser = server.person("operator")
    (cookie,) = browser.cookies.jar
    thief = server.people.browser(cookie=f"{cookie.name}={cookie.value}")
    thief.headers["x-csrf-token"] = browser.headers["x-csrf-token"]
    assert thief.get("/v1/session").status_code == 200
    assert browser.delete("/v1/session").is_success
    answer = server.search(thief, permit=server.site.door)
    turned_away(server, answer, 401, "access.unauthenticated")


@attack(Who.INSIDER, by.FRESH_LOGIN, shows=AT_THE_SERVER)
def test_a_session_that_was_left_open_makes_a_key(server):
    browser = server.person("operator")
    server.time.pass_(minutes=6)
    asked = {"permit": server.site.door, "galleries": ["door"]}
    turned_away(server, browser.post("/v1/keys", json=asked), 401, "access.stale")


@attack(Who.INSIDER, by.ROUTE_ROLE, shows=AT_THE_SERVER)
def test_an_operator_opens_what_reviewers_see(server):
    browser = server.person("operator")
    lead = f"/v1/leads/{server.site.lead}"
    turned_away(server, browser.get(lead), 403, "access.role")
