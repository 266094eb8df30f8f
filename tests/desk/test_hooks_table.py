"""The table of hooks: complete, and each of its names leads to something."""

import importlib
import re
from pathlib import Path

import pytest

from recognizance.conditions import BEFORE, ELSEWHERE, ENFORCED
from recognizance.gate.bundle import load_bundle
from recognizance.gate.hooks import HOOKS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "hooks.md"


def test_every_hook_is_enforced_and_nothing_else_is():
    assert HOOKS.keys() == ENFORCED


def test_every_condition_that_the_rules_attach_has_a_hook_that_is_enforced():
    clauses = (clause for _, clause in load_bundle().clauses.values())
    hooks = {clause.hook for clause in clauses if clause.hook}
    assert hooks <= ENFORCED


@pytest.mark.parametrize("hook", sorted(ELSEWHERE))
def test_what_keeps_a_hook_is_there(hook):
    module, _, name = ELSEWHERE[hook].rpartition(".")
    try:
        holder = importlib.import_module(module)
    except ModuleNotFoundError:  # the part of a class
        module, _, owner = module.rpartition(".")
        holder = getattr(importlib.import_module(module), owner)
    assert callable(getattr(holder, name))


def test_the_page_of_hooks_tells_of_each_of_them_once():
    told = re.findall(r"^\| `(\w+)` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(HOOKS)


def test_the_page_names_the_duties_that_are_attested():
    page = DOCS.read_text(encoding="utf-8")
    attested = set(re.findall(r"^\| `(\w+)` \|.*\| attest", page, re.MULTILINE))
    assert attested == {hook for hook in BEFORE if BEFORE[hook].__name__ == "attested"} | {
        "notify_authorities"
    }
