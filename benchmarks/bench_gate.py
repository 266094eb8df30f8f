"""The gate alone, and gate decision + permit check + durable ledger entry together.

The rule base is loaded once and each submission is read once, as the service would run it; the
cases of `rules/cases` take turns, so that no decision is the one before it. Three figures have a
goal. How long the first two decisions on a kind of case take is printed beside them: the first is
put to all the rules, the second compiles the slice that answers from then on.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cases import load_case
from recognizance.gate.decide import decide
from recognizance.gate.permit import Use
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.templates import template
from recognizance.ledger import LogName
from recognizance.permits.issuing import Proposal, propose
from recognizance.settings import load_settings
from recognizance.types import Operation
from recognizance.workspace import Workspace, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from recognizance.gate.bundle import RuleBundle
    from recognizance.gate.submission import Submission

RUNS = 500
LOADS = 7
GOALS_US = {"load": 500_000, "decision": 250, "permit": 100}


def timed_us(step: Callable[[], object]) -> float:
    """Time of one step in microseconds."""
    began = time.perf_counter_ns()
    step()
    return (time.perf_counter_ns() - began) / 1000


def median_us(step: Callable[[], object], runs: int = RUNS, warm_up: int = 20) -> float:
    """Median time of a step in microseconds, after a warm-up."""
    for _ in range(warm_up):
        step()
    return statistics.median(timed_us(step) for _ in range(runs))


def show(what: str, us: float, of: str, goal_us: float | None = None) -> None:
    """Print one figure, and whether it is under its goal."""
    goal = ""
    if goal_us is not None:
        goal = f"  goal under {goal_us:7,.0f} us: {'met' if us < goal_us else 'MISSED'}"
    print(f"{what:<44}{us:9,.0f} us  median of {of:<12}{goal}")


def measure_gate(bundle: RuleBundle, submissions: Sequence[Submission], at: date) -> None:
    """The decision: for a kind of case that is new, that comes again, and that is known."""
    rounds = [
        statistics.median(
            timed_us(lambda one=one: decide(bundle, one, at=at)) for one in submissions
        )
        for _ in range(2)
    ]
    turn = cycle(submissions)
    known = median_us(lambda: decide(bundle, next(turn), at=at), max(RUNS, 5 * len(submissions)))
    cases = f"{len(submissions)} cases"
    show("one decision, its kind of case known", known, cases, GOALS_US["decision"])
    show("  each case for the first time", rounds[0], cases)
    show("  each case for the second time", rounds[1], cases)


def main() -> int:
    """Print the figures."""
    loads = median_us(load_bundle, LOADS, warm_up=1)
    bundle = load_bundle()
    clauses = len(bundle.clauses)
    show(
        f"load and validate {len(bundle.cards)} cards, {clauses} clauses",
        loads,
        f"{LOADS} loads",
        GOALS_US["load"],
    )
    cases = sorted((rules_root() / "cases").glob("*.toml"))
    submissions = [submission_from(load_case(path).content) for path in cases]
    at = utc_now().date()
    measure_gate(bundle, submissions, at)
    turn = cycle(submissions)
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings().model_copy(
            update={"home": Path(folder) / "data", "key_folder": Path(folder) / "keys"}
        )
        with Workspace.create(settings) as workspace:
            issued = propose(
                workspace,
                Proposal(
                    parse_submission(template("trial").encode()), photographs=(b"photograph",)
                ),
                proposer=workspace.acting("operator"),
                officers=[workspace.acting("officer")],
            )
            if issued.permit is None:
                return 1
            permit = issued.permit
            use = Use(Operation.COMPARE, None, None, tuple(permit.sample_digests))

            def admit() -> object:
                return workspace.shelf.admit(permit.permit_id, use, now=utc_now())

            def together() -> object:
                decide(bundle, next(turn), at=at)
                admit()
                return workspace.ledger.append(
                    LogName.USES, "compare", {"outcome": "match"}, private={}, now=utc_now()
                )

            show("permit check", median_us(admit), f"{RUNS}", GOALS_US["permit"])
            show("gate + permit + durable entry", median_us(together), f"{RUNS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
