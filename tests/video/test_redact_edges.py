"""A face that the edge of the picture cuts is hidden for longer before it is sighted."""

import pytest

from recognizance.types import Box
from recognizance.video.redaction.looking import AT_EDGE_S, TAIL_S, _trimmed
from recognizance.video.redaction.tracks import Growing, Spot

SIZE_WH = (640, 360)
STEP_S = 0.1
BEFORE = 40


def followed_back(left: float, *, score: float = 0.9) -> Growing:
    """A face that stood at one place before it was sighted, four seconds long."""
    spots = [Spot(n, n * STEP_S, Box(left, 100.0, 80.0, 80.0), BEFORE - n) for n in range(BEFORE)]
    seen = Spot(BEFORE, BEFORE * STEP_S, Box(100.0, 100.0, 80.0, 80.0))
    return Growing([*spots, seen], best_score=score)


@pytest.mark.parametrize(
    ("left", "hidden_s"), [(100.0, TAIL_S), (-40.0, AT_EDGE_S), (600.0, AT_EDGE_S)]
)
def test_how_long_it_is_hidden_before_it_is_sighted(left, hidden_s):
    kept = _trimmed(followed_back(left), SIZE_WH)
    assert BEFORE * STEP_S - kept[0].time_s == pytest.approx(hidden_s)
    assert kept[-1].index == BEFORE


def test_what_is_mostly_no_face_is_not_hidden_for_longer_at_the_edge():
    kept = _trimmed(followed_back(-40.0, score=0.55), SIZE_WH)
    assert BEFORE * STEP_S - kept[0].time_s < TAIL_S
