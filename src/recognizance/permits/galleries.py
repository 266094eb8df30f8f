"""Galleries under a permit: an empty one is made only where a permit names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizance.errors import PermitScopeError

if TYPE_CHECKING:
    from recognizance.workspace import Workspace


def make_gallery(workspace: Workspace, gallery_id: str, *, permit_id: str) -> None:
    """Make an empty gallery that a permit names.

    Raises:
        PermitError: There is no such permit, or it is not in force.
        PermitScopeError: The permit does not name the gallery.
        ConflictError: It is there already.
    """
    permit = workspace.shelf.in_force(permit_id, now=workspace.clock())
    if gallery_id not in permit.gallery_ids:
        raise PermitScopeError(
            "The permit does not name this gallery.",
            hint="It names: " + (", ".join(sorted(permit.gallery_ids)) or "none") + ".",
            rules=("D4",),
        )
    workspace.gallery.create_gallery(
        gallery_id,
        permit_id=permit.permit_id,
        purpose=permit.purpose,
        created_at=workspace.clock(),
    )
