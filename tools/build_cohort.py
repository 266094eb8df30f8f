"""Builds the cohort that every score is normalised by (`src/recognizance/data/cohort.bin`).

The only input is `fairface/more-features.npz`: 20,000 feature vectors without images, none of
them from the photographs that the project tests and measures on. Seeded k-means turns them into
2,000 centroids; those of fewer than five faces are dropped, so that no centroid is anybody's
template, and the rest is written as float16 with the number of faces behind each.

Running it twice on one machine gives the same bytes. On another processor the sums inside the
matrix product may round differently, which can move a face between two clusters; the shipped
file is therefore pinned by its digest (`compare.SHIPPED_COHORT_SHA256`), not rebuilt.

    python tools/build_cohort.py --features FACES/fairface/more-features.npz -o cohort.bin
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recognizance.compare import MIN_FACES_PER_CENTROID, load_cohort, pack_cohort

if TYPE_CHECKING:
    from numpy.typing import NDArray

CENTROIDS = 2000
K = 20
"""How many of the nearest centroids count. `benchmarks/bench_lfw.py` prints what it reaches."""
SEED = 20_240_607
MAX_ROUNDS = 60


def unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale every row to unit length, in float32."""
    rows = vectors.astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def kmeans(
    vectors: NDArray[np.float32], count: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cluster unit vectors by cosine (spherical k-means, Dhillon and Modha 2001).

    Args:
        vectors: ndarray of shape (m, d), dtype=np.float32, rows of unit length.
        count: How many clusters to start with; one that runs empty stays empty.
        seed: Chooses the vectors that the clusters start from.

    Returns:
        Centroids of unit length, shape (count, d), and the number of faces in each, (count,).
    """
    rng = np.random.default_rng(seed)
    start = np.sort(rng.choice(len(vectors), size=count, replace=False))
    centroids = vectors[start].copy()
    nearest = np.full(len(vectors), -1)
    for _ in range(MAX_ROUNDS):
        moved = np.argmax(vectors @ centroids.T, axis=1)
        if np.array_equal(moved, nearest):
            break
        nearest = moved
        sums = np.zeros((count, vectors.shape[1]), dtype=np.float64)
        np.add.at(sums, nearest, vectors)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        filled = norms[:, 0] > 0
        centroids[filled] = (sums[filled] / norms[filled]).astype(np.float32)
    return centroids, np.bincount(nearest, minlength=count)


def cohort_bytes(vectors: NDArray[np.floating], *, count: int, k: int, seed: int) -> bytes:
    """Build a cohort file: centroids of at least five faces, their sizes and `k`."""
    centroids, faces = kmeans(unit_rows(vectors), count, seed)
    kept = faces >= MIN_FACES_PER_CENTROID
    return pack_cohort(centroids[kept], faces[kept], k)


def main() -> None:
    """Build the file and print what it holds."""
    parser = argparse.ArgumentParser(description="Build the cohort from feature vectors.")
    parser.add_argument("--features", type=Path, required=True, help="an .npz with `features`")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()

    with np.load(options.features, allow_pickle=False) as archive:
        features = archive["features"]
    data = cohort_bytes(features, count=CENTROIDS, k=K, seed=SEED)
    options.output.write_bytes(data)
    cohort = load_cohort(options.output)
    print(f"faces read   {len(features)}")
    print(
        f"centroids    {len(cohort.centroids)} of {CENTROIDS} "
        f"are of {MIN_FACES_PER_CENTROID} faces or more"
    )
    print(f"k            {cohort.k}")
    print(f"cohort id    {cohort.cohort_id}")


if __name__ == "__main__":
    main()
