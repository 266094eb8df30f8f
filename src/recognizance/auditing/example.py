"""An example of a table of scores, for whoever wants to see what one looks like: made up."""

from __future__ import annotations

import csv
import io
from typing import Final

import numpy as np

HEADER: Final = ("probe", "reference", "mated", "score", "probe_sex", "reference_sex")
PEOPLE: Final = 60
_SEED: Final = 7
_PLACES: Final = 4


def example_table() -> bytes:
    """Scores of made-up people: two pictures of each, every pair of different people once a side.

    It measures no system, and its rates say nothing of anybody.
    """
    draw = np.random.default_rng(_SEED)
    sex = ["female" if number % 2 else "male" for number in range(PEOPLE)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for one in range(PEOPLE):
        alike = round(float(draw.normal(0.75, 0.08)), _PLACES)
        writer.writerow((f"a{one}", f"b{one}", 1, alike, sex[one], sex[one]))
        for other in range(PEOPLE):
            if other != one:
                score = round(float(draw.normal(0.2, 0.1)), _PLACES)
                writer.writerow((f"a{one}", f"a{other}", 0, score, sex[one], sex[other]))
    return out.getvalue().encode()
