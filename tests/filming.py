"""Clips made for a test, in which every picture carries its number; and servers that send them."""

import contextlib
import http.server
import io
import socket
import ssl
import subprocess
import threading
import time
import wave
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

BITS = 8
SIZE = (64, 48)
MILLISECOND = Fraction(1, 1000)


def painted(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A picture with the number's bits as bars, black or white, the first on the left."""
    bits = np.array([number >> place & 1 for place in range(BITS)], dtype=np.uint8)
    row = np.repeat(40 + bits * 180, size[0] // BITS)
    return np.repeat(np.tile(row, (size[1], 1))[..., None], 3, axis=2)


def number_on(frame) -> int:
    """The number that was painted on a frame that stands upright."""
    columns = frame.luma().mean(axis=0)
    bars = columns[: len(columns) // BITS * BITS].reshape(BITS, -1).mean(axis=1)
    return sum(int(bar > 128) << place for place, bar in enumerate(bars))


def clip(
    numbers: Iterable[int] = range(10),
    *,
    container: str = "matroska",
    codec: str = "libx264",
    size: tuple[int, int] = SIZE,
    rate: int = 25,
    times_s: Iterable[float] | None = None,
    between: int = 0,
    **options: str,
) -> bytes:
    """A clip as bytes; at even times unless told otherwise.

    `between` each two pictures of an H.264 clip stand so many that no other one refers to.
    """
    numbers = list(numbers)
    stamps = [i / rate for i in range(len(numbers))] if times_s is None else list(times_s)
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options) as output:
        track = output.add_stream(codec, rate=rate)
        track.width, track.height = size
        track.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        track.codec_context.time_base = Fraction(1, rate) if codec == "mpeg2video" else MILLISECOND
        if codec == "libx264":
            track.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "5", "crf": "18"}
            if between:
                track.options = {"x264-params": f"bframes={between}:b-adapt=0:b-pyramid=none"}
        for number, stamp in zip(numbers, stamps, strict=True):
            picture = av.VideoFrame.from_ndarray(painted(number, size), format="rgb24")
            picture.pts, picture.time_base = round(stamp * 1000), MILLISECOND
            output.mux(track.encode(picture))
        output.mux(track.encode(None))
    return file.getvalue()


def jpeg(number: int, size: tuple[int, int] = SIZE) -> bytes:
    return clip([number], container="mjpeg", codec="mjpeg", size=size)


def silence() -> bytes:
    """A second of nothing to hear."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    return file.getvalue()


def song() -> bytes:
    """A second of nothing to hear, with a picture for its cover."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        sound = output.add_stream("aac", rate=8000)
        cover = output.add_stream("mjpeg")
        cover.width, cover.height, cover.pix_fmt = *SIZE, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        output.mux(cover.encode(av.VideoFrame.from_ndarray(painted(1), format="rgb24")))
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        quiet.sample_rate = 8000
        output.mux(sound.encode(quiet))
        output.mux(sound.encode(None))
    return file.getvalue()


def sounding_on(pictures: int, sound_s: int) -> bytes:
    """A stream whose sound goes on when its pictures have ended."""
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as output:
        track = output.add_stream("mpeg2video", rate=25)
        track.width, track.height, track.pix_fmt = *SIZE, "yuv420p"
        sound = output.add_stream("mp2", rate=16000, layout="mono")
        sound.bit_rate = 64_000
        for number in range(pictures):
            picture = av.VideoFrame.from_ndarray(painted(number), format="rgb24")
            output.mux(track.encode(picture))
        output.mux(track.encode(None))
        for _ in range(sound_s):
            second = np.zeros((1, 16000), np.int16)
            quiet = av.AudioFrame.from_ndarray(second, format="s16", layout="mono")
            quiet.sample_rate = 16000
            output.mux(sound.encode(quiet))
        output.mux(sound.encode(None))
    return file.getvalue()


def open_files() -> int:
    """How many files and connections this process holds open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(true, within_s: float = 60.0) -> None:
    """Wait for a condition, for long enough for the slowest machine."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


@contextlib.contextmanager
def serving(answer, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """An HTTP server; `answer(request)` writes what it wants. Gives its address.

    With a context it speaks TLS.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(OSError):
                answer(self)

        def log_message(self, *_words: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def get_request(self):
            connection, client = super().get_request()
            if context is not None:  # the handshake comes with the first bytes, in its own thread
                connection = context.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
            return connection, client

        def handle_error(self, *_words: object) -> None:
            """A client that does not like our certificate, as some tests want it."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(request, body: bytes, kind: str = "application/octet-stream") -> None:
    """Answer with a file."""
    request.send_response(200)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def send_jpegs(request, numbers: Iterable[int], size: tuple[int, int] = SIZE) -> None:
    """Answer as a camera does that sends one JPEG after the other."""
    request.send_response(200)
    request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
    request.end_headers()
    for number in numbers:
        add_jpeg(request, jpeg(number, size))


def add_jpeg(request, data: bytes) -> None:
    head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data)
    request.wfile.write(head + data + b"\r\n")
    request.wfile.flush()


@contextlib.contextmanager
def running(*words: str, **options) -> Iterator[subprocess.Popen]:
    """A program that is stopped at the end."""
    program = subprocess.Popen(words, **options)
    try:
        yield program
    finally:
        program.kill()
        program.wait()
        for stream in (program.stdin, program.stdout, program.stderr):
            if stream is not None:
                stream.close()
