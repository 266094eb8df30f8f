"""How long one durable append takes: leaf, nodes, signed checkpoint and pin, against SQLite alone.

    .venv/bin/python benchmarks/bench_ledger.py [--folder FOLDER] [--count N]

The peer is one bare SQLite insert with the same durability (WAL, synchronous=FULL), in the same
run and folder: the ratio says what proof, signature and pin cost on top of the disk.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from recognizance.keys import SigningKey
from recognizance.ledger import Ledger, LogName
from recognizance.ledger.verify import verify_ledger, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLIC = {"permit": "0123456789abcdef", "gallery": "g1", "outcome": "no_candidate", "count": 1}
PRIVATE = {"case": "2026-117", "principal": "0123456789abcdef"}


def median_us(count: int, step: Callable[[int], object]) -> float:
    """Median time of `count` calls in microseconds."""
    times = []
    for number in range(count):
        start = time.perf_counter()
        step(number)
        times.append(time.perf_counter() - start)
    return median(times) * 1e6


def bare_insert_us(folder: Path, count: int) -> float:
    """One row of the size of an entry, durable, and nothing else."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, data TEXT)")
        return median_us(
            count, lambda n: database.execute("INSERT INTO entry VALUES (?, ?)", (n, "x" * 300))
        )


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to write; by default a temporary one")
    parser.add_argument("--count", type=int, default=2000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        bare = bare_insert_us(folder, given.count)
        print(f"bare durable SQLite insert      {bare:8.0f} us")
        key = SigningKey.generate()
        for title, pin in (("append, no pin", None), ("append with pin", folder / "pin.json")):
            path = folder / f"{title}.db"
            with Ledger.create(path, key=key, origin="recognizance/bench", pin=pin) as ledger:

                def append(_: int, ledger: Ledger = ledger) -> None:
                    ledger.append(
                        LogName.USES, "search", PUBLIC, now=datetime.now(UTC), private=PRIVATE
                    )

                took = median_us(given.count, append)
                print(f"{title:<31} {took:8.0f} us   {took / bare:4.1f} x bare")
        with Ledger.open(path, key=key, origin="recognizance/bench", pin=pin) as ledger:
            vkey = ledger.vkey(LogName.USES)
            leaf = ledger.leaf(LogName.USES, 1)
            receipt = ledger.receipt(LogName.USES, 1)
            print(
                f"receipt                         "
                f"{median_us(200, lambda _: ledger.receipt(LogName.USES, 1)):8.0f} us\n"
                f"check of a receipt              "
                f"{median_us(200, lambda _: verify_receipt(receipt, vkey, leaf)):8.0f} us"
            )
        start = time.perf_counter()
        report = verify_ledger(path, [vkey], pin)
        took = time.perf_counter() - start
        print(f"verify.py, an entry             {took / given.count * 1e6:8.0f} us   {report.ok}")


if __name__ == "__main__":
    main()
