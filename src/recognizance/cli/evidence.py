"""`recognizance evidence`: the measured error rates that thresholds come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import Json, emit, line, table
from recognizance.gate.rates import parse_rate
from recognizance.types import ErrorRate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from recognizance.evidence import GroupRate

app = typer.Typer(help="Evidence: measured error rates by group.", no_args_is_help=True)


@app.command("make")
def make(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write it.")],
    faces: Annotated[
        Path | None, typer.Option(help="Folder of photographs; by default RECOGNIZANCE_FACES.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure the model on labelled photographs: histograms by group, no templates."""
    from recognizance.cli.evidence_make import make_evidence
    from recognizance.evidence.files import write_evidence
    from recognizance.settings import load_settings
    from recognizance.workspace import load_engine, utc_now

    settings = load_settings()
    engine = load_engine(settings)
    evidence = make_evidence(engine, faces or settings.faces, now=utc_now(), quiet=as_json)
    write_evidence(evidence, output)
    emit(
        {"path": str(output), "digest": evidence.digest, "model_id": evidence.model_id},
        as_json,
        line(("evidence ", "bold"), str(output)),
        line("  digest    ", evidence.digest),
        line("  model id  ", evidence.model_id),
    )


@app.command("show")
def show(
    rate: Annotated[str, typer.Option(help="The target, as 1e-3 or 1/1000 (a false match rate).")],
    path: Annotated[Path | None, typer.Argument(help="A file; by default the shipped one.")] = None,
    as_json: Json = False,
) -> None:
    """Show what a false-match target means: its threshold, data, and rate in each group."""
    from recognizance.evidence import load_evidence, threshold_for

    evidence = load_evidence(path)
    threshold = threshold_for(evidence, ErrorRate.FMR, parse_rate(rate), 1)
    rows = [
        {
            "group": each.group,
            "fmr": each.fmr,
            "upper_95": each.upper,
            "pairs": each.pairs,
            "people": each.people,
            "sets_threshold": each.sets_threshold,
        }
        for each in threshold.fmr_by_group
    ]
    emit(
        {
            "digest": evidence.digest,
            "model_id": evidence.model_id,
            "target_ppb": threshold.target_ppb,
            "threshold": threshold.score,
            "basis": list(threshold.basis),
            "worst": threshold.worst.group,
            "fmr_by_group": rows,
            "not_measured": list(threshold.not_measured),
        },
        as_json,
        line(("Evidence ", "bold"), evidence.digest),
        line("  measured     ", f"{len(threshold.basis)} groups set the threshold"),
        line("  worst group  ", threshold.worst.group),
        group_table(threshold.fmr_by_group),
        *(line("  not measured at this rate  ", group) for group in threshold.not_measured),
    )


def group_table(rates: Sequence[GroupRate]) -> Table:
    """The false match rate in each measured group, with its upper bound and denominators."""
    return table(
        None,
        ("group", "false matches", "upper bound (95 %)", "pairs", "people"),
        (
            (
                each.group,
                one_in(each.fmr),
                one_in(each.upper) if each.measured else "too few pairs",
                f"{each.pairs:,}",
                f"{each.people:,}",
            )
            for each in rates
        ),
    )


def one_in(rate: float) -> str:
    """A rate in words: `1 in 1,250`, or `none seen`."""
    return f"1 in {round(1 / rate):,}" if rate > 0 else "none seen"
