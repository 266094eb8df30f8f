"""`recognizance documents`: what people are owed, written from one submission. No workspace."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.cli.gate.common import read_text, today
from recognizance.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    RefusedError,
    SubmissionError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.documents import Document, Sources
    from recognizance.evidence import Evidence
    from recognizance.gate.decide import GateDecision
    from recognizance.gate.permit import Permit
    from recognizance.gate.submission import Submission


def documents(
    submission: Annotated[
        Path, typer.Argument(help="A submission (TOML), or as the workspace kept it (JSON).")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder to write into.")],
    permit: Annotated[
        Path | None, typer.Option(help="The permit that followed (JSON), if there is one.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Which document; repeat for several. By default all of them."),
    ] = None,
    register_url: Annotated[
        str | None, typer.Option(help="Where the public register shows this use.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option(help="How people object, see and erase: address, phone, e-mail.")
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(help="An evidence file; by default the shipped one, if it is of this model."),
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The law as of this day; by default the permit's day of issue, or today.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write register entry, notice, ATRS, FRIA, DPIA, Washington report and model card."""
    from recognizance.documents import KINDS, Sources

    if unlisted := [each for each in kind or () if each not in KINDS]:
        raise NotFoundError(
            f"There is no document of the kind {unlisted[0]!r}.",
            hint=f"It is one of: {', '.join(KINDS)}.",
        )
    filed = _read_submission(read_text(submission))
    signed = None if permit is None else _read_permit(read_text(permit))
    facts = Sources(
        submission=filed,
        decision=_decision(filed, signed, at.date() if at else None),
        permit=signed,
        evidence=_evidence(evidence, filed, signed),
        register_url=register_url,
        contact=contact,
    )
    made, withheld = _made(tuple(dict.fromkeys(kind)) if kind else KINDS, facts, asked=bool(kind))
    _write(output, made)
    _show(output, made, withheld, as_json=as_json)


# ---- reading --------------------------------------------------------------------------------


def _read_submission(data: bytes) -> Submission:
    """A submission as TOML; or as the workspace keeps it, or as a request holds it, as JSON.

    Raises:
        SubmissionError: It is none, or has a field or a value that is not listed.
        InputError: It is neither TOML nor JSON.
    """
    from recognizance.canonical import parse_json
    from recognizance.gate.submission import parse_submission, submission_from

    if not data.lstrip().startswith(b"{"):
        return parse_submission(data)
    content = parse_json(data)
    if isinstance(content, dict) and content.keys() == {"permit", "submission"}:
        content = content["submission"]
    if not isinstance(content, dict):
        raise SubmissionError(
            "The file holds no submission.",
            hint="Use a submission in TOML, or the request that the gate wrote.",
        )
    return submission_from(content)


def _read_permit(data: bytes) -> Permit:
    from recognizance.gate.permit import Permit

    return Permit.from_json(data)


def _decision(filed: Submission, permit: Permit | None, at: date | None) -> GateDecision | None:
    """The decision by today's rules; none where the permit was decided by other rules."""
    from recognizance.gate.bundle import load_bundle
    from recognizance.gate.decide import decide

    bundle = load_bundle()
    if permit is not None and permit.bundle_digest != bundle.digest:
        return None
    day = at or (today() if permit is None else permit.issued_at.date())
    return decide(bundle, filed, at=day)


def _evidence(path: Path | None, filed: Submission, permit: Permit | None) -> Evidence | None:
    """The evidence that was named; else the shipped one, where it is the one of this use."""
    from recognizance.documents.sources import model_of
    from recognizance.evidence import load_evidence

    evidence = load_evidence(path)
    named = None if permit is None else permit.evidence_digest
    its_own = model_of(filed, permit) in {None, evidence.model_id} and named in {
        None,
        evidence.digest,
    }
    return evidence if path is not None or its_own else None


# ---- making and writing ---------------------------------------------------------------------


def _made(
    kinds: Sequence[str], facts: Sources, *, asked: bool
) -> tuple[list[Document], RefusedError | None]:
    """The documents; a register entry that may not be made yet is left out unless asked for.

    Raises:
        RefusedError: The register entry was asked for, and its permit is withheld.
    """
    from recognizance.documents import make
    from recognizance.workspace import utc_now

    # Nobody states that a permit was published: it follows its last hour, by this machine's clock.
    published = facts.permit is not None and utc_now() >= facts.permit.expires_at
    made: list[Document] = []
    withheld = None
    for kind in kinds:
        try:
            made.append(make(kind, facts, published=published))
        except RefusedError as error:
            if asked or kind != "register":
                raise
            withheld = error
    return made, withheld


def _write(folder: Path, made: Sequence[Document]) -> None:
    """Write every document twice; files that are there may hold what somebody filled in.

    Raises:
        ConflictError: A file is there already; then nothing is written.
        InputError: The folder or a file cannot be written.
    """
    from recognizance.documents import to_html, to_markdown

    files = {
        folder / f"{document.kind}.{ending}": write(document)
        for document in made
        for ending, write in (("md", to_markdown), ("html", to_html))
    }
    if there := [path for path in files if path.exists()]:
        raise ConflictError(
            f"{there[0]} is there already, perhaps with what somebody filled in.",
            hint="Name another folder with -o.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {error.strerror}.", hint="Check the folder."
        ) from error


def _show(
    folder: Path, made: Sequence[Document], withheld: RefusedError | None, *, as_json: bool
) -> None:
    rows = [
        {
            "kind": document.kind,
            "filled": document.filled,
            "missing": len(document.gaps),
            "asks": [{"label": gap.label, "ask": gap.ask} for gap in document.gaps],
            "files": [str(folder / f"{document.kind}.{ending}") for ending in ("md", "html")],
        }
        for document in made
    ]
    left_out = (
        ()
        if withheld is None
        else (
            line(("register is not written: ", "yellow"), withheld.message),
            line("  rules  ", ", ".join(withheld.rules)),
        )
    )
    emit(
        {"documents": rows, "withheld": None if withheld is None else withheld.as_dict()},
        as_json,
        table(
            None,
            ("document", "filled", "missing", "file"),
            (
                (row["kind"], row["filled"], row["missing"], f"{folder / str(row['kind'])}.html")
                for row in rows
            ),
        ),
        *left_out,
        line("What is missing is marked MISSING in each, with what to state and where."),
    )
