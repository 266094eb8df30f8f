"""What jobs do: redact, find faces, audit, watch. Each is what the command line does."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from recognizance.errors import ImageError, InputError, SourceError
from recognizance.service.jobs.spool import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recognizance.redacting import Asked
    from recognizance.service.jobs.worker import Handle
    from recognizance.uses import Request
    from recognizance.workspace import Workspace

PICTURES: Final = "pictures"
"""The folder of a job in which pictures lie that are shown and not handed over."""

MOST_SHOWN: Final = 300
"""House number: of more faces nobody chooses by hand; what is not shown stays hidden."""


@dataclass(frozen=True, slots=True)
class Redact:
    """Hide the faces of one photograph or film.

    Attributes:
        source: The upload.
        how: What becomes of faces and sound.
        about: Digests of the film and of its faces as a person saw them when they chose.
        name: What its owner calls it.
        pictures: Whether to keep the pictures in which a face is still visible, to show them.
    """

    source: Path
    how: Asked
    about: tuple[str, str] | None = None
    name: str | None = None
    pictures: bool = False

    @property
    def asked(self) -> dict[str, Any]:
        """What it is about."""
        return {"name": self.name, "uploads": [self.source.stem]}

    def __call__(self, workspace: Workspace, handle: Handle) -> dict[str, Any]:
        """Redact it; `clean` says whether a second look found nobody."""
        from recognizance.redacting import Choices, redact_file, visible_pictures  # brings codecs
        from recognizance.redacting.files import name_like

        how = self.how
        choices = Choices(*self.about, how.keep, how.reason or "") if self.about else None
        engine: Any = workspace.engine  # its port is the smallest, and this needs more
        with _destroyed_if_unreadable(self.source, self.name):
            output = handle.folder / name_like(self.source, "redacted")
            done = redact_file(
                self.source,
                output,
                how,
                engine=engine,
                workspace=workspace,
                choices=choices,
                tell=handle.tell,
            )
        if self.pictures:
            _keep_pictures(handle, visible_pictures(output, done.record, engine))
        return {
            "clean": not done.visible,
            "hidden": done.hidden,
            "kept": done.kept,
            "entry": done.record["entry"],
        }


@dataclass(frozen=True, slots=True)
class FindFaces:
    """Find the faces of one photograph or film, for a person to choose who stays visible.

    Attributes:
        source: The upload.
        name: What its owner calls it.
    """

    source: Path
    name: str | None

    @property
    def asked(self) -> dict[str, Any]:
        """What it is about."""
        return {"name": self.name, "uploads": [self.source.stem]}

    def __call__(self, workspace: Workspace, handle: Handle) -> dict[str, Any]:
        """Find them; those that were seen most often are shown."""
        from recognizance.redacting import face_pictures, listed  # brings codecs

        engine: Any = workspace.engine
        with _destroyed_if_unreadable(self.source, self.name):
            found = listed(self.source, engine, shots=True, tell=handle.tell)
        seen = sorted(found.tracks, key=lambda track: -track.sightings)[:MOST_SHOWN]
        faces: list[dict[str, Any]] = [
            {
                "number": track.number,
                "from_s": round(track.first.time_s, 1),
                "to_s": round(track.last.time_s, 1),
                "pictures": track.sightings,
            }
            for track in sorted(seen, key=lambda track: track.number)
        ] or [{"number": number + 1} for number in range(len(found.faces))][:MOST_SHOWN]
        numbers = [int(each["number"]) for each in faces]
        _keep_pictures(handle, face_pictures(self.source, found, engine, numbers))
        return {
            "input_sha256": found.input_sha256,
            "tracks_sha256": found.tracks_sha256,
            "faces": faces,
            "found": len(found.tracks) or len(found.faces),
        }


def _keep_pictures(handle: Handle, pictures: Iterator[tuple[int, bytes]]) -> None:
    folder = handle.folder / PICTURES
    folder.mkdir(mode=0o700, exist_ok=True)
    for number, data in pictures:
        (folder / f"{number}.jpg").write_bytes(data)


@contextmanager
def _destroyed_if_unreadable(source: Path, name: str | None) -> Iterator[None]:
    """Nothing can be done with what cannot be read, so nothing of it is kept."""
    try:
        yield
    except (ImageError, SourceError) as error:
        source.unlink(missing_ok=True)
        if name is not None:  # its owner does not know it by ours
            error.message = error.message.replace(repr(source.name), repr(name))
        raise


@dataclass(frozen=True, slots=True)
class Audit:
    """Measure a system by a table of scores or an archive of templates."""

    source: Path
    labels: Path | None
    groups: tuple[str, ...]
    subject: str | None
    name: str | None
    system: str
    version: str
    distance: bool
    targets: tuple[float, ...]

    @property
    def asked(self) -> dict[str, Any]:
        """What it is about."""
        files = (self.source, self.labels)
        return {"name": self.name, "uploads": [each.stem for each in files if each is not None]}

    def __call__(self, workspace: Workspace, handle: Handle) -> dict[str, Any]:
        """Measure it, record it, write the report."""
        from recognizance.audit.report.summary import summarise  # brings numbers
        from recognizance.auditing.kept import ARCHIVE, pack
        from recognizance.auditing.record import about, record, write_report

        called = {"system": self.system, "version": self.version, "name": self.name}
        handle.facts = dict(called)
        templates = self.source.suffix == ".npz"
        result = self._templates(handle) if templates else self._scores(handle)
        entry = record(workspace, result)
        verb = "templates" if templates else "scores"
        made = about(f"recognizance audit {verb} FILE", workspace.clock())
        folder = handle.folder / ".report"
        write_report(result, made, folder)
        pack(folder, handle.folder / ARCHIVE)
        summary = summarise(result)
        return {
            **called,
            "entry": entry,
            "data": result.data.digest,
            "findings": list(summary.found),
            "stands_out": list(summary.stands_out),
            "not_said": list(summary.not_said),
        }

    def _plan(self, handle: Handle) -> Any:  # noqa: ANN401  # a Plan; its module is loaded late
        from recognizance.audit.plan import TARGETS, Plan

        def told(_stage: str, done: int, total: int) -> None:
            handle.tell(done / (total or 1))

        return Plan(
            attributes=self.groups,
            main=self.groups,
            targets=self.targets or TARGETS,
            thresholds=(),
            gallery_sizes=(),
            progress=told,
        )

    def _templates(self, handle: Handle) -> Any:  # noqa: ANN401  # as above
        from recognizance.audit.data import read_templates
        from recognizance.audit.measure import audit_samples
        from recognizance.audit.result import System

        _check_archive(self.source)
        data = read_templates(self.source, self.labels, features="features", subject=self.subject)
        data = replace(data, name=self.name or "uploaded templates")
        system = System(name=self.system, version=self.version, score="cosine")
        return audit_samples(data, self._plan(handle), system)

    def _scores(self, handle: Handle) -> Any:  # noqa: ANN401  # as above
        from recognizance.audit.measure import audit_table
        from recognizance.audit.result import Disclosure, System
        from recognizance.audit.tablecount import count_table
        from recognizance.audit.tables import (
            Columns,
            digest_of,
            header_of,
            label_columns,
            read_table,
        )

        if self.labels is not None:
            raise InputError(
                "A table of scores has its labels in columns of its own.",
                hint="Leave the labels out; name the columns with groups.",
            )
        found = label_columns(self.groups, tuple(header_of(self.source)))
        columns = Columns(labels=tuple(found), distance=self.distance)
        plan = self._plan(handle)
        read = read_table(self.source, columns, progress=plan.report("bytes of the table"))
        table = count_table(
            self.name or "uploaded scores",
            read,
            self.groups,
            digest=digest_of(self.source),
            thresholds=(),
        )
        score = "a distance, turned" if self.distance else "as it was given"
        system = System(name=self.system, version=self.version, score=score)
        return audit_table(table, replace(plan, disclosure=Disclosure.EXACT), system)


def _check_archive(path: Path) -> None:
    """Pass an archive that does not unpack to more than an upload may hold.

    Raises:
        InputError: It does, or is none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(
            "The file of templates is no archive.", hint="Give one as numpy.savez writes it."
        ) from error
    if size > MOST_BYTES:
        raise InputError(
            "The file of templates unpacks to more than is taken.",
            hint=f"Give at most {MOST_BYTES // 2**30} GiB of templates.",
        )


@dataclass(frozen=True, slots=True)
class WatchRecordings:
    """Watch uploaded recordings against a gallery."""

    sources: tuple[Path, ...]
    camera: str | None
    request: Request

    @property
    def asked(self) -> dict[str, Any]:
        """What it is about."""
        return {"uploads": [each.stem for each in self.sources]}

    def __call__(self, workspace: Workspace, handle: Handle) -> dict[str, Any]:
        """Watch them; names are told to nobody here, leads wait for review."""
        from recognizance.watching import (  # brings codecs
            Plan,
            open_cameras,
            watch_cameras,
        )

        ids = [self.camera if len(self.sources) == 1 else None for _ in self.sources]
        cameras = open_cameras(
            [str(each) for each in self.sources], ids, self.request.circumstances.captured_at
        )
        leads: list[str] = []
        request = replace(self.request, footage=cameras.footage)

        def hear(sighting: Any) -> None:  # noqa: ANN401  # a Sighting
            if sighting.answer is not None and sighting.answer.lead_id:
                leads.append(sighting.answer.lead_id)

        def tell(status: Any) -> None:  # noqa: ANN401  # a Status
            handle.facts = {"counts": asdict(status.counts), "leads": list(leads)}

        answer = watch_cameras(
            workspace, Plan(request, cameras.cameras, hear=hear, tell=tell), stop=handle.stop
        )
        return {**handle.facts, "outcome": answer.outcome, "entry": answer.entry}
