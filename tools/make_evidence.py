"""Measures the default model and writes the evidence that is shipped with the package.

python tools/make_evidence.py --faces FACES -o src/recognizance/data/evidence/default.json.gz
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from recognizance.cli.evidence_make import make_evidence
from recognizance.engine import Engine
from recognizance.evidence.files import write_evidence
from recognizance.settings import load_settings


def main() -> None:
    """Measure, write, and print what the document is about."""
    parser = argparse.ArgumentParser(description="Measure the default model.")
    parser.add_argument("--faces", type=Path, required=True, help="fairface, lfw and congress")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()

    engine = Engine.load(cache_dir=load_settings().cache)
    evidence = make_evidence(engine, options.faces, now=datetime.now(UTC))
    write_evidence(evidence, options.output)
    print(f"model     {evidence.model_id}")
    print(f"cohort    {evidence.cohort_id}")
    print(f"evidence  {evidence.digest}")
    for data_set in evidence.data_sets:
        print(
            f"{data_set.name:9} {data_set.people} people, {data_set.images} images, "
            f"{data_set.failures_to_acquire} without a face"
        )


if __name__ == "__main__":
    main()
