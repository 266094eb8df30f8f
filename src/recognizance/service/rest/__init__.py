"""Our own API, version 1: the verbs of the command line as resources under `/v1`."""

from fastapi import APIRouter

from recognizance.service.rest import uses

router = APIRouter(prefix="/v1")
for _part in (uses,):
    router.include_router(_part.router)
