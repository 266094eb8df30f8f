"""Every route of the application and every role, against the table in docs/service-roles.md."""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fakes import FakeEngine
from office import Office
from recognizance.service.accounts import Accounts
from recognizance.service.app import create_app
from recognizance.service.compreface.wire import NO_KEY, NO_SUCH_KEY
from recognizance.service.forms import COOKIE
from recognizance.service.issuing import KeyTerms, issue_key
from recognizance.service.routes import routes_of
from recognizance.service.store import Store
from recognizance.settings import Settings
from recognizance.types import Role
from recognizance.workspace import Workspace
from served import keys_of, opening_of, serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "service-roles.md"
WHO = ("public", "key", *(role.value for role in Role))
MAY, MAY_NOT = "yes", "no"
REFUSED = {
    "access.unauthenticated",
    "access.locked",
    "access.stale",
    "access.role",
    "access.forged",
}
"""Codes with which access refuses. A desk refuses with others, which are not about routes."""

REFUSED_BY_AWS = {
    "AccessDeniedException",
    "MissingAuthenticationToken",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
}
ENDLESS = {"text/event-stream"}


def table() -> dict[str, dict[str, bool]]:
    """What the page says: for each route, who may ask it."""
    rows = re.findall(r"^\| `([A-Z]+ /[^`]*)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    told = {}
    for route, cells in rows:
        words = [cell.strip() for cell in cells.split("|")]
        assert len(words) == len(WHO), f"{route} needs {len(WHO)} cells: {', '.join(WHO)}"
        assert set(words) <= {MAY, MAY_NOT}, f"{route}: a cell is `{MAY}` or `{MAY_NOT}`"
        assert route not in told, f"{route} stands twice"
        told[route] = {who: word == MAY for who, word in zip(WHO, words, strict=True)}
    return told


def row(route: str, may: dict[str, bool]) -> str:
    return f"| `{route}` | " + " | ".join(MAY if may[who] else MAY_NOT for who in WHO) + " |"


@dataclass
class Place:
    """A workspace with one person for each role, a key, and a server on it."""

    workspace: Workspace
    address: str
    store: Store
    principals: dict
    issued: object
    routes: list
    shown: dict = field(default_factory=dict)

    def headers(self, who: str, *, new: bool = False) -> dict[str, str]:
        """How somebody shows who it is; a request that may end sessions gets a new one."""
        if new or who not in self.shown:
            self.shown[who] = self._headers(who)
        return self.shown[who]

    def _headers(self, who: str) -> dict[str, str]:
        if who == "public":
            return {}
        if who == "key":
            return {"authorization": f"Bearer {self.issued.token}"}  # see `key_for` for the others
        accounts = Accounts(self.store)
        token, begun = accounts.log_in(self.principals[who], now=self.workspace.clock())
        return {"cookie": f"{COOKIE}={token}", "x-csrf-token": begun.csrf}

    def key_for(self, path: str) -> dict[str, str | None]:
        """The same key, as clients of other protocols show it."""
        if path.startswith("/api/"):
            return {"x-api-key": self.issued.token}
        if not path.startswith("/aws"):
            return {}
        told = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "RekognitionService.ListCollections",
        }
        request = AWSRequest("POST", self.address + path, data=b"{}", headers=told)
        key = self.issued.key
        SigV4Auth(Credentials(key.key_id, key.secret), "rekognition", "eu-central-1").add_auth(
            request
        )
        return {name.lower(): value for name, value in request.headers.items()}

    def ask(self, client: httpx.Client, route: str, who: str) -> bool:
        """Whether access lets somebody ask a route, by a real request."""
        method, path = route.split(" ", 1)
        path = re.sub(r"\{[^}]*\}", lambda _: secrets.token_hex(8), path)
        headers = {"accept": "application/json", **self.headers(who, new=method != "GET")}
        if who == "key":
            headers |= self.key_for(path)
        body = None if method in {"GET", "DELETE"} else b"{}" if path.startswith("/aws") else b""
        with client.stream(method, path, headers=headers, content=body) as answer:
            if answer.headers.get("content-type", "").split(";")[0] in ENDLESS:
                return True
            answer.read()
        return not refused(answer)


def refused(answer: httpx.Response) -> bool:
    """Whether access refused, and not the desk behind it."""
    if answer.status_code >= 500:
        pytest.fail(f"{answer.request.method} {answer.request.url.path}: {answer.text[:300]}")
    if answer.status_code not in {400, 401, 403, 404}:  # those that protocols refuse with
        return False
    if "json" not in answer.headers.get("content-type", ""):
        return False  # a page of the route's own: access answers programs with a problem
    told = answer.json()
    aws = str(told.get("__type", "")).rpartition("#")[2]
    return told.get("code") in REFUSED | {NO_KEY, NO_SUCH_KEY} or aws in REFUSED_BY_AWS


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("roles")
    settings = Settings(
        home=folder / "data", key_folder=folder / "keys", cache=folder / "cache", wait_s=5.0
    )
    with Workspace.create(settings) as workspace:
        workspace.__dict__["engine"] = FakeEngine(workspace.evidence.model_id)
        office = Office(workspace)
        permit = office.permit()
        operator = workspace.acting("operator").principal
        with Store(workspace.layout.service, wait_s=5.0) as store:
            principals = {}
            for role in Role:
                name = f"only-{role.value.replace('_', '-')}"
                office.add(name, role)
                principal = workspace.registry.named(name)
                Accounts(store).add(principal, None, now=workspace.clock())
                principals[role.value] = principal.principal_id
            with keys_of(workspace) as keys:
                terms = KeyTerms(permit_id=permit, galleries=frozenset({"g"}))
                issued = issue_key(workspace, keys, terms, by=operator)
            app = create_app(opening_of(workspace))
            routes = list(routes_of(app.routes))
            app.state.service.close()
            with serving(opening_of(workspace)) as address:
                yield Place(workspace, address, store, principals, issued, routes)


@pytest.fixture(scope="module")
def measured(place) -> dict[str, dict[str, bool]]:
    """Who may ask each route, by asking it as everybody; what may end a session comes last."""
    names = sorted((each.name for each in place.routes), key=lambda name: name[:4] != "GET ")
    with httpx.Client(base_url=place.address, timeout=30) as client:
        return {name: {who: place.ask(client, name, who) for who in WHO} for name in names}


def test_every_route_stands_in_the_table_and_every_row_is_a_route(measured):
    told = table()
    missing = "\n".join(row(name, measured[name]) for name in sorted(measured.keys() - told.keys()))
    gone = "\n".join(sorted(told.keys() - measured.keys()))
    assert not missing, f"judge these rows, and add them to {PAGE.name}:\n{missing}"
    assert not gone, f"take these rows out of {PAGE.name}, or bring the routes back:\n{gone}"


def test_every_route_lets_in_whom_the_table_says_and_nobody_else(measured):
    told = table()
    wrong = [
        f"{name} as {who}: the table says {told[name][who]}, the server {may}"
        for name in measured.keys() & told.keys()
        for who, may in measured[name].items()
        if told[name][who] != may
    ]
    assert not wrong, "\n".join(sorted(wrong))


def test_no_route_is_open_because_nobody_thought_of_it(place):
    """Each says by a dependency whom it is for; only the description of the API does not."""
    silent = [each.name for each in place.routes if not each.allows]
    assert silent == ["GET /v1/openapi.json"]


def test_what_a_caller_is_told_that_it_may_is_what_it_may(place):
    told = table()
    with httpx.Client(base_url=place.address, timeout=30) as client:
        for who in WHO[1:]:
            shown = place.headers(who, new=True)
            may = set(client.get("/v1/session", headers=shown).json()["may"])
            assert may == {route for route, row in told.items() if row[who]}, who
