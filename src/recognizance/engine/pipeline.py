"""The engine as others see it: bytes to frame, frame to faces, faces to features."""

from __future__ import annotations

import io
import secrets
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from recognizance.canonical import digest
from recognizance.compare import load_cohort
from recognizance.engine import align, detect, extract, image, quality
from recognizance.engine import sweep as sweeping
from recognizance.engine.forgetful import Forgetful
from recognizance.engine.models import (
    DETECTOR,
    RECOGNISER,
    ModelCard,
    detector_network,
    recogniser_network,
    shipped_models,
)
from recognizance.engine.runtime import SideBySide, load_network
from recognizance.engine.sampling import sample
from recognizance.errors import ImageFormatError
from recognizance.types import Features

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recognizance.compare import Cohort
    from recognizance.engine.runtime import Network, Precision, Runtime
    from recognizance.types import Detection, Frame, Quality

PREPROCESSING = "recognizance-preprocessing-1"
"""Version of everything between bytes and vector that is no model: decoding, search, alignment.
Whatever changes a vector changes this."""

_PICTURE_PX = 256
_PICTURE_FACES = 2.0
_PICTURE_QUALITY = 85
_CUT_PX = 6
"""Most pixels, less two, that a retaken picture loses at each side."""


class Engine:
    """Two models and a cohort, loaded. Knows nothing of permits; the desk asks first.

    Any number of threads may use one engine; runs of one model take turns.

    Attributes:
        card: Everything that decides what a feature vector means.
    """

    def __init__(
        self,
        *,
        detector: Network,
        glancer: Network,
        recogniser: Network,
        cohort: Cohort,
        card: ModelCard,
    ) -> None:
        self._detector = detector
        self._glancer = glancer
        self._recogniser = recogniser
        self._cohort = cohort
        self.card = card

    @classmethod
    def load(
        cls,
        *,
        cohort: Cohort | None = None,
        runtime: Runtime = "openvino",
        precision: Precision = "f32",
        threads: int | None = None,
        cache_dir: Path | None = None,
    ) -> Engine:
        """Check, prepare and load the shipped models.

        Args:
            cohort: The shipped one where None.
            runtime: What runs the models; does not change the model id.
            precision: Arithmetic of the recogniser, and part of the model id. The detector
                always runs in f32.
            threads: How many threads a model may use; None for what the runtime thinks best. A
                glance takes the one that asks for it, and as many run at once.
            cache_dir: Folder for prepared models; None prepares them in memory each time.

        Raises:
            ModelError: A file is missing or not the pinned one, or this machine cannot run it.
        """
        cohort = cohort or load_cohort()
        model_id = digest(
            {
                "detector": DETECTOR.sha256,
                "recogniser": RECOGNISER.sha256,
                "preprocessing": PREPROCESSING,
                "cohort": cohort.cohort_id,
                "precision": precision,
            }
        )
        faces = detector_network(cache_dir)
        one_thread = partial(load_network, faces, runtime=runtime, precision="f32", threads=1)
        return cls(
            detector=load_network(faces, runtime=runtime, precision="f32", threads=threads),
            glancer=SideBySide(one_thread, threads or cv2.getNumberOfCPUs()),
            recogniser=Forgetful(
                load_network(
                    recogniser_network(cache_dir),
                    runtime=runtime,
                    precision=precision,
                    threads=threads,
                )
            ),
            cohort=cohort,
            card=ModelCard(
                model_id=model_id,
                cohort_id=cohort.cohort_id,
                models=shipped_models(),
                runtime=runtime,
                precision=precision,
            ),
        )

    @property
    def model_id(self) -> str:
        """Digest of detector, recogniser, preprocessing, cohort and precision."""
        return self.card.model_id

    @property
    def cohort_id(self) -> str:
        """Digest of the cohort."""
        return self.card.cohort_id

    def decode(self, data: bytes) -> Frame:
        """Bytes to an upright frame, within the usual bounds; see `image.decode`.

        Raises:
            ImageError: One of its kinds.
        """
        return image.decode(data)

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """Find faces, the largest first, in pixels of the upright original.

        Raises:
            ImageError: The picture turns out to be damaged where it is read at full size.
        """
        return detect.detect(self._detector, frame)

    def original(self, data: bytes) -> NDArray[np.uint8]:
        """Bytes to upright pixels at full size; see `image.original`.

        Raises:
            ImageError: One of its kinds.
        """
        return image.original(data)

    def encode(self, pixels: NDArray[np.uint8], *, like: bytes) -> bytes:
        """Pixels to a file in the format of another, without its metadata; see `image.encode`."""
        return image.encode(pixels, like=like)

    def sweep(self, pixels: NDArray[np.uint8], *, again: bool = False) -> tuple[Detection, ...]:
        """Every face that may be there, the largest first; `again` looks at other sizes."""
        scales = sweeping.OTHER_SCALES if again else sweeping.SCALES
        return sweeping.sweep(self._detector, pixels, scales=scales)

    def glance(
        self, pixels: NDArray[np.uint8], *, min_score: float = sweeping.MIN_SCORE
    ) -> tuple[Detection, ...]:
        """Faces at one look, at the size the picture has: quick, for pictures that follow quickly.

        As many threads as there are cores may glance at once, each on its own.

        What is to be compared is looked at again by `detect`, which the evidence was made with.
        """
        return sweeping.sweep(self._glancer, pixels, scales=(1.0,), min_score=min_score)

    def align(self, frame: Frame, detection: Detection) -> NDArray[np.uint8]:
        """Cut out a face as the recogniser expects it.

        Returns:
            ndarray of shape (112, 112, 3), dtype=np.uint8, RGB.

        Raises:
            NoUsableFaceError: The landmarks do not span a face.
            ImageError: As `detect`.
        """
        return align.align(frame, detection)

    def quality(self, frame: Frame, detection: Detection, crop: NDArray[np.uint8]) -> Quality:
        """Measure a face sample.

        Args:
            frame: Unused, because detections are in pixels of the original already.
            detection: The face.
            crop: The same face, aligned.
        """
        del frame
        return quality.measure(detection, crop)

    def extract(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[Features, ...]:
        """Turn aligned crops into features, one each, in their order.

        Raises:
            InputError: A crop has another shape.
            ModelError: The recogniser gave a vector without direction.
        """
        if not crops:
            return ()
        vectors = extract.embed(self._recogniser, crops)
        means = self._cohort.mean(vectors)
        return tuple(
            Features(
                vector=vector,
                model_id=self.model_id,
                cohort_id=self.cohort_id,
                cohort_mean=float(mean),
            )
            for vector, mean in zip(vectors, means, strict=True)
        )

    def picture(self, frame: Frame, detection: Detection) -> bytes:
        """Show a face with its surroundings as a JPEG of 256x256 pixels, for people to look at.

        Raises:
            ImageError: As `detect`.
        """
        box = detection.box
        scale = _PICTURE_PX / (_PICTURE_FACES * max(box.width, box.height))
        middle = (_PICTURE_PX - 1) / 2
        matrix = np.array(
            [
                [scale, 0.0, middle - scale * (box.left + box.width / 2)],
                [0.0, scale, middle - scale * (box.top + box.height / 2)],
            ]
        )
        return _jpeg(Image.fromarray(sample(frame, matrix, _PICTURE_PX, _PICTURE_PX)))

    def retaken(self, picture: bytes) -> bytes:
        """The same picture, cut by a few pixels and compressed anew.

        It shows the same face, and neither its bytes nor its pixels are those of the original.

        Raises:
            ImageFormatError: It is no JPEG that can be read.
        """
        left, top, right, bottom = (2 + secrets.randbelow(_CUT_PX) for _ in range(4))
        try:
            with Image.open(io.BytesIO(picture), formats=["JPEG"]) as opened:
                width, height = opened.size
                cut = opened.crop((left, top, width - right, height - bottom))
                return _jpeg(cut.resize((_PICTURE_PX, _PICTURE_PX), Image.Resampling.BICUBIC))
        except (OSError, ValueError) as error:
            raise ImageFormatError(
                "A picture that is kept cannot be read.", hint="Restore a backup of the gallery."
            ) from error


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_PICTURE_QUALITY)
    return file.getvalue()
