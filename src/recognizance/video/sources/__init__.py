"""Where moving pictures come from: files, folders, streams, cameras, standard input."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from recognizance.errors import SourceError
from recognizance.video.frames import SourceCounters
from recognizance.video.sources.address import Kind, place
from recognizance.video.sources.decoding import MOST_PIXELS
from recognizance.video.sources.files import open_file
from recognizance.video.sources.folder import FolderSource
from recognizance.video.sources.streams import open_stream

if TYPE_CHECKING:
    from recognizance.video.frames import Source

__all__ = ["MOST_PIXELS", "open_source"]


def open_source(
    where: str,
    *,
    patience_s: float = 10.0,
    away_s: float = 300.0,
    queue: int = 8,
    rate: float = 25.0,
    hardware: str | None = None,
    every: bool = True,
) -> Source:
    """Open whatever has pictures.

    Args:
        where: A file, a folder of pictures, `-` for standard input, `/dev/video0`, or an address
            with one of the schemes rtsp, rtsps, rtmp, rtmps, http and https.
        patience_s: A live source that gives nothing for so long has stalled.
        away_s: A live source that was lost is looked for so long.
        queue: So many pictures of a live source wait for whoever takes them; then the oldest goes.
        rate: Pictures a second of a folder, and of a file that says nothing about it.
        hardware: Kind of a device that decodes, like `cuda`; where it is not there, the processor
            does, and the source counts it.
        every: False leaves out the pictures that no other one refers to, which saves their time.

    Raises:
        SourceError: It cannot be opened.
    """
    _check(patience_s=patience_s, away_s=away_s, queue=queue, rate=rate)
    found, counters = place(where), SourceCounters()
    if found.kind is Kind.FOLDER:
        return FolderSource(found, counters, rate)
    if found.kind in {Kind.FILE, Kind.STDIN}:
        return open_file(found, counters, hardware=hardware, rate=rate, every=every)
    return open_stream(
        found,
        counters,
        patience_s=patience_s,
        away_s=away_s,
        queue=queue,
        hardware=hardware,
        every=every,
    )


def _check(**numbers: float) -> None:
    for name, number in numbers.items():
        least = 0 if name == "away_s" else 1e-3
        if not (least <= number < math.inf):
            raise SourceError(
                f"A source cannot be read with {name} = {number}.",
                hint="It has to be a number above zero.",
            )
