"""`recognizance audit templates` and `audit scores`: any system, by what it left behind.

Neither needs a workspace, a permit or a model.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.audit.common import (
    Asked,
    GalleryOption,
    GroupOption,
    LeaveOutOption,
    MapOption,
    NameOption,
    OutOption,
    TargetOption,
    ThresholdOption,
    command_of,
    finish,
    kept_rows,
    plan_of,
    renamed,
    stages,
)
from recognizance.cli.console import Json
from recognizance.errors import InputError

if TYPE_CHECKING:
    from recognizance.audit.tables import Columns

SystemOption = Annotated[
    str, typer.Option("--system", help="What the audited system is called in the report.")
]
VersionOption = Annotated[
    str, typer.Option("--system-version", help="Version of the audited system.")
]


def templates(
    file: Annotated[Path, typer.Argument(help="Archive (.npz) with one template a picture.")],
    output: OutOption,
    labels: Annotated[
        Path | None,
        typer.Option(help="CSV file of labels, one row a template; else arrays of the archive."),
    ] = None,
    group: GroupOption = None,
    leave_out: LeaveOutOption = None,
    features: Annotated[str, typer.Option(help="Name of the array of templates.")] = "features",
    subject: Annotated[
        str | None, typer.Option(help="Column that says whose picture it is, if that is known.")
    ] = None,
    normalise: Annotated[
        bool, typer.Option(help="Normalise with the shipped cohort; for this system's templates.")
    ] = False,
    device: Annotated[
        str, typer.Option(help="Where to compare: cpu, or a device of torch or CuPy, as cuda.")
    ] = "cpu",
    name: NameOption = None,
    system: SystemOption = "the system that made the templates",
    version: VersionOption = "",
    target: TargetOption = None,
    threshold: ThresholdOption = None,
    gallery: GalleryOption = None,
    as_json: Json = False,
) -> None:
    """Measure a system by its templates, with labels; the score is the cosine of two templates."""
    from recognizance.audit.data import read_templates
    from recognizance.audit.device import multiply_on
    from recognizance.audit.measure import audit_samples
    from recognizance.audit.result import System
    from recognizance.compare import load_cohort

    multiply = multiply_on(device)
    started = time.monotonic()
    asked = _asked(group)
    cohort = load_cohort() if normalise else None
    data = read_templates(file, labels, features=features, subject=subject, cohort=cohort)
    data = data.rows(kept_rows(data.labels, len(data), leave_out)) if leave_out else data
    data = replace(data, name=name or data.name)
    audited = System(
        name=system,
        version=version,
        cohort_id=cohort.cohort_id if cohort else "",
        score="cosine, cohort-normalised" if cohort else "cosine",
    )
    with stages(quiet=as_json) as told:
        plan = plan_of(asked, target, told, thresholds=threshold, galleries=gallery)
        result = audit_samples(data, plan, audited, multiply=multiply)
    options = {"--group": group, "--leave-out": leave_out}
    command = command_of("templates", "FILE.npz", options)
    finish(result, command, output, started=started, as_json=as_json)


def scores(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet: probe, reference, mated, score.")],
    output: OutOption,
    group: GroupOption = None,
    column: MapOption = None,
    distance: Annotated[
        bool, typer.Option("--distance", help="The score is a distance: lower means more alike.")
    ] = False,
    name: NameOption = None,
    system: SystemOption = "the system that gave the scores",
    version: VersionOption = "",
    target: TargetOption = None,
    threshold: ThresholdOption = None,
    as_json: Json = False,
) -> None:
    """Measure a system by a table of its scores, one row a comparison.

    The table may be larger than memory. The labels of both sides are columns such as probe_sex and
    reference_sex.
    """
    from recognizance.audit.measure import audit_table
    from recognizance.audit.result import Disclosure, System
    from recognizance.audit.tablecount import count_table
    from recognizance.audit.tables import digest_of, read_table

    started = time.monotonic()
    asked = _asked(group)
    columns = _columns(file, renamed(column), asked, distance=distance)
    # A distance is turned as the scores are, so the threshold is.
    at = tuple(-each if distance else each for each in threshold or ())
    audited = System(
        name=system, version=version, score="a distance, turned" if distance else "as it was given"
    )
    with stages(quiet=as_json) as told:
        plan = plan_of(asked, target, told, thresholds=at)
        read = read_table(file, columns, progress=plan.report("bytes of the table"))
        table = count_table(
            name or file.stem, read, asked.attributes, digest=digest_of(file), thresholds=at
        )
        # Whoever holds every score learns nothing new from an exact rate.
        plan = replace(plan, disclosure=Disclosure.EXACT)
        result = audit_table(table, plan, audited)
    options = {"--group": group, "--map": column}
    command = command_of("scores", "FILE", options) + (" --distance" if distance else "")
    finish(result, command, output, started=started, as_json=as_json)


def _asked(group: list[str] | None) -> Asked:
    asked = Asked.of(group)
    if not asked.attributes:
        raise InputError(
            "By which labels people are to be split was not said.",
            hint="Name some with --group, as --group race,sex.",
        )
    return asked


def _columns(file: Path, new_names: dict[str, str], asked: Asked, *, distance: bool) -> Columns:
    """Which column is which, after `--map`."""
    from recognizance.audit.tables import Columns, header_of, label_columns

    header = header_of(file)
    unknown = sorted(set(new_names) - set(header))
    if unknown:
        raise InputError(
            f"The table has no column `{unknown[0]}`.", hint=f"It has {', '.join(header)}."
        )
    called = {new_names.get(each, each): each for each in header}
    found = label_columns(asked.attributes, tuple(called))
    return Columns(
        **{each: called.get(each, each) for each in ("probe", "reference", "mated", "score")},
        labels=tuple((label, called[one], called[other]) for label, one, other in found),
        distance=distance,
    )
