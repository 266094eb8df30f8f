"""What it costs to carry a template in one QR code: size of a token, and what rounding changes.

Over all pairs of faces of LFW (probe exact, reference rounded, as at a gate), for codes of 8 to 12
bits: the bound that the gate subtracts, the true change of a score, and how many decisions change
at the threshold where LFW's own pairs of two people reach a false match rate of 1e-3 and 1e-4. One
decision a pair and direction, each with its denominator. These thresholds serve to see the change;
a permit's threshold comes from its evidence.

    python benchmarks/bench_bearer.py --faces FACES [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recognizance.bearer.base45 import base45_length
from recognizance.bearer.quantise import CODE_BITS, CODES_BYTES, quantise
from recognizance.bearer.token import (
    PREFIX,
    TOKEN_CHARACTERS,
    BearerKeys,
    Binding,
    Ticket,
    open_token,
    seal_token,
    short_digest,
    token_bytes,
)
from recognizance.cli.bearer import draw
from recognizance.cli.evidence_make import LFW, measure
from recognizance.compare import DIMENSION
from recognizance.engine import Engine
from recognizance.settings import load_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.evidence.build import LabelledFeatures

RATES = (1e-3, 1e-4)
BITS = (8, 9, 10, 11, 12)
ROUNDS = 200


def token_of(vector: NDArray[np.float32], keys: BearerKeys) -> str:
    """A token like those of a gate."""
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    ids = [short_digest(what, what) for what in ("model", "cohort", "journey", "release")]
    ticket = Ticket(*ids, Binding.staffed_gate("B7"), now, now + timedelta(hours=3))
    return seal_token(keys, "permit", ticket, quantise(vector), 0.1)


def size_and_speed() -> dict[str, object]:
    """Bytes, QR version, and medians of making and opening one."""
    keys = BearerKeys.derive(bytes(32), "workspace")
    vector = np.random.default_rng(1).standard_normal(DIMENSION).astype(np.float32)
    vector /= np.linalg.norm(vector)
    token = token_of(vector, keys)
    made, opened = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        token_of(vector, keys)
        middle = time.perf_counter()
        open_token(keys, "permit", token)
        made.append(middle - start)
        opened.append(time.perf_counter() - middle)
    return {
        "bytes": len(token_bytes(token)),
        "characters": len(token),
        "qr_version": draw(token, ".txt")[1],
        "make_us": statistics.median(made) * 1e6,
        "open_us": statistics.median(opened) * 1e6,
    }


def qr_version(bits: int) -> int:
    """Version of the code of a token whose dimensions had so many bits."""
    known = TOKEN_CHARACTERS - len(PREFIX)
    size = next(n for n in range(known) if base45_length(n) == known)
    size += DIMENSION * bits // 8 - CODES_BYTES
    return draw(PREFIX + "0" * base45_length(size), ".txt")[1]


def changes(faces: LabelledFeatures) -> list[dict[str, object]]:
    """What codes of so many bits change in scores and decisions."""
    vectors, means = faces.vectors[faces.acquired], faces.cohort_means[faces.acquired]
    subjects = faces.subjects[faces.acquired]
    halves = (means[:, np.newaxis] + means[np.newaxis, :]) / 2
    exact = vectors @ vectors.T - halves
    pair = ~np.eye(len(vectors), dtype=np.bool_)
    mated = (subjects[:, np.newaxis] == subjects[np.newaxis, :]) & pair
    non_mated = pair & ~mated
    falling = np.sort(exact[non_mated])[::-1]
    rows: list[dict[str, object]] = []
    for bits in BITS:
        templates = [quantise(vector, bits) for vector in vectors]
        bounds = np.array([each.bound for each in templates])
        rounded = vectors @ np.stack([each.vector for each in templates]).T - halves
        change = np.abs(rounded - exact)
        if (change > bounds[np.newaxis, :]).any():
            raise SystemExit("a score changed by more than its bound: the bound is wrong")
        row: dict[str, object] = {
            "bits": bits,
            "qr_version": qr_version(bits),
            "bound_mean": float(bounds.mean()),
            "bound_max": float(bounds.max()),
            "change_mean": float(change[pair].mean()),
            "change_max": float(change[pair].max()),
            "at": [],
        }
        for rate in RATES:
            threshold = falling[int(rate * len(falling))]
            before = exact >= threshold
            after = rounded - bounds[np.newaxis, :] >= threshold
            row["at"].append(
                {
                    "fmr": rate,
                    "mated_lost": int((before & ~after & mated).sum()),
                    "mated_matches": int((before & mated).sum()),
                    "mated_pairs": int(mated.sum()),
                    "non_mated_gone": int((before & ~after & non_mated).sum()),
                    "non_mated_matches": int((before & non_mated).sum()),
                    "non_mated_pairs": int(non_mated.sum()),
                    "new_matches": int((after & ~before).sum()),
                }
            )
        rows.append(row)
    return rows


def show(size: dict[str, object], rows: list[dict[str, object]], people: int, faces: int) -> None:
    """Print all figures."""
    print(
        f"token           {size['bytes']} bytes, {size['characters']} characters, "
        f"QR version {size['qr_version']} with error correction M"
    )
    print(f"make, open      {size['make_us']:.0f} us, {size['open_us']:.0f} us (medians)")
    if rows:
        print(f"LFW             {faces:,} faces of {people:,} people, every ordered pair")
    for row in rows:
        used = "  <- used" if row["bits"] == CODE_BITS else ""
        print(
            f"\n{row['bits']:>2} bits, QR version {row['qr_version']}{used}\n"
            f"   bound subtracted   mean {row['bound_mean']:.5f}, largest {row['bound_max']:.5f}\n"
            f"   change of a score  mean {row['change_mean']:.6f}, largest {row['change_max']:.6f}"
        )
        for at in row["at"]:
            print(
                f"   at FMR {at['fmr']:g}:  "
                f"{at['mated_lost']} of {at['mated_matches']:,} mated matches lost "
                f"({at['mated_pairs']:,} pairs), "
                f"{at['non_mated_gone']:,} of {at['non_mated_matches']:,} false matches gone "
                f"({at['non_mated_pairs']:,} pairs), {at['new_matches']} new matches"
            )


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description="What it costs to carry a template.")
    parser.add_argument("--faces", type=Path, default=load_settings().faces)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()

    size = size_and_speed()
    rows: list[dict[str, object]] = []
    people = count = 0
    if (options.faces / LFW.folder / "labels.csv").exists():
        faces = measure(Engine.load(cache_dir=load_settings().cache), options.faces, LFW)
        rows = changes(faces)
        people, count = faces.data_set.people, int(faces.acquired.sum())
    show(size, rows, people, count)
    if not rows:
        print(f"not run over faces: the shared photographs are not in {options.faces}")
    if options.json:
        report = {"token": size, "faces": count, "people": people, "rounding": rows}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
