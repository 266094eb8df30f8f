"""The two clients: the same verbs, sent by a thread that waits or by one that does other things."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload

import httpx

from recognizance.client import calls, results
from recognizance.client.failing import check, unreachable
from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path
    from typing import Self

    from recognizance.client.calls import Call, Listed

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=results.Told)

TRIES: Final = 3
WAIT_S: Final = 60.0
_PAUSE_S: Final = 0.5
_LOOK_S: Final = 0.5
_BUSY: Final = frozenset({429, 503})
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_CHUNK: Final = 1 << 20


class Verb(Generic[P, T]):
    """A verb of both clients, from what builds its request."""

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, client: None, owner: object) -> Self: ...
    @overload
    def __get__(self, client: Client, owner: object) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: object) -> Callable[P, Awaitable[T]]: ...
    def __get__(
        self, client: Client | AsyncClient | None, owner: object
    ) -> Self | Callable[P, T] | Callable[P, Awaitable[T]]:
        if client is None:
            return self
        send: Callable[[Call[T]], Any] = client.send

        def verb(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401  # as the overloads say
            return send(self._build(*args, **kwargs))

        return verb


class Pages(Generic[P, R]):
    """A list of both clients; rows come as they are asked for."""

    def __init__(self, build: Callable[P, Listed[R]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, client: None, owner: object) -> Self: ...
    @overload
    def __get__(self, client: Client, owner: object) -> Callable[P, Iterator[R]]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: object) -> Callable[P, AsyncIterator[R]]: ...
    def __get__(
        self, client: Client | AsyncClient | None, owner: object
    ) -> Self | Callable[P, Iterator[R]] | Callable[P, AsyncIterator[R]]:
        if client is None:
            return self
        rows: Callable[[Listed[R]], Any] = client.rows

        def pages(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401  # as the overloads say
            return rows(self._build(*args, **kwargs))

        return pages


class Verbs:
    """What both clients can ask."""

    search = Verb(calls.search)
    verify = Verb(calls.verify)
    compare = Verb(calls.compare)
    enroll = Verb(calls.enroll)
    erase = Verb(calls.erase)
    galleries = Pages(calls.galleries)
    create_gallery = Verb(calls.create_gallery)
    subjects = Pages(calls.subjects)
    permits = Pages(calls.permits)
    permit = Verb(calls.permit)
    suspend = Verb(calls.suspend)
    resume = Verb(calls.resume)
    revoke = Verb(calls.revoke)
    attest = Verb(calls.attest)
    check = Verb(calls.check)
    submit = Verb(calls.submit)
    proposals = Pages(calls.proposals)
    sign = Verb(calls.sign)
    leads = Pages(calls.leads)
    lead = Verb(calls.lead)
    picture = Verb(calls.picture)
    decide = Verb(calls.decide)
    contest = Verb(calls.contest)
    export = Verb(calls.export)
    entries = Pages(calls.entries)
    upload = Verb(calls.upload)
    drop_upload = Verb(calls.drop_upload)
    redact = Verb(calls.redact)
    audit = Verb(calls.audit)
    watch = Verb(calls.watch)
    jobs = Pages(calls.jobs)
    job = Verb(calls.job)
    download = Verb(calls.download)
    end_job = Verb(calls.end_job)
    status = Verb(calls.status)


class Client(Verbs):
    """A client whose calls wait for their answers.

    Args:
        address: Where the server is, as https://door.example.
        token: A program's key; people log in with `log_in`.
        verify: Certificates to trust, in PEM form, where the system does not know the server's.
        wait_s: Longest wait for an answer.

    Raises:
        InputError: The address is one of another machine, and not under TLS.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        verify: str | bool = True,
        wait_s: float = WAIT_S,
    ) -> None:
        self._http = httpx.Client(**_options(address, token, verify, wait_s))

    def send(self, call: Call[T]) -> T:
        """Send one request; again, if it may be, where the server is busy or does not answer.

        Raises:
            RecognizanceError: What the server told; ServerError where it does not answer.
        """
        for left in reversed(range(TRIES)):
            try:
                answer = self._sent(call)
            except httpx.HTTPError as error:
                if not (left and call.repeatable):
                    raise unreachable(error) from error
            else:
                if not (left and call.repeatable and answer.status_code in _BUSY):
                    check(answer)
                    return call.read(answer)
            time.sleep(_PAUSE_S * (TRIES - left))
        raise AssertionError("the last try returns or raises")

    def _sent(self, call: Call[T]) -> httpx.Response:
        if call.upload is None:
            return self._http.request(**_request(call))
        with call.upload.open("rb") as file:
            return self._http.request(**_request(call), content=file)

    def rows(self, listed: Listed[R]) -> Iterator[R]:
        """Every row of a list, page after page."""
        call = listed.first
        while True:
            page = self.send(call)
            yield from map(listed.row.of, page["items"])
            if page["next"] is None:
                return
            call = _after(call, page["next"])

    def progress(self, job_id: str) -> Iterator[results.Job]:
        """How far a job is, again and again, until it is over."""
        while True:
            job = self.job(job_id)
            yield job
            if job.over:
                return
            time.sleep(_LOOK_S)

    def log_in(self, name: str, password: str) -> None:
        """Begin a session of a person; it is this client's from here on."""
        said = self.send(calls.log_in(name, password))
        self._http.headers["x-csrf-token"] = str(said["csrf"])

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(Verbs):
    """The same client for programs that do other things meanwhile; see `Client`."""

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        verify: str | bool = True,
        wait_s: float = WAIT_S,
    ) -> None:
        self._http = httpx.AsyncClient(**_options(address, token, verify, wait_s))

    async def send(self, call: Call[T]) -> T:
        """Send one request, as `Client.send` does."""
        for left in reversed(range(TRIES)):
            try:
                answer = await self._sent(call)
            except httpx.HTTPError as error:
                if not (left and call.repeatable):
                    raise unreachable(error) from error
            else:
                if not (left and call.repeatable and answer.status_code in _BUSY):
                    check(answer)
                    return call.read(answer)
            await asyncio.sleep(_PAUSE_S * (TRIES - left))
        raise AssertionError("the last try returns or raises")

    async def _sent(self, call: Call[T]) -> httpx.Response:
        if call.upload is None:
            return await self._http.request(**_request(call))
        return await self._http.request(**_request(call), content=_chunks(call.upload))

    async def rows(self, listed: Listed[R]) -> AsyncIterator[R]:
        """Every row of a list, page after page."""
        call = listed.first
        while True:
            page = await self.send(call)
            for row in page["items"]:
                yield listed.row.of(row)
            if page["next"] is None:
                return
            call = _after(call, page["next"])

    async def progress(self, job_id: str) -> AsyncIterator[results.Job]:
        """How far a job is, again and again, until it is over."""
        while True:
            job = await self.job(job_id)
            yield job
            if job.over:
                return
            await asyncio.sleep(_LOOK_S)

    async def log_in(self, name: str, password: str) -> None:
        """Begin a session of a person; it is this client's from here on."""
        said = await self.send(calls.log_in(name, password))
        self._http.headers["x-csrf-token"] = str(said["csrf"])

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _options(address: str, token: str | None, verify: str | bool, wait_s: float) -> dict[str, Any]:
    where = httpx.URL(address)
    if where.scheme != "https" and where.host not in _HERE:
        raise InputError(
            "A key goes over a network only under TLS.",
            hint="Use an address that begins with https://, or one of this machine.",
        )
    trusted: Any = verify
    if isinstance(verify, str):
        import ssl  # noqa: PLC0415  # only where somebody brings certificates

        trusted = ssl.create_default_context(cafile=verify)
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return {
        "base_url": address.rstrip("/"),
        "headers": headers,
        "verify": trusted,
        "timeout": wait_s,
        "follow_redirects": False,  # a key is for one server
    }


def _request(call: Call[T]) -> dict[str, Any]:
    body = {} if call.json is None else {"json": call.json}
    form = {"data": dict(call.data), "files": list(call.files)} if call.files else {}
    headers = {} if call.key is None else {"idempotency-key": call.key}
    return {
        "method": call.method,
        "url": call.path,
        "params": dict(call.params),
        "headers": headers,
        **body,
        **form,
    }


def _after(call: Call[dict[str, Any]], cursor: str) -> Call[dict[str, Any]]:
    return calls.Call(call.method, call.path, call.read, params={**call.params, "cursor": cursor})


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:  # a local disk
        while chunk := file.read(_CHUNK):
            yield chunk
