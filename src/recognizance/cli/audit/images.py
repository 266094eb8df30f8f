"""`recognizance audit images`: this system, measured on labelled photographs."""

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
from recognizance.cli.console import Json, progress
from recognizance.errors import InputError

if TYPE_CHECKING:
    from recognizance.audit.data import Samples
    from recognizance.audit.plan import Plan
    from recognizance.audit.result import Finding, NormalisationRow, System
    from recognizance.auditing.photographs import Extracted, LabelFile
    from recognizance.ports import EnginePort


def images(
    labels: Annotated[Path, typer.Argument(help="CSV file: path, subject_id if known, labels.")],
    output: OutOption,
    group: GroupOption = None,
    column: MapOption = None,
    leave_out: LeaveOutOption = None,
    name: NameOption = None,
    target: TargetOption = None,
    threshold: ThresholdOption = None,
    gallery: GalleryOption = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Also write the evidence document that the gate reads.")
    ] = None,
    normalisations: Annotated[
        bool,
        typer.Option(
            "--normalisations",
            help="Also compare ways to normalise scores, learnt on half of the people.",
        ),
    ] = False,
    licence: Annotated[str, typer.Option(help="Terms of the photographs, for the evidence.")] = "",
    as_json: Json = False,
) -> None:
    """Measure this system's model on labelled photographs; needs no permit and names nobody.

    A run that was cut off goes on where it was. Nothing of a photograph is kept in the report's
    folder afterwards.
    """
    from recognizance.audit.measure import audit_samples
    from recognizance.auditing.cache import SealedCache
    from recognizance.auditing.photographs import VALUE_BYTES, extract, read_label_file
    from recognizance.settings import load_settings
    from recognizance.workspace import load_engine

    started = time.monotonic()
    file = read_label_file(labels, renamed(column))
    asked = asked_of(file, group)
    file = file.only(kept_rows(file.labels, len(file.paths), leave_out))
    engine = load_engine(load_settings())
    cache = SealedCache(output / ".features", about=engine.model_id, value_bytes=VALUE_BYTES)
    called = name or labels.resolve().parent.name
    with progress("photographs", len(file.paths), quiet=as_json) as tell:
        extracted = extract(engine, file, name=called, cache=cache, tell=tell)
    with stages(quiet=as_json) as told:
        plan = plan_of(asked, target, told, thresholds=threshold, galleries=gallery)
        result = audit_samples(extracted.samples, plan, _this_system(engine))
        ways = _ways(engine, extracted.samples, plan) if normalisations else ()
    result = replace(
        result,
        findings=(*_other_findings(extracted.samples, asked), *result.findings),
        normalisation=ways,
    )
    options = {"--group": group, "--map": column, "--leave-out": leave_out}
    command = command_of("images", "LABELS.csv", options)
    command += " --normalisations" if normalisations else ""
    more = {} if evidence is None else _evidence(engine, extracted, asked, licence, evidence)
    finish(result, command, output, started=started, as_json=as_json, more=more)
    cache.wipe()


def asked_of(file: LabelFile, group: list[str] | None) -> Asked:
    """The groups that were asked for.

    Raises:
        InputError: None was, or the label file has no such label.
    """
    asked = Asked.of(group)
    missing = [each for each in asked.attributes if each not in file.labels]
    if missing or not asked.attributes:
        raise InputError(
            f"The label file has no label `{missing[0]}`."
            if missing
            else "By which labels people are to be split was not said.",
            hint=f"Name some with --group; the file has {', '.join(file.labels) or 'none'}.",
        )
    return asked


def _other_findings(data: Samples, asked: Asked) -> tuple[Finding, ...]:
    """Misspelt, double and mangled words in the labels that people are not split by.

    They say how the file was handled; that such a label is missing or differs from picture to
    picture matters to no rate.
    """
    from recognizance.audit.labels import label_findings
    from recognizance.audit.values import Disclosure

    others = {key: column for key, column in data.labels.items() if key not in asked.attributes}
    found = label_findings(data.subjects, others, disclosure=Disclosure.COUNTS)
    return tuple(each for each in found if each.kind in {"double", "misspelt", "mangled_age"})


def _ways(engine: EnginePort, data: Samples, plan: Plan) -> tuple[NormalisationRow, ...]:
    """Ways to normalise; the system's own among them where its cohort is the shipped one."""
    from recognizance.audit.ways import ways_on_one_half
    from recognizance.compare import load_cohort

    shipped = load_cohort()
    return ways_on_one_half(data, plan, shipped if shipped.cohort_id == engine.cohort_id else None)


def _this_system(engine: EnginePort) -> System:
    from recognizance import __version__
    from recognizance.audit.result import System

    return System(
        name="the model of this system",
        version=__version__,
        model_id=engine.model_id,
        cohort_id=engine.cohort_id,
        score="cosine, cohort-normalised",
    )


def _evidence(
    engine: EnginePort, extracted: Extracted, asked: Asked, licence: str, path: Path
) -> dict[str, object]:
    from recognizance.auditing.proof import evidence_of
    from recognizance.evidence.files import write_evidence
    from recognizance.workspace import utc_now

    made = evidence_of(engine, extracted, asked.attributes, licence=licence, now=utc_now())
    write_evidence(made, path)
    return {"evidence": str(path), "digest": made.digest}
