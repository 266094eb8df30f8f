"""How fast an audit compares, draws and reads, each beside a peer in the same run.

    .venv/bin/python benchmarks/bench_audit.py [--templates N] [--rows N] [--faces FOLDER]

- All pairs of N random 128-d templates in 14 groups, with exact tail histograms by pair of groups;
  the peer is NumPy's bare matrix product of the same blocks, which keeps nothing.
- 1,000 bootstrap replicates of every rate at 2,000 people; the peer is the same bootstrap that
  scores its pairs one replicate at a time, on fewer replicates.
- With the shared photographs: ways to normalise scores, on FairFace features; and the fairness of
  the default model on the photographs of FairFace aged 10 and up, plain and normalised, with and
  without the pairs that look like one person (plain cosine 0.55 or more), beside what it costs in
  misses on LFW. The false match rate is the mean of the 14 within-group rates. `bench_lfw.py` has
  the accuracy on LFW and further rates.
- A Parquet table of N rows to rates, intervals and verdicts (needs pyarrow).

Each part runs in a process of its own, so that its peak memory is its own. The bench prints which
kernels OpenBLAS uses; where OPENBLAS_CORETYPE asks for older ones than the processor can run, it
runs the first part again with the AVX-512 kernels.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recognizance.audit.blas import kernel, single_threaded
from recognizance.audit.comparisons import compare_samples
from recognizance.audit.counted import Counted
from recognizance.audit.data import read_templates, samples
from recognizance.audit.draws import draw
from recognizance.audit.exact import COLUMNS_AT_ONCE, ROWS_AT_ONCE, Templates, tail_counts
from recognizance.audit.measure import audit_table
from recognizance.audit.normalise import NearestMean, PlainCosine, learnt_ways
from recognizance.audit.plan import Plan
from recognizance.audit.result import Disclosure, System
from recognizance.audit.tablecount import count_table
from recognizance.audit.tables import Columns, digest_of, header_of, label_columns, read_table
from recognizance.audit.ways import FNMR_AT, compare_normalisations
from recognizance.auditing.proof import CHILDREN
from recognizance.cli.evidence_make import FAIRFACE, LFW, measure
from recognizance.compare import load_cohort
from recognizance.engine import Engine
from recognizance.settings import load_settings

if TYPE_CHECKING:
    from recognizance.audit.data import Samples
    from recognizance.audit.result import NormalisationRow
    from recognizance.evidence.build import LabelledFeatures

DIMENSION = 128
GROUPS = 14
EDGES_PER_UNIT = 1024
GOALS = {
    1e-2: "goal: worst/best at most 2.0",
    1e-3: "goal: Max/GeoMean at most 1.6",
}
MOST_MISSES_ADDED = 0.003


def main() -> int:
    """Run the parts, each in a process of its own; the exit code says whether all of them ran."""
    parser = argparse.ArgumentParser(description="Measure the audit.")
    parser.add_argument("--templates", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--faces", type=Path, help="adds fairness, on the shared photographs")
    parser.add_argument(
        "--only", choices=("pairs", "bootstrap", "table", "fairness", "photographs")
    )
    options = parser.parse_args()
    if options.only == "pairs":
        return pairs(options.templates)
    if options.only == "bootstrap":
        return bootstrap()
    if options.only == "table":
        return table(options.rows)
    if options.only == "fairness":
        return fairness(options.faces)
    if options.only == "photographs":
        return photographs(options.faces)
    sizes = ["--templates", str(options.templates), "--rows", str(options.rows)]
    failed = 0
    for part, more in [("pairs", {}), *avx512(), ("bootstrap", {}), ("table", {})]:
        command = [sys.executable, __file__, *sizes, "--only", part]
        failed |= subprocess.run(command, check=False, env=os.environ | more).returncode
    if options.faces:
        failed |= fairness(options.faces) | photographs(options.faces)
    return failed


def avx512() -> list[tuple[str, dict[str, str]]]:
    """The first part once more, where the processor can do more than OpenBLAS was told to use."""
    info = Path("/proc/cpuinfo")
    able = info.exists() and "avx512bw" in info.read_text(encoding="utf-8")
    known = kernel() in {"SkylakeX", "Cooperlake", "SapphireRapids"}
    return [("pairs", {"OPENBLAS_CORETYPE": "SkylakeX"})] if able and not known else []


def pairs(n: int) -> int:
    """All pairs of random templates."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((n, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    # The edge that one random pair in a hundred reaches: a cosine of 2.33 deviations of 1/sqrt(d).
    floor = round(2.33 / np.sqrt(DIMENSION) * EDGES_PER_UNIT)
    templates = Templates(
        vectors, np.zeros(n, np.float32), np.arange(n), rng.integers(GROUPS, size=n)
    )
    before = peak_mib()
    start = time.perf_counter()
    counts, _ = tail_counts(templates, floor=floor, edges=EDGES_PER_UNIT)
    ours = time.perf_counter() - start
    total = n * (n - 1) // 2
    ours_peak = peak_mib()
    bare = product(vectors)
    print(
        f"all pairs, {n:,} templates, {GROUPS} groups, BLAS kernels {kernel()}: "
        f"{total / ours:.2e} comparisons/s ({ours:.1f} s), {counts[:, 0].sum() / total:.4f} of "
        f"them in the tail histograms, peak {ours_peak:.0f} MiB ({before:.0f} before)\n"
        f"  bare matrix product of the same blocks: {total / bare:.2e}/s"
    )
    return 0


def product(vectors: np.ndarray) -> float:
    """Seconds that NumPy needs for the same products, on as many threads, keeping nothing."""
    n = len(vectors)

    def rows(start: int) -> None:
        block = vectors[start : start + ROWS_AT_ONCE]
        out = np.empty((len(block), COLUMNS_AT_ONCE), dtype=np.float32)
        for column in range(start, n, COLUMNS_AT_ONCE):
            right = vectors[column : column + COLUMNS_AT_ONCE]
            np.matmul(block, right.T, out=out[:, : len(right)])

    start = time.perf_counter()
    with single_threaded(), ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(rows, range(0, n, ROWS_AT_ONCE)))
    return time.perf_counter() - start


def bootstrap(people: int = 2000, draws: int = 1000, peer_draws: int = 20) -> int:
    """Every rate of every group, by drawing people."""
    rng = np.random.default_rng(1)
    whose = np.repeat(np.arange(people), 2)
    faces = rng.standard_normal((people, DIMENSION))
    data = samples(
        "random",
        faces[whose] + 0.8 * rng.standard_normal((whose.size, DIMENSION)),
        {"group": np.array([f"g{number % GROUPS}" for number in whose])},
        subjects=whose,
    )
    compared = compare_samples(data, ("group",))
    counted = Counted(compared, ("group",))
    lines = [counted.everything, *(counted.within(group) for group in counted.main)]
    edges = np.linspace(0, 150, 12).astype(int)
    groups = [compared.cells_of(group) for group in counted.main]
    start = time.perf_counter()
    draw(compared, lines, groups, edges, draws=draws, rng=rng)
    ours = time.perf_counter() - start
    scores = (data.vectors @ data.vectors.T) >= compared.edges[edges[3]]
    start = time.perf_counter()
    for _ in range(peer_draws):
        rows = np.flatnonzero(np.isin(whose, rng.integers(people, size=people)))
        scores[np.ix_(rows, rows)].mean()
    peer = (time.perf_counter() - start) * draws / peer_draws
    print(
        f"{draws:,} bootstrap replicates, {people:,} people, {len(lines)} false match and "
        f"{len(groups)} false non-match rates at {edges.size} thresholds: {ours:.2f} s\n"
        f"  reading the matrix of scores anew, one rate at one threshold: {peer:.1f} s"
    )
    return 0


def table(rows: int) -> int:
    """A table from Parquet to a result."""
    try:
        import pyarrow as pa  # noqa: PLC0415  # optional
        from pyarrow import parquet  # noqa: PLC0415  # optional
    except ImportError:
        print("a table from Parquet: not run, pyarrow is not installed")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.parquet"
        # Written by a process of its own, whose memory is not the audit's.
        writer = os.fork()
        if writer == 0:
            write_table(path, rows, pa, parquet)
            os._exit(0)
        os.waitpid(writer, 0)
        start = time.perf_counter()
        columns = Columns(labels=label_columns(("race", "sex"), header_of(path)))
        read = count_table(
            "scores", read_table(path, columns), columns.attributes, digest=digest_of(path)
        )
        reading = time.perf_counter() - start
        plan = Plan(attributes=columns.attributes, disclosure=Disclosure.EXACT)
        result = audit_table(read, plan, System("random"))
        whole = time.perf_counter() - start
        start = time.perf_counter()
        parquet.read_table(path)
        bare = time.perf_counter() - start
    print(
        f"{rows:,} rows of Parquet: counted in {reading:.1f} s, audited in {whole:.1f} s with "
        f"{result.method.draws:,} draws, peak {peak_mib():.0f} MiB\n"
        f"  pyarrow reading the table and keeping it: {bare:.1f} s"
    )
    return 0


def write_table(path: Path, rows: int, pa: object, parquet: object) -> None:
    """Random comparisons of 20,000 people, one in a hundred mated."""
    rng = np.random.default_rng(2)
    people, done = 20_000, 0
    sex = np.array(["female", "male"])[rng.integers(2, size=people)]
    race = np.array(list("ABCDEFG"))[rng.integers(7, size=people)]
    writer = None
    while done < rows:
        count = min(1_000_000, rows - done)
        one, other = rng.integers(people, size=(2, count))
        mated = (rng.random(count) < 0.01) | (one == other)
        other = np.where(mated, one, other)
        columns = {
            "probe": np.char.add(one.astype(str), "-a"),
            "reference": np.char.add(other.astype(str), "-b"),
            "mated": mated,
            "score": (rng.normal(0, 0.1, count) + 0.6 * mated).astype(np.float32),
        }
        for name, values in (("race", race), ("sex", sex)):
            columns |= {f"probe_{name}": values[one], f"reference_{name}": values[other]}
        part = pa.table(columns)
        writer = writer or parquet.ParquetWriter(path, part.schema)
        writer.write_table(part)
        done += count
    writer.close()


def fairness(faces: Path) -> int:
    """Ways to normalise: learnt on one half of the features, measured on the other half."""
    rng = np.random.default_rng(3)
    data = read_templates(faces / "fairface" / "more-features.npz")
    half = rng.random(len(data)) < 0.5
    test = data.rows(~half & ~np.isin(data.labels["age"], CHILDREN))
    methods = list(learnt_ways(data.vectors[half], None, rng))
    print(f"ways to normalise, {len(test):,} FairFace features aged 10 and up, 14 groups:")
    for row in compare_normalisations(methods, test, ("race", "sex")):
        show(row)
    return 0


def photographs(faces: Path) -> int:
    """The default model on photographs: how unequal its groups are, and what equality costs."""
    engine = Engine.load(cache_dir=load_settings().cache)
    lfw, fairface = (as_samples(measure(engine, faces, source)) for source in (LFW, FAIRFACE))
    grown = fairface.rows(~np.isin(fairface.labels["age"], CHILDREN))
    cohort = load_cohort()
    ways = [PlainCosine(), NearestMean(cohort.centroids, cohort.k, "the shipped cohort")]
    misses: list[float] = []
    for counted in (False, True):
        print(
            f"the default model, {len(grown):,} FairFace photographs aged 10 and up, 14 groups, "
            f"suspected pairs {'counted' if counted else 'left out'}:"
        )
        rows = compare_normalisations(
            ways,
            grown,
            ("race", "sex"),
            mated=None if counted else lfw,
            draws=2000,
            count_suspected=counted,
        )
        for row in rows:
            show(row, "" if row.method == ways[0].name else GOALS[row.fmr_target])
        misses += [row.fnmr for row in rows if row.fnmr is not None]
    plain, normalised = misses[0], misses[-1]
    print(
        f"  LFW, misses at FMR {FNMR_AT:g} over all pairs: plain {plain:.4f}, normalised "
        f"{normalised:.4f}, {normalised - plain:+.4f}   goal: at most +{MOST_MISSES_ADDED}"
    )
    return 0


def as_samples(measured: LabelledFeatures) -> Samples:
    """What the evidence is made of, as the audit takes it."""
    data = measured.data_set
    return samples(
        data.name,
        measured.vectors,
        measured.labels,
        subjects=measured.subjects if data.identities else None,
        acquired=measured.acquired,
        kind="images",
    )


def show(row: NormalisationRow, goal: str = "") -> None:
    """Print one way at one target."""
    worst = f"{row.max_over_min:.2f} ({row.lower:.2f} to {row.upper:.2f})"
    geomean = (
        f"{row.max_over_geomean:.2f} ({row.max_over_geomean_lower:.2f} to "
        f"{row.max_over_geomean_upper:.2f})"
    )
    print(
        f"  {row.method:44} FMR {row.fmr_target:g}: worst/best {worst}, Max/GeoMean {geomean}"
        + (f"   {goal}" if goal else "")
    )


def peak_mib() -> float:
    """Most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
