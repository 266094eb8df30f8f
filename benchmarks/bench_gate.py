"""The gate alone, and gate decision + permit check + durable ledger entry together.

Prints medians over many runs, with the rule base parsed once, as the service would run it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cases import load_case
from recognizance.gate.decide import decide
from recognizance.gate.permit import Use
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.templates import template
from recognizance.issuing import Proposal, propose
from recognizance.ledger import LogName
from recognizance.settings import load_settings
from recognizance.types import Operation
from recognizance.workspace import Workspace, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 500


def median_us(step: Callable[[], object]) -> float:
    """Median time of a step in microseconds, after a warm-up."""
    for _ in range(20):
        step()
    times = []
    for _ in range(RUNS):
        began = time.perf_counter_ns()
        step()
        times.append(time.perf_counter_ns() - began)
    return statistics.median(times) / 1000


def main() -> int:
    """Print the medians."""
    began = time.perf_counter()
    bundle = load_bundle()
    loaded_ms = (time.perf_counter() - began) * 1e3
    print(f"load and validate {len(bundle.cards)} rule cards {loaded_ms:9.0f} ms")
    cases = sorted((rules_root() / "cases").glob("*.toml"))
    submissions = [submission_from(load_case(path).content) for path in cases]
    at = utc_now().date()
    turn = iter(range(10**9))
    alone = median_us(lambda: decide(bundle, submissions[next(turn) % len(submissions)], at=at))
    print(f"gate alone, over {len(submissions)} cases       {alone:9.0f} us median of {RUNS}")
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
                decide(bundle, submissions[next(turn) % len(submissions)], at=at)
                admit()
                return workspace.ledger.append(
                    LogName.USES, "compare", {"outcome": "match"}, private={}, now=utc_now()
                )

            print(f"permit check                     {median_us(admit):9.0f} us median of {RUNS}")
            both = median_us(together)
            print(f"gate + permit + durable entry    {both:9.0f} us median of {RUNS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
