"""`recognizance compare`: two photographs of consenting adults. Nothing is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recognizance.cli.console import Json, emit, line
from recognizance.cli.door import connected
from recognizance.cli.evidence import group_table
from recognizance.cli.session import answer_text, read_photograph, server_named, show_answer

NOT_GOOD_FOR = (
    "a trial: no action may follow from it, it is no evidence of anything about anyone",
    "not for people who did not agree, not for children, not for finding out who somebody is",
)


def compare(
    first: Annotated[Path, typer.Argument(help="A photograph of one consenting adult.")],
    second: Annotated[Path, typer.Argument(help="Another photograph.")],
    permit: Annotated[
        str | None,
        typer.Option("--permit", help="With --server: the trial permit for these photographs."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Do FIRST and SECOND show the same person? With the error rate of that answer by group."""
    from recognizance.trial import compare_once

    address = server_named()
    if address is not None:
        with connected(address) as client:
            both = read_photograph(first), read_photograph(second)
            show_answer(client.compare(*both, permit=permit), as_json=as_json)
        return
    answer, threshold = compare_once(read_photograph(first), read_photograph(second))
    groups = [
        {
            "group": each.group,
            "fmr": each.fmr,
            "upper_95": each.upper,
            "pairs": each.pairs,
            "people": each.people,
        }
        for each in threshold.fmr_by_group
    ]
    emit(
        answer.as_dict() | {"fmr_by_group": groups, "not_good_for": list(NOT_GOOD_FOR)},
        as_json,
        *answer_text(answer, kept=False),
        line(""),
        line(("How often two different people of one group would match at this threshold", "bold")),
        group_table(threshold.fmr_by_group),
        line(""),
        line(("What this is not good for", "bold")),
        *(line("  - ", words) for words in NOT_GOOD_FOR),
    )
