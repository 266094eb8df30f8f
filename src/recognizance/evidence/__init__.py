"""Evidence: what was measured about a model, and the thresholds that may come from it.

`document` holds the measured numbers and `files` reads and writes them; `thresholds` is the only
way from an error-rate target to a threshold; `build` makes the numbers from arrays of features,
with the bounds of `intervals`.
"""

from recognizance.evidence.document import Evidence
from recognizance.evidence.files import load_evidence
from recognizance.evidence.thresholds import (
    LADDER_PPB,
    GroupRate,
    GroupRatio,
    MissRate,
    Threshold,
    band,
    band_ppb,
    band_words,
    floor_ppb,
    require_supported,
    threshold_for,
    tightened,
)

__all__ = [
    "LADDER_PPB",
    "Evidence",
    "GroupRate",
    "GroupRatio",
    "MissRate",
    "Threshold",
    "band",
    "band_ppb",
    "band_words",
    "floor_ppb",
    "load_evidence",
    "require_supported",
    "threshold_for",
    "tightened",
]
