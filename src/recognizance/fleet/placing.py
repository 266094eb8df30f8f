"""Which cameras share a worker, by the cores that each needs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognizance.errors import FleetFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognizance.fleet.plan import Camera

ONE_CORE: Final = 1.0
_DUST: Final = 1e-9  # ten tenths are a whole


def place(cameras: Sequence[Camera], *, cores: float) -> tuple[tuple[Camera, ...], ...]:
    """Put cameras on workers: together they need no more than a core, or one camera is alone.

    First fit, the largest first.

    Args:
        cameras: The cameras.
        cores: How many cores there are for all of them.

    Returns:
        The cameras of each worker, in the order in which they were given.

    Raises:
        FleetFileError: They need more cores than there are.
    """
    needed = sum(camera.cores for camera in cameras)
    if needed > cores + _DUST:
        raise FleetFileError(
            f"The cameras need {needed:g} cores, and there are {cores:g}.",
            hint="Take cameras out, add a machine, or state what a camera really needs (cores).",
        )
    workers: list[list[Camera]] = []
    left: list[float] = []
    for camera in sorted(cameras, key=lambda each: -each.cores):
        fits = (n for n, room in enumerate(left) if camera.cores <= room + _DUST)
        worker = next(fits, None)
        if worker is None:
            worker = len(workers)
            workers.append([])
            left.append(max(ONE_CORE, camera.cores))
        workers[worker].append(camera)
        left[worker] -= camera.cores
    order = {camera.id: number for number, camera in enumerate(cameras)}
    placed = (tuple(sorted(each, key=lambda camera: order[camera.id])) for each in workers)
    return tuple(sorted(placed, key=lambda group: order[group[0].id]))
