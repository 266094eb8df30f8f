"""Ways around access, each over a real socket: all are refused, and nothing is told by the way."""

import httpx
import pytest

from fakes import photograph
from recognizance.errors import ConflictError
from recognizance.service.app import create_app
from recognizance.service.forms import COOKIE
from recognizance.service.routes import routes_of
from recognizance.types import Role
from recognizance.workspace import Workspace
from served import opening_of, serving
from staff import PASSWORD


@pytest.fixture
def officer(people):
    people.add("officer")
    return people.log_in("officer")


def test_two_keys_two_logins_or_one_of_each_are_refused(people, officer, issue):
    key = f"Bearer {issue(people.office.permit()).token}"
    cookie = f"{COOKIE}={officer.cookies[COOKIE]}"
    smuggled = [
        [("authorization", key), ("authorization", key)],
        [("authorization", key), ("cookie", cookie)],
        [("authorization", "Basic eDp5"), ("cookie", cookie)],
        [("cookie", f"{cookie}; {cookie}")],
        [("cookie", f"{COOKIE}=planted; {cookie}")],
    ]
    for headers in smuggled:
        answer = httpx.get(f"{people.address}/v1/session", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "access.unauthenticated")


def test_a_key_ends_with_its_permit_its_term_and_its_principal(people, issue, clock):
    office = people.office
    permit = office.permit()
    program = people.browser(authorization=f"Bearer {issue(permit).token}")
    assert program.get("/v1/session").status_code == 200
    office.workspace.registry.revoke(permit, reason="over", by="officer", now=clock())
    asked = {"data": {"gallery": "g"}, "files": {"photograph": photograph("ana", note="1")}}
    refused = program.post("/v1/search", **asked)
    assert (refused.status_code, refused.json()["code"]) == (403, "permit.revoked")
    clock.advance(days=400)
    assert program.get("/v1/session").status_code == 401


def test_whoever_is_taken_out_of_the_ledger_is_out_in_the_middle_of_a_session(people, clock):
    workspace = people.office.workspace
    people.add("auditor", Role.AUDITOR)
    browser = people.log_in("auditor")
    assert browser.get("/v1/session").json()["roles"] == ["auditor"]
    custodian = workspace.acting("operator").principal
    workspace.registry.remove_principal("auditor", reason="left", by=custodian, now=clock())
    assert browser.get("/v1/session").status_code == 401
    assert browser.get("/health/live").status_code == 200  # one of the public
    again = {"name": "auditor", "password": PASSWORD}
    assert people.browser().post("/v1/session", json=again).status_code == 401
    workspace.layout.principal_key("auditor").unlink()
    people.office.add("auditor", Role.AUDITOR)  # the same name, another key: another principal
    assert browser.get("/v1/session").status_code == 401
    assert people.browser().post("/v1/session", json=again).status_code == 401


def test_a_cookie_of_another_workspace_opens_nothing(people, officer, tmp_path, settings):
    folder = tmp_path / "elsewhere"
    other = settings.model_copy(update={"home": folder / "data", "key_folder": folder / "keys"})
    with Workspace.create(other) as workspace, serving(opening_of(workspace)) as address:
        headers = {"cookie": f"{COOKIE}={officer.cookies[COOKIE]}"}
        assert httpx.get(f"{address}/v1/session", headers=headers).status_code == 401


NAMES = (
    "Officer",
    "OFFICER",
    " officer",
    "officer ",
    "officer\x00",
    "\uff4fficer",  # a full-width o
    "\u043efficer",  # a Cyrillic o
    "offi\u200bcer",
    "officer\ud800",
    "",
    "../officer",
    "officer' OR '1'='1",
)


def test_a_name_is_itself_and_nothing_that_looks_like_it(people):
    people.add("officer")
    for name in NAMES:
        body = b'{"name": ' + _json(name) + b', "password": ' + _json(PASSWORD) + b"}"
        answer = people.browser().post(
            "/v1/session", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code in {400, 401}, name


PASSWORDS = (
    "",
    "\x00",
    PASSWORD + "\x00",
    PASSWORD[:-1],
    PASSWORD * 40,
    "\ud800",
    "x" * 1_000_000,
)


def test_no_other_password_does_and_long_ones_cost_nothing(people):
    people.add("officer")
    for number, words in enumerate(PASSWORDS):
        name = b'"officer"' if number % 2 else b'"nobody"'
        body = b'{"name": ' + name + b', "password": ' + _json(words) + b"}"
        answer = people.browser().post(
            "/v1/session", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code in {400, 401}, words[:40]
        assert words[:40] not in answer.text or len(words) < 3


def _json(text: str) -> bytes:
    return ('"' + "".join(f"\\u{ord(each):04x}" for each in text) + '"').encode()


# ---- requests that a page of somebody else sends --------------------------------------------


def test_what_changes_something_needs_the_token_of_the_session(people, officer):
    token = officer.headers.pop("x-csrf-token")
    other = people.log_in("officer").headers["x-csrf-token"]
    for sent in (None, "", "x", other, token[:-1]):
        headers = {} if sent is None else {"x-csrf-token": sent}
        answer = officer.delete("/v1/sessions", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "access.forged")
    form = officer.post("/logout", data={"csrf": "x"}, headers={"accept": "application/json"})
    assert form.json()["code"] == "access.forged"
    assert officer.post("/logout", data={"csrf": token}).status_code == 303


FOREIGN = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "http://localhost:1"},
)


def test_a_page_of_somebody_else_neither_changes_anything_nor_logs_anybody_in(people, officer):
    login = {"name": "officer", "password": PASSWORD}
    for headers in FOREIGN:
        assert officer.delete("/v1/sessions", headers=headers).json()["code"] == "access.forged"
        stranger = people.browser(**headers)
        for path, sent in (
            ("/v1/session", {"json": login}),
            ("/login", {"data": login}),
            ("/v1/session/passkey/options", {}),
        ):
            answer = stranger.post(path, headers={"accept": "application/json"}, **sent)
            assert (answer.status_code, answer.json()["code"]) == (403, "access.forged"), path
    own = {"origin": people.address, "sec-fetch-site": "same-origin"}
    assert officer.delete("/v1/sessions", headers=own).status_code == 204


def test_after_a_login_one_stays_on_this_server(people):
    people.add("officer")
    login = {"name": "officer", "password": PASSWORD}
    for where in ("//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"):
        answer = people.browser().post("/login", data=login | {"next": where})
        assert answer.status_code == 303
        landed = httpx.URL(people.address).join(answer.headers["location"])
        assert landed.host == httpx.URL(people.address).host, where


# ---- headers ----------------------------------------------------------------------------------


def test_every_route_answers_with_the_headers_that_keep_pages_apart(people, officer):
    app = create_app(opening_of(people.office.workspace))
    routes = {(each.method, each.path) for each in routes_of(app.routes)}
    app.state.service.close()
    for method, path in sorted(routes):
        if path.endswith("/events") or path in {"/v1/session", "/logout"}:
            continue
        answer = officer.request(method, path, headers={"accept": "application/json"})
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "strict-transport-security" not in answer.headers, path
        if not path.startswith("/static"):
            assert answer.headers["cache-control"] == "no-store", path


def test_over_tls_cookies_and_browsers_keep_to_it(people):
    office = people.office
    office.workspace.settings = office.workspace.settings.model_copy(
        update={"origin": "https://faces.example.org"}
    )
    people.add("officer")
    login = {"name": "officer", "password": PASSWORD}
    with serving(opening_of(office.workspace)) as address:
        answer = httpx.post(
            f"{address}/v1/session", json=login, headers={"origin": "https://faces.example.org"}
        )
        assert answer.status_code == 200
        assert "secure" in answer.headers["set-cookie"].lower()
        assert "max-age" in answer.headers["strict-transport-security"]
        rebound = httpx.post(f"{address}/v1/session", json=login, headers={"origin": address})
        assert rebound.json()["code"] == "access.forged"
    exposed = httpx.post(
        f"{people.address}/v1/session", json=login, headers={"host": "faces.example.org"}
    )
    assert "secure" in exposed.headers["set-cookie"].lower()


# ---- two people -------------------------------------------------------------------------------


def test_neither_a_program_nor_whoever_searches_gives_a_verdict(people, issue):
    program = people.browser(authorization=f"Bearer {issue(people.office.permit()).token}")
    people.add("operator")
    verdict = {"choice": "same_person", "reason": "the ears", "candidate": 1}
    for each in (program, people.log_in("operator")):
        refused = each.post("/v1/leads/0123456789abcdef/verdicts", json=verdict)
        assert (refused.status_code, refused.json()["code"]) == (403, "access.role")


def test_a_principal_has_one_account(people):
    people.add("reviewer-1")
    with pytest.raises(ConflictError):
        people.add("reviewer-1")
