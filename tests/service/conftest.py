import pytest

from recognizance.service.issuing import KeyTerms, issue_key
from served import keys_of, opening_of, serving


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
