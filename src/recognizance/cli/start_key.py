"""The key that `start` issues at its end, so that programs can ask at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.cli.console import line
from recognizance.errors import PartMissingError

if TYPE_CHECKING:
    from rich.text import Text

    from recognizance.service.keys import ApiKeys
    from recognizance.workspace import Workspace

LABEL: Final = "start"
Shown = tuple[dict[str, object] | None, list["Text"]]
"""A key as JSON and in words."""


def issue_at_start(
    workspace: Workspace, permit_id: str, gallery_id: str, released: dict[str, str]
) -> Shown:
    """Issue a key with the releases of everybody; none where the service is not installed.

    One that an earlier run issued for the same people stays, and its secrets are not shown again.
    """
    try:
        from recognizance.cli.apikey import issued_row, issued_text
        from recognizance.service.issuing import KeyTerms, issue_key
        from recognizance.service.keys import ApiKeys
        from recognizance.service.store import Store
    except ImportError as error:
        if PartMissingError.of(error) is None:
            raise
        return None, []
    with Store(workspace.layout.service, wait_s=workspace.settings.wait_s) as store:
        keys = ApiKeys(store, workspace.secret_for("service"))
        if before := _issued_before(workspace, keys, permit_id, released):
            said = f"{before}, issued by an earlier run; `recognizance apikey issue` makes another"
            return {"access_key_id": before}, [line(("Key ", "bold"), said)]
        terms = KeyTerms(
            permit_id=permit_id,
            galleries=frozenset({gallery_id}),
            provenance="own_enrollment",
            grounds=released,
            adults=True,  # one of the things that the command states
            label=LABEL,
        )
        issued = issue_key(workspace, keys, terms, by=workspace.acting().principal)
    served = line(
        "  next       ", "recognizance serve; then AWS_ENDPOINT_URL=http://localhost:8000/aws"
    )
    return issued_row(issued), [*issued_text(issued), served]


def _issued_before(
    workspace: Workspace, keys: ApiKeys, permit_id: str, released: dict[str, str]
) -> str | None:
    """The key of an earlier run; one for other people is taken back."""
    from recognizance.service.issuing import revoke_key

    for each in keys.all():
        if each.label == LABEL and each.permit_id == permit_id and each.holds(workspace.clock()):
            if each.grounds == released:
                return each.key_id
            revoke_key(workspace, keys, each.key_id, by=workspace.acting().principal)
    return None
