"""Another device for the products of `exact`: torch or CuPy, loaded only when it is asked for.

A device may add in another order than NumPy and so round differently; `exact` allows for that and
computes what lies near an edge again, so the counts are the same to the last pair. What it does
not allow for is a product in fewer bits than float32, so TensorFloat-32 is switched off.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recognizance.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recognizance.audit.exact import Multiply

    Floats = NDArray[np.float32]

CPU: Final = "cpu"


def multiply_on(device: str) -> Multiply | None:
    """The product on a device.

    Args:
        device: `cpu` for NumPy; else a device of torch such as `cuda` or `cuda:1`. Where there is
            no torch, CuPy does for `cuda`.

    Returns:
        `None` for NumPy, as `exact` takes it.

    Raises:
        InputError: Neither library is installed, or there is no such device.
    """
    if device == CPU:
        return None
    torch = _loaded("torch")
    if torch is not None:
        return torch_multiply(torch, device)
    cupy = _loaded("cupy") if device == "cuda" else None
    if cupy is not None:
        return _cupy_multiply(cupy)
    raise InputError(
        f"Comparing on {device!r} needs torch, or CuPy for `cuda`, and neither is installed.",
        hint="Install one of them, or leave out --device.",
    )


def torch_multiply(torch: Any, device: str) -> Multiply:  # noqa: ANN401  # no types without torch
    """The product on a device of torch, its own `cpu` among them.

    Raises:
        InputError: There is no such device.
    """
    try:
        where = torch.device(device)
        torch.zeros(1, device=where)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(
            f"torch has no device {device!r} here.", hint="Choose another, or leave out --device."
        ) from error
    torch.backends.cuda.matmul.allow_tf32 = False

    def multiply(left: Floats, right: Floats) -> Floats:
        one, other = (torch.from_numpy(np.ascontiguousarray(each)) for each in (left, right))
        product: Floats = (one.to(where) @ other.to(where).T).cpu().numpy()
        return product

    return multiply


def _cupy_multiply(cupy: Any) -> Multiply:  # noqa: ANN401  # no types without CuPy
    def multiply(left: Floats, right: Floats) -> Floats:
        product: Floats = cupy.asnumpy(cupy.asarray(left) @ cupy.asarray(right).T)
        return product

    return multiply


def _loaded(name: str) -> Any | None:  # noqa: ANN401  # a module
    try:
        return import_module(name)
    except ImportError:
        return None
