"""Renewal: the same use for another term, decided again with fresh evidence, and nothing wider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.errors import IncompleteError
from recognizance.gate.narrowing import set_by_authority
from recognizance.gate.scope import Scope
from recognizance.gate.terms import terms_of
from recognizance.permits.acting import require_role
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.kept import kept_submission
from recognizance.types import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from recognizance.gate.permit import Permit
    from recognizance.gate.scope import Window
    from recognizance.permits.issuing import Issued
    from recognizance.workspace import Actor, Workspace


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a renewal may choose; everything else is as it was.

    Attributes:
        windows: The new hours, where the permit has any: together no longer than the old ones.
        lasts: How long, if shorter than before.
    """

    windows: tuple[Window, ...] = ()
    lasts: timedelta | None = None


def renew(
    workspace: Workspace,
    permit_id: str,
    renewal: Renewal,
    *,
    proposer: Actor,
    officers: Sequence[Actor],
) -> Issued:
    """Decide a permit's submission again, and sign its successor.

    Raises:
        RoleError: Not a proposer, not officers, or too few of them.
        PermitMissingError: No such permit was issued here.
        IncompleteError: It is bound to hours, and no new ones are named.
        RefusedError: As `renewable.require_renewable`, and where the new permit would be wider.
    """
    require_role(workspace.registry, proposer.principal, "renew a permit", Role.PROPOSER)
    proposal = renewal_of(workspace, permit_id, renewal)
    return propose(workspace, proposal, proposer=proposer, officers=officers)


def renewal_of(workspace: Workspace, permit_id: str, renewal: Renewal) -> Proposal:
    """What a permit's renewal proposes: the same as before, but for what the renewal chooses.

    Raises:
        PermitMissingError: No such permit was issued here.
        IncompleteError: It is bound to hours, and no new ones are named.
    """
    old = workspace.shelf.find(permit_id)
    target, longest = old.target, terms_of(old.permit_class).longest
    return Proposal(
        submission=kept_submission(workspace, old),
        target=(target.rate, target.target_ppb),
        gallery_ids=old.gallery_ids,
        gallery_size=target.gallery_size,
        lasts=min(old.expires_at - old.issued_at, renewal.lasts or longest),
        scope=Scope(
            sites=old.scope.sites,
            cameras=old.scope.cameras,
            windows=_windows(old, renewal),
            targets=old.scope.targets,
            cases=old.scope.cases,
        ),
        renews=old.permit_id,
        carried=set_by_authority(old),
    )


def _windows(old: Permit, renewal: Renewal) -> tuple[Window, ...]:
    """The hours of the successor. The old ones have passed, so they must be named anew.

    Raises:
        IncompleteError: The permit is bound to hours, and none are named.
    """
    if old.scope.windows and not renewal.windows:
        raise IncompleteError(
            "The permit is bound to hours, and a renewal names its own.",
            hint="Name them with --window FROM/TO.",
        )
    return tuple(sorted(renewal.windows))
