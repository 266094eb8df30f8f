import pytest
from fleet_site import Site

from fakes import FakeEngine
from hooked import AUTHORITY
from recognizance.workspace import Workspace


@pytest.fixture
def settings(settings):
    """Several processes write one ledger here, on machines that may be busy."""
    return settings.model_copy(update={"wait_s": 60.0})


@pytest.fixture
def workspace(settings, clock):
    with Workspace.create(settings, authority=AUTHORITY.public_key, clock=clock) as opened:
        opened.__dict__["engine"] = FakeEngine(opened.evidence.model_id)
        yield opened


@pytest.fixture
def site(workspace, tmp_path) -> Site:
    return Site(workspace, tmp_path)
