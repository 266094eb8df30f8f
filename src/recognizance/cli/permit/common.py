"""What the verbs of `recognizance permit` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from recognizance.gate.permit import Permit
    from recognizance.registry import Registry

app = typer.Typer(
    help="Permits that were issued here, and what people do about them.", no_args_is_help=True
)


def state_of(permit: Permit, registry: Registry, now: datetime) -> str:
    """`revoked`, `expired`, `not yet`, `stopped`, `no order` or `in force`."""
    from recognizance.conditions import order_missing

    if permit.permit_id in registry.revoked:
        return "revoked"
    if now >= permit.expires_at:
        return "expired"
    if registry.standing.suspension_of(permit.permit_id) is not None:
        return "stopped"
    if order_missing(permit, registry.standing, now=now):
        return "no order"
    return "not yet" if now < permit.not_before else "in force"
