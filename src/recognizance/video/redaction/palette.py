"""Colours of a GIF: each picture gets the palette that suits it best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av.error
from av import VideoFrame
from av.filter import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator


class Palette:
    """Reduces pictures to 256 colours each."""

    def __init__(self) -> None:
        self._graph: Graph | None = None

    def reduced(self, picture: VideoFrame) -> Iterator[VideoFrame]:
        """What comes out after another picture goes in."""
        graph = self._graph = self._graph or _graph(picture)
        graph.push(picture)
        yield from _pulled(graph)

    def rest(self) -> Iterator[VideoFrame]:
        """What is still inside."""
        if self._graph is not None:
            self._graph.push(None)
            yield from _pulled(self._graph)


def _graph(picture: VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=picture.time_base,
    )
    split = graph.add("split")
    own = graph.add("palettegen", "stats_mode=single")
    use = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=4")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(own, 1, 0)
    own.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            picture = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(picture, VideoFrame):
            yield picture
