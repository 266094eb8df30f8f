"""Who may do what with a permit: one check for every verb, against who is registered now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.conditions import check_role

if TYPE_CHECKING:
    from recognizance.registry import Registry
    from recognizance.types import Principal, Role


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
