"""`recognizance start`: from nothing to a first useful answer in one command."""

from __future__ import annotations

import csv
import shutil
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli import people
from recognizance.cli.console import Json, emit, line, progress, table
from recognizance.cli.evidence import one_in
from recognizance.cli.gate.common import decision_text
from recognizance.cli.passphrase import PlainKeys, new_passphrase
from recognizance.cli.session import open_workspace, read_photograph
from recognizance.cli.start_key import issue_at_start
from recognizance.errors import (
    InputError,
    NoUsableFaceError,
    RecognizanceError,
    RefusedError,
    WorkspaceExistsError,
)
from recognizance.types import ErrorRate, Operation, utc_text
from recognizance.uses import Enrollment, Request, sample_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.workspace import Workspace

app = typer.Typer(
    help="A workspace, its permit and its people in one command.", no_args_is_help=True
)

OPTED_IN_FMR_PPB = 300_000
"""3 in 10,000: the strictest false match rate that the shipped evidence measures by group."""

GALLERY = "opted-in"
NOT_GOOD_FOR = (
    "people who did not sign a release, children, or anybody who has no other way in",
    "police, prosecution, watchlists, payment, or anything that follows without a person deciding",
    "finding out who a stranger is: strangers are not kept, and a match with one is an error",
)


@app.callback()
def _start() -> None:
    """Keep `opted-in` a word of its own, so that other roads can be added."""


@app.command("opted-in")
def opted_in(
    people_folder: Annotated[
        Path, typer.Option("--people", help="A folder with one folder a person.")
    ],
    releases: Annotated[
        Path, typer.Option(help="CSV with the columns subject_id and release_id: who agreed.")
    ],
    country: Annotated[
        str | None, typer.Option(help="Where: ISO 3166-1, two letters. Local law is then applied.")
    ] = None,
    subdiv: Annotated[
        str | None,
        typer.Option(help="State or province, like US-CA, where it has laws of its own."),
    ] = None,
    plain_keys: PlainKeys = False,
    as_json: Json = False,
) -> None:
    """Make a workspace for released adults: permit of class opted_in, everybody enrolled.

    Broken off, it goes on where it was when it is run again.
    """
    folders = people.folders(people_folder)
    released = read_releases(releases)
    _check_all(folders, released)
    agreed = {name: photos for name, photos in folders.items() if name in released}
    refused = sorted(folders.keys() - released.keys())
    if not agreed:
        raise InputError(
            "Nobody in the folder has a release.",
            hint="The names of the folders have to be the subject_ids of the CSV.",
        )
    references = sum(map(len, agreed.values()))
    with _begun(plain=plain_keys) as workspace:
        permit_id = _permit_so_far(workspace) or _permit(
            workspace, references=references, country=country, subdiv=subdiv
        )
        rejects = _enroll(workspace, permit_id, agreed, released, quiet=as_json)
        key, key_words = issue_at_start(
            workspace, permit_id, GALLERY, {name: released[name] for name in agreed}
        )
        permit = workspace.shelf.find(permit_id)
        threshold = workspace.threshold(permit)
        counts = workspace.gallery.counts(GALLERY)
    stranger = 1 - (1 - threshold.worst.upper) ** max(counts.references, 1)
    emit(
        {
            "workspace": str(workspace.layout.home),
            "permit_id": permit_id,
            "gallery_id": GALLERY,
            "enrolled": counts.subjects,
            "references": counts.references,
            "without_release": refused,
            "rejected": rejects,
            "expires_at": utc_text(permit.expires_at),
            "fmr_target_ppb": permit.target.target_ppb,
            "stranger_rate": stranger,
            "key": key,
            "stated": list(STATED_WORDS),
            "not_good_for": list(NOT_GOOD_FOR),
        },
        as_json,
        line(
            ("Ready: ", "bold green"), f"{counts.subjects} people, {counts.references} references"
        ),
        line("  workspace  ", str(workspace.layout.home)),
        line("  permit     ", f"{permit_id}, self-attested, until {utc_text(permit.expires_at)}"),
        line(
            "  error rate ",
            f"a stranger is taken for somebody at most {one_in(stranger)} searches,"
            " in the worst measured group",
        ),
        *(line(("  left out   ", "yellow"), f"{name}: no release") for name in refused),
        *(
            [table("Rejected", ("photograph", "code", "why"), (r.values() for r in rejects))]
            if rejects
            else []
        ),
        line(
            "  next       ", f"recognizance search PHOTO --gallery {GALLERY} --permit {permit_id}"
        ),
        *key_words,
        line(("What this command states in your name; erase everything if it is not true", "bold")),
        *(line("  - ", words) for words in STATED_WORDS),
        line(("What this is not good for", "bold")),
        *(line("  - ", words) for words in NOT_GOOD_FOR),
    )


def read_releases(path: Path) -> dict[str, str]:
    """Release ids by subject.

    Raises:
        InputError: It is no CSV with these columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        released = {row["subject_id"].strip(): row["release_id"].strip() for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, AttributeError) as error:
        raise InputError(
            f"{path} cannot be read as a list of releases.",
            hint="Give a CSV in UTF-8 with the columns subject_id and release_id.",
        ) from error
    return released


def _check_all(folders: dict[str, tuple[Path, ...]], released: dict[str, str]) -> None:
    """Look at every name before anything is made.

    Raises:
        InputError: Some are not usable; every one of them is named.
    """
    from recognizance.gallery.admission import check_id

    problems = []
    for subject_id, release_id in released.items():
        try:
            check_id("subject id", subject_id)
        except InputError:
            problems.append(f"{subject_id!r} is not usable as an id")
        if subject_id not in folders:
            problems.append(f"{subject_id!r} has a release and no folder with photographs")
        if not release_id:
            problems.append(f"{subject_id!r} is in the list and has no release id")
    if problems:
        raise InputError(
            f"Nothing was made: {'; '.join(problems)}.",
            hint="Let folders and subject_ids be the same, of letters A-Z and a-z, digits, and "
            "_ . : @ -; who has no release is left out of the list.",
        )


@contextmanager
def _begun(*, plain: bool) -> Iterator[Workspace]:
    """A new workspace, or the one that an earlier run of this command began."""
    from recognizance.settings import load_settings
    from recognizance.workspace import Workspace

    settings = load_settings()
    if (settings.home / "workspace.json").exists():
        with open_workspace() as workspace:
            yield workspace
        return
    passphrase = new_passphrase(plain=plain)
    empty = not settings.home.exists() or not any(settings.home.iterdir())
    try:
        made = Workspace.create(settings, passphrase=passphrase)
    except BaseException:
        if empty:  # what was begun here is no workspace yet, and would stand in the next run's way
            shutil.rmtree(settings.home, ignore_errors=True)
        raise
    with made as workspace:
        yield workspace


def _permit_so_far(workspace: Workspace) -> str | None:
    """The permit that an earlier run was given; None where it did not come so far.

    Raises:
        WorkspaceExistsError: The workspace is not one that this command began.
    """
    galleries = {each.gallery_id: each.permit_id for each in workspace.gallery.galleries()}
    if not galleries and workspace.authority is None:
        return None
    if GALLERY in galleries:
        permit = workspace.shelf.find(galleries[GALLERY])
        if permit.self_attested and permit.permit_class.value == "opted_in":
            return permit.permit_id
    raise WorkspaceExistsError(
        "There is a workspace already, and this command did not begin it.",
        hint="Set RECOGNIZANCE_HOME to another folder, or use `recognizance enroll` in this one.",
    )


# In words what rules/templates/opted_in_access.toml states.
STATED_WORDS = (
    "everybody in the list agreed explicitly and signed a release",
    "nobody under age is among them, and nobody is enrolled who is not in the list",
    "there is an equal way without a face, and a notice says what is done",
    "the policy on keeping and destroying the references is published",
    "it runs at an office door, not where people gather",
)


def _permit(
    workspace: Workspace, *, references: int, country: str | None, subdiv: str | None
) -> str:
    from recognizance.gate.submission import submission_from
    from recognizance.gate.templates import template
    from recognizance.permits.issuing import Proposal, propose
    from recognizance.permits.oversight import attest_open

    content = tomllib.loads(template("opted_in_access"))
    content["op"] |= {"country": country or "unknown", "subdiv": subdiv or "unknown"}

    issued = propose(
        workspace,
        Proposal(
            submission=submission_from(content),
            target=(ErrorRate.FMR, OPTED_IN_FMR_PPB),
            gallery_ids=frozenset({GALLERY}),
            gallery_size=references,
        ),
        proposer=workspace.acting("operator"),
        officers=[workspace.acting("officer")],
    )
    if issued.permit is None:
        emit({}, False, *decision_text(issued.decision))
        raise RefusedError(
            "The gate did not permit this.",
            hint="See the rules above.",
            rules=tuple(fired.rule_id for fired in issued.decision.deciding),
        )
    # What this command states in the name of whoever runs it is told at its end, word by word.
    words = "; ".join(STATED_WORDS)
    attest_open(workspace, issued.permit, statement=words, by=workspace.acting("officer"))
    workspace.gallery.create_gallery(
        GALLERY,
        permit_id=issued.permit.permit_id,
        purpose=issued.permit.purpose,
        created_at=workspace.clock(),
    )
    return issued.permit.permit_id


def _enroll(
    workspace: Workspace,
    permit_id: str,
    agreed: dict[str, tuple[Path, ...]],
    released: dict[str, str],
    *,
    quiet: bool,
) -> list[dict[str, str]]:
    operator = workspace.acting("operator").principal
    held = {(r.subject_id, r.sample_digest) for r in workspace.gallery.references(GALLERY)}
    rejects: list[dict[str, str]] = []
    with progress("Enrolling", len(agreed), quiet=quiet) as done:
        for number, (subject_id, photographs) in enumerate(agreed.items(), start=1):
            for path in photographs:
                try:
                    data = read_photograph(path)
                    if (subject_id, sample_digest(data)) in held:
                        continue
                    request = Request(
                        principal=operator,
                        operation=Operation.ENROLL,
                        permit_id=permit_id,
                        photographs=(data,),
                        gallery_id=GALLERY,
                    )
                    workspace.desk.enroll(
                        request,
                        Enrollment(subject_id, "own_enrollment", released[subject_id], minor=False),
                    )
                except (InputError, NoUsableFaceError) as error:
                    rejects.append(_reject(path, error))
            done(number)
    return rejects


def _reject(path: Path, error: RecognizanceError) -> dict[str, str]:
    return {"photograph": str(path), "code": error.code, "why": error.message}
