"""Looks for windows of known features in the memory of a process, and in files."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np

WINDOW = 16
"""Numbers in a row that are enough to call it somebody's features."""

_TYPES = ("<f4", "<f2", "<f8")


class Windows:
    """Windows of the features of people, in every form that a program could keep them in.

    They are found by their second four bytes, at every even place, and then compared whole: those
    of a number that was made longer begin with zeros, as most of memory does.
    """

    def __init__(self, people: dict[str, Iterable[np.ndarray]]) -> None:
        self._by_key: dict[int, list[tuple[bytes, str]]] = {}
        for person, vectors in people.items():
            for vector, kind in product(vectors, _TYPES):
                data = np.ascontiguousarray(vector, dtype=kind).tobytes()
                width = WINDOW * np.dtype(kind).itemsize
                for start in range(0, len(data) - width + 1, width):
                    window = data[start : start + width]
                    key = int.from_bytes(window[4:8], "little")
                    self._by_key.setdefault(key, []).append((window, person))
        self._low = np.zeros(1 << 16, dtype=bool)
        self._low[[key & 0xFFFF for key in self._by_key]] = True
        self._keys = np.array(sorted(self._by_key), dtype=np.uint32)

    def found_in(self, data: bytes) -> set[str]:
        """Whose features are in there."""
        found: set[str] = set()
        if not np.frombuffer(data, dtype=np.uint8).any():
            return found
        for shift in (0, 2):
            words = np.frombuffer(data, dtype="<u4", offset=shift, count=(len(data) - shift) // 4)
            maybe = np.flatnonzero(self._low[(words & 0xFFFF).astype(np.uint16)])
            maybe = maybe[np.isin(words[maybe], self._keys)]
            for place in maybe.tolist():
                start = shift + 4 * place - 4
                for window, person in self._by_key[int(words[place])]:
                    if start >= 0 and data[start : start + len(window)] == window:
                        found.add(person)
        return found


def memory_of(pid: int) -> Iterable[bytes]:
    """Every part of a process's memory that it can write to, 16 MB at a time."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(side, 16) for side in span.split("-"))
            for place in range(start, end, 1 << 24):
                try:
                    memory.seek(place)
                    # A little more than the step, so that no window is cut in two.
                    yield memory.read(min(end - place, (1 << 24) + 1024))
                except OSError:
                    break


def files_under(*folders: Path) -> Iterable[bytes]:
    """Every file that was written."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.read_bytes()
