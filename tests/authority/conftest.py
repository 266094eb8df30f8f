import pytest
from authority_site import Operator, make_authority


@pytest.fixture
def authority(tmp_path, clock):
    with make_authority(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def operator(tmp_path, authority, clock):
    made = Operator(tmp_path, "An airline", authority, clock)
    yield made
    made.workspace.close()


@pytest.fixture
def second(tmp_path, authority, clock):
    made = Operator(tmp_path, "Another company", authority, clock)
    yield made
    made.workspace.close()
