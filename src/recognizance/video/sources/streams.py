"""Open addresses and local cameras."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError, HTTPForbiddenError, HTTPUnauthorizedError

from recognizance.errors import SourceError
from recognizance.video.sources.address import NO_PROTOCOL, PROTOCOLS, Kind
from recognizance.video.sources.decoding import (
    Decoding,
    hardware_device,
    not_in_hardware,
    reason_of,
)
from recognizance.video.sources.files import FileSource
from recognizance.video.sources.formats import OVER_HTTP, PLAYLISTS
from recognizance.video.sources.live import LiveSource
from recognizance.video.sources.verified import https_opener

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.codec.hwaccel import HWAccel
    from av.container import InputContainer

    from recognizance.video.frames import SourceCounters
    from recognizance.video.sources.address import Place

_HTTP = frozenset({"http", "https"})
_RTSP = frozenset({"rtsp", "rtsps"})


def open_stream(
    place: Place,
    counters: SourceCounters,
    *,
    patience_s: float,
    away_s: float,
    queue: int,
    hardware: str | None,
    every: bool,
) -> LiveSource | FileSource:
    """Open an address or a camera: a live source, or a file where what is there has an end.

    Raises:
        SourceError: It cannot be reached, or is no video.
    """
    device = hardware_device(hardware, counters)

    def opened() -> Decoding:
        return _decoding(place, counters, device, patience_s, every=every)

    decoding = opened()
    if device is not None and not decoding.in_hardware:
        not_in_hardware(counters)
    if place.kind is Kind.STREAM and place.scheme in _HTTP and not decoding.endless:
        return FileSource(decoding, place.name, counters)
    return LiveSource(
        decoding,
        opened,
        place.name,
        counters,
        patience_s=patience_s,
        away_s=away_s,
        queue=queue,
    )


def _decoding(
    place: Place,
    counters: SourceCounters,
    device: HWAccel | None,
    patience_s: float,
    *,
    every: bool,
) -> Decoding:
    hint = "Check the address and that it can be reached from here; other programs may hold it."
    try:
        container = _container(place, device, patience_s)
        if place.scheme == "https" and container.format.name in PLAYLISTS:
            container.close()
            container = _container(place, device, patience_s, https_opener(patience_s))
    except (HTTPUnauthorizedError, HTTPForbiddenError) as error:
        reason, hint = reason_of(error), "Put the user and the password into the address."
    except (FFmpegError, OSError) as error:
        reason = reason_of(error)
    else:
        return Decoding(container, place.name, counters, every=every)
    # Raised out here so that the library's error, which quotes the address, is not its context.
    raise SourceError(f"{place.name} cannot be opened: {reason}.", hint=hint)


def _container(
    place: Place,
    device: HWAccel | None,
    patience_s: float,
    io_open: Callable[..., object] | None = None,
) -> InputContainer:
    return av.open(
        place.address,
        mode="r",
        format="v4l2" if place.kind is Kind.CAMERA else None,
        options=_options(place),
        metadata_errors="replace",
        timeout=patience_s,
        io_open=io_open,
        hwaccel=device,
    )


def _options(place: Place) -> dict[str, str]:
    if place.kind is Kind.CAMERA:
        return {"protocol_whitelist": NO_PROTOCOL, "fflags": "nonblock"}
    # Without these FFmpeg takes any certificate for that of whoever it was to reach.
    options = {"protocol_whitelist": PROTOCOLS[place.scheme], "tls_verify": "1"}
    authorities = ssl.get_default_verify_paths().cafile
    if authorities is not None:
        options["ca_file"] = authorities
    if place.scheme in _HTTP:
        options["format_whitelist"] = OVER_HTTP
    if place.scheme in _RTSP:
        # Over TCP no packet is lost; and nothing here ever asks for sound.
        options |= {"rtsp_transport": "tcp", "allowed_media_types": "video"}
    return options
