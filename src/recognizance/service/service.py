"""What the routes share: the counters, the stores, and the answer to who calls."""

from __future__ import annotations

import asyncio
import hmac
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, cast

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from recognizance.errors import RecognizanceError, RoleError
from recognizance.ledger import LogName
from recognizance.observe import logger
from recognizance.service import held, pages
from recognizance.service.access import PUBLIC, Caller, unauthenticated
from recognizance.service.accounts import Accounts
from recognizance.service.counters import Counter
from recognizance.service.guards import RateLimit
from recognizance.service.held import Held
from recognizance.service.keys import ApiKey, ApiKeys
from recognizance.service.metrics import Metrics
from recognizance.service.pages import Pages
from recognizance.service.replays import Signatures
from recognizance.service.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.types import Principal
    from recognizance.workspace import Workspace

COOKIE: Final = "recognizance_session"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DUTIES_EVERY_S: Final = 60.0

REQUESTS_PER_S: Final = 50.0
REQUESTS_AT_ONCE: Final = 100
"""House numbers: twice what two cores can search in a second, and a page with all its pictures."""


class Service:
    """What the routes share.

    Args:
        opening: Opens the workspace that is served.

    Attributes:
        desk: The counter for whatever uses a face or changes something.
        reading: The counter for lists and pages, which nobody should wait for.
        store: What the service keeps for itself.
        accounts: How people log in.
        keys: How programs do.
        held: Which requests wait for people.
        pages: Where lists go on.
        signatures: Which signed requests were used already.
        metrics: What is counted.
        rates: How many requests each caller may send.
    """

    def __init__(self, opening: Callable[[], Workspace]) -> None:
        with opening() as workspace:
            self.clock = workspace.clock
            self.workspace_id = workspace.workspace_id
            path, wait_s = workspace.layout.service, workspace.settings.wait_s
            sealing_key = workspace.secret_for("service")
            self.signatures = Signatures(self.clock())
            held_key, pages_key = (
                workspace.secret_for(held.PURPOSE),
                workspace.secret_for(pages.PURPOSE),
            )
        self.desk = Counter("desk", opening)
        self.reading = Counter("reading", opening)
        self.store = Store(path, wait_s=wait_s)
        self.accounts = Accounts(self.store)
        self.keys = ApiKeys(self.store, sealing_key)
        self.held = Held(self.store, held_key)
        self.pages = Pages(pages_key)
        self.metrics = Metrics()
        self.metrics.watch((self.desk, self.reading))
        self.rates = RateLimit(per_s=REQUESTS_PER_S, burst=REQUESTS_AT_ONCE)

    def close(self) -> None:
        """Finish what has begun and close the stores."""
        self.desk.close()
        self.reading.close()
        self.store.close()

    # ---- who calls ------------------------------------------------------------------------

    async def caller(self, request: Request) -> Caller:
        """Whoever has sent the request: a program with a key, a person with a session, the public.

        Raises:
            UnauthenticatedError: A key was sent that is none, or that has ended.
            TooManyRequestsError: More come than one caller may send.
        """
        authorization = request.headers.get("authorization", "")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return await self.program(token.strip())
        if cookie := request.cookies.get(COOKIE):
            return await self._person(request, cookie)
        self.rates.take(f"from {request.client.host if request.client else ''}")
        return PUBLIC

    async def program(self, token: str) -> Caller:
        """The program that holds the key of this token."""
        key = await run_in_threadpool(self.keys.by_token, token)
        if key is None or not key.holds(self.clock()):
            raise unauthenticated()
        return await self.holder(key)

    async def holder(self, key: ApiKey) -> Caller:
        """The program that has shown a key which holds."""
        self.rates.take(key.key_id)
        return Caller(await self.principal(key.principal_id), key=key)

    async def _person(self, request: Request, cookie: str) -> Caller:
        now = self.clock()
        found = await run_in_threadpool(partial(self.accounts.session, cookie, now=now))
        if found is None:
            return PUBLIC
        self.rates.take(found.principal_id)
        if request.method not in _SAFE:
            await _check_form(request, found.csrf)
        return Caller(await self.principal(found.principal_id), session=found)

    async def principal(self, principal_id: str) -> Principal:
        """A principal as the ledger has it now.

        Raises:
            UnauthenticatedError: Its key was taken back.
        """

        def look(workspace: Workspace) -> Principal | None:
            workspace.registry.refresh()
            return workspace.registry.principals.get(principal_id)

        found = await self.reading.ask(look)
        if found is None:
            raise unauthenticated()
        return found

    async def record_login(self, principal_id: str | None, outcome: str, how: str) -> None:
        """Write down that somebody logged in, or tried to."""

        def record(workspace: Workspace) -> None:
            private = {"principal": principal_id} if principal_id else None
            facts = {"outcome": outcome, "how": how}
            workspace.ledger.append(
                LogName.USES, "login", facts, now=workspace.clock(), private=private
            )

        await self.desk.ask(record)
        self.metrics.login(outcome)

    # ---- duties ---------------------------------------------------------------------------

    async def keep_duties(self) -> None:
        """Do what is overdue, every minute, as opening a workspace does once."""
        while True:
            await asyncio.sleep(_DUTIES_EVERY_S)
            try:
                await self.desk.ask(self._do_duties)
            except RecognizanceError as error:  # a full line or a full disk: the next minute may do
                logger().error("duties_failed", code=error.code)

    def _do_duties(self, workspace: Workspace) -> None:
        workspace.run_duties()
        self.held.tidy(workspace.gallery)


async def _check_form(request: Request, csrf: str) -> None:
    """Pass a request that a page of ours has sent.

    Raises:
        RoleError: It carries no token of this session, or comes from a page of somebody else.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise _forged()
    sent = request.headers.get("x-csrf-token")
    if sent is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        sent = str((await request.form()).get("csrf", ""))
    if sent is None or not hmac.compare_digest(sent.encode(), csrf.encode()):
        raise _forged()


def _forged() -> RoleError:
    return RoleError(
        "This request does not come from a page of this session.",
        hint="Load the page again and repeat what you did.",
    )


def service_of(request: Request) -> Service:
    """The service that a request has come to."""
    return cast("Service", request.app.state.service)


Served = Annotated[Service, Depends(service_of)]
