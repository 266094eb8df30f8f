"""Composed clips with a known truth: portraits that walk over a made-up street.

Nothing here is kept: the portraits are read from the shared photographs at run time, and a clip is
written where the caller says. `people` cuts portraits out, `stage` moves them before a camera,
`clips` writes what the camera sees and knows who is where, `scenes` holds the scripts and `mini`
the same ones short and small, for the test suite. One seed gives one clip, to the last byte.
"""

from scenery.clips import Clip, Scene
from scenery.people import Album, Portrait
from scenery.stage import FrameTruth, TrueFace

__all__ = ["Album", "Clip", "FrameTruth", "Portrait", "Scene", "TrueFace"]
