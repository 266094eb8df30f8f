"""The shipped rules, loaded once, and a small bundle of our own."""

import pytest
from gate_strategies import CARD

from recognizance.gate.bundle import load_bundle, rules_root


@pytest.fixture(scope="session")
def bundle():
    return load_bundle()


@pytest.fixture
def rules_copy(tmp_path):
    """A folder of rules with the shipped tables and one small card, to be changed by a test."""
    root = tmp_path / "rules"
    (root / "tables").mkdir(parents=True)
    for path in (rules_root() / "tables").glob("*.toml"):
        (root / "tables" / path.name).write_bytes(path.read_bytes())
    (root / "macros.toml").write_text('[macro]\nlive = "mode in [live, near_live]"\n')
    (root / "house.toml").write_text(CARD)
    return root
