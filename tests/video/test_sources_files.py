"""Files, folders and standard input: every picture, in its time, upright; or a typed error."""

import io
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from av.codec.hwaccel import hwdevices_available
from PIL import Image

from filming import clip, jpeg, number_on, open_files, painted, silence, song
from recognizance.errors import SourceError
from recognizance.video.sources import MOST_PIXELS, open_source
from recognizance.video.sources.files import StandardInput


@pytest.fixture
def filed(tmp_path):
    """Write bytes to a file and open it as a source."""

    def opened(data: bytes, name: str = "clip.mkv", **options):
        path = tmp_path / name
        path.write_bytes(data)
        return open_source(str(path), **options)

    return opened


def y4m(size: tuple[int, int], rate: str, pictures: int = 3) -> bytes:
    head = f"YUV4MPEG2 W{size[0]} H{size[1]} F{rate} Ip A1:1 C420jpeg\n".encode()
    return head + (b"FRAME\n" + bytes(size[0] * size[1] * 3 // 2)) * pictures


def times(source) -> list[float]:
    return [round(frame.time_s, 3) for frame in source]


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("matroska", "libx264"),
        ("mp4", "libx264"),
        ("mpegts", "mpeg2video"),
        ("avi", "mjpeg"),
        ("webm", "libvpx"),
        ("flv", "libx264"),
        ("h264", "libx264"),
        ("mjpeg", "mjpeg"),
    ],
)
def test_every_picture_of_any_container_comes_once_and_in_order(filed, container, codec):
    source = filed(clip(range(20), container=container, codec=codec), f"clip.{container}")
    frames = list(source)
    assert [number_on(frame) for frame in frames] == list(range(20))
    assert [frame.index for frame in frames] == list(range(20))
    assert {frame.view for frame in frames} == {0}
    assert [round(frame.time_s * 25) for frame in frames] == list(range(20))
    assert not source.live
    assert (source.counters.read, source.counters.dropped) == (20, 0)
    assert (source.counters.damaged, source.counters.fallbacks) == (0, 0)
    assert source.name.endswith(f"clip.{container}")


def test_a_variable_frame_rate_stays_one(filed):
    uneven = [0, 0.01, 0.5, 0.54, 3, 60]
    assert times(filed(clip(range(6), times_s=[5 + each for each in uneven]))) == uneven


@pytest.mark.parametrize(
    ("rate", "interval"), [("0:0", 0.04), ("240:1", 1 / 240), ("0:1", 0.04), ("1:0", 0.04)]
)
def test_a_rate_of_nothing_or_of_a_lot_is_no_trouble(filed, rate, interval):
    frames = list(filed(y4m((16, 16), rate), "clip.y4m"))
    assert [round(frame.time_s / interval) for frame in frames] == [0, 1, 2]


def test_timestamps_that_go_back_where_two_clips_were_joined_go_on(filed):
    joined = clip(range(5), container="mpegts") + clip(range(5, 10), container="mpegts")
    frames = list(filed(joined, "joined.ts"))
    assert [number_on(frame) for frame in frames] == list(range(10))
    stamps = [frame.time_s for frame in frames]
    assert stamps == sorted(stamps)
    assert stamps[-1] < 1


def test_another_size_is_another_view(filed):
    joined = clip(range(5), container="mpegts") + clip(
        range(5, 10), container="mpegts", size=(128, 96)
    )
    frames = list(filed(joined, "joined.ts"))
    assert [number_on(frame) for frame in frames] == list(range(10))
    assert [(frame.view, frame.size_wh) for frame in frames] == (
        [(0, (64, 48))] * 5 + [(1, (128, 96))] * 5
    )


def test_another_codec_where_two_clips_were_joined_is_no_end_unnoticed(filed):
    first = clip(range(40), container="mpegts")
    nothing = b"\x47\x1f\xff\x10" + bytes(184)  # so much that the other is not seen at opening
    other = clip(range(40), container="mpegts", codec="mpeg2video")
    source = filed(first + nothing * 30_000 + other, "joined.ts")
    got = []
    with pytest.raises(SourceError, match="not to its end"):
        got.extend(number_on(frame) for frame in source)
    assert got[:39] == list(range(39))
    assert source.counters.damaged > 10


@pytest.mark.parametrize("clockwise", [90, 180, 270])
def test_a_display_matrix_is_followed(filed, clockwise):
    """The matrix of a track header in MP4 (ISO/IEC 14496-12, 8.3.2), as phones write it."""
    unit = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[clockwise]
    data = bytearray(clip([5], container="mp4"))
    at = data.index(b"tkhd") + 4 + 4 + 20 + 16
    values = (unit[0], unit[1], 0, unit[2], unit[3], 0, 0, 0, 1 << 14)
    for place, value in enumerate(values):
        data[at + 4 * place : at + 4 * place + 4] = (value << 16).to_bytes(4, "big", signed=True)
    (frame,) = filed(bytes(data), "turned.mp4")
    assert frame.rotation_deg == clockwise
    lying = frame.picture.to_ndarray(format="rgb24")
    upright = np.rot90(lying, {90: -1, 180: 2, 270: 1}[clockwise])
    assert np.abs(frame.rgb().astype(int) - upright).mean() < 1
    assert frame.size_wh == ((64, 48) if clockwise == 180 else (48, 64))


def test_pictures_that_nobody_refers_to_can_be_left_out(filed):
    data = clip(range(30), between=2)
    assert [number_on(frame) for frame in filed(data)] == list(range(30))
    some = [number_on(frame) for frame in filed(data, every=False)]
    assert 10 <= len(some) <= 20
    assert some == sorted(some)


def test_closing_ends_the_iteration_from_any_thread_and_twice(filed):
    source = filed(clip(range(50)))
    seen = 0
    for frame in source:
        seen += 1
        if frame.index == 3:
            closing = threading.Thread(target=source.close)
            closing.start()
            closing.join()
    assert seen == 4
    source.close()
    assert list(source) == []


def test_no_file_stays_open(filed):
    before = open_files()
    for _ in range(5):
        list(filed(clip(range(3))))
        filed(clip(range(3))).close()
        with pytest.raises(SourceError):
            filed(b"no video", "clip.mp4")
    assert open_files() == before


# What cannot be read


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "empty.mp4", "cannot be read as a video"),
        (b"this is a text", "text.mp4", "cannot be read as a video"),
        (silence(), "sound.wav", "no video track"),
        (clip(range(9), container="mp4")[:-400], "cut.mp4", "cannot be read as a video"),
    ],
)
def test_what_is_no_video_is_said_to_be_none(filed, data, name, words):
    with pytest.raises(SourceError, match=words) as caught:
        list(filed(data, name))
    assert caught.value.hint


def test_the_cover_of_a_song_is_no_video(filed):
    with pytest.raises(SourceError, match="no video track"):
        filed(song(), "song.m4a")


def test_more_than_8k_is_refused_before_it_is_decoded(filed):
    head = y4m((16000, 9000), "25:1", pictures=0) + b"FRAME\n"
    with pytest.raises(SourceError, match="16000 x 9000"):
        filed(head, "large.y4m")


def test_8k_is_read(filed):
    file = io.BytesIO()
    Image.new("L", (7680, 4320), 200).save(file, "JPEG")
    (frame,) = filed(file.getvalue(), "8k.mjpeg")
    assert frame.size_wh == (7680, 4320)
    assert MOST_PIXELS >= 7680 * 4320
    assert frame.luma(0.01).mean() == 200


def test_a_picture_that_grows_past_the_bound_is_never_decoded(filed):
    small, file = jpeg(3), io.BytesIO()
    Image.new("L", (9000, 5000)).save(file, "JPEG")
    huge = file.getvalue()
    source = filed(small + huge + small * 2, "grows.mjpeg")
    assert [(number_on(frame), frame.size_wh) for frame in source] == [(3, (64, 48))] * 3
    assert source.counters.damaged == 1
    with pytest.raises(SourceError, match="not to its end"):
        list(filed(small + huge * 12, "grows.mjpeg"))


@pytest.mark.parametrize(
    "where",
    [
        "concat:clip.mkv|clip.mkv",
        "file:clip.mkv",
        "subfile,,start,0,end,0,,:clip.mkv",
        "pipe:0",
        "data:video/mp4;base64,AAAA",
        "crypto:clip.mkv",
        "clip%d.mkv",
        "nothing.mkv",
        "file:///etc/hostname",
        "ftp://127.0.0.1/clip.mkv",
        "tcp://127.0.0.1:9",
        "gopher://127.0.0.1/x",
        "concatf:http://127.0.0.1/x",
        "http+unix://x/y",
        "v4l2:/dev/null",
        "/dev/zero",
        "",
        "a\0b",
    ],
)
def test_only_what_is_on_the_list_is_opened(where, tmp_path, monkeypatch):
    (tmp_path / "clip.mkv").write_bytes(clip(range(3)))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError):
        open_source(where)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{clip}\n#EXT-X-ENDLIST\n"),
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4000\n#EXTINF:4,\nfile://{clip}\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile {clip}\n"),
        ("list.sdp", "v=0\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\na=rtpmap:96 H264/90000\n"),
    ],
)
def test_a_file_leads_to_no_other(filed, tmp_path, name, text):
    other = tmp_path / "other.ts"
    other.write_bytes(clip(range(20), container="mpegts"))
    assert list(open_source(str(other)))
    with pytest.raises(SourceError):
        filed(text.format(clip=other).encode(), name)


@pytest.mark.parametrize("numbers", [{"queue": 0}, {"rate": 0}, {"rate": float("nan")}])
def test_numbers_that_mean_nothing_are_refused(filed, numbers):
    with pytest.raises(SourceError, match="cannot be read with"):
        filed(clip(range(3)), **numbers)


# Hardware


@pytest.mark.parametrize("kind", sorted({"cuda", "drm"} & set(hwdevices_available())))
def test_without_the_device_the_processor_decodes_and_it_is_counted(filed, kind, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    source = filed(clip(range(5)), hardware=kind)
    assert [number_on(frame) for frame in source] == list(range(5))
    assert source.counters.fallbacks == 1


def test_an_unknown_kind_of_device_is_an_error(filed):
    with pytest.raises(SourceError, match="toaster"):
        filed(clip(range(5)), hardware="toaster")


# Folders


def test_a_folder_is_read_by_number_and_at_its_rate(tmp_path):
    for number in (10, 9, 1, 2):
        Image.fromarray(painted(number)).save(tmp_path / f"shot-{number}.png")
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "sub.png").mkdir()
    source = open_source(str(tmp_path), rate=2.0)
    frames = list(source)
    assert [number_on(frame) for frame in frames] == [1, 2, 9, 10]
    assert [frame.time_s for frame in frames] == [0, 0.5, 1, 1.5]
    assert source.counters.read == 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright(tmp_path, orientation):
    """What EXIF calls an orientation, undone by numpy as its table says."""
    undo = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2),
        6: np.rot90,
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = np.ascontiguousarray(undo[orientation](painted(77)))
    Image.fromarray(lying).save(tmp_path / "a.png", exif=exif)
    (frame,) = open_source(str(tmp_path))
    assert (frame.rgb() == painted(77)).all()


def test_sixteen_bits_and_grey_are_pictures_too(tmp_path):
    grey = painted(44)[..., 0]
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "a.png")
    Image.fromarray(grey).save(tmp_path / "b.png")
    assert [number_on(frame) for frame in open_source(str(tmp_path))] == [44, 44]


def test_a_damaged_picture_is_counted_and_the_others_are_read(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
    (tmp_path / "1.jpg").write_bytes(jpeg(1)[:300])
    source = open_source(str(tmp_path), rate=10)
    assert [(number_on(frame), frame.time_s) for frame in source] == [(0, 0), (2, 0.2)]
    assert source.counters.damaged == 1


def test_a_folder_without_a_picture_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="no picture"):
        open_source(str(tmp_path))
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(SourceError, match="No picture"):
        list(open_source(str(tmp_path)))


def test_a_picture_past_the_bound_is_refused(tmp_path):
    Image.new("1", (8192, 4353)).save(tmp_path / "a.png")
    with pytest.raises(SourceError, match="more pixels"):
        list(open_source(str(tmp_path)))


def test_another_size_in_a_folder_is_another_view(tmp_path):
    for number, size in enumerate([(64, 48), (64, 48), (48, 64)]):
        Image.new("RGB", size).save(tmp_path / f"{number}.png")
    assert [frame.view for frame in open_source(str(tmp_path))] == [0, 0, 1]


# Standard input


def test_standard_input_is_read_to_its_end(tmp_path):
    code = (
        "from recognizance.video.sources import open_source\n"
        "source = open_source('-')\n"
        "print(source.name, sum(1 for _ in source), source.counters.dropped)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=clip(range(30)), capture_output=True, check=True
    )
    assert done.stdout.split() == [b"stdin", b"30", b"0"]


def test_waiting_at_standard_input_can_be_stopped():
    read_end, write_end = os.pipe()
    waiting = StandardInput(read_end)
    os.write(write_end, b"ab")
    assert waiting.read(10) == b"ab"
    got = []
    thread = threading.Thread(target=lambda: got.append(waiting.read(10)))
    thread.start()
    waiting.stop()
    thread.join(60)
    os.close(read_end)
    os.close(write_end)
    assert got == [b""]
