"""Which pictures of a track are worth extracting: few, the first soon, then clearly better ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choosing:
    """How often a face is worth a shot.

    Attributes:
        most_shots: Of one track at most.
        most_closer: Times that one track is looked at closely at most, in one `again_s`.
        again_s: After so long another shot is due even if it is not better.
    """

    most_shots: int = 4
    most_closer: int = 4
    again_s: float = 10.0
