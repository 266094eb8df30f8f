import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from provider import CLIENT, SECRET, Provider

from recognizance.errors import InputError
from recognizance.service import service as service_module
from recognizance.service.forms import COOKIE
from recognizance.service.login.oidc import COOKIE as LOGIN_COOKIE
from recognizance.service.login.oidc import PATH
from recognizance.service.login.provider import Provider as Client
from recognizance.settings import Settings
from served import opening_of, running, serving


@pytest.fixture
def provider(clock):
    made = Provider(clock)
    with running(made.app()) as address:
        made.address = address
        yield made


@pytest.fixture
def configured(office, provider, tmp_path, monkeypatch):
    """Settings of a server that knows the provider, and lets one address try often."""
    monkeypatch.setattr(service_module, "LOGINS_AT_ONCE", 1_000)
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    changes = {
        "oidc_issuer": provider.address,
        "oidc_client_id": CLIENT,
        "oidc_client_secret_file": secret,
    }
    office.workspace.settings = office.workspace.settings.model_copy(update=changes)


@pytest.fixture
def address(configured, office):
    with serving(opening_of(office.workspace)) as where:
        yield where


def go(people, browser=None):
    """A browser at the end of a login: the server, the provider, and the server again."""
    browser = browser or people.browser()
    away = browser.get(PATH)
    assert away.status_code == 303, away.text
    back = httpx.get(away.headers["location"])
    return browser, back.headers["location"]


def log_in(people):
    browser, back = go(people)
    return browser, browser.get(back)


def test_whom_the_organisation_knows_is_logged_in_with_the_roles_of_the_ledger(people, provider):
    officer = people.add("officer", password=None)
    browser, answer = log_in(people)
    assert answer.status_code == 200, answer.text
    assert 'href="/"' in answer.text
    cookie = next(each for each in answer.headers.get_list("set-cookie") if COOKIE in each)
    assert "samesite=strict" in cookie.lower()
    me = browser.get("/v1/session").json()
    assert (me["name"], me["roles"]) == ("officer", ["signing_officer"])
    assert people.logins() == [("done", "oidc", officer.principal_id)]
    assert provider.visited == ["describe", "describe", "token", "keys"]


WRONG = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another"},
    "several audiences, for another": {"aud": [CLIENT, "another"], "azp": "another"},
    "another issuer": {"iss": "https://evil.example"},
    "expired": {"exp": 1_000_000_000},
    "no end": {"exp": None},
    "made in the future": {"iat": 4_000_000_000},
    "logged in this morning": {"auth_time": 1_000_000_000},
    "no time of the login": {"auth_time": None},
    "nobody": {"sub": None},
    "a principal without an account": {"sub": "operator"},
    "no principal": {"sub": "somebody-else"},
    "another case": {"sub": "Officer"},
    "a list of names": {"sub": ["officer"]},
}


def test_a_token_that_is_not_for_this_login_is_refused(people, provider):
    people.add("officer", password=None)
    for why, lie in WRONG.items():
        provider.lie = lie
        browser, answer = log_in(people)
        assert (answer.status_code, answer.json()["code"]) == (401, "access.unauthenticated"), why
        assert browser.get("/v1/session").status_code == 401, why
    assert {outcome for outcome, _, _ in people.logins()} == {"access.unauthenticated"}
    assert len(people.logins()) == len(WRONG)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "other"])
def test_a_token_that_the_provider_did_not_sign_is_refused(people, provider, algorithm):
    people.add("officer", password=None)
    provider.algorithm = algorithm
    _, answer = log_in(people)
    assert answer.status_code == 401


def test_an_answer_serves_once_and_in_the_browser_that_began(people, clock):
    people.add("officer", password=None)
    browser, back = go(people)
    stranger, _ = go(people)
    assert stranger.get(back).status_code == 401  # and with that it is used up
    assert browser.get(back).status_code == 401
    browser, back = go(people)
    assert browser.get(back).status_code == 200
    assert browser.get(back).status_code == 401
    browser, back = go(people)
    bare = people.browser()
    assert bare.get(back).status_code == 401
    browser, back = go(people)
    clock.advance(minutes=6)
    assert browser.get(back).status_code == 401


def test_another_state_and_another_code_are_refused(people):
    people.add("officer", password=None)
    browser, back = go(people)
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert browser.get(f"{PATH}/callback", params={"state": "x", "code": code}).status_code == 401
    browser, back = go(people)
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert browser.get(f"{PATH}/callback", params={"state": state, "code": "x"}).status_code == 401
    browser, back = go(people)
    state = parse_qs(urlsplit(back).query)["state"][0]
    denied = {"state": state, "error": "access_denied"}
    assert browser.get(f"{PATH}/callback", params=denied).status_code == 401


def test_the_browser_that_begins_gets_a_cookie_of_that_path_alone(people):
    answer = people.browser().get(PATH)
    cookie = answer.headers["set-cookie"].lower()
    assert re.search(rf"^{LOGIN_COOKIE}=", cookie)
    assert {"httponly", f"path={PATH}", "samesite=lax"} <= set(cookie.split("; "))


def test_the_server_talks_to_no_other_host(people, provider):
    people.add("officer", password=None)
    for what in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        provider.about = {what: "http://169.254.169.254/latest"}
        browser = people.browser()
        answer = browser.get(PATH)
        if answer.status_code == 303:
            answer = browser.get(httpx.get(answer.headers["location"]).headers["location"])
        assert (answer.status_code, answer.json()["code"]) == (502, "access.provider"), what
    provider.about = {"issuer": "https://evil.example"}
    assert people.browser().get(PATH).json()["code"] == "access.provider"


def test_an_address_book_says_which_principal_a_claim_is(tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("value,principal\nofficer@example.org,officer\n")
    settings = Settings(oidc_issuer="https://login.example.org", oidc_people=people)
    assert Client.of(settings).people == {"officer@example.org": "officer"}
    people.write_text("value,principal\na@example.org,officer\na@example.org,operator\n")
    with pytest.raises(InputError):
        Client.of(settings)
    with pytest.raises(InputError):
        Client.of(settings.model_copy(update={"oidc_people": None, "oidc_issuer": "http://a.b"}))
    assert Client.of(Settings()) is None
