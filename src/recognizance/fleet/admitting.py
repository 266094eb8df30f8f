"""The door of a fleet: which of its cameras may be watched.

Each camera passes the desk's own door (step 1), and what a fleet refuses besides:

    1 DOOR      the permit holds, and names this operation, gallery, place, camera, hour and case
    2 SIGNED    the authority countersigned it: what nobody but its holder approved runs no fleet
    3 COUNTED   the gate still allows it with the cameras of the whole fleet (D7, HR-19)
    4 DECIDED   no more cameras than it was decided for

A refusal is recorded in the ledger by the desk. Every worker passes the desk's door again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizance.errors import (
    IncompleteError,
    InputError,
    PermitScopeError,
    RecognizanceError,
    RefusedError,
    SelfAttestedError,
)
from recognizance.fleet.counting import Network
from recognizance.gate.scope import Circumstances, SampleKind
from recognizance.permits.kept import kept_submission, open_permits
from recognizance.types import Operation, Outcome
from recognizance.uses import Request

if TYPE_CHECKING:
    from recognizance.fleet.plan import Camera, Fleet
    from recognizance.gate.permit import Permit
    from recognizance.workspace import Workspace

SELF_ATTESTED_RULE = "GV-02"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one camera may be watched.

    Attributes:
        camera: The camera.
        error: Why it may not; None where it may.
    """

    camera: Camera
    error: RecognizanceError | None

    def as_dict(self) -> dict[str, object]:
        """The verdict as JSON."""
        return {
            "camera": self.camera.id,
            "site": self.camera.site,
            "permit": self.camera.permit,
            "allowed": self.error is None,
            "error": self.error and self.error.as_dict(),
        }


def admit(workspace: Workspace, fleet: Fleet) -> tuple[Verdict, ...]:
    """Ask for every camera of a fleet; each refusal is recorded."""
    network = Network.of(fleet.cameras, open_permits(workspace, workspace.clock()))
    return tuple(_verdict(workspace, fleet, network, camera) for camera in fleet.cameras)


def require_admitted(verdicts: tuple[Verdict, ...]) -> None:
    """Pass only where every camera may be watched.

    Raises:
        RefusedError: At least one may not; the message says how many, and why the first.
        RecognizanceError: None is refused, but something is missing for one.
    """
    held = [(each.camera.id, each.error) for each in verdicts if each.error is not None]
    if not held:
        return
    refused = [(name, error) for name, error in held if isinstance(error, RefusedError)]
    if not refused:
        raise held[0][1]
    name, first = refused[0]
    raise RefusedError(
        f"{len(refused)} of {len(verdicts)} cameras are refused, so the fleet does not start. "
        f"{name}: {first.message}",
        hint="See each with `recognizance fleet check`, then correct the fleet file or ask for "
        "another permit.",
        rules=tuple(sorted({rule for _, error in refused for rule in error.rules})),
    )


def request_of(workspace: Workspace, camera: Camera, *, footage: tuple[str, ...] = ()) -> Request:
    """What is asked of the desk for a camera, by the acting principal.

    Args:
        workspace: The workspace.
        camera: The camera.
        footage: SHA-256 of a recording, hex.
    """
    return Request(
        principal=workspace.acting().principal,
        operation=Operation.WATCH,
        permit_id=camera.permit,
        gallery_id=camera.gallery,
        case_id=camera.case,
        circumstances=Circumstances(
            site=camera.site,
            camera=camera.id,
            captured_at=None if camera.live else camera.captured_at,
            sample=SampleKind.PHOTOGRAPH if camera.live else camera.sample,
        ),
        footage=footage,
        live=camera.live,
        cameras=1 if camera.live else 0,
    )


def _verdict(workspace: Workspace, fleet: Fleet, network: Network, camera: Camera) -> Verdict:
    try:
        with workspace.desk.door(request_of(workspace, camera)) as permit:  # 1
            _require_countersigned(permit)  # 2
            _require_counted(workspace, network, permit, camera)  # 3
            _require_decided(workspace, fleet, permit)  # 4
        if fleet.ray is None:  # a password is where the camera is watched
            camera.address()
    except (RefusedError, IncompleteError, InputError) as error:
        return Verdict(camera, error)
    return Verdict(camera, None)


def _require_countersigned(permit: Permit) -> None:
    if permit.self_attested:
        raise SelfAttestedError(
            f"A permit of class {permit.permit_class} is signed by its holder alone, and no fleet "
            "runs under it.",
            hint="Ask the authority for one of class standard or urgent (`gate request`).",
            rules=(SELF_ATTESTED_RULE,),
        )


def _require_counted(
    workspace: Workspace, network: Network, permit: Permit, camera: Camera
) -> None:
    submission = kept_submission(workspace, permit)
    at = workspace.clock().date()
    decision = network.decide(permit.permit_id, camera.site, submission, workspace.bundle, at)
    if decision.outcome in {Outcome.PERMIT, Outcome.PERMIT_WITH_CONDITIONS}:
        return
    deciding = decision.deciding
    raise RefusedError(
        "With all cameras of the fleet and all open permits counted, the rules refuse this camera: "
        + (deciding[0].reason if deciding else decision.outcome.value),
        hint="Watch fewer public places and cameras, or rest all of them on one warrant.",
        rules=tuple(
            dict.fromkeys([*(f.rule_id for f in deciding), *sorted(decision.facts.derivations)])
        ),
    )


def _require_decided(workspace: Workspace, fleet: Fleet, permit: Permit) -> None:
    stated = kept_submission(workspace, permit).stated.get("cam.count")
    hang = sum(camera.permit == permit.permit_id for camera in fleet.cameras)
    if isinstance(stated, int) and hang > stated:
        raise PermitScopeError(
            f"The permit was decided for {stated} cameras, and the fleet has {hang} under it.",
            hint="Take cameras out of the fleet file, or ask for a permit for so many.",
            rules=("D4",),
        )
