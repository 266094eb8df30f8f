"""The door of a verb: the workspace of this machine, or a server; what is answered is the same.

`recognizance --server URL VERB ...`, or RECOGNIZANCE_SERVER. A verb that has no remote form refuses
to run while a server is named: it would silently do to the workspace here what was meant for there.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import typer

from recognizance.cli.session import (
    local_workspace,
    make_request,
    read_photograph,
    server_named,
    stated,
)
from recognizance.errors import InputError, UsageError
from recognizance.types import Operation
from recognizance.uses import Enrollment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from recognizance.cli.session import Answered
    from recognizance.client import Client
    from recognizance.gate.scope import SampleKind
    from recognizance.types import Principal
    from recognizance.uses import Request
    from recognizance.workspace import Workspace

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a use beside its photographs."""

    permit: str | None = None
    purpose: str | None = None
    case: str | None = None
    face: int | None = None
    site: str | None = None
    camera: str | None = None
    captured_at: str | None = None
    sample: SampleKind | None = None


class Door(Protocol):
    """What the verbs that know of servers ask."""

    def search(self, photograph: Path, gallery: str, about: About) -> Answered:
        """Could this be somebody of the gallery?"""

    def verify(self, photograph: Path, gallery: str, subject: str, about: About) -> Answered:
        """Is this the enrolled subject?"""

    def enroll(
        self, photographs: Sequence[Path], gallery: str, enrollment: Enrollment, about: About
    ) -> Answered:
        """Put a person into a gallery."""

    def erase(self, subject: str, reason: str) -> Answered:
        """Destroy what is held about a person."""

    def references(self, gallery: str | None) -> list[Row]:
        """Who is enrolled."""

    def permits(self) -> list[Row]:
        """The permits and their states."""

    def status(self) -> Row:
        """What the workspace holds."""

    def leads(self, state: str | None) -> list[Row]:
        """The leads that wait, or are in a state."""

    def lead(self, lead_id: str, *, pictures: bool) -> tuple[Row, Mapping[str, bytes]]:
        """A lead as its reviewer sees it, and its pictures by name."""

    def decide(self, lead_id: str, choice: str, *, reason: str, candidate: int | None) -> Answered:
        """Give a verdict."""

    def contest(self, lead_id: str, *, reason: str) -> Answered:
        """Have a confirmed lead looked at again."""


@contextmanager
def open_door() -> Iterator[Door]:
    """The door that was named: a server's, or else that of the workspace here."""
    address = server_named()
    if address is None:
        with local_workspace() as workspace:
            yield Here(workspace)
        return
    with connected(address) as client:
        yield There(client)


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of a server: with the key of RECOGNIZANCE_TOKEN, else logged in with a password."""
    from recognizance.client import Client
    from recognizance.settings import load_settings

    settings = load_settings()
    token = None if settings.token is None else settings.token.get_secret_value()
    with Client(address, token=token) as client:
        if token is None:
            client.log_in(settings.principal, _password(settings.principal))
        yield client


def _password(name: str) -> str:
    if not sys.stdin.isatty():
        raise InputError(
            "Nobody is here to type a password, and no key was given.",
            hint="Set RECOGNIZANCE_TOKEN to a key, or run this at a terminal.",
        )
    typed: str = typer.prompt(f"Password of {name}", hide_input=True, err=True)
    return typed


class Here:
    """The door of the workspace on this machine."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def search(self, photograph: Path, gallery: str, about: About) -> Answered:
        """Search at the desk."""
        asked = self._request(Operation.SEARCH, (photograph,), gallery, about)
        return self._workspace.desk.search(asked)

    def verify(self, photograph: Path, gallery: str, subject: str, about: About) -> Answered:
        """Verify at the desk."""
        asked = self._request(Operation.VERIFY, (photograph,), gallery, about)
        return self._workspace.desk.verify(asked, subject)

    def enroll(
        self, photographs: Sequence[Path], gallery: str, enrollment: Enrollment, about: About
    ) -> Answered:
        """Enroll at the desk."""
        asked = self._request(Operation.ENROLL, photographs, gallery, about)
        return self._workspace.desk.enroll(asked, enrollment)

    def erase(self, subject: str, reason: str) -> Answered:
        """Erase at the desk."""
        return self._workspace.desk.erase(self._me, subject, reason=reason)

    def references(self, gallery: str | None) -> list[Row]:
        """From the gallery."""
        from recognizance import listing

        every = [each.gallery_id for each in self._workspace.gallery.galleries()]
        return listing.references(self._workspace, [gallery] if gallery else every)

    def permits(self) -> list[Row]:
        """From the shelf."""
        from recognizance import listing

        return listing.permits(self._workspace)

    def status(self) -> Row:
        """From everywhere."""
        from recognizance import listing

        return listing.status(self._workspace)

    def leads(self, state: str | None) -> list[Row]:
        """From the gallery."""
        from recognizance import listing
        from recognizance.review import WAITING

        states = sorted(WAITING, reverse=True) if state is None else [state]
        return listing.leads(self._workspace, states)

    def lead(self, lead_id: str, *, pictures: bool) -> tuple[Row, Mapping[str, bytes]]:
        """Laid before this reviewer by the desk."""
        shown = self._workspace.desk.show(self._me, lead_id)
        found = {"probe": shown.probe} if pictures else {}
        for number, each in shown.candidates.items() if pictures else ():
            found[f"candidate-{number}"] = each
        return shown.view.as_dict(), {name: data for name, data in found.items() if data}

    def decide(self, lead_id: str, choice: str, *, reason: str, candidate: int | None) -> Answered:
        """Decide at the desk."""
        return self._workspace.desk.decide(
            self._me, lead_id, choice, reason=reason, candidate=candidate
        )

    def contest(self, lead_id: str, *, reason: str) -> Answered:
        """Contest at the desk."""
        return self._workspace.desk.contest(self._me, lead_id, reason=reason)

    @property
    def _me(self) -> Principal:
        return self._workspace.acting().principal

    def _request(
        self, operation: Operation, photographs: Sequence[Path], gallery: str, about: About
    ) -> Request:
        return make_request(
            self._workspace,
            operation,
            *photographs,
            permit=about.permit,
            gallery=gallery,
            purpose=about.purpose,
            case=about.case,
            face=about.face,
            circumstances=stated(about.site, about.camera, about.captured_at, about.sample),
        )


class There:
    """The door of a server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def search(self, photograph: Path, gallery: str, about: About) -> Answered:
        """Search there."""
        data = read_photograph(photograph)
        return self._client.search(data, gallery=gallery, **asdict(about))

    def verify(self, photograph: Path, gallery: str, subject: str, about: About) -> Answered:
        """Verify there."""
        data = read_photograph(photograph)
        return self._client.verify(data, gallery=gallery, subject=subject, **asdict(about))

    def enroll(
        self, photographs: Sequence[Path], gallery: str, enrollment: Enrollment, about: About
    ) -> Answered:
        """Enroll there; what was not stated is the key's to say."""
        return self._client.enroll(
            *map(read_photograph, photographs),
            gallery=gallery,
            subject=enrollment.subject_id,
            provenance=enrollment.provenance or None,
            ground=enrollment.ground or None,
            minor=enrollment.minor,
            **asdict(about),
        )

    def erase(self, subject: str, reason: str) -> Answered:
        """Erase there."""
        return self._client.erase(subject, reason=reason)

    def references(self, gallery: str | None) -> list[Row]:
        """From there."""
        return [each.as_dict() for each in self._client.subjects(gallery)]

    def permits(self) -> list[Row]:
        """From there."""
        return [each.as_dict() for each in self._client.permits()]

    def status(self) -> Row:
        """From there."""
        return self._client.status()

    def leads(self, state: str | None) -> list[Row]:
        """From there."""
        return [each.as_dict() for each in self._client.leads(state)]

    def lead(self, lead_id: str, *, pictures: bool) -> tuple[Row, Mapping[str, bytes]]:
        """From there, as this reviewer may see it."""
        view = self._client.lead(lead_id)
        places = view.pictures if pictures else ()
        shown = {place.rpartition("/")[2]: self._client.picture(place) for place in places}
        row = view.as_dict()
        del row["pictures"]
        return row, shown

    def decide(self, lead_id: str, choice: str, *, reason: str, candidate: int | None) -> Answered:
        """Decide there."""
        return self._client.decide(lead_id, choice, reason=reason, candidate=candidate)

    def contest(self, lead_id: str, *, reason: str) -> Answered:
        """Contest there."""
        return self._client.contest(lead_id, reason=reason)


def require_here(what: str) -> None:
    """Pass only where no server is named.

    Raises:
        UsageError: One is.
    """
    if server_named() is not None:
        raise UsageError(f"{what} works on this machine alone.", hint="Leave out the server.")
