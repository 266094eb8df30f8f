"""The shipped rules, loaded once, and a small bundle of our own."""

import pytest

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


CARD = """
[[card]]
id = "HR-05"
title = "No worn cameras"
mark = "V"
source = "A policy, section 1"

[[card.clause]]
effect = "forbid"
when = "live and cam.kind in [body]"
reason = "A worn camera searches nobody live."

[[card.clause]]
effect = "require"
when = "gov.dpia != yes"
reason = "An impact assessment is needed."
needs = ["gov.dpia"]

[[card.clause]]
effect = "condition"
when = "fn == identify_1toN"
reason = "Two people look."
hook = "reviewers"
parameters = { n = 2 }
"""
