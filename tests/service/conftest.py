import contextlib

import httpx
import pytest

from fakes import photograph
from recognizance.errors import ConflictError
from recognizance.service.accounts import Accounts
from recognizance.service.issuing import KeyTerms, issue_key
from recognizance.service.service import COOKIE
from recognizance.service.store import Store
from served import keys_of, opening_of, serving
from staff import People


@pytest.fixture
def address(office):
    """A server on the office's workspace, with the engine that reads `photograph(...)` bytes."""
    with serving(opening_of(office.workspace)) as where:
        yield where


@pytest.fixture
def issue(office):
    """Issues a key under a permit, for galleries, with grounds."""

    def made(permit_id, *galleries, **more):
        terms = KeyTerms(permit_id=permit_id, galleries=frozenset(galleries or {"g"}), **more)
        with keys_of(office.workspace) as keys:
            by = office.workspace.acting("operator").principal
            return issue_key(office.workspace, keys, terms, by=by)

    return made


@pytest.fixture
def client(address):
    """Sends requests to the server."""
    with httpx.Client(base_url=address, timeout=30) as opened:
        yield opened


@pytest.fixture
def log_in(office):
    """The headers of a session of somebody, as a browser of ours sends them."""

    def begun(name):
        workspace = office.workspace
        principal = workspace.registry.named(name)
        with Store(workspace.layout.service, wait_s=5.0) as store:
            accounts = Accounts(store)
            with contextlib.suppress(ConflictError):
                accounts.add(principal, None, now=workspace.clock())
            token, session = accounts.log_in(principal.principal_id, now=workspace.clock())
        return {"cookie": f"{COOKIE}={token}", "x-csrf-token": session.csrf}

    return begun


@pytest.fixture
def door(office, issue):
    """An office with Ana in gallery `g`, its permit, and the headers of a key for it."""
    permit = office.permit()
    office.enroll("ana", photograph("ana", note="1"), permit=permit)
    grounds = {"ben": "release-2"}
    key = issue(permit, provenance="own_enrollment", grounds=grounds)
    return permit, {"authorization": f"Bearer {key.token}"}


@pytest.fixture
def people(office, address):
    """People with accounts at the server, and their browsers."""
    who = People(office, address)
    yield who
    for each in who.browsers:
        each.close()
