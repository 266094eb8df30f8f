"""What the routes share: the counters, the stores, and the answer to who calls."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, cast

from anyio import CapacityLimiter
from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from recognizance.errors import RecognizanceError, UnauthenticatedError
from recognizance.keys.locks import forget_passphrases
from recognizance.ledger import LogName
from recognizance.observe import logger
from recognizance.service import held, pages
from recognizance.service.access import PUBLIC, Caller, unauthenticated
from recognizance.service.accounts import Accounts
from recognizance.service.counters import Counter
from recognizance.service.forms import COOKIE, SAFE, address_of, cookies_named, require_form
from recognizance.service.guards import RateLimit
from recognizance.service.held import Held
from recognizance.service.jobs import JobBook, Spool, Worker
from recognizance.service.keys import ApiKey, ApiKeys
from recognizance.service.login.ceremonies import Ceremonies
from recognizance.service.login.credentials import Passkeys
from recognizance.service.login.provider import Asked, Provider
from recognizance.service.metrics import Metrics
from recognizance.service.once import Repeats
from recognizance.service.pages import Pages
from recognizance.service.replays import Signatures
from recognizance.service.store import Store
from recognizance.service.streams import Streams
from recognizance.watching.now import Onlooker

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognizance.types import Principal
    from recognizance.workspace import Workspace

_DUTIES_EVERY_S: Final = 60.0

REQUESTS_PER_S: Final = 50.0
REQUESTS_AT_ONCE: Final = 100
"""House numbers: twice what two cores can search in a second, and a page with all its pictures."""

LOGINS_PER_S: Final = 0.2
LOGINS_AT_ONCE: Final = 20
"""House numbers, for each address: a morning's logins of an office behind one router."""

GUESSES_AT_ONCE: Final = 2
"""House number: each takes 19 MiB and a core, and the desk needs cores too."""


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
        passkeys: The passkeys of people.
        challenges: Logins and registrations with passkeys that have begun.
        provider: Where the organisation's people log in, if there is such a place.
        provided: Logins there that have begun.
        signatures: Which signed requests were used already.
        metrics: What is counted.
        rates: How many requests each caller may send.
        onlooker: What goes on now; asked at the reading counter.
        logins: How many logins each address may try.
        guesses: How many passwords are checked at once.
    """

    def __init__(self, opening: Callable[[], Workspace]) -> None:
        with opening() as workspace:
            self.clock = workspace.clock
            self.workspace_id, self.settings = workspace.workspace_id, workspace.settings
            path, wait_s = workspace.layout.service, workspace.settings.wait_s
            self.spool = Spool(workspace.layout.spool)
            sealing_key = workspace.secret_for("service")
            self._seen = workspace.ledger.size(LogName.USES)
            self.signatures = Signatures(self.clock())
            held_key, pages_key = (
                workspace.secret_for(held.PURPOSE),
                workspace.secret_for(pages.PURPOSE),
            )
        forget_passphrases()  # the counters, too, forget them with every job
        self.desk = Counter("desk", opening)
        self.reading = Counter("reading", opening)
        self.store = Store(path, wait_s=wait_s)
        self.accounts = Accounts(self.store)
        self.keys = ApiKeys(self.store, sealing_key)
        self.repeats = Repeats(self.store, sealing_key)
        self.held = Held(self.store, held_key)
        self.pages = Pages(pages_key)
        self.passkeys = Passkeys(self.store)
        self.challenges: Ceremonies[bytes] = Ceremonies()
        self.provider = Provider.of(self.settings)
        self.provided: Ceremonies[Asked] = Ceremonies()
        self.metrics = Metrics()
        self.jobs = JobBook(self.store)
        self.worker = Worker(opening, self.jobs, self.spool, self.clock)
        self.streams = Streams()
        self.onlooker = Onlooker()
        self.metrics.watch((self.desk, self.reading, self.worker.counter))
        self.rates = RateLimit(per_s=REQUESTS_PER_S, burst=REQUESTS_AT_ONCE)
        self.guesses = CapacityLimiter(GUESSES_AT_ONCE)
        self.logins = RateLimit(per_s=LOGINS_PER_S, burst=LOGINS_AT_ONCE)

    def close(self) -> None:
        """Finish what has begun, cut off long work, and close the stores."""
        self.worker.close()
        self.desk.close()
        self.reading.close()
        self.store.close()

    # ---- who calls ------------------------------------------------------------------------

    async def caller(self, request: Request, *, checks_form: bool = True) -> Caller:
        """Whoever has sent the request: a program with a key, a person with a session, the public.

        Args:
            request: The request.
            checks_form: Whether a form has to carry the session's token; only telling of an error
                does without.

        Raises:
            UnauthenticatedError: A key was sent that is none, or that has ended.
            TooManyRequestsError: More come than one caller may send.
        """
        known: Caller | None = getattr(request.state, "caller", None)
        if known is None:
            known = await self._shown(request, checks_form=checks_form)
            if checks_form:
                request.state.caller = known
        return known

    async def _shown(self, request: Request, *, checks_form: bool) -> Caller:
        shown = request.headers.getlist("authorization")
        cookies = cookies_named(request.headers, COOKIE)
        if len(shown) + len(cookies) > 1:
            raise UnauthenticatedError(
                "The request shows more than one key or login.",
                hint="Send one: a key for programs, or the cookie of a browser.",
            )
        scheme, _, token = "".join(shown).partition(" ")
        if scheme.lower() == "bearer":
            return await self.program(token.strip())
        if cookies and (person := await self._person(request, cookies[0], checks_form=checks_form)):
            return person
        self.rates.take(f"from {address_of(request)}")
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

    async def _person(self, request: Request, cookie: str, *, checks_form: bool) -> Caller | None:
        """Whoever has the session of this cookie; None if nobody has, or has any more."""
        found = await run_in_threadpool(partial(self.accounts.session, cookie, now=self.clock()))
        if found is None:
            return None
        self.rates.take(found.principal_id)
        if checks_form and request.method not in SAFE:
            await require_form(request, self.settings.origin, found.csrf)
        try:
            return Caller(await self.principal(found.principal_id), session=found)
        except UnauthenticatedError:  # its key was taken back: it is one of the public now
            return None

    async def still(self, request: Request) -> Caller:
        """Whoever has the session of a stream that goes on; it keeps no session from ending."""
        (cookie,) = cookies_named(request.headers, COOKIE) or ("",)
        look = partial(self.accounts.session, cookie, now=self.clock(), seen_now=False)
        found = await run_in_threadpool(look)
        if found is None:
            return PUBLIC
        try:
            return Caller(await self.principal(found.principal_id), session=found)
        except UnauthenticatedError:
            return PUBLIC

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
            facts = {"outcome": outcome, "how": how}
            workspace.ledger.append(
                LogName.USES,
                "login",
                facts,
                now=workspace.clock(),
                private={"principal": principal_id},  # also of nobody: the public part tells none
            )

        await self.desk.ask(record)
        self.metrics.login(outcome)

    async def record_account(self, principal_id: str, change: str) -> None:
        """Write down how somebody's ways to log in change, before they do."""

        def record(workspace: Workspace) -> None:
            workspace.ledger.append(
                LogName.USES,
                "account_changed",
                {"change": change},
                now=workspace.clock(),
                private={"principal": principal_id},
            )

        await self.desk.ask(record)

    # ---- duties ---------------------------------------------------------------------------

    async def get_ready(self) -> None:
        """Read what the logs have, so that nobody who asks the server waits for that."""
        for counter in (self.desk, self.reading):
            await counter.ask(_count)
        await self.reading.ask(lambda workspace: workspace.naming.read_on())
        await self.reading.ask(lambda workspace: workspace.gallery.leads_naming(""))

    async def keep_duties(self) -> None:
        """Do what is overdue, every minute, as opening a workspace does once.

        One that fails, whatever the cause, keeps no other from being done and is done again.
        """
        duties = (
            partial(self.desk.ask, self._do_duties),
            partial(self.reading.ask, _count),
            self._tidy,
            self._forget,
        )
        while True:
            await asyncio.sleep(_DUTIES_EVERY_S)
            for duty in duties:
                try:
                    await duty()
                except Exception as error:  # noqa: BLE001  # the next minute may do
                    logger().error("duties_failed", code=_code_of(error))

    async def _tidy(self) -> None:
        """Destroy what was kept long enough."""
        await run_in_threadpool(self.spool.tidy)
        await run_in_threadpool(partial(self.jobs.tidy, now=self.clock()))

    async def _forget(self) -> None:
        """Destroy kept answers once somebody was erased."""
        start, erased = self._seen, False

        def look(workspace: Workspace) -> int:
            nonlocal erased
            size = workspace.ledger.size(LogName.USES)
            found = workspace.ledger.entries(LogName.USES, start=start, stop=size, kinds={"erase"})
            erased = any(True for _ in found)
            return size

        size = await self.reading.ask(look)
        if erased:
            await run_in_threadpool(self.repeats.forget)
        self._seen = size  # only now: where forgetting failed, the erasure is seen again

    def _do_duties(self, workspace: Workspace) -> None:
        workspace.run_duties()
        self.held.tidy(workspace.gallery)


def _count(workspace: Workspace) -> None:
    """Count what the log has gained, and keep the counts if it is much."""
    workspace.shelf.counts.read_on()
    workspace.shelf.counts.keep()


def _code_of(error: Exception) -> str:
    return error.code if isinstance(error, RecognizanceError) else type(error).__name__


def service_of(request: Request) -> Service:
    """The service that a request has come to."""
    return cast("Service", request.app.state.service)


Served = Annotated[Service, Depends(service_of)]
