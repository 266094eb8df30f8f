"""`POST /aws`: the eleven operations of Rekognition that clients of face recognition use.

One door for all of them: the signature, then the operation's name, then its input, then the
counter. Errors leave in AWS's form, whatever raised them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recognizance.errors import PermitExpiredError, RoleError
from recognizance.observe import logger
from recognizance.service.access import Allow, Caller
from recognizance.service.aws import collections, faces, shapes, sigv4
from recognizance.service.aws.faults import TRY_AGAIN, Fault, answer, failed, fault_of
from recognizance.service.aws.here import RULES, Here
from recognizance.service.forms import address_of
from recognizance.service.service import Served, Service
from recognizance.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from recognizance.service.keys import ApiKey
    from recognizance.workspace import Workspace

_TARGET: Final = "RekognitionService."


@dataclass(frozen=True, slots=True)
class Doing:
    """One operation.

    Attributes:
        shape: Its input.
        do: Does it, at a counter.
        lists: Whether it only lists; then nobody at the desk waits for it.
        changes: Whether it changes what is kept, so that a copy of its request is refused.
    """

    shape: type[shapes.Shape]
    do: Callable[[Here, Any], dict[str, object]]
    lists: bool = False
    changes: bool = False


OPERATIONS: Final[Mapping[str, Doing]] = {
    "CreateCollection": Doing(shapes.CreateCollection, collections.create_collection, changes=True),
    "ListCollections": Doing(shapes.ListCollections, collections.list_collections, lists=True),
    "DescribeCollection": Doing(
        shapes.DescribeCollection, collections.describe_collection, lists=True
    ),
    "DeleteCollection": Doing(shapes.DeleteCollection, collections.delete_collection, changes=True),
    "ListFaces": Doing(shapes.ListFaces, collections.list_faces, lists=True),
    "DeleteFaces": Doing(shapes.DeleteFaces, collections.delete_faces, changes=True),
    "IndexFaces": Doing(shapes.IndexFaces, faces.index_faces, changes=True),
    "SearchFacesByImage": Doing(shapes.SearchFacesByImage, faces.search_faces_by_image),
    "SearchFaces": Doing(shapes.SearchFaces, faces.search_faces),
    "CompareFaces": Doing(shapes.CompareFaces, faces.compare_faces),
    "DetectFaces": Doing(shapes.DetectFaces, faces.detect_faces),
}


class AwsRoute(APIRoute):
    """A route whose errors leave as AWS clients read them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors turned."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001  # no traceback leaves a request
                fault = fault_of(error, base=f"{request.url.scheme}://{request.url.netloc}")
                if fault.type == "InternalServerError":
                    logger().error("failed_inside", code=type(error).__name__)
                return failed(fault, request_id=request.state.request_id)

        return handled


@dataclass(frozen=True, slots=True)
class Called:
    """A request whose signature holds.

    Attributes:
        caller: The program.
        key: Its key.
        signed: Its signature.
        sent: What was signed.
    """

    caller: Caller
    key: ApiKey
    signed: sigv4.Signed
    sent: sigv4.Sent


class Program(Allow):
    """Passes a program that has signed its request with the secret of its key."""

    program = True

    async def __call__(self, request: Request) -> Called:  # type: ignore[override]  # more than who
        """Whoever signed the request.

        Raises:
            Fault: Nobody that is known did, or not as it came.
            TooManyRequestsError: More come than one caller may send.
        """
        service: Service = request.app.state.service
        sent = await _sent(request)
        try:
            signed, key = await run_in_threadpool(_signer, service, sent)
        except Fault:  # guessing costs the guesser
            service.rates.take(f"from {address_of(request)}")
            raise
        if key.expires_at <= service.clock():
            raise PermitExpiredError(
                "The permit of this key is over.", hint="Have a new one issued.", rules=RULES
            )
        caller = await service.holder(key)
        if not caller.roles & self.roles:
            raise RoleError(
                "This is not for your role.",
                hint="It is for: " + ", ".join(sorted(self.roles)) + ".",
            )
        return Called(caller, key, signed, sent)


Programs = Annotated[Called, Depends(Program(Role.OPERATOR, Role.SUBJECT_DESK))]

router = APIRouter(route_class=AwsRoute, include_in_schema=False)


@router.post("/aws")
@router.post("/aws/")
async def call(service: Served, called: Programs, request: Request) -> Response:
    """Do what the header `X-Amz-Target` names."""
    doing = _doing(called.sent)
    given = await run_in_threadpool(shapes.read, doing.shape, called.sent.body)

    def do(workspace: Workspace) -> dict[str, object]:
        principal = called.caller.somebody
        return doing.do(
            Here(service, workspace, principal, called.key, called.signed.region), given
        )

    counter = service.reading if doing.lists else service.desk
    if doing.changes:
        told = await _once(service, called, lambda: counter.ask(do))
    else:
        told = await counter.ask(do)
    return answer(told, request_id=request.state.request_id)


async def _sent(request: Request) -> sigv4.Sent:
    raw = request.scope["raw_path"].partition(b"?")[0]
    return sigv4.Sent(
        method=request.method,
        path=raw.decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=[
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.scope["headers"]
        ],
        body=await request.body(),
    )


def _signer(service: Service, sent: sigv4.Sent) -> tuple[sigv4.Signed, ApiKey]:
    """The key that a request was signed with."""
    signed = sigv4.Signed.parse(sent.header("authorization"))
    sigv4.signed_at(sent, signed, now=service.clock())
    key = service.keys.by_id(signed.key_id)
    if key is None or key.revoked_at is not None:
        raise Fault(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    sigv4.check(sent, signed, key.secret)
    return signed, key


def _doing(sent: sigv4.Sent) -> Doing:
    target = sent.header("x-amz-target") or ""
    doing = OPERATIONS.get(target.removeprefix(_TARGET)) if target.startswith(_TARGET) else None
    if doing is None:
        raise Fault("UnknownOperationException", "There is no operation of that name here.")
    return doing


async def _once(
    service: Service, called: Called, do: Callable[[], Coroutine[Any, Any, dict[str, object]]]
) -> dict[str, object]:
    """Make a change, unless its signature was used for it before.

    Raises:
        Fault: It is a copy.
    """
    now, signature = service.clock(), called.signed.signature
    at = sigv4.signed_at(called.sent, called.signed, now=now)
    try:
        told = await service.signatures.once(
            signature, do, signed=at, until=at + sigv4.SKEW, now=now
        )
    except Exception as error:  # raised again: all that is asked is whether the client tries again
        if fault_of(error, base="").type in TRY_AGAIN:
            service.signatures.forget(signature)
        raise
    if told is None:
        raise Fault(
            "InvalidSignatureException",
            "This signature was used already, or before this server began; sign the request anew.",
        )
    return told
