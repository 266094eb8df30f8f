"""Which container and which encoder a redacted film gets.

The container is the one that the output's name ends in. The picture is coded as it was, where
there is an encoder for it and the container takes it; else as H.264, where the container takes
that. Sound and subtitles are never coded anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import av

from recognizance.errors import InputError
from recognizance.video.redaction.planes import PACKED, can_draw

if TYPE_CHECKING:
    from pathlib import Path

CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".ts": "mpegts",
    ".mts": "mpegts",
    ".m2ts": "mpegts",
    ".avi": "avi",
    ".mpg": "mpeg",
    ".mpeg": "mpeg",
    ".gif": "gif",
}
"""The containers that are written, by the ending of the name."""

_ENCODERS = {
    "h264": ("libx264", {"preset": "veryfast", "crf": "20"}),
    "hevc": ("libx265", {"preset": "veryfast", "crf": "22", "x265-params": "log-level=error"}),
    "vp8": ("libvpx", {"crf": "10", "b": "8M", "deadline": "realtime", "cpu-used": "4"}),
    "vp9": ("libvpx-vp9", {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "6"}),
    "av1": ("libsvtav1", {"preset": "9", "crf": "26", "svtav1-params": "lp=0"}),
    "mpeg4": ("mpeg4", {"qscale": "3"}),
    "mpeg2video": ("mpeg2video", {"qscale": "3"}),
    "mjpeg": ("mjpeg", {"qscale": "3"}),
    "ffv1": ("ffv1", {}),
    "rawvideo": ("rawvideo", {}),
    "gif": ("gif", {}),
}
"""What codes what, and how: about what the eye cannot tell from the original."""

_TAKEN = {
    "mp4": {"h264", "hevc", "vp9", "av1", "mpeg4", "mpeg2video", "mjpeg"},
    "mov": {"h264", "hevc", "mpeg4", "mpeg2video", "mjpeg", "rawvideo"},
    "webm": {"vp8", "vp9", "av1"},
    "mpegts": {"h264", "hevc", "mpeg2video", "mpeg4"},
    "mpeg": {"mpeg2video"},
    "avi": {"h264", "mpeg4", "mpeg2video", "mjpeg", "ffv1", "rawvideo"},
    "gif": {"gif"},
}
"""What a container takes; Matroska takes all."""

_OTHERWISE = {"gif": "gif", "webm": "vp9", "mpeg": "mpeg2video"}
_H264 = "h264"

_IN_ORDER = frozenset({"avi", "mpegts", "mpeg"})
"""Containers that move the times where pictures are not coded in the order they are shown in."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How a film is written.

    Attributes:
        container: Name of the muxer.
        encoder: Name of the encoder.
        options: Its options.
        drawn_format: Pixel format in which masks are drawn.
        coded_format: Pixel format that goes into the encoder.
    """

    container: str
    encoder: str
    options: dict[str, str]
    drawn_format: str
    coded_format: str


def coding_for(output: Path, codec: str, pixel_format: str) -> Coding:
    """How to write a film of this codec under this name.

    Raises:
        InputError: The name ends in no container that is written.
    """
    container = CONTAINERS.get(output.suffix.lower())
    if container is None:
        raise InputError(
            f"{output.name!r} ends in no format that is written.",
            hint=f"Films are written as {', '.join(sorted(CONTAINERS))}; use the input's ending.",
        )
    if codec not in _ENCODERS or not _takes(container, codec):
        codec = _OTHERWISE.get(container, _H264)
    encoder, options = _ENCODERS[codec]
    if container in _IN_ORDER and codec == _H264:
        options = options | {"bf": "0"}
    if encoder == "gif":
        return Coding(container, encoder, options, "bgra", "pal8")
    known = av.Codec(encoder, "w").video_formats or []
    names = [each.name for each in known]
    kept = pixel_format if pixel_format in names and can_draw(pixel_format) else None
    wanted = kept or _nearest(pixel_format, names)
    return Coding(container, encoder, options, wanted, wanted)


def _takes(container: str, codec: str) -> bool:
    every = frozenset(_ENCODERS) - {"gif"}
    return codec in _TAKEN.get(container, every)


def _nearest(pixel_format: str, names: list[str]) -> str:
    """A format that the encoder takes, masks can be drawn in, and that loses least."""
    about = av.VideoFormat(pixel_format)
    fine = about.is_rgb or pixel_format in PACKED or about.name.startswith("yuv444")
    for name in ("yuv444p", "yuvj444p") if fine else ():
        if name in names:
            return name
    return next(name for name in ("yuv420p", "yuvj420p") if name in names)
