"""Who may do what with a permit: one check for every verb, against who is registered now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from recognizance.conditions import check_role

if TYPE_CHECKING:
    from recognizance.registry import Registry
    from recognizance.types import Principal, Role


class Acting(Protocol):
    """Somebody who acts, and signs nothing with a key."""

    @property
    def principal(self) -> Principal:
        """Who it is."""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who has shown who it is in another way than by a key, as by logging in."""

    principal: Principal


def require_role(registry: Registry, principal: Principal, doing: str, *roles: Role) -> None:
    """Pass only who is registered now, with one of these roles.

    Args:
        registry: The workspace's.
        principal: Who acts.
        doing: What they are about to do, as it follows "may".
        roles: The roles; one of them is enough.

    Raises:
        RoleError: They have none of them, or their key was taken back.
    """
    check_role(registry.current(principal), doing, *roles)
