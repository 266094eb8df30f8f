"""The faces of a photograph, and how a face is written down for a client."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.errors import ManyFacesError, NoUsableFaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.service.compreface.reading import Options
    from recognizance.types import Detection, Principal
    from recognizance.uses import Look
    from recognizance.workspace import Workspace

MOST_FACES: Final = 10
"""House number: each face is a use of its own, and others wait before the desk meanwhile."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face of a photograph.

    Attributes:
        number: Which one, counted from 1, largest first, as the desk counts them.
        detection: Where it is.
        size_wh: Size of the photograph in pixels.
        elapsed_ms: How long it took to find all of them, where that is known.
    """

    number: int
    detection: Detection
    size_wh: tuple[int, int]
    elapsed_ms: float

    def shown(self, options: Options) -> dict[str, object]:
        """The face as CompreFace writes it; nothing is ever said about the person."""
        shape: dict[str, object] = {"box": self._box()}
        if options.landmarks:
            points = self.detection.landmarks.tolist()
            shape["landmarks"] = [[round(x), round(y)] for x, y in points]
        if options.status:
            shape["execution_time"] = {"detector": round(self.elapsed_ms, 1)}
        return shape

    def _box(self) -> dict[str, object]:
        box, (width, height) = self.detection.box, self.size_wh
        return {
            "probability": round(float(self.detection.score), 5),
            "x_max": _within(box.left + box.width, width),
            "y_max": _within(box.top + box.height, height),
            "x_min": _within(box.left, width),
            "y_min": _within(box.top, height),
        }


def detected(
    workspace: Workspace, principal: Principal, data: bytes, options: Options
) -> tuple[Face, ...]:
    """The faces that a client asked for, largest first; the desk has looked for them.

    Raises:
        NoUsableFaceError: There is none, or none that is certain enough for the client.
        ImageError: The photograph cannot be read.
    """
    started = time.perf_counter()
    (look,) = workspace.desk.detect(principal, data).looks
    return chosen(look, options, elapsed_ms=(time.perf_counter() - started) * 1000)


def chosen(look: Look, options: Options, *, elapsed_ms: float) -> tuple[Face, ...]:
    """The faces of a look that a client asked for, largest first.

    Raises:
        NoUsableFaceError: There is none, or none that is certain enough for the client.
    """
    faces = tuple(
        Face(number, seen.detection, look.size_wh, elapsed_ms)
        for number, seen in enumerate(look.faces, start=1)
        if seen.detection.score >= options.least_probability
    )
    if not faces:
        raise NoUsableFaceError(
            "No face is found in the given image.",
            hint="Use a photograph in which the face is upright, lit and at least 40 pixels wide.",
        )
    return faces[: options.limit] if options.limit else faces


def check_number(faces: Sequence[Face]) -> None:
    """Refuse to answer about a part of a crowd in silence.

    Raises:
        ManyFacesError: More faces are asked for than one request is answered about.
    """
    if len(faces) > MOST_FACES:
        raise ManyFacesError(
            f"The photograph shows {len(faces)} faces; a request is answered for {MOST_FACES}.",
            hint=f"Send limit={MOST_FACES} or less: the largest faces are taken.",
        )


def only_face(faces: Sequence[Face]) -> Face:
    """The one face of a photograph that may show one person only.

    Raises:
        ManyFacesError: There are more.
    """
    if len(faces) > 1:
        raise ManyFacesError(
            "More than one face in the source image.", hint="Send a photograph of one person."
        )
    return faces[0]


def versions(workspace: Workspace, options: Options) -> dict[str, object]:
    """What found and compared the faces, where the client wants to know: the model's digest."""
    if not options.status:
        return {}
    model = f"recognizance.{workspace.engine.model_id[:12]}"
    return {"plugins_versions": {"detector": model, "calculator": model}}


def _within(value: float, most: int) -> int:
    return min(max(round(value), 0), most)
