"""The template for an airport, filled in: the gate permits it, and every condition is kept."""

import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest

from recognizance.conditions import check_enforceable
from recognizance.errors import PermitScopeError
from recognizance.gate.decide import decide
from recognizance.gate.permit import Condition
from recognizance.gate.submission import submission_from
from recognizance.gate.templates import template
from recognizance.types import Outcome, PermitClass


def test_an_airport_whose_passengers_carry_their_templates_keeps_them_for_two_days(airport, clock):
    content = tomllib.loads(template("airport"))
    content |= {"notice": True, "alternative": True}
    content["op"] |= {"country": "NO", "subdiv": "none"}
    content["consent"] = {"explicit": True, "written": True}
    content["gov"] = dict.fromkeys(("dpia", "public_report", "complaints"), True)
    decision = decide(airport.workspace.bundle, submission_from(content), at=clock().date())
    assert decision.outcome is Outcome.PERMIT_WITH_CONDITIONS
    conditions = tuple(Condition(f.rule_id, f.hook, f.parameters) for f in decision.conditions)
    check_enforceable(conditions)
    permit = replace(
        airport.workspace.shelf.find(airport.permit),
        permit_class=PermitClass.STANDARD,
        conditions=conditions,
    )
    bearer, two_days = airport.workspace.bearer, clock() + timedelta(hours=48)
    bearer.check_handout(permit, airport.handout(until=two_days), now=clock())
    later = airport.handout(until=two_days + timedelta(seconds=1))
    with pytest.raises(PermitScopeError):
        bearer.check_handout(permit, later, now=clock())
    with pytest.raises(PermitScopeError, match="with the people"):
        bearer.check_kept_here(permit)
