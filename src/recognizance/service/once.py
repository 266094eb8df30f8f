"""`Idempotency-Key`: a POST that is sent again is answered again, and done once.

The first request with a key claims it; its answer is kept sealed for a day. The same request gets
that answer, another one under the same key a conflict. A request that was cut off keeps its key:
whether it was done is in the ledger, and the program does not guess.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi.routing import APIRoute
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from recognizance.canonical import canonical_bytes, parse_json
from recognizance.errors import ConflictError, InputError, RecognizanceError
from recognizance.keys import seal, unseal
from recognizance.service.access import caller_of
from recognizance.service.problems import problem
from recognizance.service.store.tables import idempotency
from recognizance.types import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from recognizance.service.service import Service
    from recognizance.service.store import Store

HEADER: Final = "idempotency-key"
KEPT: Final = timedelta(hours=24)
_LONGEST_KEY: Final = 128
_AGAIN: Final = frozenset({401, 408, 429, 500, 503, 507})
"""Nothing was done, or nobody knows why not: the same key may be used for another try."""


class Repeats:
    """The keys that were used, and what was answered.

    Args:
        store: Where they are kept.
        sealing_key: 32 bytes; see `Workspace.secret_for`.
    """

    def __init__(self, store: Store, sealing_key: bytes) -> None:
        self._store = store
        self._sealing_key = sealing_key

    def claim(self, who: str, key: str, digest: bytes, *, now: datetime) -> Response | None:
        """Take a key, or give the answer that was given under it.

        Raises:
            ConflictError: Another request has it, or the same one is under way or was cut off.
        """
        taken = {"principal_id": who, "key": key, "request_digest": digest}
        try:
            with self._store.writing() as connection:
                connection.execute(
                    delete(idempotency).where(idempotency.c.created_at < utc_text(now - KEPT))
                )
                known = connection.execute(select(idempotency).where(*_of(who, key))).first()
                if known is None:
                    row = taken | {"created_at": utc_text(now)}
                    connection.execute(insert(idempotency).values(row))
                    return None
        except IntegrityError as error:  # another thread was quicker
            raise _under_way() from error
        if known.request_digest != digest:
            raise ConflictError(
                "This idempotency key was used for another request.", hint="Send a new key."
            )
        if known.status is None:
            raise _under_way()
        if known.sealed_answer is None:
            raise ConflictError(
                "This was done, and its answer is not kept any more.",
                hint="Look into the ledger for it.",
            )
        plain = unseal(self._sealing_key, known.sealed_answer, context=_context(who, key))
        said = cast("dict[str, str]", parse_json(plain))
        return Response(
            said["body"].encode(),
            status_code=known.status,
            media_type=said["type"],
            headers={"idempotency-replayed": "true"},
        )

    def keep(self, who: str, key: str, answer: Response) -> None:
        """Keep what was answered; where it may be tried again, let go of the key."""
        text = bytes(answer.body).decode()
        said = {"body": text, "type": answer.headers.get("content-type", "")}
        sealed = seal(self._sealing_key, canonical_bytes(said), context=_context(who, key))
        change = (
            delete(idempotency)
            if answer.status_code in _AGAIN
            else update(idempotency).values(status=answer.status_code, sealed_answer=sealed)
        )
        with self._store.writing() as connection:
            connection.execute(change.where(*_of(who, key)))

    def forget(self) -> None:
        """Destroy every kept answer, because somebody was erased who may be named in one."""
        with self._store.writing() as connection:
            connection.execute(update(idempotency).values(sealed_answer=None))


class Once(APIRoute):
    """A route whose POST may carry an idempotency key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the look at the key before it."""
        handler = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await handler(request)
            try:
                return await _once(request, key, handler)
            finally:
                await request.close()  # the parts of a form that no route has read

        return once


async def _once(
    request: Request, key: str, handler: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    service: Service = request.app.state.service
    caller = await caller_of(request)
    if caller.principal is None:
        return await handler(request)
    if not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
        raise InputError(
            "This is no idempotency key.", hint=f"Send 1 to {_LONGEST_KEY} characters, as a UUID."
        )
    # Two keys of one principal have different rights, so they share no answers.
    who = f"{caller.principal.principal_id}/{caller.key.key_id if caller.key else ''}"
    digest = await _digest_of(request)
    claim = service.repeats.claim
    before = await run_in_threadpool(claim, who, key, digest, now=service.clock())
    if before is not None:
        return before
    try:
        answer = await handler(request)
    except RecognizanceError as error:
        answer = problem(error)
    except Exception:
        await run_in_threadpool(service.repeats.keep, who, key, Response(status_code=500))
        raise
    await run_in_threadpool(service.repeats.keep, who, key, answer)
    return answer


async def _digest_of(request: Request) -> bytes:
    """What a request asks, whatever boundary a client's library has put between its parts."""
    whole = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}".encode())
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        for name, value in (await request.form()).multi_items():
            part = await value.read() if isinstance(value, UploadFile) else value.encode()
            if isinstance(value, UploadFile):
                await value.seek(0)
            whole.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(part).digest())
    else:
        whole.update(await request.body())
    return whole.digest()


def _of(who: str, key: str) -> tuple[Any, ...]:
    return idempotency.c.principal_id == who, idempotency.c.key == key


def _context(who: str, key: str) -> bytes:
    return f"answer|{who}|{key}".encode()


def _under_way() -> ConflictError:
    return ConflictError(
        "A request with this idempotency key is under way, or was cut off.",
        hint="Wait and send it again; after a crash of the server look into the ledger.",
    )
