"""Answers of bob.measure and pyeer to made-up scores; run by a Python that has both.

Reads one JSON document from standard input and writes one to standard output, so that it needs
nothing of this project and this project needs none of their versions of NumPy.
"""

import json
import sys

import bob.measure
import numpy as np
from pyeer.eer_stats import calculate_roc, get_eer_values


def verification(case: dict) -> dict:
    """FMR and FNMR at a threshold, the threshold of a target, and two equal error rates."""
    mated, non_mated = np.array(case["mated"]), np.array(case["non_mated"])
    fmr, fnmr = bob.measure.farfrr(non_mated, mated, case["threshold"])
    closest = bob.measure.eer_threshold(non_mated, mated)
    at_closest = bob.measure.farfrr(non_mated, mated, closest)
    thresholds, fmrs, fnmrs = calculate_roc(case["mated"], case["non_mated"])
    place, low, high, _ = get_eer_values(fmrs, fnmrs)
    return {
        "fmr": float(fmr),
        "fnmr": float(fnmr),
        "threshold": float(bob.measure.far_threshold(non_mated, mated, case["target"])),
        "closest": [float(rate) for rate in at_closest],
        # pyeer looks at observed scores only: its rates may not cross among them.
        "crosses": bool((fmrs <= fnmrs).any()),
        "interval": [float(low), float(high)],
        "at": float(thresholds[place]),
    }


def identification(case: dict) -> dict:
    """CMC, detection and identification rate, and false alarm rate of searches."""
    columns = list(range(len(case["scores"][0])))
    searches = []
    for row, mate in zip(case["scores"], case["mates"], strict=True):
        others = np.array([row[column] for column in columns if column != mate])
        searches.append((others, None if mate is None else np.array([row[mate]])))
    mated = [each for each in searches if each[1] is not None]
    return {
        "cmc": bob.measure.cmc(mated).tolist(),
        "dir": bob.measure.detection_identification_rate(
            searches, case["threshold"], rank=case["rank"]
        ),
        "far": bob.measure.false_alarm_rate(searches, case["threshold"]),
    }


def main() -> None:
    """Answer every case."""
    cases = json.load(sys.stdin)
    answers = {
        "verification": [verification(case) for case in cases["verification"]],
        "identification": [identification(case) for case in cases["identification"]],
    }
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
