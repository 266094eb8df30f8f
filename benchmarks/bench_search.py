"""How long a search of a gallery takes once it is loaded, and what loading takes.

    .venv/bin/python benchmarks/bench_search.py [--references N] [--searches N] [--folder FOLDER]

References are random unit vectors, one a subject, sealed on disk as real ones are. The peer is
the shortest search that NumPy can do on the same vectors in the same run: a dot product and an
argsort. Unlike it, ours asks the store before each search whether anybody has changed the
gallery, keeps the best reference of each subject, and scores as `compare.score` does.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np

from recognizance.gallery import Indexes, SqliteGallery
from recognizance.types import Features, Quality, Reference

DIMENSION = 128
MODEL, COHORT = "a" * 64, "c" * 64
COHORT_MEAN = 0.4
THRESHOLD = 0.2
AT_ONCE = 10_000
NOW = datetime.now(UTC)
QUALITY = Quality(140.0, 61.5, 420.0, 118.0, 50.0, -3.5, 1.0, 0.5, "bench/1")


def features_of(vector: np.ndarray) -> Features:
    """Features as the engine would give them."""
    return Features(vector / np.linalg.norm(vector), MODEL, COHORT, COHORT_MEAN)


def reference_of(number: int, vector: np.ndarray) -> Reference:
    """One reference of a subject of its own."""
    return Reference(
        reference_id=secrets.token_hex(16),
        subject_id=f"s-{number}",
        gallery_id="g",
        features=features_of(vector),
        permit_id="permit-1",
        provenance="own_enrollment",
        ground="benchmark",
        sample_digest=secrets.token_hex(32),
        quality=QUALITY,
        enrolled_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )


def fill(store: SqliteGallery, vectors: np.ndarray) -> float:
    """Enroll everybody; seconds."""
    store.create_gallery("g", permit_id="permit-1", purpose="trial", created_at=NOW)
    start = time.perf_counter()
    for first in range(0, len(vectors), AT_ONCE):
        some = enumerate(vectors[first : first + AT_ONCE], start=first)
        store.add([reference_of(*each) for each in some], {}, intent=f"uses/{first}")
    return time.perf_counter() - start


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="where to write; by default a temporary one")
    given = parser.parse_args()
    draw = np.random.default_rng(2026)
    vectors = draw.standard_normal((given.references, DIMENSION), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        store = SqliteGallery.create(Path(name) / "gallery.db", secrets.token_bytes(32))
        with store:
            print(f"references                    {given.references:10,}")
            print(f"sealed and added              {fill(store, vectors):10.2f} s")
            indexes = Indexes(store)
            start = time.perf_counter()
            indexes.current("g")
            print(f"opened and loaded             {time.perf_counter() - start:10.2f} s")
            searches(indexes, vectors, draw, given.searches)
            start = time.perf_counter()
            store.erase_subject("s-1", amend=lambda body, _: ("open", body))
            print(f"one subject erased            {(time.perf_counter() - start) * 1e3:10.2f} ms")


def searches(indexes: Indexes, vectors: np.ndarray, draw: np.random.Generator, count: int) -> None:
    """Ours and the peer's, in turns, each for somebody who is in the gallery."""
    ours, peers, checks = [], [], []
    for number in draw.integers(len(vectors), size=count):
        noise = draw.standard_normal(DIMENSION, dtype=np.float32) * np.float32(0.03)
        probe = features_of(vectors[number] + noise)
        start = time.perf_counter()
        index = indexes.current("g")
        checked = time.perf_counter()
        found = index.search(probe, threshold=THRESHOLD, max_candidates=10)
        ours.append(time.perf_counter() - start)
        checks.append(checked - start)
        start = time.perf_counter()
        order = np.argsort(-(vectors @ probe.vector))[:10]
        peers.append(time.perf_counter() - start)
        if found[0].subject_id != f"s-{number}" or order[0] != number:
            raise SystemExit("A search did not find who was looked for.")
    print(f"search, median                {median(ours) * 1e3:10.2f} ms")
    print(f"  of which: is it current?    {median(checks) * 1e3:10.2f} ms")
    print(f"NumPy dot product and argsort {median(peers) * 1e3:10.2f} ms")
    print(f"ratio                         {median(peers) / median(ours):10.2f} x")


if __name__ == "__main__":
    main()
