"""`recognizance redact`: hide the faces in photographs and films; needs no permit."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from recognizance.cli.console import Json, emit, line, progress, table
from recognizance.cli.door import require_here
from recognizance.cli.output import output_file
from recognizance.cli.redact_there import redact_there
from recognizance.cli.session import (
    CameraOption,
    CapturedAtOption,
    CaseOption,
    PermitOption,
    PurposeOption,
    SampleOption,
    SiteOption,
    make_request,
    open_workspace,
    server_named,
    stated,
    workspace_if_any,
)
from recognizance.errors import InputError, NotCleanError
from recognizance.types import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recognizance.engine import Engine
    from recognizance.redacting import Asked, Choices, Done, Listed, RedactPort
    from recognizance.uses import Request
    from recognizance.workspace import Workspace

_STEPS = 1000


def redact(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="A photograph, a film, or a folder of them.")
    ],
    output: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="The file or folder to write.")
    ] = None,
    style: Annotated[
        str, typer.Option(help="solid (the safest), mask, pixelate or blur.")
    ] = "solid",
    keep: Annotated[
        list[int] | None,
        typer.Option("--keep", help="Number of a face that stays visible; repeat for several."),
    ] = None,
    keep_like: Annotated[
        Path | None,
        typer.Option(
            metavar="PHOTO",
            help="A photograph of somebody who stays visible in a film. That compares faces, so it "
            "takes a permit; whoever is not surely them is hidden.",
        ),
    ] = None,
    permit: PermitOption = None,
    purpose: PurposeOption = None,
    case: CaseOption = None,
    site: SiteOption = None,
    camera: CameraOption = None,
    captured_at: CapturedAtOption = None,
    sample: SampleOption = None,
    because: Annotated[
        str | None, typer.Option(help="Why they may stay visible: a release, say.")
    ] = None,
    choices: Annotated[
        Path | None, typer.Option(help="What was ticked on the review page of this film.")
    ] = None,
    also_audio: Annotated[str, typer.Option(help="keep the sound of a film, or mute it.")] = "keep",
    list_only: Annotated[
        bool, typer.Option("--list", help="Only list the faces and their numbers.")
    ] = False,
    review: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Only write a page with the faces of a film, to tick."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hide every face in photographs and films but those that you keep.

    A second look at other sizes then searches the written file. If it still finds a face, the
    file is not called clean: exit status 6. What could name or show somebody beside the picture
    is left out. A folder is gone on with where it was cut off.
    """
    from recognizance.redacting import read_choices
    from recognizance.settings import load_settings
    from recognizance.workspace import load_engine

    if list_only or review or choices or keep_like or source.is_dir():
        require_here("This form of redact")
    if list_only or review is not None:
        _list_or_review(source, review, load_engine(load_settings()), as_json=as_json)
        return
    if output is None:
        raise InputError("Where to write was not said.", hint="Name a file or folder after IN.")
    ticked = None if choices is None else read_choices(choices)
    if ticked is not None and keep:
        raise InputError("Both --keep and --choices were given.", hint="Give one of them.")
    asked = _asked(
        style,
        also_audio,
        tuple(keep or ()) if ticked is None else ticked.keep,
        because or (ticked.because if ticked else None),
    )
    if source.is_dir() and ticked is not None:
        raise InputError("Choices were made about one film.", hint="Name that film, not a folder.")
    if keep_like is None:
        if source.is_dir():
            _folder(source, output, asked, as_json=as_json)
        else:
            _one(source, output, asked, ticked, as_json=as_json)
        return
    if source.is_dir():
        raise InputError(
            "Whom to keep can be said for one film at a time.",
            hint="Redact that one by itself, then the folder.",
        )
    with open_workspace() as workspace:
        request = make_request(
            workspace,
            Operation.COMPARE,
            keep_like,
            permit=permit,
            purpose=purpose,
            case=case,
            circumstances=stated(site, camera, captured_at, sample),
        )
        _alike(source, output, asked, ticked, workspace, request, as_json=as_json)


def _one(
    source: Path, output: Path, asked: Asked, ticked: Choices | None, *, as_json: bool
) -> None:
    from recognizance.redacting import redact_file
    from recognizance.settings import load_settings
    from recognizance.workspace import load_engine

    address = server_named()
    if address is not None:
        with _telling(source.name, quiet=as_json) as tell:
            done = redact_there(address, source, output, asked, tell)
    else:
        with workspace_if_any() as workspace, _telling(source.name, quiet=as_json) as tell:
            done = redact_file(
                source,
                output,
                asked,
                engine=load_engine(load_settings()),
                workspace=workspace,
                choices=ticked,
                tell=tell,
            )
    _finish(done, output, as_json=as_json)


def _alike(
    source: Path,
    output: Path,
    asked: Asked,
    ticked: Choices | None,
    workspace: Workspace,
    request: Request,
    *,
    as_json: bool,
) -> None:
    """The same with a comparison before it, which is a use of the workspace's models."""
    from recognizance.redacting import Like, redact_file

    engine = cast("Engine", workspace.engine)
    with _telling(source.name, quiet=as_json) as tell:
        done = redact_file(
            source,
            output,
            asked,
            engine=engine,
            workspace=workspace,
            choices=ticked,
            like=Like(workspace.desk, engine, request),
            tell=tell,
        )
    _finish(done, output, as_json=as_json)


def _finish(done: Done, output: Path, *, as_json: bool) -> None:
    _show(done, output, as_json=as_json)
    if done.visible:
        raise NotCleanError(
            f"{done.visible} can still be seen in {output}.",
            hint="Do not release it; hide them by hand, or use --style solid.",
        )


def _asked(style: str, audio: str, keep: tuple[int, ...], because: str | None) -> Asked:
    from recognizance.redacting import Asked
    from recognizance.video import Style
    from recognizance.video.redaction import Audio

    if style not in set(Style):
        raise InputError(f"There is no style {style!r}.", hint="Say solid, mask, pixelate or blur.")
    if audio not in set(Audio):
        raise InputError(f"The sound cannot be {audio!r}.", hint="Say keep or mute.")
    return Asked(Style(style), keep, because, Audio(audio))


def _list_or_review(
    source: Path, review: Path | None, engine: RedactPort, *, as_json: bool
) -> None:
    from recognizance.redacting import listed, review_page

    with _telling(source.name, quiet=as_json) as tell:
        found = listed(source, engine, shots=review is not None, tell=tell)
    if review is None:
        _show_list(found, as_json=as_json)
        return
    if not found.tracks:
        raise InputError(
            f"There is no face track in {source.name!r} to choose from.",
            hint="For a photograph, use --list and --keep.",
        )
    review.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = review / f"{source.name}.review.html"
    with output_file(path) as page:
        page.write(review_page(source.name, found, engine))
    emit(
        {"page": str(path), "tracks": len(found.tracks)},
        as_json,
        line(("review: ", "bold"), str(path)),
        line("  tracks      ", str(len(found.tracks))),
        line("  note        ", "it shows faces: delete it when the redacted film is made"),
    )


def _show_list(found: Listed, *, as_json: bool) -> None:
    from recognizance.redacting import fact_of

    if found.tracks or found.tracks_sha256:
        rows = [fact_of(track) for track in found.tracks]
        cells = ((r["number"], r["from_s"], r["to_s"], r["sightings"], r["box"]) for r in rows)
        shown = table(None, ("track", "from s", "to s", "sightings", "first box"), cells)
        emit(rows, as_json, shown)
        return
    faces = [
        {
            "number": number,
            "left": round(box.left),
            "top": round(box.top),
            "width": round(box.width),
            "height": round(box.height),
        }
        for number, box in enumerate(found.faces, start=1)
    ]
    columns = ("face", "left", "top", "width", "height")
    emit(faces, as_json, table(None, columns, (each.values() for each in faces)))


def _show(done: Done, output: Path, *, as_json: bool) -> None:
    from recognizance.redacting import faces_in_words

    record = done.record
    rows = [
        ("hidden", faces_in_words(done.hidden)),
        ("kept", f"{done.kept}" + (f", because {record['kept_because']}" if done.kept else "")),
        ("written", str(output)),
        ("record", f"{output}.json"),
        ("recorded", str(record["entry"] or "nowhere: there is no workspace here")),
    ]
    like = record.get("kept_like")
    if isinstance(like, dict):
        words = f"{like['compared']} pictures compared under permit {like['permit']}"
        rows.append(("identified", words + (", self-attested" if like["self_attested"] else "")))
    left_out, gaps = record.get("left_out"), record.get("gaps")
    if isinstance(left_out, list) and left_out:
        rows.append(("left out", ", ".join(left_out)))
    if isinstance(gaps, dict) and any(gaps.values()):
        said = ", ".join(f"{name.replace('_', ' ')}: {gap}" for name, gap in gaps.items() if gap)
        rows.append(("gaps", said))
    clean = ("NOT CLEAN", "red") if done.visible else ("clean", "bold green")
    emit(
        record,
        as_json,
        line(("redact: ", "bold"), clean),
        *(line(f"  {name:<12}", value) for name, value in rows),
    )


def _folder(source: Path, output: Path, asked: Asked, *, as_json: bool) -> None:
    from recognizance.redacting import Job
    from recognizance.settings import load_settings
    from recognizance.workspace import load_engine

    with workspace_if_any() as workspace, _telling(source.name, quiet=as_json) as tell:
        job = Job(source, output, asked, load_engine(load_settings()), workspace)
        results = list(job.run(tell))
    counts = {
        outcome: sum(1 for each in results if each.outcome == outcome)
        for outcome in ("clean", "not_clean", "failed", "left_alone")
    }
    rows = [
        (each.path, each.outcome.replace("_", " "), "before" if each.before else "", each.says)
        for each in results
    ]
    emit(
        {
            "files": [
                {"path": r.path, "outcome": r.outcome, "before": r.before, "says": r.says}
                for r in results
            ],
            **counts,
        },
        as_json,
        table(None, ("file", "outcome", "done", "says"), rows),
        line(", ".join(f"{count} {word.replace('_', ' ')}" for word, count in counts.items())),
    )
    if counts["not_clean"]:
        raise NotCleanError(
            f"In {counts['not_clean']} of {len(results)} files faces can still be seen.",
            hint="Do not release those; each record says in which pictures.",
        )
    if counts["failed"]:
        raise InputError(
            f"{counts['failed']} of {len(results)} files could not be redacted.",
            hint="The others are done; run the command again once those are mended.",
        )


@contextmanager
def _telling(name: str, *, quiet: bool) -> Iterator[Callable[[float], None]]:
    """A bar with the time left; yields a function that takes the part that is done."""
    with progress(name, _STEPS, quiet=quiet, counted=False) as told:
        yield lambda part: told(round(part * _STEPS))
