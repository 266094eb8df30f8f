"""Live sources against real servers: lost, stalled, stopped, too fast, with a password."""

import base64
import contextlib
import functools
import itertools
import logging
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest

from filming import (
    add_jpeg,
    clip,
    free_port,
    jpeg,
    number_on,
    open_files,
    running,
    send,
    send_jpegs,
    serving,
    silence,
    sounding_on,
    until,
)
from recognizance.errors import SourceError
from recognizance.video.sources import open_source
from recognizance.video.sources.address import PROTOCOLS, place

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg here")
SECRET = "hunter2"  # noqa: S105  # the password of nothing
SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_SERVER = str(Path(__file__).with_name("rtsp_server.py"))


@functools.cache
def has_rtsp_server() -> bool:
    words = [SYSTEM_PYTHON, RTSP_SERVER, "--check"]
    with contextlib.suppress(OSError):
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    return False


@pytest.fixture
def nothing_left():
    """No thread and no connection outlives a test's sources."""
    threads, files = threading.active_count(), open_files()
    yield
    until(lambda: threading.active_count() <= threads)
    until(lambda: open_files() <= files)


@pytest.fixture
def over(nothing_left):
    """Set it, and servers that hold a connection let go; whatever happened, they do at the end."""
    event = threading.Event()
    yield event
    event.set()


pytestmark = pytest.mark.usefixtures("nothing_left")


@contextlib.contextmanager
def watching(where: str, **options):
    source = open_source(where, **({"patience_s": 20.0} | options))
    try:
        yield source
    finally:
        source.close()


def until_open(where: str, **options):
    """Open it as soon as the server of another process listens."""
    end = time.monotonic() + 60
    while True:
        try:
            return open_source(where, **({"patience_s": 20.0} | options))
        except SourceError:
            assert time.monotonic() < end
            time.sleep(0.05)


# RTSP


@contextlib.contextmanager
def rtsp_server(port: int = 0, width: int = 160):
    words = [SYSTEM_PYTHON, RTSP_SERVER, str(port), str(width)]
    with running(*words, stdout=subprocess.PIPE, text=True) as server:
        yield server, int(server.stdout.readline())


@pytest.mark.skipif(not has_rtsp_server(), reason="no GStreamer RTSP server here")
def test_a_camera_that_was_restarted_is_found_again_and_is_another_view():
    with rtsp_server() as (server, port):
        source = until_open(f"rtsp://viewer:{SECRET}@127.0.0.1:{port}/cam")
        assert source.live
        assert source.name == f"rtsp://127.0.0.1:{port}/cam"
        frames = iter(source)
        before = [next(frames) for _ in range(5)]
        server.kill()
        server.wait()
        with rtsp_server(port, width=320):
            after = []
            while len(after) < 5:
                frame = next(frames)
                (after if frame.view else before).append(frame)
            source.close()
    assert {frame.size_wh for frame in before} == {(160, 120)}
    assert {(frame.view, frame.size_wh) for frame in after} == {(1, (320, 120))}
    assert source.counters.reconnects == 1
    frames = before + after
    times = [frame.time_s for frame in frames]
    assert times == sorted(times)
    assert after[0].time_s - before[-1].time_s > 0.2  # it was away for as long as a server starts
    indexes = [frame.index for frame in frames]
    assert indexes == sorted(set(indexes))


@pytest.mark.skipif(not has_rtsp_server(), reason="no GStreamer RTSP server here")
def test_a_camera_that_falls_silent_is_given_up_in_the_end():
    with rtsp_server() as (server, port):
        source = until_open(f"rtsp://127.0.0.1:{port}/cam", patience_s=1, away_s=0.1)
        frames = iter(source)
        next(frames)
        server.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(SourceError, match="has not come back"):
                list(frames)
        finally:
            server.send_signal(signal.SIGCONT)
        assert source.counters.stalls == 1
        source.close()


# RTMP and MPEG-TS, as ffmpeg sends them


@needs_ffmpeg
@pytest.mark.parametrize(
    ("scheme", "container", "path"), [("rtmp", "flv", "/live/key"), ("http", "mpegts", "/live.ts")]
)
def test_a_stream_of_ffmpeg_is_live(tmp_path, scheme, container, path):
    file = tmp_path / "clip.mkv"
    file.write_bytes(clip(range(60)))
    address = f"{scheme}://127.0.0.1:{free_port()}{path}"
    words = f"ffmpeg -v quiet -re -i {file} -c copy -f {container} -listen 1 {address}"
    with running(*words.split(), stdin=subprocess.DEVNULL):
        source = until_open(address, away_s=0.1, queue=100)
        assert source.live
        got = []
        with pytest.raises(SourceError, match="has not come back"):
            got.extend(number_on(frame) for frame in source)
        source.close()
    assert got == list(range(got[0], 60))
    assert source.counters.dropped == 0
    assert "key" not in source.name


# MJPEG


def test_jpegs_one_after_the_other_are_a_stream_timed_by_their_arrival(over):
    go = threading.Event()

    def camera(request):
        send_jpegs(request, range(10))
        go.wait(60)
        for number in range(10, 20):
            add_jpeg(request, jpeg(number))
        over.wait(60)

    with serving(camera) as address, watching(f"{address}/video", queue=50) as source:
        frames = list(itertools.islice(source, 10))
        seen = time.monotonic()
        until(lambda: time.monotonic() - seen > 1)
        go.set()
        frames += itertools.islice(source, 10)
        over.set()
    assert source.live
    assert [number_on(frame) for frame in frames] == list(range(20))
    assert frames[10].time_s - frames[9].time_s > 0.9


def test_a_stream_that_changes_its_size_changes_its_view(over):
    def camera(request):
        send_jpegs(request, range(3))
        for number in range(3, 7):
            add_jpeg(request, jpeg(number, (128, 96)))
        over.wait(60)

    with serving(camera) as address, watching(address, queue=50) as source:
        frames = list(itertools.islice(source, 6))
        over.set()
    assert [(number_on(frame), frame.view) for frame in frames] == (
        [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 1)]
    )


def test_what_nobody_takes_is_dropped_the_oldest_first_and_counted(over):
    def camera(request):
        send_jpegs(request, range(40))
        over.wait(60)

    with serving(camera) as address, watching(address, queue=4) as source:
        until(lambda: source.counters.dropped == 36)
        frames = list(itertools.islice(source, 4))
        over.set()
    assert source.counters.read == 40
    assert [number_on(frame) for frame in frames] == [36, 37, 38, 39]
    assert [frame.index for frame in frames] == [36, 37, 38, 39]


def test_a_stream_that_stalls_is_opened_again(over):
    visits = itertools.count()

    def camera(request):
        if next(visits) == 0:
            send_jpegs(request, range(5))
            over.wait(60)
        else:
            send_jpegs(request, range(100, 105))
            over.wait(60)

    with serving(camera) as address, watching(address, patience_s=3, queue=50) as source:
        frames = list(itertools.islice(source, 9))
        over.set()
    assert source.counters.stalls >= 1
    assert source.counters.reconnects == source.counters.stalls
    assert [number_on(frame) for frame in frames] == [0, 1, 2, 3, 4, 100, 101, 102, 103]
    assert [frame.view for frame in frames] == [0] * 5 + [1] * 4
    assert frames[5].time_s - frames[4].time_s > 0.5


def test_sound_alone_does_not_keep_a_stream_alive(over):
    """Packets come all the time, but no picture does."""
    data, ended = sounding_on(pictures=30, sound_s=60), threading.Event()

    def camera(request):
        request.send_response(200)
        request.end_headers()
        for start in range(0, len(data), 4096):
            request.wfile.write(data[start : start + 4096])
            if start > 150_000 and over.wait(0.2):
                return
        ended.set()

    with serving(camera) as address, watching(address, patience_s=3, away_s=0) as source:
        until(lambda: source.counters.stalls or ended.is_set())
        over.set()
    assert not ended.is_set()
    assert source.counters.read >= 20


# HLS and files over HTTP


def hls(tmp_path, text: str) -> bytes:
    (tmp_path / "secret.ts").write_bytes(clip(range(20), container="mpegts"))
    return text.format(path=tmp_path / "secret.ts").encode()


PLAYLIST = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.8,\n{0}\n#EXTINF:0.8,\n{1}\n#EXT-X-ENDLIST\n"
)


def test_a_playlist_with_an_end_is_read_whole():
    parts = {
        "/list.m3u8": PLAYLIST.format("0.ts", "1.ts").encode(),
        "/0.ts": clip(range(20), container="mpegts"),
        "/1.ts": clip(range(20, 40), container="mpegts", times_s=[0.8 + i / 25 for i in range(20)]),
    }
    with (
        serving(lambda request: send(request, parts[request.path])) as address,
        watching(f"{address}/list.m3u8") as source,
    ):
        assert not source.live
        assert [number_on(frame) for frame in source] == list(range(40))
        assert source.counters.dropped == 0


def test_a_live_playlist_is_live(over):
    """One that grows as it is asked for, and never says that it is over."""
    asked = itertools.count(3)

    def server(request):
        if request.path.endswith(".ts"):
            first = int(request.path.strip("/").removesuffix(".ts"))
            times = [first + i / 10 for i in range(10)]
            send(request, clip([first] * 10, container="mpegts", rate=10, times_s=times))
            return
        newest = next(asked)
        segments = "".join(f"#EXTINF:1.0,\n{n}.ts\n" for n in range(newest - 3, newest))
        head = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{newest - 3}\n"
        send(request, (head + segments).encode(), "application/vnd.apple.mpegurl")

    with serving(server) as address, watching(f"{address}/live.m3u8", queue=200) as source:
        assert source.live
        numbers = [number_on(frame) for frame in itertools.islice(source, 45)]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) >= 4


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{path}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{path}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nconcat:{path}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsubfile,,start,0,end,0,,:{path}\n",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfile://{path}\n",
        '#EXTM3U\n#EXT-X-MAP:URI="file://{path}"\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nx.ts\n',
        "ffconcat version 1.0\nfile {path}\n",
        "ffconcat version 1.0\nfile file:{path}\n",
    ],
)
def test_a_playlist_never_reads_a_file_of_this_machine(tmp_path, text):
    body = hls(tmp_path, text)

    def server(request):
        if request.path.startswith("/list"):
            send(request, body)
        else:
            request.send_error(404)

    for name in ("list.m3u8", "list"):
        with serving(server) as address, pytest.raises(SourceError):
            list(open_source(f"{address}/{name}", patience_s=1))


def test_a_redirection_leads_to_no_file(tmp_path):
    (tmp_path / "secret.mkv").write_bytes(clip(range(5)))

    def server(request):
        request.send_response(302)
        request.send_header("Location", f"file://{tmp_path}/secret.mkv")
        request.end_headers()

    with serving(server) as address, pytest.raises(SourceError):
        open_source(address, patience_s=5)


def test_a_file_over_http_has_an_end_and_drops_nothing():
    data = clip(range(50))
    with (
        serving(lambda request: send(request, data)) as address,
        watching(f"{address}/clip.mkv", queue=1) as source,
    ):
        assert not source.live
        assert [number_on(frame) for frame in source] == list(range(50))


def test_a_file_over_http_that_breaks_off_is_an_error_after_its_pictures():
    data = clip(range(50))

    def server(request):
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data[: len(data) // 2])

    got = []
    with (
        serving(server) as address,
        watching(f"{address}/clip.mkv") as source,
        pytest.raises(SourceError, match="any further"),
    ):
        got.extend(number_on(frame) for frame in source)
    assert got == list(range(len(got)))
    assert len(got) > 10


def test_sound_over_http_is_no_video():
    with (
        serving(lambda request: send(request, silence())) as address,
        pytest.raises(SourceError, match="no video track"),
    ):
        open_source(f"{address}/sound.wav")


# Stopping


@contextlib.contextmanager
def silent_server():
    """Accepts a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "rtmp", "http", "https"])
def test_a_server_that_never_answers_is_an_error_and_not_a_wait(scheme):
    with silent_server() as port, pytest.raises(SourceError) as caught:
        open_source(f"{scheme}://viewer:{SECRET}@127.0.0.1:{port}/a/b", patience_s=0.3)
    assert SECRET not in told(caught.value)


def test_closing_ends_a_wait_for_a_picture(over):
    def camera(request):
        send_jpegs(request, range(6))
        over.wait(60)

    with serving(camera) as address, watching(address, patience_s=600) as source:
        got = []
        reading = threading.Thread(target=lambda: got.extend(source))
        closing = threading.Thread(target=source.close)
        reading.start()
        until(lambda: len(got) == 6)
        closing.start()
        reading.join(60)
        assert not reading.is_alive()
        assert not over.is_set()
        over.set()
        closing.join(60)
        assert not closing.is_alive()
        source.close()


def test_closing_ends_the_search_for_a_lost_source():
    gone = threading.Event()

    def camera(request):
        if gone.is_set():
            request.send_error(404)
        else:
            send_jpegs(request, range(5))
            gone.set()

    with serving(camera) as address, watching(address) as source:
        assert len(list(itertools.islice(source, 4))) == 4
        until(gone.is_set)
        source.close()
        assert list(source) == []
        assert source.counters.reconnects == 0


def test_what_was_opened_and_never_read_is_closed_too(over):
    def camera(request):
        send_jpegs(request, itertools.cycle(range(100)))
        over.wait(60)

    with serving(camera) as address:
        for _ in range(3):
            open_source(address, patience_s=5).close()
        over.set()


# Passwords


def told(error: BaseException) -> str:
    """All that may come to light of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__)


def test_a_password_opens_the_camera_and_is_never_told(capfd, caplog, over):
    caplog.set_level(logging.DEBUG)
    right = "Basic " + base64.b64encode(f"viewer:{SECRET}".encode()).decode()
    visits = itertools.count()

    def camera(request):
        if request.headers.get("Authorization") != right:
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="camera"')
            request.end_headers()
        elif next(visits) < 2:
            send_jpegs(request, range(5))
        else:
            request.send_error(500)

    with serving(camera) as address:
        host = address.removeprefix("http://")
        query = f"?key={SECRET}"
        with (
            watching(f"http://viewer:{SECRET}@{host}/cam{query}", away_s=0.1) as source,
            pytest.raises(SourceError, match="has not come back") as lost,
        ):
            list(source)
        with pytest.raises(SourceError, match="401") as refused:
            open_source(f"http://viewer:{SECRET}x@{host}/cam{query}")
        over.set()
    assert source.name == f"http://{host}/cam"
    assert "password" in refused.value.hint
    everything = told(lost.value) + told(refused.value) + repr(source) + source.name
    output = capfd.readouterr()
    assert SECRET not in everything + output.out + output.err + caplog.text


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"rtsp://viewer:{SECRET}@[::1]:8554/cam?a={SECRET}", "rtsp://[::1]:8554/cam"),
        (f"rtsp://h/user=a&password={SECRET}&channel=1", "rtsp://h/..."),
        (f"rtmp://h/live/{SECRET}", "rtmp://h/live/..."),
        (f"https://viewer:p%40{SECRET}@h/a/b#{SECRET}", "https://h/a/b"),
        (f"HTTP://viewer:{SECRET}@h", "http://h"),
    ],
)
def test_a_name_has_nothing_secret_in_it(address, name):
    found = place(address)
    assert found.name == name
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "address",
    [
        f"rtsp://viewer:{SECRET}@",
        f"rtsp://viewer:{SECRET}@host:none/",
        f"rtsp://viewer:{SECRET}@host:99999/",
        f"http://viewer:{SECRET}@host/a b",
        f"http://viewer:{SECRET}@host/\r\nX-Header: 1",
        f"http://viewer:{SECRET}@[::1/",
        f"udp://viewer:{SECRET}@host/",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(address):
    with pytest.raises(SourceError) as caught:
        open_source(address)
    assert SECRET not in told(caught.value)


def test_a_camera_that_is_not_there_is_an_error():
    with pytest.raises(SourceError, match="/dev/video99 cannot be opened"):
        open_source("v4l2:/dev/video99")


def test_ffmpeg_says_nothing_by_itself():
    """Its own log lines quote addresses; none of them is let out."""
    code = (
        "import sys\n"
        "from recognizance.video.sources import open_source\n"
        "for address in sys.argv[1:]:\n"
        "    try: open_source(address, patience_s=0.2)\n"
        "    except Exception as error: print(error)\n"
    )
    with silent_server() as port:
        where = f"v:{SECRET}@127.0.0.1:{port}/x"
        addresses = [f"{scheme}://{where}" for scheme in PROTOCOLS]
        done = subprocess.run(
            [sys.executable, "-c", code, *addresses], capture_output=True, text=True, check=True
        )
    assert done.stdout.count(f"127.0.0.1:{port}") == len(PROTOCOLS)
    assert SECRET not in done.stdout + done.stderr
