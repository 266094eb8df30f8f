"""`recognizance audit endpoint`: another system, asked for the scores of chosen pairs."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.audit.common import (
    GroupOption,
    LeaveOutOption,
    MapOption,
    NameOption,
    OutOption,
    TargetOption,
    command_of,
    finish,
    kept_rows,
    plan_of,
    renamed,
    stages,
)
from recognizance.cli.audit.images import asked_of
from recognizance.cli.audit.tables import SystemOption, VersionOption
from recognizance.cli.console import Json, progress
from recognizance.errors import InputError

if TYPE_CHECKING:
    from recognizance.auditing.endpoint import Score

KEY_VARIABLE = "COMPREFACE_API_KEY"
_SEED = 19795


def endpoint(
    labels: Annotated[Path, typer.Argument(help="CSV file: path, subject_id, labels.")],
    output: OutOption,
    command: Annotated[
        str | None,
        typer.Option(help='A command that takes two files and prints a score: "prog {a} {b}".'),
    ] = None,
    aws: Annotated[
        bool, typer.Option("--aws", help="CompareFaces of Amazon Rekognition, through boto3.")
    ] = False,
    aws_url: Annotated[
        str | None, typer.Option(help="Another server that speaks as Rekognition does.")
    ] = None,
    compreface: Annotated[
        str | None, typer.Option(help=f"Address of a CompreFace server; key in {KEY_VARIABLE}.")
    ] = None,
    pairs: Annotated[int, typer.Option(min=100, help="How many pairs to ask about.")] = 10_000,
    group: GroupOption = None,
    column: MapOption = None,
    leave_out: LeaveOutOption = None,
    name: NameOption = None,
    system: SystemOption = "the system behind the endpoint",
    version: VersionOption = "",
    target: TargetOption = None,
    as_json: Json = False,
) -> None:
    """Measure any system from outside. The photographs go to it, so you answer for that.

    A run that was cut off goes on where it was; no answer is asked for twice.
    """
    from recognizance.audit.measure import audit_table
    from recognizance.audit.result import System
    from recognizance.audit.tablecount import count_table
    from recognizance.auditing.asked import chunk_of, digest_of
    from recognizance.auditing.cache import SealedCache
    from recognizance.auditing.endpoint import VALUE_BYTES, choose_pairs, scores_of
    from recognizance.auditing.photographs import read_label_file

    started = time.monotonic()
    file = read_label_file(labels, renamed(column))
    asked = asked_of(file, group)
    file = file.only(kept_rows(file.labels, len(file.paths), leave_out))
    score, how = _score(command, aws=aws or aws_url is not None, url=aws_url, compreface=compreface)
    chosen = choose_pairs(file, asked.attributes, count=pairs, seed=_SEED)
    about = f"{how} {system} {version} {command or aws_url or compreface or ''}"
    cache = SealedCache(output / ".answers", about=about, value_bytes=VALUE_BYTES)
    with progress("pairs", len(chosen.first), quiet=as_json) as tell:
        answers = scores_of(score, file, chosen, cache=cache, tell=tell)
    with stages(quiet=as_json) as told:
        chunk = chunk_of(file, chosen, answers, asked.attributes)
        called, digest = name or labels.resolve().parent.name, digest_of(file, chosen)
        table = count_table(called, [chunk], asked.attributes, digest=digest)
        audited = System(name=system, version=version, score=f"as {how} gave it")
        result = audit_table(table, plan_of(asked, target, told), audited)
    data = replace(result.data, kind="endpoint")
    options = {"--group": group, "--map": column, "--leave-out": leave_out}
    said = command_of("endpoint", "LABELS.csv", options) + f" --pairs {pairs}"
    finish(replace(result, data=data), said, output, started=started, as_json=as_json)
    cache.wipe()


def _score(
    command: str | None, *, aws: bool, url: str | None, compreface: str | None
) -> tuple[Score, str]:
    """The one way to ask that was named, and what it is called."""
    from recognizance.auditing.endpoint import AwsScore, CommandScore, CompreFaceScore

    if [command is not None, aws, compreface is not None].count(True) != 1:
        raise InputError(
            "Which system to ask was not said, or more than one was.",
            hint="Give one of --command, --aws and --compreface.",
        )
    if command is not None:
        return CommandScore.parse(command), "a command"
    if compreface is None:
        return AwsScore.connect(url), "CompareFaces"
    key = os.environ.get(KEY_VARIABLE)
    if not key:
        raise InputError(
            "The key of the CompreFace service is not known.", hint=f"Set {KEY_VARIABLE}."
        )
    return CompreFaceScore.connect(compreface, key), "CompreFace"
