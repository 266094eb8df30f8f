"""Which of FFmpeg's formats may be read where.

Some are no pictures but lists of other addresses, and FFmpeg goes there, or waits for the list to
grow for as long as the list says.
"""

from __future__ import annotations

from typing import Final

from av import formats_available

PLAYLISTS: Final = frozenset({"dash", "hls"})
"""Lists of addresses on the same kind of server."""

_LEADING: Final = PLAYLISTS | {
    "concat",
    "ffmetadata",
    "image2",
    "lavfi",
    "rtp",
    "rtsp",
    "sap",
    "sdp",
    "smoothstreaming",
    "webm_dash_manifest",
}
"""Formats that lead elsewhere."""

IN_FILES: Final = ",".join(sorted(formats_available - _LEADING))
"""What a file may be."""

OVER_HTTP: Final = ",".join(sorted((formats_available - _LEADING) | PLAYLISTS))
"""What an address of http or https may lead to."""
