"""A workspace whose permit lets people carry their own templates."""

import pytest
from bearer_site import Airport, permit_to_carry


@pytest.fixture
def airport(workspace) -> Airport:
    return Airport(workspace, permit_to_carry(workspace))
