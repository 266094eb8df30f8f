"""Who may act: the role, and for reviewers the training."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recognizance.conditions.parameters import numbers, rules_of
from recognizance.errors import RoleError

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gate.permit import Permit
    from recognizance.registry.standing import Standing
    from recognizance.types import Principal, Role


def check_role(principal: Principal, operation: str, *roles: Role) -> None:
    """Step 1: has the principal one of these roles?

    Raises:
        RoleError: It has none.
    """
    if not principal.roles & set(roles):
        words = " or ".join(role.value.replace("_", " ") for role in roles)
        raise RoleError(
            f"Only one who is {words} may {operation}.",
            hint="Act as one (RECOGNIZANCE_PRINCIPAL), or ask the custodian for the role.",
        )


def check_not_stopped(reviewer: Principal, standing: Standing) -> None:
    """Is this no reviewer who accepts too many planted leads?

    Raises:
        RoleError: They are suspended.
    """
    if standing.stopped_at(reviewer.principal_id) is not None:
        raise RoleError(
            "This reviewer is suspended: too many planted leads were taken for the same person.",
            hint="After a new training (recognizance training record) a signing officer or the "
            f"custodian lifts it: recognizance review restore {reviewer.name}",
            rules=("GV-04",),
        )


def check_trained(
    permit: Permit, reviewer: Principal, standing: Standing, *, now: datetime
) -> None:
    """Step 8: was the reviewer trained within the days that the permit names?

    Raises:
        RoleError: Not, or not lately enough.
    """
    days = numbers(permit, "reviewer_training", "days")
    if not days:
        return
    trained_on = standing.trained_on(reviewer.principal_id)
    if trained_on is None or now.date() - trained_on > timedelta(days=min(days)):
        raise RoleError(
            f"No training of this reviewer is recorded for the last {min(days)} days.",
            hint="After the training the custodian records it: "
            f'recognizance training record {reviewer.name} --on DATE --course "..."',
            rules=rules_of(permit, "reviewer_training"),
        )
