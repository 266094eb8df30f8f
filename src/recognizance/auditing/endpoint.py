"""Another system, audited from outside: pairs are chosen, it is asked for a score of each.

Three ways to ask: a command that takes two files and prints a score, an AWS-compatible
`CompareFaces`, and a CompreFace server. The two libraries are imported only when asked for.
"""

from __future__ import annotations

import math
import shlex
import subprocess
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import numpy as np

from recognizance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType
    from typing import Any

    from numpy.typing import NDArray

    from recognizance.auditing.cache import SealedCache
    from recognizance.auditing.photographs import LabelFile

PLACES: Final = ("{a}", "{b}")
ANSWER_WITHIN_S: Final = 60.0
VALUE_BYTES: Final = 8
"""Of a cached score: float64, NaN where the system gave none."""

_NO_FACE_OF_COMPREFACE: Final = 28
_MATED_MOST: Final = 0.5
_ROUNDS: Final = 50


class Score(Protocol):
    """Another system: two photographs to a score, higher means more alike."""

    def __call__(self, first: Path, second: Path) -> float | None:
        """The score; `None` where the system found no face or gave no answer.

        Raises:
            InputError: The system cannot be asked at all.
        """


@dataclass(frozen=True, slots=True)
class CommandScore:
    """A command that prints a score as the last word of its output.

    It is started without a shell, so that no file name can be a command.

    Attributes:
        words: The command, with `{a}` and `{b}` in the place of the two files.
    """

    words: tuple[str, ...]

    @classmethod
    def parse(cls, command: str) -> CommandScore:
        """Read a command as it was typed.

        Raises:
            InputError: It lacks a place for a file, or its quotes do not close.
        """
        try:
            words = tuple(shlex.split(command))
        except ValueError as error:
            raise InputError(
                "The command cannot be read: a quote does not close.",
                hint='Write it like "prog {a} {b}".',
            ) from error
        if not words or any(sum(place in word for word in words) != 1 for place in PLACES):
            raise InputError(
                "The command has no place for the two files.", hint='Write it like "prog {a} {b}".'
            )
        return cls(words)

    def __call__(self, first: Path, second: Path) -> float | None:
        """The last word that the command prints; `None` if it fails or prints no number."""
        files = dict(zip(PLACES, (str(first.resolve()), str(second.resolve())), strict=True))
        words = [_filled(word, files) for word in self.words]
        try:
            done = subprocess.run(  # noqa: S603  # the auditor's own command, without a shell
                words, capture_output=True, text=True, timeout=ANSWER_WITHIN_S, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        except OSError as error:
            raise InputError(
                f"The command cannot be started: {error.strerror}.",
                hint="Check the program's name and that it may be run.",
            ) from error
        return _number(done.stdout) if done.returncode == 0 else None


@dataclass(frozen=True, slots=True)
class AwsScore:
    """`CompareFaces` of Amazon Rekognition or of whatever speaks like it, through boto3.

    Attributes:
        client: A boto3 client of `rekognition`.
    """

    client: Any

    @classmethod
    def connect(cls, endpoint: str | None) -> AwsScore:
        """Make a client; credentials come from where boto3 finds them.

        Raises:
            InputError: boto3 is not installed, or it cannot make a client.
        """
        boto3 = _library("boto3", "pip install boto3")
        try:
            return cls(boto3.client("rekognition", endpoint_url=endpoint))
        except Exception as error:  # a library's own errors, of many kinds
            raise _refused(error) from error

    def __call__(self, first: Path, second: Path) -> float | None:
        """The highest similarity over 100; `None` where no face was found."""
        try:
            answer = self.client.compare_faces(
                SourceImage={"Bytes": first.read_bytes()},
                TargetImage={"Bytes": second.read_bytes()},
                SimilarityThreshold=0.0,
            )
        except self.client.exceptions.InvalidParameterException:
            return None  # how the service says that it found no face
        except Exception as error:  # a library's own errors, of many kinds
            raise _refused(error) from error
        found = [float(each["Similarity"]) for each in answer.get("FaceMatches", ())]
        return max(found) / 100 if found else 0.0


@dataclass(frozen=True, slots=True)
class CompreFaceScore:
    """The verification service of a CompreFace server, through its client.

    Attributes:
        service: A `FaceVerification` of compreface-sdk.
    """

    service: Any

    @classmethod
    def connect(cls, address: str, key: str) -> CompreFaceScore:
        """Make a client.

        Raises:
            InputError: compreface-sdk is not installed, or the address is none.
        """
        parts = urlsplit(address)
        if not parts.scheme or not parts.hostname:
            raise InputError(
                "The address of the server is no web address.",
                hint="Write it like http://localhost:8000.",
            )
        port = str(parts.port or (443 if parts.scheme == "https" else 80))
        # Version 0.6.0 of the library cannot be imported beside a newer urllib3.
        compreface = _library("compreface", "pip install compreface-sdk 'urllib3<2'")
        server = compreface.CompreFace(f"{parts.scheme}://{parts.hostname}", port)
        return cls(server.init_face_verification(key))

    def __call__(self, first: Path, second: Path) -> float | None:
        """The highest similarity; `None` where no face was found.

        Raises:
            InputError: The server cannot be asked, or answers with any other message: to count a
                wrong key or a full disk as a picture without a face would bend every rate.
        """
        try:
            answer = self.service.verify(str(first), str(second))
        except Exception as error:  # a library's own errors, of many kinds
            raise _refused(error) from error
        if answer.get("code") == _NO_FACE_OF_COMPREFACE:
            return None
        if "result" not in answer:
            raise InputError(
                f"The other system could not be asked: {answer.get('message', 'no reason given')}",
                hint="Check its address, the key of a verification service, and its log.",
            )
        found = [
            float(match["similarity"])
            for each in answer["result"]
            for match in each.get("face_matches", ())
        ]
        return max(found) if found else None


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of rows of a label file.

    Attributes:
        first: ndarray of shape (n,), dtype=np.int64.
        second: Same shape.
        mated: Same shape, dtype=np.bool_.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    mated: NDArray[np.bool_]


def choose_pairs(file: LabelFile, attributes: Sequence[str], *, count: int, seed: int) -> Pairs:
    """Pairs to ask about: mated ones up to half, the rest spread over the groups.

    Of the non-mated pairs half lie within one group, every group its equal share, so that a small
    group is measured as well as a large one; the others are drawn from everybody.

    Args:
        file: The photographs.
        attributes: Labels that make the groups.
        count: How many pairs in all.
        seed: Of the choice.

    Raises:
        InputError: It is not known who is who, or there are too few photographs.
    """
    if file.subjects is None:
        raise InputError(
            "Who is who is not known, so pairs cannot be chosen.",
            hint="Name the column of people with --map COLUMN=subject_id.",
        )
    rng = np.random.default_rng([seed, 3])
    _, subject = np.unique(file.subjects, return_inverse=True)
    same = _mated(subject)
    most = int(count * _MATED_MOST)
    same = same[np.sort(rng.permutation(len(same))[:most])]
    words = np.array(list(zip(*(file.labels[each] for each in attributes), strict=True)))
    _, group = (
        np.unique(words, axis=0, return_inverse=True)
        if len(attributes)
        else (None, np.zeros(len(subject), dtype=np.int64))
    )
    other = _non_mated(subject, group.reshape(-1), count - len(same), rng)
    both = np.concatenate([same, other])
    mated = np.arange(len(both)) < len(same)
    return Pairs(both[:, 0], both[:, 1], mated)


def scores_of(
    score: Score,
    file: LabelFile,
    pairs: Pairs,
    *,
    cache: SealedCache,
    tell: Callable[[int], None],
) -> NDArray[np.float64]:
    """Ask for the score of every pair; NaN where the system gave none.

    Raises:
        InputError: The system cannot be asked, gave no score at all, or a photograph is missing.
    """
    scores = np.full(len(pairs.first), np.nan)
    for index, (one, other) in enumerate(zip(pairs.first, pairs.second, strict=True)):
        photographs = (file.photograph(int(one)), file.photograph(int(other)))
        kept = cache.get(*photographs)
        if kept is None:
            found = score(file.folder / file.paths[one], file.folder / file.paths[other])
            scores[index] = math.nan if found is None else found
            cache.put(np.float64(scores[index]).tobytes(), *photographs)
        else:
            scores[index] = np.frombuffer(kept)[0]
        tell(index + 1)
    if np.isnan(scores).all():
        raise InputError(
            "The system gave no score for any pair.",
            hint="Ask it about one pair by hand; the last word that it prints must be a number.",
        )
    return scores


def _mated(subject: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every pair of rows of one person; shape (n, 2)."""
    parts = [np.empty((0, 2), dtype=np.int64)]
    order = np.argsort(subject, kind="stable")
    _, starts = np.unique(subject[order], return_index=True)
    for rows in np.split(order, starts[1:]):
        one, other = np.triu_indices(rows.size, k=1)
        parts.append(np.stack([rows[one], rows[other]], axis=1))
    return np.concatenate(parts)


def _non_mated(
    subject: NDArray[np.int64], group: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Distinct pairs of rows of two people; shape (at most count, 2)."""
    members = [np.flatnonzero(group == each) for each in np.unique(group)]
    within = count // 2
    parts = [_drawn(subject, rows, -(-within // len(members)), rng) for rows in members]
    inside = np.concatenate(parts)
    everybody = np.arange(len(subject))
    across = _drawn(subject, everybody, count - len(inside), rng)
    pairs: NDArray[np.int64] = np.unique(np.concatenate([inside, across]), axis=0)
    if not len(pairs):
        raise InputError("There are no two different people.", hint="Add photographs.")
    return pairs[np.sort(rng.permutation(len(pairs))[:count])]


def _drawn(
    subject: NDArray[np.int64], rows: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Up to so many distinct pairs of these rows, of two people each."""
    found = np.empty((0, 2), dtype=np.int64)
    for _ in range(_ROUNDS):
        if len(found) >= count or rows.size < 2:  # noqa: PLR2004  # a pair
            break
        drawn = np.sort(rng.choice(rows, size=(2 * (count - len(found)) + 8, 2)), axis=1)
        drawn = drawn[subject[drawn[:, 0]] != subject[drawn[:, 1]]]
        found = np.unique(np.concatenate([found, drawn]), axis=0)
    chosen: NDArray[np.int64] = found[np.sort(rng.permutation(len(found))[: max(count, 0)])]
    return chosen


def _filled(word: str, files: dict[str, str]) -> str:
    place = next((each for each in PLACES if each in word), None)
    return word if place is None else word.replace(place, files[place])


def _number(output: str) -> float | None:
    """The last word of an output, if it is a finite number."""
    words = output.split()
    try:
        value = float(words[-1]) if words else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _library(name: str, how: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f"The library {name} is not installed; only this way of auditing needs it.",
            hint=f"Install it with `{how}`.",
        ) from error


def _refused(error: Exception) -> InputError:
    return InputError(
        f"The other system could not be asked ({type(error).__name__}).",
        hint="Check its address, your credentials and whether it answers at all.",
    )
