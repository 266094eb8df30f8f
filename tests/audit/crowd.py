"""Made-up people for tests of the audit: each has a direction, each picture is a little off it."""

import numpy as np

from recognizance.audit.data import Samples, samples


def crowd(
    people: int = 200,
    pictures: int = 2,
    *,
    seed: int = 0,
    spread: float = 0.5,
    identities: bool = True,
    dimension: int = 12,
    failures: float = 0.03,
    **labels: list[str],
) -> Samples:
    """People with `race` and `sex`, or with the labels that are given (one a person)."""
    rng = np.random.default_rng(seed)
    whose = np.repeat(np.arange(people), pictures)
    faces = rng.standard_normal((people, dimension))
    vectors = faces[whose] + spread * rng.standard_normal((whose.size, dimension))
    chosen = labels or {
        "race": ["North", "South"] * (people // 2) + ["North"] * (people % 2),
        "sex": [("female", "male")[number // 2 % 2] for number in range(people)],
    }
    return samples(
        "a crowd",
        vectors,
        {key: np.array(column)[whose] for key, column in chosen.items()},
        subjects=[f"person-{number}" for number in whose] if identities else None,
        acquired=rng.random(whose.size) >= failures,
        pictures=[f"secret/{number}.jpg" for number in range(whose.size)],
    )
