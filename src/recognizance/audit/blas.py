"""One BLAS thread for each of our own threads, while blocks of scores are computed.

NumPy's OpenBLAS starts as many threads as there are cores for every product. With one product a
core at a time those threads wait for each other; a product that stays on one core is faster. The
number of threads is a setting of the loaded library, reached through the symbol that NumPy's
wheels export. Where there is none (another BLAS, another platform) nothing is changed.
"""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

_USERS = Lock()
_in_use = 0
_before = 1


@contextmanager
def single_threaded() -> Iterator[None]:
    """Keep each matrix product on the core of the thread that asks for it.

    Nested and concurrent uses share the setting; the last one to leave restores it.
    """
    global _in_use, _before  # noqa: PLW0603  # mirrors the library's own process-wide setting
    library = _library()
    if library is None:
        yield
        return
    with _USERS:
        if _in_use == 0:
            _before = int(library.scipy_openblas_get_num_threads64_())
            library.scipy_openblas_set_num_threads64_(1)
        _in_use += 1
    try:
        yield
    finally:
        with _USERS:
            _in_use -= 1
            if _in_use == 0:
                library.scipy_openblas_set_num_threads64_(_before)


def kernel() -> str:
    """The processor that OpenBLAS chose its kernels for; empty where that is not known.

    The variable OPENBLAS_CORETYPE, set before Python starts, overrules its choice. One that names
    an older processor makes products slower; counts of pairs stay the same (`exact`).
    """
    library = _library()
    if library is None:
        return ""
    name = library.scipy_openblas_get_corename64_
    name.restype = ctypes.c_char_p
    return str(name().decode())


@cache
def _library() -> Any:  # noqa: ANN401  # ctypes libraries have no static type
    folder = Path(np.__file__).parent.parent / "numpy.libs"
    for path in sorted(folder.glob("libscipy_openblas64_*")):
        try:
            # Already loaded by NumPy: this is the same copy, not a second one.
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        if hasattr(library, "scipy_openblas_set_num_threads64_"):
            return library
    return None
