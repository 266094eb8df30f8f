"""What a source is called, and what may be opened for it.

FFmpeg opens many things by name: `concat:`, `subfile:`, a playlist that names a file. So only an
address with one of a few schemes reaches it, each with the protocols that it may go on to; every
other word is the name of something on this machine, which Python opens.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from recognizance.errors import SourceError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

PROTOCOLS: Final = {
    "rtsp": "tcp",
    "rtsps": "tls,tcp",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp",
    "http": "http,https,tls,tcp,crypto",
    "https": "https,tls,tcp,crypto",
}
"""The schemes of an address, and for each the protocols that FFmpeg may use. `crypto` decrypts the
segments of a playlist. None reads a file, and what begins as https never goes on as http."""

NO_PROTOCOL: Final = "none"
"""No protocol has this name: a file that names another file or an address leads nowhere."""

_HIDDEN: Final = "..."
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f]")
_CAMERA: Final = re.compile(r"/dev/video\d+")


class Kind(StrEnum):
    """How a source is read."""

    STDIN = "stdin"
    FILE = "file"
    FOLDER = "folder"
    CAMERA = "camera"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures come from.

    Attributes:
        kind: How it is read.
        name: What it is called, without user, password or query: those may be secrets.
        address: What is opened; may hold a password, so it is never shown.
    """

    kind: Kind
    name: str
    address: str = field(repr=False)

    @property
    def scheme(self) -> str:
        """The scheme of a stream's address, in small letters."""
        return urlsplit(self.address).scheme


def place(where: str) -> Place:
    """Read what was typed.

    Raises:
        SourceError: It is neither a file or folder that exists, nor a camera, nor an address with a
            scheme of the list.
    """
    if where == "-":
        return Place(Kind.STDIN, "stdin", where)
    if "://" in where:
        return Place(Kind.STREAM, _public_name(_checked(where)), where)
    device = where.removeprefix("v4l2:")
    if _CAMERA.fullmatch(device):
        return Place(Kind.CAMERA, device, device)
    return Place(_kind_of_path(where), where, where)


def _checked(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or _UNSAFE.search(address):
        raise SourceError(
            "The address cannot be read as one.",
            hint="Write it like rtsp://user:password@camera.example/stream; %20 is a space.",
        )
    if parts.scheme not in PROTOCOLS:
        raise SourceError(
            f"Addresses of the scheme {parts.scheme} are not opened.",
            hint=f"These are: {', '.join(PROTOCOLS)}. A file is named by its path alone.",
        )
    return parts


def _public_name(parts: SplitResult) -> str:
    """Some cameras take the password in the path, as `user=...`; an RTMP path ends in a key."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    steps = [_HIDDEN if re.search(r"[=&;@]|%", step) else step for step in parts.path.split("/")]
    if parts.scheme in {"rtmp", "rtmps"} and len(steps) > 2:  # noqa: PLR2004  # "", application, key
        steps[2:] = [_HIDDEN]
    return f"{parts.scheme}://{host}{port}{'/'.join(steps)}"


def _kind_of_path(where: str) -> Kind:
    try:
        mode = Path(where).stat().st_mode
    except (OSError, ValueError):
        raise SourceError(
            f"There is no file or folder {where!r}.",
            hint="Name a file, a folder of pictures, /dev/video0, - or an address.",
        ) from None
    if stat.S_ISDIR(mode):
        return Kind.FOLDER
    if stat.S_ISREG(mode):
        return Kind.FILE
    raise SourceError(
        f"{where!r} is neither a file nor a folder.",
        hint="A pipe is read from standard input: name the source -.",
    )
