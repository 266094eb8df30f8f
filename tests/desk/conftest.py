"""A watch with two people on its list."""

import pytest

from hooked import BEN
from watched import DENSITY, FLOOR, LEADS, LIMIT, Watched


@pytest.fixture
def watched(office) -> Watched:
    made = Watched(office, (LEADS, DENSITY, LIMIT, FLOOR))
    made.enroll(sample="photograph")
    made.enroll("s-2", BEN, sample="photograph")
    return made
