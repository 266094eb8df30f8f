"""`recognizance enroll`: people into a gallery, or a token for a person to carry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli import people
from recognizance.cli.bearer import binding_of, check_form, hand_over
from recognizance.cli.console import Json, emit, line, progress, table
from recognizance.cli.door import About, open_door
from recognizance.cli.session import (
    CameraOption,
    CapturedAtOption,
    CaseOption,
    FaceOption,
    PermitOption,
    PurposeOption,
    SampleOption,
    SiteOption,
    make_request,
    open_workspace,
    parse_moment,
    show_answer,
    stated,
)
from recognizance.errors import InputError, NoUsableFaceError, UsageError
from recognizance.types import Operation
from recognizance.uses import Enrollment, Request, sample_digest

if TYPE_CHECKING:
    from recognizance.cli.people import Person
    from recognizance.gate.scope import Circumstances
    from recognizance.workspace import Workspace


def enroll(
    gallery: Annotated[str | None, typer.Option("--gallery", help="Id of the gallery.")] = None,
    subject: Annotated[str | None, typer.Argument(help="Id of the data subject.")] = None,
    photographs: Annotated[
        list[Path] | None, typer.Argument(help="Photographs of this person alone.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Many people: a CSV (path, subject_id, provenance, ground) or a folder with one "
            "folder a person. Run it again to go on; who is enrolled is skipped.",
        ),
    ] = None,
    provenance: Annotated[
        str | None,
        typer.Option(
            help="Where the photographs come from: own_enrollment, custody, official_id, "
            "case_file, family, own_incident, institution_records or media_archive."
        ),
    ] = None,
    ground: Annotated[
        str | None, typer.Option(help="Why the person may be enrolled: a release or order id.")
    ] = None,
    minor: Annotated[
        bool | None,
        typer.Option("--minor/--adult", help="Is the person (or anybody listed) a child?"),
    ] = None,
    bearer: Annotated[
        Path | None,
        typer.Option(help="Put nobody into a gallery: make a token from this photograph."),
    ] = None,
    journey: Annotated[
        str | None, typer.Option(help="With --bearer: the one journey that the token is for.")
    ] = None,
    release: Annotated[
        str | None, typer.Option(help="With --bearer: id of the release that the person signed.")
    ] = None,
    device_key: Annotated[
        str | None,
        typer.Option(help="With --bearer: public key of the person's device, in hex digits."),
    ] = None,
    staffed_gate: Annotated[
        str | None, typer.Option(help="With --bearer: id of the gate that people attend.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="With --bearer: its end, like 2026-11-24T18:00Z.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="With --bearer: where to write it; .svg, .png, .txt."),
    ] = None,
    permit: PermitOption = None,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    face: FaceOption = None,
    site: SiteOption = None,
    camera: CameraOption = None,
    captured_at: CapturedAtOption = None,
    sample: SampleOption = None,
    as_json: Json = False,
) -> None:
    """Enroll SUBJECT from PHOTOGRAPHS, or everybody of a list, or make a token with --bearer."""
    circumstances = stated(site, camera, captured_at, sample)
    if bearer is not None:
        if gallery is not None or subject is not None or source is not None:
            raise UsageError(
                "With --bearer nobody is put into a gallery: leave out gallery, subject and list.",
                hint="For example: recognizance enroll --bearer ana.jpg --permit ID --journey J "
                "--release R --staffed-gate G --adult --until 2026-11-24T18:00Z -o token.svg",
            )
        _give_token(
            bearer,
            output,
            journey=journey,
            release=release,
            device_key=device_key,
            staffed_gate=staffed_gate,
            until=until,
            minor=minor,
            permit=permit,
            purpose=purpose,
            case=case,
            face=face,
            circumstances=circumstances,
            as_json=as_json,
        )
        return
    if gallery is None:
        raise UsageError(
            "Name the gallery to enroll into.", hint="For example: --gallery G; or see --bearer."
        )
    if source is not None:
        with open_workspace() as workspace:
            listed = people.read(source, provenance=provenance, ground=ground)
            _enroll_many(
                workspace,
                listed,
                gallery,
                permit,
                purpose,
                case,
                minor,
                circumstances=circumstances,
                as_json=as_json,
            )
        return
    if subject is None or not photographs:
        raise InputError(
            "Name a subject and at least one photograph, or a list with --from.",
            hint="For example: recognizance enroll --gallery G ana ana.jpg --permit ID "
            "--provenance own_enrollment --ground release-17",
        )
    about = About(permit, purpose, case, face, site, camera, captured_at, sample)
    with open_door() as door:
        enrollment = Enrollment(subject, provenance or "", ground or "", minor)
        answer = door.enroll(photographs, gallery, enrollment, about)
    show_answer(answer, as_json=as_json)


def _give_token(
    photograph: Path,
    place: Path | None,
    *,
    journey: str | None,
    release: str | None,
    device_key: str | None,
    staffed_gate: str | None,
    until: str | None,
    minor: bool | None,
    permit: str | None,
    purpose: str | None,
    case: str | None,
    face: int | None,
    circumstances: Circumstances,
    as_json: bool,
) -> None:
    """Make a token and write it to `place`; what was mistyped is said before anything is read."""
    from recognizance.bearer.gate import Handout

    if journey is None or release is None or until is None or place is None:
        raise UsageError(
            "A token is for one journey, under a release, until a stated time, into a named file.",
            hint="Give --journey, --release, --until and -o.",
        )
    binding = binding_of(device_key, staffed_gate)
    handout = Handout(journey, release, binding, parse_moment(until), minor)
    check_form(place)
    with open_workspace() as workspace:
        request = make_request(
            workspace,
            Operation.ENROLL,
            photograph,
            permit=permit,
            purpose=purpose,
            case=case,
            face=face,
            circumstances=circumstances,
        )
        answer = workspace.desk.enroll_bearer(request, handout)
        hand_over(answer, place, as_json=as_json)


def _enroll_many(
    workspace: Workspace,
    listed: tuple[Person, ...],
    gallery: str,
    permit: str | None,
    purpose: str | None,
    case: str | None,
    minor: bool | None,
    *,
    circumstances: Circumstances,
    as_json: bool,
) -> None:
    """One use a photograph, so that one bad picture costs nobody else anything."""
    principal = workspace.acting().principal
    held = {(r.subject_id, r.sample_digest) for r in workspace.gallery.references(gallery)}
    enrolled = already = 0
    rejects: list[dict[str, str]] = []
    with progress("Enrolling", len(listed), quiet=as_json) as done:
        for number, person in enumerate(listed, start=1):
            try:
                data = person.read()
                if (person.subject_id, sample_digest(data)) in held:
                    already += 1
                    continue
                request = Request(
                    principal=principal,
                    operation=Operation.ENROLL,
                    permit_id=permit,
                    photographs=(data,),
                    gallery_id=gallery,
                    purpose=purpose,
                    case_id=case,
                    circumstances=circumstances,
                )
                workspace.desk.enroll(
                    request, Enrollment(person.subject_id, person.provenance, person.ground, minor)
                )
                enrolled += 1
            except (InputError, NoUsableFaceError) as error:
                rejects.append(
                    {"path": str(person.path), "code": error.code, "message": error.message}
                )
            finally:
                done(number)
    emit(
        {"enrolled": enrolled, "already": already, "rejected": rejects},
        as_json,
        line(
            ("enroll: ", "bold"),
            f"{enrolled} enrolled, {already} there already, {len(rejects)} rejected",
        ),
        *(
            [table("Rejected", ("photograph", "code", "why"), (r.values() for r in rejects))]
            if rejects
            else []
        ),
    )
    if rejects:
        raise typer.Exit(2)
