"""Who calls, and what they may ask: each route says whom it is for, and none is open by default.

A caller is a person with a session, or a program with a key that is bound to one permit. Roles are
those that the ledger has for the principal now, never those of the time when somebody logged in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends
from starlette.requests import Request  # FastAPI reads it at run time

from recognizance.errors import RoleError, UnauthenticatedError
from recognizance.types import Role

if TYPE_CHECKING:
    from recognizance.service.accounts import Session
    from recognizance.service.keys import ApiKey
    from recognizance.types import Principal

KEY_ROLES: Final = frozenset({Role.OPERATOR, Role.SUBJECT_DESK})
"""What a program may do at most, whatever the principal may that it acts for: people decide."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever has sent a request.

    Attributes:
        principal: The principal, as registered now; None for the public.
        session: The session of a person with a browser.
        key: The key of a program.
    """

    principal: Principal | None = None
    session: Session | None = None
    key: ApiKey | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """What the caller may act as."""
        if self.principal is None:
            return frozenset()
        return self.principal.roles & KEY_ROLES if self.key else self.principal.roles

    @property
    def somebody(self) -> Principal:
        """The principal of a caller who is one.

        Raises:
            UnauthenticatedError: It is the public.
        """
        if self.principal is None:
            raise unauthenticated()
        return self.principal


PUBLIC: Final = Caller()


def unauthenticated() -> UnauthenticatedError:
    """The error for a caller who is nobody."""
    return UnauthenticatedError(
        "Nobody is logged in, or the key is not known.",
        hint="Log in, or send a key as `Authorization: Bearer KEY`.",
    )


async def caller_of(request: Request) -> Caller:
    """Whoever has sent a request; it is looked up, and its rate counted, once."""
    kept = request.scope.setdefault("state", {})
    if "caller" not in kept:
        kept["caller"] = await request.app.state.service.caller(request)
    caller: Caller = kept["caller"]
    return caller


class Allow:
    """The roles of a route, as its dependency: passes a caller who has one of them.

    Args:
        roles: Any one of these is enough; none at all means that everybody may, also the public.
        anybody: Whether every principal may, whatever its roles.
    """

    def __init__(self, *roles: Role, anybody: bool = False) -> None:
        self.roles = frozenset(roles)
        self.anybody = anybody

    @property
    def public(self) -> bool:
        """Whether no login is needed."""
        return not self.roles and not self.anybody

    async def __call__(self, request: Request) -> Caller:
        """The caller, if it may.

        Raises:
            UnauthenticatedError: It is nobody, and the route is not for the public.
            RoleError: It has none of the roles.
        """
        caller = await caller_of(request)
        if self.public:
            return caller
        if caller.principal is None:
            raise unauthenticated()
        if not self.anybody and not caller.roles & self.roles:
            raise RoleError(
                "This is not for your role.",
                hint="It is for: " + ", ".join(sorted(self.roles)) + ".",
            )
        return caller


Everybody = Annotated[Caller, Depends(Allow())]
Anybody = Annotated[Caller, Depends(Allow(anybody=True))]
Custodian = Annotated[Caller, Depends(Allow(Role.CUSTODIAN))]
Proposer = Annotated[Caller, Depends(Allow(Role.PROPOSER))]
Officer = Annotated[Caller, Depends(Allow(Role.SIGNING_OFFICER))]
Operator = Annotated[Caller, Depends(Allow(Role.OPERATOR))]
Reviewer = Annotated[Caller, Depends(Allow(Role.REVIEWER))]
Auditor = Annotated[Caller, Depends(Allow(Role.AUDITOR))]
SubjectDesk = Annotated[Caller, Depends(Allow(Role.SUBJECT_DESK, Role.CUSTODIAN))]
