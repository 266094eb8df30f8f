"""Take away one defence at a time and see whether the attack that it stops succeeds.

    python tools/attack_mutation.py                    # every defence; exit 1 if one survives
    python tools/attack_mutation.py "permit digest"    # only these
    python tools/attack_mutation.py --table            # the table of docs/threat-model.md

Each defence of `tests/attacks/defences.py` names the texts of the source that it consists of. They
are replaced in a copy, and the tests of its attacks run on that copy: every one has to fail. A test
that still passes does not test its defence, and the defence "survives" its own removal.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # reads what pytest has just written

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
ATTACKS = ROOT / "tests" / "attacks"
AT_ONCE = 2
CRASH = "internal.error"
"""How the program says that it broke down: an attack that ends so has not quite succeeded."""

sys.path[:0] = [str(ATTACKS), str(ROOT / "tests")]

from attack_book import BOOK, Attack, Defence  # noqa: E402  # the tests' folder is put on the path

HEAD = "| attack | who | what stops it | how it shows |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a defence once it was taken away.

    Attributes:
        defence: The defence.
        passed: Its attacks whose tests still passed.
        crashed: Those that failed because the changed program broke down.
        tried: How many there were.
    """

    defence: Defence
    passed: tuple[Attack, ...]
    crashed: tuple[Attack, ...]
    tried: int

    @property
    def survived(self) -> bool:
        """Whether some attack was stopped all the same."""
        return bool(self.passed) or not self.tried


def main(argv: Sequence[str] | None = None) -> int:
    """Run it and print what came of it.

    Returns:
        0 if no defence survived, else 1.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("defences", nargs="*", help="names of defences; by default all")
    parser.add_argument("--site", type=Path, help="a place that `attack_site.build` has made")
    parser.add_argument("--table", action="store_true", help="print the table of attacks")
    options = parser.parse_args(argv)
    load_book()
    if options.table:
        print(table())
        return 0
    began = time.perf_counter()
    chosen = [each for each in defences() if not options.defences or each.name in options.defences]
    with tempfile.TemporaryDirectory() as folder:
        site = options.site or make_site(Path(folder))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            verdicts = list(pool.map(partial(judge, site=site), chosen))
    print_verdicts(verdicts)
    survivors = [verdict for verdict in verdicts if verdict.survived]
    print(
        f"{len(verdicts)} defences, {sum(verdict.tried for verdict in verdicts)} attacks, "
        f"{len(survivors)} survived, {time.perf_counter() - began:.0f} s"
    )
    return 1 if survivors or not verdicts else 0


def load_book() -> None:
    """Read every attack, by importing the tests that make them."""
    for path in sorted(ATTACKS.glob("test_attack_*.py")):
        import_module(path.stem)


def defences() -> list[Defence]:
    """Every defence that consists of something and stops an attack, in the order of the book."""
    return list(dict.fromkeys(attack.defence for attack in BOOK if attack.defence.edits))


def make_site(folder: Path) -> Path:
    """A place to attack, made by the source as it is."""
    from attack_site import build  # noqa: PLC0415  # loads the whole program

    site = folder / "built"
    site.mkdir()
    build(site)
    return site


def judge(defence: Defence, *, site: Path) -> Verdict:
    """Take one defence away and make its attacks."""
    attacks = [attack for attack in BOOK if attack.defence == defence]
    with tempfile.TemporaryDirectory() as folder:
        copy = without(defence, Path(folder))
        made = None if defence.anew else site
        failed = failing([attack.node for attack in attacks], copy, made)
    told = {attack: failed.get(attack.node.rpartition("::")[2]) for attack in attacks}
    passed = tuple(attack for attack, text in told.items() if text is None)
    crashed = tuple(attack for attack, text in told.items() if text and CRASH in text)
    return Verdict(defence, passed, crashed, len(attacks))


def without(defence: Defence, folder: Path) -> Path:
    """A copy of the source and the rules in which the defence is missing.

    Raises:
        ValueError: A text of the defence does not stand in its file exactly once.
    """
    for part in ("src", "rules"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in defence.edits:
        path = folder / edit.file
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise ValueError(f"{defence.name}: not found exactly once in {edit.file}: {edit.old}")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    return folder / "src"


def failing(nodes: Sequence[str], source: Path, site: Path | None) -> dict[str, str]:
    """The names of those tests that fail on this source, and what they say."""
    report = source.parent / "report.xml"
    subprocess.run(  # noqa: S603  # our own tests
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-W",
            "ignore::RuntimeWarning",
            f"--junitxml={report}",
            f"--basetemp={source.parent / 'tests'}",
            "--runxfail",
            *nodes,
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "PYTHONPATH": str(source),
            "ATTACK_SITE": str(site or ""),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        check=False,
        capture_output=True,
        timeout=600,
    )
    if not report.is_file():
        return {}
    cases = ET.parse(report).iter("testcase")  # noqa: S314  # pytest wrote it
    return {
        str(case.get("name")): f"{failure.get('message')} {failure.text}"
        for case in cases
        if (failure := case.find("failure")) is not None
    }


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """One line for each defence, and one for each attack that was stopped all the same."""
    width = max((len(verdict.defence.name) for verdict in verdicts), default=0)
    for verdict in verdicts:
        state = "SURVIVED" if verdict.survived else "killed"
        print(f"{verdict.defence.name:{width}}  {verdict.tried:3}  {state}")
        for attack in verdict.passed:
            print(f"{'':{width}}       stopped all the same: {attack.sentence}")
        for attack in verdict.crashed:
            print(f"{'':{width}}       the program broke down: {attack.sentence}")


def table() -> str:
    """Every attack in a Markdown table: one row for each test, with its cases."""
    tests = dict.fromkeys((attack.module, attack.test) for attack in BOOK)
    rows = (
        row([attack for attack in BOOK if (attack.module, attack.test) == test]) for test in tests
    )
    return "\n".join([HEAD, *rows])


def row(attacks: Sequence[Attack]) -> str:
    """The row of one test."""
    first = attacks[0]
    cases = "; ".join(attack.case for attack in attacks if attack.case)
    words = " ".join(dict.fromkeys(attack.defence.words for attack in attacks))
    stops = words if first.prevented else "**Not prevented.**"
    what = replace(first, case=cases).sentence
    return f"| {what} | {first.who.value} | {stops} | {first.shows} |"


if __name__ == "__main__":
    sys.exit(main())
