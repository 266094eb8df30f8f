"""Keys of programs over HTTP: a custodian issues them, lists them, and takes them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from recognizance.service.access import Custodian, FreshCustodian
from recognizance.service.issuing import KeyTerms, issue_key, revoke_key
from recognizance.service.keys import ApiKey
from recognizance.service.service import Served
from recognizance.types import utc_text

if TYPE_CHECKING:
    from recognizance.service.keys import Issued
    from recognizance.workspace import Workspace

router = APIRouter(tags=["keys"])

_MOST_PEOPLE = 100_000
_Id = Annotated[str, Field(min_length=1, max_length=256)]


class Terms(BaseModel):
    """What a key is to be bound to.

    Attributes:
        permit: The one permit.
        galleries: The galleries that it may name.
        principal: Name of the operator that it acts for; whoever asks, if left out.
        provenance: Where enrollment photographs come from (rule HR-09).
        releases: The release of each person whom it may enroll, by subject id.
        label: What people call it.
    """

    model_config = ConfigDict(extra="forbid")

    permit: _Id
    galleries: Annotated[list[_Id], Field(min_length=1, max_length=100)]
    principal: _Id | None = None
    provenance: _Id = "own_enrollment"
    releases: Annotated[dict[_Id, _Id], Field(max_length=_MOST_PEOPLE)] = {}
    label: Annotated[str, Field(max_length=128)] = ""


@router.post("/v1/keys", status_code=201)
async def issue(service: Served, caller: FreshCustodian, terms: Terms) -> dict[str, object]:
    """Issue a key; its secrets are shown in this answer and never again."""
    bound = KeyTerms(
        permit_id=terms.permit,
        galleries=frozenset(terms.galleries),
        provenance=terms.provenance if terms.releases else None,
        grounds=terms.releases,
        label=terms.label,
    )

    def make(workspace: Workspace) -> Issued:
        by = caller.somebody
        return issue_key(workspace, service.keys, bound, by=by, for_name=terms.principal)

    issued = await service.desk.ask(make)
    secrets = {"secret_access_key": issued.key.secret, "token": issued.token}
    return _row(issued.key) | secrets


@router.get("/v1/keys")
async def list_keys(service: Served, _caller: Custodian) -> list[dict[str, object]]:
    """Every key that was issued, without its secrets."""
    return [_row(each) for each in await run_in_threadpool(service.keys.all)]


@router.delete("/v1/keys/{key_id}", status_code=204)
async def revoke(service: Served, caller: Custodian, key_id: str) -> None:
    """Take a key back; it is refused from the next request on."""
    await service.desk.ask(
        lambda workspace: revoke_key(workspace, service.keys, key_id, by=caller.somebody)
    )


def _row(key: ApiKey) -> dict[str, object]:
    return {
        "access_key_id": key.key_id,
        "principal_id": key.principal_id,
        "permit_id": key.permit_id,
        "galleries": sorted(key.galleries),
        "may_enroll": len(key.grounds),
        "label": key.label,
        "created_at": utc_text(key.created_at),
        "expires_at": utc_text(key.expires_at),
        "revoked_at": key.revoked_at and utc_text(key.revoked_at),
    }
