"""Other devices and kernels: asked for, they count the same pairs; not asked for, nothing loads."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recognizance.audit.device import multiply_on, torch_multiply
from recognizance.audit.exact import Templates, tail_counts
from recognizance.errors import InputError

COUNT = """
import hashlib, numpy as np
from recognizance.audit.blas import kernel
from recognizance.audit.exact import Templates, tail_counts
rng = np.random.default_rng(3)
vectors = rng.standard_normal((3000, 128)).astype(np.float32)
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
means = rng.random(3000).astype(np.float32) / 4
of = Templates(vectors, means, np.arange(3000), rng.integers(5, size=3000))
counts = tail_counts(of, floor=-400, edges=1500, suspected_from=0.2)
digest = hashlib.sha256(b"".join(each.tobytes() for each in counts)).hexdigest()
print(kernel() or "unknown", digest)
"""


def templates(n: int = 700) -> Templates:
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((n, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Templates(vectors, np.zeros(n, np.float32), np.arange(n), rng.integers(3, size=n))


def test_torch_counts_the_same_pairs():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    of = templates()
    ours = tail_counts(of, floor=-100, edges=1200)[0]
    theirs = tail_counts(of, floor=-100, edges=1200, multiply=torch_multiply(torch, "cpu"))[0]
    assert np.array_equal(ours, theirs)


def test_the_processor_is_numpy_and_loads_nothing():
    script = (
        "import sys, recognizance.audit.device as d; assert d.multiply_on('cpu') is None; "
        "assert not {'torch', 'cupy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="nowhere"):
        multiply_on("nowhere")


def test_whichever_kernels_multiply_the_same_pairs_are_counted():
    info = Path("/proc/cpuinfo")
    if not info.exists() or "avx512bw" not in info.read_text(encoding="utf-8"):
        pytest.skip("this processor cannot run more than one kind of kernels")
    told = {}
    for chosen in ("Haswell", "SkylakeX"):
        done = subprocess.run(
            [sys.executable, "-c", COUNT],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"OPENBLAS_CORETYPE": chosen},
        )
        used, digest = done.stdout.split()
        told[used] = digest
    if len(told) < 2:
        pytest.skip("NumPy's BLAS has no kernels to choose from")
    assert len(set(told.values())) == 1
