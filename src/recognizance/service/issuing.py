"""Issuing keys of programs: who may, under which permit, and what is written down of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recognizance.errors import InputError, PermitScopeError
from recognizance.gallery.admission import check_id
from recognizance.ledger import LogName
from recognizance.permits.acting import require_role
from recognizance.types import Operation, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recognizance.service.keys import ApiKeys, Issued
    from recognizance.types import Principal
    from recognizance.workspace import Workspace


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key is bound to.

    Attributes:
        permit_id: The one permit.
        galleries: The galleries that it may name; the permit has to name them too.
        provenance: Where enrollment photographs come from; None if it may not enroll.
        grounds: The release for each person, by subject id.
        adults: Whether it is stated that nobody among them is a child.
        label: What people call it.
    """

    permit_id: str
    galleries: frozenset[str]
    provenance: str | None = None
    grounds: Mapping[str, str] = field(default_factory=dict)
    adults: bool = False
    label: str = ""


def issue_key(
    workspace: Workspace,
    keys: ApiKeys,
    terms: KeyTerms,
    *,
    by: Principal,
    for_name: str | None = None,
) -> Issued:
    """Issue a key for a principal that may operate, by one that may look after keys.

    Raises:
        RoleError: Whoever asks is no custodian, or whom the key acts for is no operator.
        PermitError: The permit is not in force, or does not name a gallery.
        InputError: A subject id is none, or a release has no id.
    """
    registry = workspace.registry
    require_role(registry, by, "issue a key", Role.CUSTODIAN)
    principal = by if for_name is None else registry.named(for_name)
    require_role(registry, principal, "act through a key", Role.OPERATOR)
    now = workspace.clock()
    permit = workspace.shelf.in_force(terms.permit_id, now=now)
    if outside := terms.galleries - permit.gallery_ids:
        raise PermitScopeError(
            f"The permit does not name the gallery {min(outside)!r}.",
            hint="Name galleries of the permit, or have a permit issued that names this one.",
            rules=("D4",),
        )
    if terms.grounds and Operation.ENROLL not in permit.operations:
        raise PermitScopeError(
            "The permit lets nobody enroll, so there is nothing that releases could be for.",
            hint="Issue the key without releases.",
            rules=("D4",),
        )
    for subject_id, release in terms.grounds.items():
        check_id("subject id", subject_id)
        if not release:
            raise InputError("A person in the list has no release.", hint="Leave out who has none.")
    issued = keys.issue(
        principal_id=principal.principal_id,
        permit_id=permit.permit_id,
        label=terms.label,
        galleries=terms.galleries,
        provenance=terms.provenance,
        grounds=terms.grounds,
        adults=terms.adults,
        expires_at=permit.expires_at,
        now=now,
    )
    _record(workspace, "key_issued", issued.key.key_id, permit.permit_id, by)
    return issued


def revoke_key(workspace: Workspace, keys: ApiKeys, key_id: str, *, by: Principal) -> None:
    """Take a key back.

    Raises:
        RoleError: Whoever asks is no custodian.
        NotFoundError: There is none of that id in force.
    """
    require_role(workspace.registry, by, "take a key back", Role.CUSTODIAN)
    keys.revoke(key_id, now=workspace.clock())
    _record(workspace, "key_revoked", key_id, None, by)


def _record(
    workspace: Workspace, kind: str, key_id: str, permit_id: str | None, by: Principal
) -> None:
    facts = {"key": key_id} | ({} if permit_id is None else {"permit": permit_id})
    private = {"principal": by.principal_id}
    workspace.ledger.append(LogName.USES, kind, facts, now=workspace.clock(), private=private)
