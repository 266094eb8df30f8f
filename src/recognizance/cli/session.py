"""What the verbs share: the workspace, the acting principal, photographs, answers."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from recognizance.cli.console import emit, line, outcome, table
from recognizance.cli.passphrase import asking
from recognizance.errors import ImageError, ImageTooLargeError, InputError, UsageError
from recognizance.gate.scope import NOTHING_STATED, Circumstances, SampleKind
from recognizance.types import utc_moment
from recognizance.uses import Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from rich.text import Text

    from recognizance.types import Operation
    from recognizance.workspace import Workspace

MAX_PHOTOGRAPH_BYTES = 30_000_000
"""Bound on what is read from a file before anything looks at it."""

PermitOption = Annotated[
    str | None, typer.Option("--permit", help="Id of the permit that allows this use.")
]
GalleryOption = Annotated[str, typer.Option("--gallery", help="Id of the gallery.")]
PurposeOption = Annotated[
    str | None, typer.Option("--purpose", help="What this use is for; it must be the permit's.")
]
CaseOption = Annotated[
    str | None, typer.Option("--case", help="Id of the case, where the permit asks for one.")
]
FaceOption = Annotated[
    int | None, typer.Option("--face", help="Which face to use, counted from 1, largest first.")
]

SiteOption = Annotated[
    str | None, typer.Option("--site", help="Id of the place, where the permit names places.")
]
CameraOption = Annotated[
    str | None, typer.Option("--camera", help="Id of the camera that the picture is from.")
]
CapturedAtOption = Annotated[
    str | None,
    typer.Option("--captured-at", help="When the picture was taken, like 2026-11-24T18:00Z."),
]
SampleOption = Annotated[
    SampleKind | None, typer.Option("--sample", help="What the picture is, as you state it.")
]


_server: ContextVar[str | None] = ContextVar("server", default=None)


def use_server(address: str | None) -> None:
    """Send what can be sent to this server."""
    _server.set(address)


def server_named() -> str | None:
    """The server that was named on the command line or by RECOGNIZANCE_SERVER; None for here."""
    from recognizance.settings import load_settings

    return _server.get() or load_settings().server


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """The workspace here, for a verb that is sent to no server.

    Raises:
        UsageError: A server was named: what was meant for there is not done here.
    """
    if server_named() is not None:
        raise UsageError(
            "This verb works on the workspace of this machine, and a server was named.",
            hint="Leave out --server and RECOGNIZANCE_SERVER, or run it at the server.",
        )
    with local_workspace() as workspace:
        yield workspace


@contextmanager
def local_workspace() -> Iterator[Workspace]:
    """The workspace of `RECOGNIZANCE_HOME`, open; what is due is done first."""
    from recognizance.workspace import Workspace

    with Workspace.open(unlock=asking()) as workspace:
        yield workspace


@contextmanager
def workspace_if_any() -> Iterator[Workspace | None]:
    """The workspace of `RECOGNIZANCE_HOME`, open, or None where there is none."""
    from recognizance.settings import load_settings

    if not (load_settings().home / "workspace.json").exists():
        yield None
        return
    with open_workspace() as workspace:
        yield workspace


def read_photograph(path: Path) -> bytes:
    """The bytes of a photograph file.

    Raises:
        ImageTooLargeError: The file is larger than any photograph we accept.
        ImageError: There is no such file, it is a folder, a pipe or a device, or it cannot be read.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe or a device would be waited for
            raise _no_regular_file(path)
        with path.open("rb") as file:
            data = file.read(MAX_PHOTOGRAPH_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ImageError(
            f"The photograph {path.name!r} cannot be read: {getattr(error, 'strerror', error)}.",
            hint="Check the path and its permissions.",
        ) from error
    if len(data) > MAX_PHOTOGRAPH_BYTES:
        raise ImageTooLargeError(
            f"The photograph {path.name!r} is larger than {MAX_PHOTOGRAPH_BYTES // 1_000_000} MB.",
            hint="Save it smaller; nothing of it was read further.",
        )
    return data


def _no_regular_file(path: Path) -> ImageError:
    return ImageError(
        f"{path.name!r} is no regular file.", hint="Name a photograph, not a folder or a pipe."
    )


def parse_moment(text: str) -> datetime:
    """A moment as people write it, e.g. `2026-11-24T18:00Z`.

    Raises:
        InputError: It is none, or has no zone.
    """
    try:
        return utc_moment(text.strip())
    except ValueError as error:
        raise InputError(
            f"{text!r} is no moment with a zone.", hint="Write it like 2026-11-24T18:00Z."
        ) from error


def stated(
    site: str | None, camera: str | None, captured_at: str | None, sample: SampleKind | None
) -> Circumstances:
    """What was said of a use on the command line; nothing is filled in.

    Raises:
        InputError: The time of capture is no moment.
    """
    captured = None if captured_at is None else parse_moment(captured_at)
    return Circumstances(site=site, camera=camera, captured_at=captured, sample=sample)


def clip_digest(path: Path) -> str:
    """SHA-256 of a clip's bytes, hex: how a trial names it.

    Raises:
        InputError: It is no file.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path.name!r}.", hint="Check the path.")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_request(
    workspace: Workspace,
    operation: Operation,
    *photographs: Path,
    permit: str | None,
    gallery: str | None = None,
    purpose: str | None = None,
    case: str | None = None,
    face: int | None = None,
    circumstances: Circumstances = NOTHING_STATED,
) -> Request:
    """A request by the acting principal."""
    return Request(
        principal=workspace.acting().principal,
        operation=operation,
        permit_id=permit,
        photographs=tuple(read_photograph(path) for path in photographs),
        gallery_id=gallery,
        purpose=purpose,
        case_id=case,
        face=face,
        circumstances=circumstances,
    )


class Answered(Protocol):
    """An answer of the desk, from here or over HTTP."""

    @property
    def operation(self) -> str:
        """What was asked for."""

    @property
    def outcome(self) -> str:
        """What came out."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Released subject ids."""

    @property
    def lead_id(self) -> str | None:
        """The lead, if one was made."""

    @property
    def count(self) -> int | None:
        """How many references."""

    @property
    def error_rate(self) -> str | None:
        """The rate that the decision was made at."""

    @property
    def band(self) -> str | None:
        """How strong the match is."""

    @property
    def entry(self) -> str:
        """Where it stands in the ledger."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the reader has to know."""

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape of an answer."""


def show_answer(answer: Answered, *, as_json: bool) -> None:
    """Print an answer of the desk."""
    emit(answer.as_dict(), as_json, *answer_text(answer))


def answer_text(answer: Answered, *, kept: bool = True) -> list[Text]:
    """An answer in words: outcome, error rate, what may be done with it, where it stands."""
    facts: list[tuple[str, str]] = []
    if answer.subjects:
        facts.append(("subject", ", ".join(answer.subjects)))
    if answer.lead_id:
        facts.append(("lead", answer.lead_id))
    if answer.count is not None:
        facts.append(("references", str(answer.count)))
    if answer.error_rate:
        facts.append(("decided at", answer.error_rate))
    if answer.band:
        facts.append(("strength", answer.band))
    facts.append(("recorded", answer.entry if kept else "nothing is kept"))
    facts.extend(("note", notice) for notice in answer.notices)
    lines = [line((f"{answer.operation}: ", "bold"), outcome(answer.outcome))]
    lines += [line((f"  {name:<18}", "dim"), value) for name, value in facts]
    return lines


__all__ = [
    "Answered",
    "CameraOption",
    "CapturedAtOption",
    "CaseOption",
    "FaceOption",
    "GalleryOption",
    "PermitOption",
    "PurposeOption",
    "SampleOption",
    "SiteOption",
    "answer_text",
    "clip_digest",
    "local_workspace",
    "make_request",
    "open_workspace",
    "parse_moment",
    "read_photograph",
    "server_named",
    "show_answer",
    "stated",
    "table",
    "use_server",
    "workspace_if_any",
]
