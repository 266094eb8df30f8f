"""What the verbs of `recognizance gate` share: options, how a decision is told, the app itself."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recognizance.cli.console import grid, line, outcome
from recognizance.errors import IncompleteError, InputError, RefusedError
from recognizance.types import Outcome

if TYPE_CHECKING:
    from rich.console import RenderableType

    from recognizance.gate.decide import GateDecision

app = typer.Typer(help="Decide: may this run here, on these people?", no_args_is_help=True)

SubmissionFile = Annotated[Path, typer.Argument(help="A submission (TOML).")]
AtOption = Annotated[
    datetime | None,
    typer.Option("--at", formats=["%Y-%m-%d"], help="The law as of this day; by default today."),
]

EFFECT_WORDS = {"forbid": "refused by", "require": "asks for", "condition": "on condition"}

EXIT_CODES = {
    Outcome.PERMIT: 0,
    Outcome.PERMIT_WITH_CONDITIONS: 0,
    Outcome.INCOMPLETE: IncompleteError.exit_code,
    Outcome.REFUSE: RefusedError.exit_code,
}


def decision_text(decision: GateDecision) -> list[RenderableType]:
    """A decision in words: outcome, each rule with its reason and source, what is missing."""
    rules = []
    for fired in decision.fired:
        effect = "not known yet" if fired.undecided else EFFECT_WORDS[fired.effect.value]
        what = line(fired.reason, (f"\n{fired.source} [{fired.mark}]", "dim"))
        if fired.hook:
            what.append(f"\nat run time: {fired.hook}", "dim")
        rules.append((line((fired.rule_id, "bold")), line((effect, "dim")), what))
    missing = (
        (line(("missing", "yellow")), line((gap.field, "bold")), line(gap.question))
        for gap in decision.missing
    )
    head = line(("gate: ", "bold"), outcome(decision.outcome.value), f"  (law as of {decision.at})")
    return [head, grid(missing), grid(rules)]


def read_text(path: Path) -> bytes:
    """The bytes of a small text file.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", hint="Check the path."
        ) from error


def today() -> date:
    """The day at this machine, UTC."""
    from recognizance.workspace import utc_now

    return utc_now().date()
