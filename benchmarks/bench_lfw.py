"""What the default model reaches: LFW accuracy, misses at low error rates, and fairness by group.

Every figure is printed for the plain cosine and for the cohort-normalised score:

- LFW accuracy over the folds of `lfw/pairs.csv`. The threshold for a fold is chosen on the other
  folds. A pair in which no face was found counts as an error.
- False non-match rate (FNMR) on all mated pairs of LFW at a false match rate (FMR) over all
  pairs of people, once with one vote a pair and once with one vote a person.
- FMR of the worst over the best of FairFace's 14 groups (race and sex, aged 10 and up), at the
  threshold where the mean of the 14 is the stated rate, with one-sided 95 % bounds from a
  bootstrap over people; without and with the pairs that look like one person (plain cosine 0.55
  or more), since FairFace has no identities.

    python benchmarks/bench_lfw.py --faces FACES [--json FILE]
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recognizance.cli.evidence_make import CHILDREN, FAIRFACE, LFW, measure
from recognizance.engine import Engine
from recognizance.evidence.build import (
    EDGE_COUNT,
    LabelledFeatures,
    differential,
    groups_by,
    mated_cells,
    non_mated_groups,
)
from recognizance.settings import load_settings
from recognizance.types import PPB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LFW_RATES = (1e-3, 1e-4, 3e-5)
FAIRFACE_RATES = (1e-2, 1e-3)


def fold_accuracies(faces: LabelledFeatures, folder: Path) -> list[float]:
    """Accuracy on each fold of `pairs.csv` at the threshold that is best on the others."""
    with (folder / "labels.csv").open(encoding="utf-8") as stream:
        place = {row["path"]: index for index, row in enumerate(csv.DictReader(stream))}
    with (folder / "pairs.csv").open(encoding="utf-8") as stream:
        pairs = list(csv.DictReader(stream))
    first = np.array([place[pair["probe"]] for pair in pairs])
    second = np.array([place[pair["reference"]] for pair in pairs])
    fold = np.array([int(pair["fold"]) for pair in pairs])
    mated = np.array([pair["mated"] == "1" for pair in pairs])
    acquired = faces.acquired[first] & faces.acquired[second]
    cosines = np.einsum("ij,ij->i", faces.vectors[first], faces.vectors[second])
    scores = cosines - (faces.cohort_means[first] + faces.cohort_means[second]) / 2

    accuracies = []
    for held_out in np.unique(fold):
        chosen_on = (fold != held_out) & acquired
        threshold = most_accurate_threshold(scores[chosen_on], mated[chosen_on])
        here = fold == held_out
        right = acquired[here] & ((scores[here] >= threshold) == mated[here])
        accuracies.append(float(right.mean()))
    return accuracies


def most_accurate_threshold(scores: NDArray[np.float32], mated: NDArray[np.bool_]) -> float:
    """The score at which most pairs are decided rightly; the middle one of several."""
    candidates = np.unique(scores)
    below = np.searchsorted(np.sort(scores[~mated]), candidates, side="left")
    misses = np.searchsorted(np.sort(scores[mated]), candidates, side="left")
    right = below + mated.sum() - misses
    best = candidates[right == right.max()]
    return float(best[len(best) // 2])


def misses_at(faces: LabelledFeatures) -> list[dict[str, float]]:
    """FNMR over all mated pairs at each FMR over all pairs of people."""
    everybody = groups_by(faces, (), np.ones(len(faces.acquired), dtype=np.bool_))
    non_mated = non_mated_groups(faces, everybody, sets_threshold=True)[0].cell
    (mated,) = mated_cells(faces, everybody)
    rows = []
    for rate in LFW_RATES:
        edge = first_edge_at(non_mated.fmr_ppb / PPB, rate)
        rows.append(
            {
                "fmr": rate,
                "fnmr_by_pair": int(mated.fnmr_ppb[edge]) / PPB,
                "fnmr_by_subject": int(mated.fnmr_by_subject_ppb[edge]) / PPB,
                "pairs_of_people": non_mated.pairs,
                "mated_pairs": mated.pairs,
                "mated_people": mated.people,
            }
        )
    return rows


def fairness_at(faces: LabelledFeatures) -> list[dict[str, float | None]]:
    """Worst over best group at each mean FMR."""
    grown = ~np.isin(faces.labels["age"], CHILDREN)
    groups = non_mated_groups(faces, groups_by(faces, ("race", "sex"), grown), sets_threshold=True)
    rows: list[dict[str, float | None]] = []
    for with_suspected in (False, True):
        found = differential(groups, with_suspected=with_suspected)
        curves = [
            each.cell.fmr_with_suspected_ppb if with_suspected else each.cell.fmr_ppb
            for each in groups
        ]
        for rate in FAIRFACE_RATES:
            edge = first_edge_at(np.mean(curves, axis=0) / PPB, rate)
            rows.append(
                {
                    "fmr": rate,
                    "suspected_pairs_counted": with_suspected
                    * sum(each.cell.suspected_pairs for each in groups),
                    "worst_over_best": in_ones(found.ratio[edge]),
                    "lower_95": in_ones(found.lower[edge]),
                    "upper_95": in_ones(found.upper[edge]),
                    "worst_over_geomean": in_ones(found.over_geomean[edge]),
                }
            )
    return rows


def first_edge_at(rates: NDArray[np.float64], target: float) -> int:
    """Index of the lowest edge at which a falling rate is at most the target."""
    return min(int(np.sum(rates > target)), EDGE_COUNT - 1)


def in_ones(thousandths: int | None) -> float | None:
    """A stored ratio as a number."""
    return None if thousandths is None else thousandths / 1000


def measured(lfw: LabelledFeatures, fairface: LabelledFeatures, folder: Path) -> dict[str, object]:
    """All figures of one kind of score."""
    accuracies = fold_accuracies(lfw, folder)
    return {
        "lfw_accuracy": float(np.mean(accuracies)),
        "lfw_accuracy_by_fold": accuracies,
        "lfw_fnmr": misses_at(lfw),
        "fairface": fairness_at(fairface),
    }


def show(name: str, figures: dict[str, object]) -> None:
    """Print the figures of one kind of score."""
    print(f"\n{name}")
    by_fold = ", ".join(f"{accuracy:.4f}" for accuracy in figures["lfw_accuracy_by_fold"])
    print(f"  LFW accuracy   {figures['lfw_accuracy']:.4f}   (folds {by_fold})")
    show_table(figures["lfw_fnmr"], "LFW at")
    show_table(figures["fairface"], "FairFace at mean")


def show_table(rows: Sequence[dict[str, float | None]], title: str) -> None:
    """Print rows of figures, one line each."""
    for row in rows:
        cells = [
            f"{key.replace('_', ' ')} {'not defined' if value is None else format(value, '.4g')}"
            for key, value in row.items()
            if key != "fmr"
        ]
        print(f"  {title} FMR {row['fmr']:g}:  " + ", ".join(cells))


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description="Accuracy and fairness of the default model.")
    parser.add_argument("--faces", type=Path, default=load_settings().faces)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()

    engine = Engine.load(cache_dir=load_settings().cache)
    lfw = measure(engine, options.faces, LFW)
    fairface = measure(engine, options.faces, FAIRFACE)
    folder = options.faces / LFW.folder
    plain = [
        replace(faces, cohort_means=np.zeros_like(faces.cohort_means)) for faces in (lfw, fairface)
    ]
    report = {
        "model_id": engine.model_id,
        "cohort_id": engine.cohort_id,
        "failures_to_acquire": {
            faces.data_set.name: faces.data_set.failures_to_acquire for faces in (lfw, fairface)
        },
        "plain": measured(*plain, folder),
        "normalised": measured(lfw, fairface, folder),
    }
    print(f"model {engine.model_id}\ncohort {engine.cohort_id}")
    print(f"failures to acquire {report['failures_to_acquire']}")
    show("plain cosine", report["plain"])
    show("cohort-normalised", report["normalised"])
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
