import threading
from collections import Counter

import pytest

from recognizance.errors import LockedOutError, UnauthenticatedError
from recognizance.service import accounts as accounts_module
from recognizance.service import service as service_module
from recognizance.service.accounts import FAILURES_ALLOWED, FRESH, LOCKED_FOR, Accounts
from recognizance.service.forms import COOKIE
from recognizance.types import Role
from staff import PASSWORD


@pytest.fixture
def hashed(monkeypatch):
    """Counts how often a password is compared with a hash; the work is what takes the time."""
    counted = Counter()
    hasher = accounts_module._HASHER

    class Counting:
        def hash(self, password):
            return hasher.hash(password)

        def verify(self, hashed, password):
            counted["verified"] += 1
            return hasher.verify(hashed, password)

    monkeypatch.setattr(accounts_module, "_HASHER", Counting())
    return counted


def test_a_login_gives_a_strict_cookie_and_says_who_one_is(people):
    principal = people.add("officer")
    browser = people.browser()
    answer = browser.post("/v1/session", json={"name": "officer", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "path=/", "samesite=strict"} <= {part.strip() for part in cookie.split(";")}
    assert "secure" not in cookie  # plain HTTP between a machine and itself
    me = browser.get("/v1/session").json()
    assert (me["principal_id"], me["roles"]) == (principal.principal_id, ["signing_officer"])
    assert me["csrf"] == answer.json()["csrf"]
    assert "GET /v1/session" in me["may"]
    assert "POST /v1/keys" not in me["may"]
    assert people.logins() == [("done", "password", principal.principal_id)]


def test_each_login_is_a_new_token_and_ends_what_was_in_the_browser(people):
    people.add("officer")
    browser = people.log_in("officer")
    first = browser.cookies[COOKIE]
    again = browser.post("/v1/session", json={"name": "officer", "password": PASSWORD})
    assert again.status_code == 200
    assert browser.cookies[COOKIE] != first
    old = people.browser(cookie=f"{COOKIE}={first}")
    assert old.get("/v1/session").status_code == 401


def test_a_token_that_somebody_planted_is_not_taken_over(people):
    people.add("officer")
    browser = people.browser(cookie=f"{COOKIE}=planted-by-somebody")
    answer = browser.post("/v1/session", json={"name": "officer", "password": PASSWORD})
    assert answer.cookies[COOKIE] != "planted-by-somebody"
    assert browser.get("/v1/session").status_code == 401


def test_logging_out_ends_the_session_at_the_server(people):
    people.add("officer")
    browser = people.log_in("officer")
    token = browser.cookies[COOKIE]
    assert browser.delete("/v1/session").status_code == 204
    assert people.browser(cookie=f"{COOKIE}={token}").get("/v1/session").status_code == 401


def test_a_person_sees_where_it_is_logged_in_and_ends_the_others(people):
    people.add("officer")
    people.add("operator")
    one, two, three = (people.log_in("officer") for _ in range(3))
    other = people.log_in("operator")
    listed = one.get("/v1/sessions").json()
    assert [each["current"] for each in listed].count(True) == 1
    assert len(listed) == 3
    strange = other.get("/v1/sessions").json()[0]["session_id"]
    assert one.delete(f"/v1/sessions/{strange}").status_code == 404
    mine = next(each["session_id"] for each in two.get("/v1/sessions").json() if each["current"])
    assert one.delete(f"/v1/sessions/{mine}").status_code == 204
    assert two.get("/v1/session").status_code == 401
    assert one.delete("/v1/sessions").status_code == 204
    assert three.get("/v1/session").status_code == 401
    assert one.get("/v1/session").status_code == other.get("/v1/session").status_code == 200


def test_a_new_password_needs_the_old_one_and_ends_every_other_session(people):
    people.add("officer")
    here, there = people.log_in("officer"), people.log_in("officer")
    new = "staple battery horse correct"
    wrong = {"password": "not this one", "new_password": new}
    assert here.post("/v1/session/password", json=wrong).status_code == 401
    short = {"password": PASSWORD, "new_password": "short"}
    assert here.post("/v1/session/password", json=short).status_code == 400
    changed = here.post("/v1/session/password", json={"password": PASSWORD, "new_password": new})
    assert changed.status_code == 200
    assert here.get("/v1/session").status_code == 200
    assert there.get("/v1/session").status_code == 401
    people.log_in("officer", password=new)
    kinds = [entry.kind for entry in people.entries()]
    assert "account_changed" in kinds


# ---- guessing -----------------------------------------------------------------------------


def test_whoever_names_nobody_costs_as_much_work_as_whoever_mistypes(people, hashed):
    people.add("officer")
    people.add("operator", password=None)  # logs in another way only
    costs = []
    answers = []
    for name in ("officer", "nobody-of-that-name", "operator"):
        before = hashed["verified"]
        answer = people.browser().post("/v1/session", json={"name": name, "password": "wrong"})
        costs.append(hashed["verified"] - before)
        answers.append((answer.status_code, answer.json()["code"], answer.json()["message"]))
    assert costs == [1, 1, 1]
    assert len(set(answers)) == 1


def test_a_lock_does_not_tell_which_names_there_are(people):
    people.add("officer")
    told = {}
    for name in ("officer", "nobody"):
        told[name] = [
            people.browser()
            .post("/v1/session", json={"name": name, "password": "wrong"})
            .json()["code"]
            for _ in range(FAILURES_ALLOWED + 1)
        ]
    assert told["officer"] == told["nobody"]
    assert told["officer"][-1] == "access.locked"
    outcomes = [outcome for outcome, _, _ in people.logins()]
    assert outcomes.count("access.unauthenticated") == 2 * FAILURES_ALLOWED
    assert outcomes.count("access.locked") == 2


def test_many_guesses_at_once_are_no_more_than_many_one_by_one(people, hashed):
    principal = people.add("officer")
    now = people.office.workspace.clock()
    with people.accounts() as store:
        accounts, told = Accounts(store), []

        def guess():
            try:
                accounts.check_password(principal.principal_id, "wrong", now=now)
            except UnauthenticatedError as error:
                told.append(type(error))

        threads = [threading.Thread(target=guess) for _ in range(4 * FAILURES_ALLOWED)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert hashed["verified"] == FAILURES_ALLOWED
    assert told.count(LockedOutError) == 3 * FAILURES_ALLOWED


def test_a_locked_account_opens_after_a_while_to_the_right_password_alone(people, clock):
    people.add("officer")
    for _ in range(FAILURES_ALLOWED):
        people.browser().post("/v1/session", json={"name": "officer", "password": "wrong"})
    right = {"name": "officer", "password": PASSWORD}
    assert people.browser().post("/v1/session", json=right).json()["code"] == "access.locked"
    clock.advance(seconds=LOCKED_FOR.total_seconds())
    assert people.browser().post("/v1/session", json=right).status_code == 200


@pytest.fixture
def few_logins(monkeypatch):
    monkeypatch.setattr(service_module, "LOGINS_PER_S", 0.0)
    monkeypatch.setattr(service_module, "LOGINS_AT_ONCE", 3)


def test_one_address_does_not_try_for_ever(few_logins, people):
    people.add("officer")
    tries = [{"name": f"name-{number}", "password": "wrong"} for number in range(3)]
    tries.append({"name": "officer", "password": PASSWORD})
    codes = [people.browser().post("/v1/session", json=each).status_code for each in tries]
    assert codes == [401, 401, 401, 429]


# ---- what needs a fresh login ---------------------------------------------------------------


def test_a_key_is_issued_after_a_fresh_login_alone_and_its_secrets_are_shown_once(people, clock):
    people.add("operator")
    permit = people.office.permit()
    terms = {"permit": permit, "galleries": ["g"], "releases": {"ana": "release-1"}, "label": "cam"}
    browser = people.log_in("operator")
    clock.advance(seconds=FRESH.total_seconds() + 1)
    stale = browser.post("/v1/keys", json=terms)
    assert (stale.status_code, stale.json()["code"]) == (401, "access.stale")
    assert "POST /v1/keys" not in browser.get("/v1/session").json()["may"]
    browser = people.log_in("operator")
    issued = browser.post("/v1/keys", json=terms)
    assert issued.status_code == 201
    token, secret = issued.json()["token"], issued.json()["secret_access_key"]
    listed = browser.get("/v1/keys").text
    assert issued.json()["access_key_id"] in listed
    assert token not in listed
    assert secret not in listed
    program = people.browser(authorization=f"Bearer {token}")
    assert program.get("/v1/session").json()["permit_id"] == permit
    key_id = issued.json()["access_key_id"]
    assert browser.delete(f"/v1/keys/{key_id}").status_code == 204
    assert program.get("/v1/session").status_code == 401
    assert browser.delete(f"/v1/keys/{key_id}").status_code == 404


def test_a_key_is_issued_in_the_name_of_whoever_asks_and_for_an_operator_alone(people):
    people.add("keeper", Role.CUSTODIAN)
    permit = people.office.permit()
    keeper = people.log_in("keeper")
    terms = {"permit": permit, "galleries": ["g"]}
    refused = keeper.post("/v1/keys", json=terms)
    assert (refused.status_code, refused.json()["code"]) == (403, "principal.role")
    issued = keeper.post("/v1/keys", json=terms | {"principal": "operator"})
    assert issued.status_code == 201
    ledger = people.office.workspace.ledger
    entry = next(each for each in people.entries() if each.kind == "key_issued")
    keeper_id = people.office.workspace.registry.named("keeper").principal_id
    assert ledger.private(entry.log, entry.index)["principal"] == keeper_id
    assert keeper.post("/v1/keys", json=terms | {"galleries": ["other"]}).status_code == 403
