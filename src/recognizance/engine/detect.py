"""Find faces: YuNet over a small picture for proposals, then over each proposal at a fixed size.

    1 SEARCH   the whole picture, for 1920x1080 at half its size, every proposal from a score of 0.1
    2 LOOK     at each proposal alone, scaled to one size; box and landmarks are those of this
               second look, the score is the better of both
    3 CHOOSE   scores of at least 0.8, one of several overlapping boxes; if there is none, the
               best one of at least 0.7
    4 UPRIGHT  each of these twice more, turned upright, for its landmarks

Searching at full size would cost five times as much and find the same faces of at least 40 px:
what is uncertain at 20 px in the smaller picture is certain once those 20 px are magnified to 80.
The second look also finds the landmarks of every face at the same size, which gives the recogniser
more even crops: fewer false non-matches on LFW than with landmarks from one look at all.

The network's decoding follows OpenCV's FaceDetectorYN (modules/objdetect/src/face_detect.cpp).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from recognizance.engine.align import TEMPLATE, similarity
from recognizance.engine.image import search_scale
from recognizance.engine.prepare import STRIDES
from recognizance.engine.sampling import sample
from recognizance.types import Box, Detection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.engine.runtime import Network
    from recognizance.types import Frame

MIN_SCORE = 0.8
"""Least score of a detection, the better of both looks."""

MIN_SCORE_ALONE = 0.7
"""Least score of the best detection where none reaches `MIN_SCORE`.

A photograph of one person is lost less often that way, and more evenly: a higher floor loses more
faces of some groups than of others (the evidence counts failures to acquire by group). A lower
floor for all would give a second, false face to many a portrait.
"""

_MIN_PROPOSAL_SCORE = 0.1
_MAX_PROPOSALS = 256
MAX_OVERLAP = 0.3
"""Intersection over union above which two boxes are one face."""

# The second look: a face of 80 px in a picture of 128 px, magnified at most four times. Of the
# sizes tried on LFW this one gave the fewest false non-matches.
_LOOK_PX = 128
_LOOK_FACE_PX = 80.0
_MAX_MAGNIFICATION = 4.0

# Least overlap of the proposal with what the second look finds: else it found somebody else.
_SAME_FACE = 0.2

# YuNet draws a tilted face more upright than it is: about two thirds of the tilt is seen, so a
# look turns it by half as much again, and a second look takes the rest.
_UPRIGHT_LOOKS = 2
_TILT_GAIN = 1.5
_UPRIGHT_EYES_PX = 35.0
_UPRIGHT_DROP_PX = 2.5
_TEMPLATE_EYES_PX = float(TEMPLATE[1, 0] - TEMPLATE[0, 0])

_DIVISOR = STRIDES[-1]


@dataclass(frozen=True, slots=True)
class _Found:
    """Detections by falling score, in pixels of whatever picture the network saw.

    Attributes:
        boxes: ndarray of shape (n, 4), dtype=np.float32: left, top, width, height.
        landmarks: ndarray of shape (n, 5, 2), dtype=np.float32.
        scores: ndarray of shape (n,), dtype=np.float32.
    """

    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __getitem__(self, index: NDArray[np.intp] | NDArray[np.bool_] | slice) -> _Found:
        return _Found(self.boxes[index], self.landmarks[index], self.scores[index])

    def scaled(self, factor: float, shift_x: float, shift_y: float) -> _Found:
        """The same in other pixels: `factor * point + shift`."""
        shift = np.array([shift_x, shift_y], dtype=np.float32)
        boxes = self.boxes * np.float32(factor)
        boxes[:, :2] += shift
        return _Found(boxes, self.landmarks * np.float32(factor) + shift, self.scores)


def detect(network: Network, frame: Frame) -> tuple[Detection, ...]:
    """Find the faces of a frame.

    Args:
        network: The prepared YuNet.
        frame: Where to look.

    Returns:
        Detections in pixels of the upright original, the largest face first.
    """
    # Without access to the original: the second look does not need it, and decoding it is dear.
    frame = replace(frame, region=None)
    proposals = _search(network, frame)
    looks = [
        _look(network, frame, proposals[row : row + 1]) for row in range(len(proposals.scores))
    ]
    found = joined([look for look in looks if look is not None])
    kept = _certain(found)
    kept = kept[overlap_free(kept.boxes, kept.scores, MAX_OVERLAP)]
    kept = _with_upright_landmarks(network, frame, kept)
    by_size = np.argsort(-kept.boxes[:, 2] * kept.boxes[:, 3], kind="stable")
    return tuple(
        Detection(box=Box(*map(float, box)), landmarks=landmarks, score=float(score))
        for box, landmarks, score in zip(
            kept.boxes[by_size], kept.landmarks[by_size], kept.scores[by_size], strict=True
        )
    )


def _certain(found: _Found) -> _Found:
    """Step 3: what is certain enough to be a face; one that stands alone may be less so."""
    certain = found.scores >= MIN_SCORE
    if certain.any() or not found.scores.size:
        return found[certain]
    best = found.scores == found.scores.max()
    return found[best & (found.scores >= MIN_SCORE_ALONE)]


def _search(network: Network, frame: Frame) -> _Found:
    """Step 1: proposals in pixels of the original."""
    picture = frame.pixels
    height, width = picture.shape[:2]
    original_width, original_height = frame.size_wh
    scale = search_scale(original_width, original_height)
    shrink = scale / frame.scale
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    if size != (width, height):
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    found = yunet(network, picture, _MIN_PROPOSAL_SCORE)
    # Pixel centres lie at whole numbers in both pictures, hence the half.
    step = 1 / scale
    return found[:_MAX_PROPOSALS].scaled(step, (step - 1) / 2, (step - 1) / 2)


def _look(network: Network, frame: Frame, proposal: _Found) -> _Found | None:
    """Step 2: one proposal's face in pixels of the original, or None if it is not seen again."""
    box = proposal.boxes[0]
    left, top, width, height = map(float, box)
    scale = min(_LOOK_FACE_PX / max(width, height), _MAX_MAGNIFICATION * frame.scale)
    middle = (_LOOK_PX - 1) / 2
    shift_x = middle - scale * (left + width / 2)
    shift_y = middle - scale * (top + height / 2)
    matrix = np.array([[scale, 0.0, shift_x], [0.0, scale, shift_y]])
    found = yunet(network, sample(frame, matrix, _LOOK_PX, _LOOK_PX), _MIN_PROPOSAL_SCORE)
    found = found.scaled(1 / scale, -shift_x / scale, -shift_y / scale)
    overlaps = overlap(box, found.boxes)
    same = np.flatnonzero(overlaps >= _SAME_FACE)
    if not len(same):
        return None
    best = found[same[[np.argmax(overlaps[same] + found.scores[same])]]]
    # A face that fills the picture loses its surroundings in the second look, and score with them.
    return replace(best, scores=np.maximum(best.scores, proposal.scores))


def _with_upright_landmarks(network: Network, frame: Frame, found: _Found) -> _Found:
    """Step 4: the landmarks of each face as they are seen when the face stands upright."""
    landmarks = found.landmarks.copy()
    for row in range(len(landmarks)):
        for _ in range(_UPRIGHT_LOOKS):
            seen = _look_upright(network, frame, landmarks[row])
            if seen is None:
                break
            landmarks[row] = seen
    return replace(found, landmarks=landmarks)


def _look_upright(
    network: Network, frame: Frame, landmarks: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """Landmarks of one face in pixels of the original, seen upright; None if it is not seen."""
    to_shape = similarity(landmarks, TEMPLATE)
    scale = float(np.hypot(to_shape[0, 0], to_shape[1, 0])) * _UPRIGHT_EYES_PX / _TEMPLATE_EYES_PX
    tilt = float(np.arctan2(to_shape[1, 0], to_shape[0, 0])) * _TILT_GAIN
    turn = scale * np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    middle = np.array([(_LOOK_PX - 1) / 2, (_LOOK_PX - 1) / 2 + _UPRIGHT_DROP_PX])
    shift = middle - turn @ landmarks.mean(axis=0)
    matrix = np.column_stack([turn, shift])
    found = yunet(network, sample(frame, matrix, _LOOK_PX, _LOOK_PX), _MIN_PROPOSAL_SCORE)
    if not len(found.scores):
        return None
    centres = found.boxes[:, :2] + found.boxes[:, 2:] / 2
    nearest = np.argmin(np.abs(centres - (_LOOK_PX - 1) / 2).sum(axis=1) - 10 * found.scores)
    seen: NDArray[np.float32] = (found.landmarks[nearest] - shift) @ np.linalg.inv(turn).T
    return seen.astype(np.float32)


def yunet(network: Network, picture: NDArray[np.uint8], min_score: float) -> _Found:
    """Run YuNet on a picture as it is, and decode what it says, without overlapping boxes.

    Args:
        network: The prepared YuNet.
        picture: ndarray of shape (height, width, 3), dtype=np.uint8, RGB.
        min_score: Leave out what scores less.
    """
    height, width = (-(-side // _DIVISOR) * _DIVISOR for side in picture.shape[:2])
    heads = network.run([picture], height, width)
    found = joined(
        [
            decode_head(head[0], stride, min_score)
            for head, stride in zip(heads, STRIDES, strict=True)
        ]
    )
    return found[overlap_free(found.boxes, found.scores, MAX_OVERLAP)]


def decode_head(head: NDArray[np.float32], stride: int, min_score: float) -> _Found:
    """Decode what the network says at one stride.

    At row `r` and column `c`: score = sqrt(sigmoid(cls) * sigmoid(obj)), centre = (c + dx, r + dy)
    * stride, size = exp(bbox) * stride, landmark = (c + kx, r + ky) * stride.

    Args:
        head: ndarray of shape (rows, columns, 16), dtype=np.float32: cls, obj, dx, dy, log width,
            log height, then x and y of five landmarks.
        stride: Pixels from one place to the next.
        min_score: Leave out what scores less.
    """
    # sqrt(sigmoid(a) * sigmoid(b)) from one square root of (1 + e^-a)(1 + e^-b); a float32 e^-x
    # may grow to infinity, which is a score of zero.
    with np.errstate(over="ignore"):
        scores = 1 / np.sqrt((1 + np.exp(-head[..., 0])) * (1 + np.exp(-head[..., 1])))
    rows, columns = np.nonzero(scores >= min_score)
    places = np.stack([columns, rows], axis=1).astype(np.float32)
    said = head[rows, columns]
    centres = (places + said[:, 2:4]) * stride
    sizes = np.exp(said[:, 4:6]) * stride
    landmarks = (places[:, np.newaxis] + said[:, 6:].reshape(-1, 5, 2)) * stride
    boxes = np.concatenate([centres - sizes / 2, sizes], axis=1)
    return _Found(boxes, landmarks, scores[rows, columns])


def joined(parts: list[_Found]) -> _Found:
    """Several as one; none as an empty one."""
    none = _Found(
        np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32)
    )
    parts = [none, *parts]
    return _Found(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.landmarks for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


def overlap(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one box with others, each (left, top, width, height)."""
    near = np.maximum(box[:2], boxes[:, :2])
    far = np.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:])
    shared = np.clip(far - near, 0, None).prod(axis=1)
    ratio: NDArray[np.float32] = shared / (box[2:].prod() + boxes[:, 2:].prod(axis=1) - shared)
    return ratio


def overlap_free(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], most: float
) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: the best, then the best that overlaps none before it.

    Args:
        boxes: ndarray of shape (n, 4).
        scores: ndarray of shape (n,).
        most: Largest intersection over union that two kept boxes may have.

    Returns:
        Indexes of the kept boxes by falling score.
    """
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        waiting = waiting[overlap(boxes[best], boxes[waiting]) <= most]
    return np.array(kept, dtype=np.intp)
