"""`recognizance enroll`: put people into a gallery, one by one or from a list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli import people
from recognizance.cli.console import Json, emit, line, progress, table
from recognizance.cli.session import (
    CaseOption,
    FaceOption,
    GalleryOption,
    PermitOption,
    PurposeOption,
    make_request,
    open_workspace,
    show_answer,
)
from recognizance.errors import InputError, NoUsableFaceError
from recognizance.types import Operation
from recognizance.uses import Enrollment, Request, sample_digest

if TYPE_CHECKING:
    from recognizance.cli.people import Person
    from recognizance.workspace import Workspace


def enroll(
    gallery: GalleryOption,
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
    permit: PermitOption = None,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    face: FaceOption = None,
    as_json: Json = False,
) -> None:
    """Enroll SUBJECT from PHOTOGRAPHS, or everybody of a list."""
    with open_workspace() as workspace:
        if source is not None:
            listed = people.read(source, provenance=provenance, ground=ground)
            _enroll_many(workspace, listed, gallery, permit, purpose, case, minor, as_json=as_json)
            return
        if subject is None or not photographs:
            raise InputError(
                "Name a subject and at least one photograph, or a list with --from.",
                hint="For example: recognizance enroll --gallery G ana ana.jpg --permit ID "
                "--provenance own_enrollment --ground release-17",
            )
        request = make_request(
            workspace,
            Operation.ENROLL,
            *photographs,
            permit=permit,
            gallery=gallery,
            purpose=purpose,
            case=case,
            face=face,
        )
        enrollment = Enrollment(subject, provenance or "", ground or "", minor)
        answer = workspace.desk.enroll(request, enrollment)
    show_answer(answer, as_json=as_json)


def _enroll_many(
    workspace: Workspace,
    listed: tuple[Person, ...],
    gallery: str,
    permit: str | None,
    purpose: str | None,
    case: str | None,
    minor: bool | None,
    *,
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
