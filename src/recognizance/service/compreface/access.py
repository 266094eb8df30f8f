"""Who calls: the key's token as `x-api-key`, and the one gallery that stands for its collection."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends
from starlette.requests import Request  # FastAPI reads it at run time

from recognizance.errors import InputError, RoleError, UnauthenticatedError
from recognizance.service.access import Allow, Caller
from recognizance.service.compreface.wire import KeyMissingError
from recognizance.service.forms import address_of
from recognizance.service.service import service_of
from recognizance.types import Role

if TYPE_CHECKING:
    from recognizance.service.keys import ApiKey

HEADER = "x-api-key"


class AllowKey(Allow):
    """Passes a program that holds the key of its `x-api-key`; a session or a bearer does not do."""

    program = True

    async def __call__(self, request: Request) -> Caller:
        """The caller, if it may.

        Raises:
            UnauthenticatedError: There is no key, or none of that token is in force.
            InputError: The token has not the form of one.
            TooManyRequestsError: More come than one caller may send, or guess.
            RoleError: The principal that it acts for has none of the roles.
        """
        token = request.headers.get(HEADER)
        if token is None:
            raise KeyMissingError(
                f"Missing header: {HEADER}.", hint="Send the token of a key with it."
            )
        try:
            uuid.UUID(token)
        except ValueError as error:
            raise InputError(
                "Service API key should be UUID.",
                hint="Send the token that `recognizance apikey issue` has shown.",
            ) from error
        service = service_of(request)
        try:
            caller = await service.program(token)
        except UnauthenticatedError as error:
            service.rates.take(f"from {address_of(request)}")
            raise UnauthenticatedError(
                "A service with this API key was not found.",
                hint="A custodian issues one with `recognizance apikey issue`.",
            ) from error
        if not caller.roles & self.roles:
            raise RoleError(
                "This is not for the role of this key.",
                hint="Issue a key for an operator.",
            )
        return caller


KeyHolder = Annotated[Caller, Depends(AllowKey(Role.OPERATOR))]


def key_of(caller: Caller) -> ApiKey:
    """The key of a program; no other caller passes `AllowKey`."""
    return cast("ApiKey", caller.key)
