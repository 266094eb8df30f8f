"""Who calls, and what they may ask: each route says whom it is for, and none is open by default.

A caller is a person with a session, or a program with a key that is bound to one permit. Roles are
those that the ledger has for the principal now, never those of the time when somebody logged in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from fastapi import Depends
from starlette.requests import Request  # FastAPI reads it at run time

from recognizance.errors import RouteRoleError, StaleLoginError, UnauthenticatedError
from recognizance.types import Role

if TYPE_CHECKING:
    from datetime import datetime

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
    def key_id(self) -> str | None:
        """The id of a program's key; None for people."""
        return None if self.key is None else self.key.key_id

    @property
    def somebody(self) -> Principal:
        """The principal of a caller who is one.

        Raises:
            UnauthenticatedError: It is the public.
        """
        if self.principal is None:
            raise unauthenticated()
        return self.principal

    @property
    def person(self) -> Session:
        """The session of a caller who is a person.

        Raises:
            RouteRoleError: It is a program.
            UnauthenticatedError: It is the public.
        """
        if self.key is not None:
            raise RouteRoleError("This is for people.", hint="Log in with a browser.")
        if self.session is None:
            raise unauthenticated()
        return self.session


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
        person: Whether it has to be a person with a session, and no program with a key.
        fresh: Whether the person has to have logged in within the last minutes.
    """

    program: ClassVar[bool] = False
    """Whether it has to be a program: for protocols that know keys and no people."""

    def __init__(
        self, *roles: Role, anybody: bool = False, person: bool = False, fresh: bool = False
    ) -> None:
        self.roles = frozenset(roles)
        self.anybody = anybody
        self.person = person or fresh
        self.fresh = fresh

    @property
    def public(self) -> bool:
        """Whether no login is needed."""
        return not self.roles and not self.anybody

    async def __call__(self, request: Request) -> Caller:
        """The caller, if it may.

        Raises:
            UnauthenticatedError: It is nobody, and the route is not for the public.
            RouteRoleError: It has none of the roles, or is a program where a person is asked.
            StaleLoginError: The login is too old for this.
        """
        caller = await caller_of(request)
        self.check(caller, now=request.app.state.service.clock())
        return caller

    def check(self, caller: Caller, *, now: datetime) -> None:
        """Pass a caller who may; the errors are those of a call."""
        if self.public:
            return
        if caller.principal is None:
            raise unauthenticated()
        if not self.anybody and not caller.roles & self.roles:
            raise RouteRoleError(
                "This is not for your role.",
                hint="It is for: " + ", ".join(sorted(self.roles)) + ".",
            )
        if self.program and caller.key is None:
            raise RouteRoleError("This is for programs.", hint="Send a key.")
        if not self.person:
            return
        session = caller.person
        if self.fresh and not session.fresh(now):
            raise StaleLoginError(
                "This needs a login of the last five minutes.",
                hint="Log in again, with your password or a passkey, and repeat it.",
            )


Everybody = Annotated[Caller, Depends(Allow())]
Anybody = Annotated[Caller, Depends(Allow(anybody=True))]
Person = Annotated[Caller, Depends(Allow(anybody=True, person=True))]
Fresh = Annotated[Caller, Depends(Allow(anybody=True, fresh=True))]
Custodian = Annotated[Caller, Depends(Allow(Role.CUSTODIAN))]
Proposer = Annotated[Caller, Depends(Allow(Role.PROPOSER))]
Officer = Annotated[Caller, Depends(Allow(Role.SIGNING_OFFICER))]
FreshCustodian = Annotated[Caller, Depends(Allow(Role.CUSTODIAN, fresh=True))]
FreshOfficer = Annotated[Caller, Depends(Allow(Role.SIGNING_OFFICER, fresh=True))]
Operator = Annotated[Caller, Depends(Allow(Role.OPERATOR))]
Reviewer = Annotated[Caller, Depends(Allow(Role.REVIEWER))]
Auditor = Annotated[Caller, Depends(Allow(Role.AUDITOR))]
SubjectDesk = Annotated[Caller, Depends(Allow(Role.SUBJECT_DESK, Role.CUSTODIAN))]
DeskPerson = Annotated[Caller, Depends(Allow(Role.SUBJECT_DESK, Role.CUSTODIAN, person=True))]
