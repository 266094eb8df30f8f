"""Photographs and a label file to samples: the only part of an audit that opens pictures.

Data sets are cropped about the person who is labelled, so a large face near the middle is taken.
A photograph without a usable face is a failure to acquire, and so is one that cannot be decoded.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from recognizance.audit.data import read_labels, samples
from recognizance.canonical import digest
from recognizance.compare import DIMENSION
from recognizance.errors import ImageError, InputError, NoUsableFaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recognizance.audit.data import Samples
    from recognizance.auditing.cache import SealedCache
    from recognizance.ports import EnginePort
    from recognizance.types import Detection, Features, Frame

PATH: Final = "path"
SUBJECT: Final = "subject_id"
VALUE_BYTES: Final = 1 + 4 * (DIMENSION + 1)
"""Of a cached sample: whether a face was found, its vector, its cohort mean; float32."""

_NO_FACE: Final = b"\0"
_FACE: Final = b"\1"
_NOT_DECODED: Final = b"\2"
_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class LabelFile:
    """A file of labels, one row a photograph.

    Attributes:
        folder: Paths are relative to it.
        sha256: Of the file.
        paths: Of the photographs.
        subjects: Whose each is; `None` where the file does not say.
        labels: The other columns.
    """

    folder: Path
    sha256: str
    paths: tuple[str, ...]
    subjects: tuple[str, ...] | None
    labels: Mapping[str, NDArray[np.str_]]

    def only(self, kept: NDArray[np.bool_]) -> LabelFile:
        """Some of the rows."""
        rows = np.flatnonzero(kept).tolist()
        return replace(
            self,
            paths=tuple(self.paths[row] for row in rows),
            subjects=self.subjects and tuple(self.subjects[row] for row in rows),
            labels={key: column[kept] for key, column in self.labels.items()},
        )

    def photograph(self, row: int) -> bytes:
        """The bytes of one photograph.

        Raises:
            InputError: It cannot be read; the message says which row, not which file.
        """
        path = self.folder / self.paths[row]
        try:
            if not path.is_file():  # a pipe or a device would be waited for
                raise FileNotFoundError(path)
            return path.read_bytes()
        except (OSError, ValueError) as error:
            raise InputError(
                f"The photograph of row {row + 2} of the label file cannot be read.",
                hint=f"The column `{PATH}` holds paths relative to the label file; use --map for "
                "another column.",
            ) from error


def read_label_file(path: Path, renamed: Mapping[str, str]) -> LabelFile:
    """Read a CSV file with a column `path`, one `subject_id` if who is who is known, and labels.

    Args:
        path: The file.
        renamed: Column of the file to the name it is to have here.

    Raises:
        InputError: It cannot be read, has no such column, or names no photograph.
    """
    found = read_labels(path)
    unknown = sorted(set(renamed) - set(found))
    if unknown:
        raise InputError(
            f"The label file has no column `{unknown[0]}`.",
            hint=f"It has {', '.join(found)}.",
        )
    columns = {renamed.get(name, name): column for name, column in found.items()}
    if PATH not in columns or not columns[PATH].size:
        raise InputError(
            f"The label file names no photograph in a column `{PATH}`.",
            hint=f"Name the column with --map COLUMN={PATH}; it has {', '.join(found)}.",
        )
    paths = tuple(columns.pop(PATH).tolist())
    subjects = columns.pop(SUBJECT, None)
    return LabelFile(
        folder=path.parent,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        paths=paths,
        subjects=None if subjects is None else tuple(subjects.tolist()),
        labels=columns,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Extracted:
    """What became of the photographs.

    Attributes:
        samples: For the audit.
        digests: SHA-256 of each photograph.
        labels_sha256: SHA-256 of the label file.
        not_decoded: How many are no picture that can be decoded.
    """

    samples: Samples
    digests: tuple[str, ...]
    labels_sha256: str
    not_decoded: int


def extract(
    engine: EnginePort,
    file: LabelFile,
    *,
    name: str,
    cache: SealedCache,
    tell: Callable[[int], None],
) -> Extracted:
    """Features of every photograph, those that the cache holds from there.

    Raises:
        InputError: A photograph is missing.
    """
    values: list[bytes] = []
    digests: list[str] = []
    for start in range(0, len(file.paths), _AT_ONCE):
        rows = range(start, min(start + _AT_ONCE, len(file.paths)))
        photographs = [file.photograph(row) for row in rows]
        digests += [hashlib.sha256(photograph).hexdigest() for photograph in photographs]
        values += _values_of(engine, photographs, cache)
        tell(len(values))
    numbers = np.stack([np.frombuffer(value, "<f4", offset=1) for value in values])
    made = samples(
        name,
        numbers[:, :DIMENSION],
        file.labels,
        subjects=file.subjects,
        acquired=[value.startswith(_FACE) for value in values],
        kind="images",
        pictures=file.paths,
        photographs=digests,
    )
    whole = digest({"labels": file.sha256, "photographs": sorted(digests)})
    return Extracted(
        samples=replace(made, cohort_means=numbers[:, DIMENSION].copy(), digest=whole),
        digests=tuple(digests),
        labels_sha256=file.sha256,
        not_decoded=sum(value.startswith(_NOT_DECODED) for value in values),
    )


def features_of(engine: EnginePort, photographs: Sequence[bytes]) -> list[Features | None]:
    """Features of the labelled face of each photograph, None where no face is usable.

    Raises:
        ImageError: A photograph cannot be decoded.
    """
    crops: dict[int, NDArray[np.uint8]] = {}
    for index, photograph in enumerate(photographs):
        frame = engine.decode(photograph)
        detections = engine.detect(frame)
        with suppress(NoUsableFaceError):
            if detections:
                crops[index] = engine.align(frame, _labelled_face(detections, frame))
    features = dict(zip(crops, engine.extract(list(crops.values())), strict=True))
    return [features.get(index) for index in range(len(photographs))]


def _values_of(engine: EnginePort, photographs: Sequence[bytes], cache: SealedCache) -> list[bytes]:
    """What became of each photograph, in `VALUE_BYTES`; what is new goes into the cache."""
    kept = [cache.get(photograph) for photograph in photographs]
    new = [index for index, value in enumerate(kept) if value is None]
    computed = _computed(engine, [photographs[index] for index in new])
    for index, value in zip(new, computed, strict=True):
        cache.put(value, photographs[index])
    fresh = dict(zip(new, computed, strict=True))
    return [fresh[index] if value is None else value for index, value in enumerate(kept)]


def _computed(engine: EnginePort, photographs: Sequence[bytes]) -> list[bytes]:
    """As `features_of`; where one cannot be decoded, each is tried alone."""
    if not photographs:
        return []
    try:
        return [_packed(features) for features in features_of(engine, photographs)]
    except ImageError:
        if len(photographs) == 1:
            return [_NOT_DECODED.ljust(VALUE_BYTES, b"\0")]
    return [_computed(engine, [photograph])[0] for photograph in photographs]


def _packed(features: Features | None) -> bytes:
    if features is None:
        return _NO_FACE.ljust(VALUE_BYTES, b"\0")
    numbers = np.append(features.vector, np.float32(features.cohort_mean)).astype("<f4")
    return _FACE + numbers.tobytes()


def _labelled_face(detections: Sequence[Detection], frame: Frame) -> Detection:
    """The face that the photograph was cropped about: large, and near the middle.

    Weighed as the alignment script of FaceNet does (davidsandberg/facenet,
    `align_dataset_mtcnn.py`): area less twice the squared distance from the middle.
    """
    width, height = frame.size_wh

    def weight(detection: Detection) -> float:
        box = detection.box
        from_middle_x = box.left + box.width / 2 - width / 2
        from_middle_y = box.top + box.height / 2 - height / 2
        return box.width * box.height - 2 * (from_middle_x**2 + from_middle_y**2)

    return max(detections, key=weight)
