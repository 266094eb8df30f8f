"""Reading the conditions of a permit: which hooks it carries, their rules and their numbers.

A number that is none cannot come here: the desk runs nothing under it (`check_enforceable`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognizance.gate.permit import Condition, Permit

PERMIT_RULE = ("D4",)
"""The derivation that binds a use to its permit; named where no condition says more."""


def has(permit: Permit, hook: str) -> bool:
    """Whether a permit carries a hook."""
    return any(condition.hook == hook for condition in permit.conditions)


def number(condition: Condition, key: str) -> int | None:
    """A whole number among the parameters of one condition; None where there is none."""
    value = condition.parameters.get(key)
    return value if type(value) is int else None


def numbers(permit: Permit, hook: str, key: str) -> list[int]:
    """That number in every condition with the hook."""
    found = (number(condition, key) for condition in permit.conditions if condition.hook == hook)
    return [each for each in found if each is not None]


def rules_of(permit: Permit, hook: str) -> tuple[str, ...]:
    """Ids of the rules that attached a hook; the permit's own rule where none did."""
    rules = {condition.rule_id for condition in permit.conditions if condition.hook == hook}
    return tuple(sorted(rules)) or PERMIT_RULE
