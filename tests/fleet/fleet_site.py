"""A workspace with an authority, permits to watch, and fleets that hang cameras under them."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from hooked import AUTHORITY
from recognizance.fleet.plan import Camera, Fleet
from recognizance.gate.case_files import load_case
from recognizance.gate.permit import Target, countersign, issue, sign
from recognizance.gate.scope import Scope
from recognizance.gate.submission import submission_from
from recognizance.permits.issuing import put_into_force
from recognizance.permits.kept import keep_submission
from recognizance.types import ErrorRate, Operation, PermitClass

CASES = Path(__file__).resolve().parents[2] / "rules" / "cases"
STADIUM = "stadium-eleven-cameras--ten-cameras"
PRISON = "prison-gates-detainees-staff"


@dataclass
class Site:
    """Permits on the submissions of story cases, countersigned, without further conditions."""

    workspace: object
    folder: Path
    permits: list[str] = field(default_factory=list)

    def permit(
        self,
        case: str = STADIUM,
        *,
        scope: Scope | None = None,
        permit_class: PermitClass = PermitClass.STANDARD,
        gallery: str = "g",
        **changes: object,
    ) -> str:
        workspace = self.workspace
        now = workspace.clock()
        stated = load_case(CASES / f"{case}.toml").content
        submission = submission_from({**submission_from(stated).as_dict(), **changes})
        keep_submission(workspace, submission)
        permit = issue(
            permit_id=f"permit-{len(self.permits)}",
            permit_class=permit_class,
            workspace_id=workspace.workspace_id,
            operations=frozenset({Operation.WATCH, Operation.ENROLL}),
            function="watchlist",
            purpose=submission.text("purpose"),
            gallery_ids=frozenset({gallery}),
            submission_digest=submission.digest,
            bundle_digest=workspace.bundle.digest,
            model_id=workspace.evidence.model_id,
            evidence_digest=workspace.evidence.digest,
            target=Target(ErrorRate.FPIR, 10_000_000, 10),
            conditions=(),
            proposer_id=workspace.acting("operator").principal.principal_id,
            issued_at=now,
            expires_at=now + timedelta(days=20),
            authority=workspace.authority,
            scope=scope or Scope(),
        )
        officer = workspace.acting("officer")
        permit = sign(permit, officer.key, officer.principal)
        if not permit.self_attested:
            permit = countersign(permit, AUTHORITY)
        put_into_force(workspace, permit)
        self.permits.append(permit.permit_id)
        gallery_id = f"{gallery}"
        if gallery_id not in {each.gallery_id for each in workspace.gallery.galleries()}:
            workspace.gallery.create_gallery(
                gallery_id,
                permit_id=permit.permit_id,
                purpose=permit.purpose,
                created_at=now,
            )
        return permit.permit_id

    def camera(self, name: str, permit: str, *, lines: int = 0, **more: object) -> Camera:
        """A camera whose pictures are the lines of a file."""
        source = self.folder / f"{name}.txt"
        source.write_text("\n".join(map(str, range(lines))), encoding="utf-8")
        stated = {"site": "arena", "gallery": "g", "cores": 0.1} | more
        stated = {"source": f"rtsp://127.0.0.1{source}"} | stated
        return Camera(id=name, permit=permit, **stated)

    def cameras(self, count: int, permit: str, **more: object) -> tuple[Camera, ...]:
        return tuple(self.camera(f"{permit}-{n}", permit, **more) for n in range(count))


def fleet_of(*cameras: Camera, **more: object) -> Fleet:
    return Fleet(cameras=cameras, **more)
