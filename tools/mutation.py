"""Change the rules in one small thing at a time and see whether a story case notices.

    python tools/mutation.py            # every mutant; exit 1 if one survives
    python tools/mutation.py --suggest  # and, for what survives, cases that would notice

A rule that could be changed without any case coming out otherwise is a rule that nobody tests. A
mutant is noticed where a case gets another outcome, or where what the case says of its rules and
conditions no longer holds; or where its card would not even load. A mutant that says the same as
the card for every value that the facts can have is no slip: that is never taken on trust but proven
by going through all of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from case_judge import Brief, brief, noticed_by
from case_suggest import file_text, suggestions
from equivalence import proof
from recognizance.gate.bundle import load_bundle, rules_root
from recognizance.gate.cases import load_case
from rule_mutants import Kind, Mutant, Rules, mutants, rules_of_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from recognizance.gate.bundle import RuleBundle

DOES_NOT_LOAD = "the card does not load"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        mutant: The mutant.
        noticed: The case that noticed it, or that its card does not load; empty if it survived.
        proof: How it was proven to say the same as the card; empty if it was not.
    """

    mutant: Mutant
    noticed: str = ""
    proof: str = ""

    @property
    def survived(self) -> bool:
        """Whether nothing noticed a change that is one."""
        return not self.noticed and not self.proof


def main(argv: Sequence[str] | None = None) -> int:
    """Run it and print what came of it.

    Returns:
        0 if no mutant survived, else 1.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--suggest", action="store_true", help="find cases that would notice")
    options = parser.parse_args(argv)
    began = time.perf_counter()
    bundle = load_bundle()
    rules = rules_of_bundle(bundle)
    briefs = briefs_of(rules_root() / "cases", bundle, rules)
    verdicts = judge(mutants(rules), briefs, rules)
    survivors = [verdict for verdict in verdicts if verdict.survived]
    print_totals(verdicts)
    for verdict in verdicts:
        if verdict.proof:
            print(f"equivalent  {verdict.mutant} ({verdict.proof})")
    for verdict in survivors:
        print(f"survived    {verdict.mutant}")
    print(
        f"{len(verdicts)} mutants, {len(briefs)} cases, {len(survivors)} survived, "
        f"{time.perf_counter() - began:.0f} s"
    )
    if options.suggest:
        print_suggestions([verdict.mutant for verdict in survivors], briefs, bundle, rules)
    return 1 if survivors else 0


def briefs_of(folder: Path, bundle: RuleBundle, rules: Rules) -> list[Brief]:
    """Every case of a folder, prepared; those whose submission cannot be read are left out."""
    cases = map(load_case, sorted(folder.glob("*.toml")))
    return [one for case in cases if (one := brief(case, bundle, rules))]


def judge(changes: Iterable[Mutant], briefs: Sequence[Brief], rules: Rules) -> list[Verdict]:
    """Try every mutant on every case until one notices."""
    return [_judged(mutant, briefs, rules) for mutant in changes]


def _judged(mutant: Mutant, briefs: Sequence[Brief], rules: Rules) -> Verdict:
    if not mutant.loads:
        return Verdict(mutant, noticed=DOES_NOT_LOAD)
    if case_id := noticed_by(mutant, briefs, rules):
        return Verdict(mutant, noticed=case_id)
    return Verdict(mutant, proof=proof(mutant, rules))


def print_totals(verdicts: Iterable[Verdict]) -> None:
    """One line for each kind of mutant."""
    rows = {kind: Counter[str]() for kind in Kind}
    for verdict in verdicts:
        how = "noticed" if verdict.noticed else "equivalent" if verdict.proof else "survived"
        rows[verdict.mutant.kind][how] += 1
    print(f"{'kind':32}{'mutants':>8}{'noticed':>9}{'equal':>7}{'survived':>10}")
    for kind, row in rows.items():
        print(
            f"{kind:32}{row.total():8}{row['noticed']:9}{row['equivalent']:7}{row['survived']:10}"
        )


def print_suggestions(
    survivors: Sequence[Mutant], briefs: Sequence[Brief], bundle: RuleBundle, rules: Rules
) -> None:
    """For each survivor a neighbour that would notice it, ready for a title and a reason."""
    whole = [one for one in briefs if "--" not in one.case.case_id]
    left = dict.fromkeys(survivors)
    for suggestion in suggestions(survivors, whole, bundle, rules):
        for mutant in suggestion.expect:
            print(f"\n# notices {mutant}")
            left.pop(mutant, None)
        print(file_text(suggestion))
    for mutant in left:
        print(f"\n# no story with two fields changed notices {mutant}")


if __name__ == "__main__":
    sys.exit(main())
