"""A redacted film: a face is hidden from before it is found until it is gone; the rest stays."""

import re
from fractions import Fraction

import av
import numpy as np
import pytest
from av.sidedata.sidedata import Type
from films import SIDE, SIZE, Finder, make_film, picture_of, read_film, shown, walking
from hypothesis import given
from hypothesis import strategies as st

from recognizance.errors import InputError, SourceError
from recognizance.types import Box, Detection
from recognizance.video import Style
from recognizance.video.boxes import turned_back
from recognizance.video.redaction import Audio, found_in, jobs, redact_film
from recognizance.video.redaction.film import Gaps
from recognizance.video.redaction.planes import can_draw, masked
from recognizance.video.sources.framing import turn_of


def redact(source, target, *, finder=None, style=Style.SOLID, **how):
    return redact_film(finder or Finder(), source, target, named=target, style=style, **how)


@pytest.fixture
def film(tmp_path):
    return make_film(tmp_path / "in.mkv")


@pytest.mark.parametrize("style", list(Style))
def test_every_style_hides_every_face_in_every_picture(film, tmp_path, style):
    made = redact(film, tmp_path / "out.mkv", style=style)
    assert made.clean
    assert len(made.tracks) == 1
    before, after = read_film(film)[1], read_film(tmp_path / "out.mkv")[1]
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        (box,) = walking(index)
        left, top = round(box.left), round(box.top)
        inside = other[top + 6 : top + SIDE - 6, left + 6 : left + SIDE - 6].astype(int)
        if style in {Style.SOLID, Style.MASK}:
            assert not shown(other)
            assert np.ptp(inside, axis=2).max() < 12  # grey: not a trace of the colour
        far = np.abs(one[:, 240:].astype(int) - other[:, 240:].astype(int))
        assert index > 16 or far.mean() < 3


def test_no_face_flickers_into_view_where_it_is_not_found(tmp_path):
    """Found in the middle third alone, it is hidden before that and after it too."""
    film = make_film(tmp_path / "in.mkv", pictures=36, faces=lambda i: walking(i // 2))
    finder = Finder(misses=lambda look: not 12 <= look % 36 < 24 or look % 3 == 1)
    made = redact(film, tmp_path / "out.mkv", finder=finder)
    seen = [index for index, one in enumerate(read_film(tmp_path / "out.mkv")[1]) if shown(one)]
    assert not seen
    assert [track.sightings for track in made.tracks] == [8]


def test_a_face_is_not_hidden_where_it_cannot_be(tmp_path):
    """A second before and after a face is followed, not the whole film."""
    here = [Box(100, 80, SIDE, SIDE)]
    film = make_film(tmp_path / "in.mkv", pictures=100, faces=lambda i: here if i == 50 else [])
    made = redact(film, tmp_path / "out.mkv")
    (track,) = made.tracks
    assert track.spots[0].index >= 50 - 21
    assert track.spots[-1].index <= 50 + 21
    before, after = read_film(film)[1], read_film(tmp_path / "out.mkv")[1]
    for index in (0, 20, 80, 99):
        assert np.abs(before[index].astype(int) - after[index].astype(int)).mean() < 3


def test_nothing_is_followed_across_a_cut(tmp_path):
    one, other = [Box(40, 60, SIDE, SIDE)], [Box(60, 66, SIDE, SIDE)]
    film = make_film(
        tmp_path / "in.mkv",
        pictures=40,
        faces=lambda i: one if i < 20 else other,
        shade=lambda i: 0 if i < 20 else 7,
    )
    tracks = found_in(Finder(), film)
    assert [(track.first.index, track.last.index) for track in tracks] == [(0, 19), (20, 39)]


def test_who_is_kept_stays_as_before_and_the_others_do_not(tmp_path):
    two = [Box(20, 60, SIDE, SIDE), Box(220, 60, SIDE, SIDE)]
    film = make_film(tmp_path / "in.mkv", faces=lambda _i: two)
    made = redact(film, tmp_path / "out.mkv", keep=[2])
    assert made.clean
    assert made.kept == (2,)
    for picture in read_film(tmp_path / "out.mkv")[1]:
        (box,) = shown(picture)
        assert abs(box.left - 220) < 3


def test_numbers_mean_the_same_each_time_and_wrong_ones_are_refused(film, tmp_path):
    first, again = (found_in(Finder(), film) for _ in range(2))
    assert [(t.number, t.spots) for t in first] == [(t.number, t.spots) for t in again]
    with pytest.raises(InputError, match="no track 7"):
        redact(film, tmp_path / "out.mkv", keep=[7])


def test_a_face_that_only_the_second_look_finds_is_hidden_too(film, tmp_path):
    made = redact(film, tmp_path / "out.mkv", finder=Finder(misses=lambda look: look < 25))
    assert made.clean
    assert not made.tracks
    assert len(made.late) == 1
    assert made.rounds == 1
    assert not any(map(shown, read_film(tmp_path / "out.mkv")[1]))


def test_a_film_in_which_a_face_can_still_be_found_is_not_clean(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "ROUNDS", 2)  # with more of them, masks cover most of so small a film
    film = make_film(tmp_path / "in.mkv", pictures=6)

    class Stubborn(Finder):
        """Sees somebody somewhere else in each look."""

        def glance(self, pixels, *, min_score=0.5):
            self.looks += 1
            left, top = 37 * self.looks % 280, 53 * self.looks % 200
            return (Detection(Box(left, top, 12, 12), np.zeros((5, 2), np.float32), 0.9),)

    made = redact(film, tmp_path / "out.mkv", finder=Stubborn())
    assert not made.clean
    assert made.rounds == 2
    assert made.visible[0].index >= 0


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("mp4", "libx264"),
        ("mov", "libx264"),
        ("mkv", "libx264"),
        ("ts", "libx264"),
        ("avi", "mpeg4"),
        ("avi", "libx264"),
        ("webm", "libvpx-vp9"),
        ("mkv", "ffv1"),
        ("mkv", "libx265"),
        ("gif", "gif"),
    ],
)
def test_container_codec_and_times_stay(tmp_path, name, codec):
    def quiet(stream):
        if codec == "libx265":
            stream.options = {"preset": "ultrafast", "x265-params": "log-level=none"}

    film = make_film(
        tmp_path / f"in.{name}",
        codec=codec,
        pictures=20,
        fps=20,
        before=quiet,
        pixel_format="rgb8" if codec == "gif" else "yuv420p",
    )
    made = redact(film, tmp_path / f"out.{name}")
    assert made.clean
    times, pictures = read_film(tmp_path / f"out.{name}")
    assert len(pictures) == 20
    assert times == pytest.approx(read_film(film)[0], abs=1e-4)
    assert not any(map(shown, pictures))
    with av.open(str(film)) as one, av.open(str(tmp_path / f"out.{name}")) as other:
        assert one.format.name == other.format.name
        codecs = [each.streams.video[0].codec_context.codec.canonical_name for each in (one, other)]
        assert codecs[0] == codecs[1]


def test_a_varying_rate_stays_one(tmp_path):
    times = np.cumsum(np.random.default_rng(3).integers(20, 140, 25)).tolist()
    film = make_film(tmp_path / "in.mkv", times=times, time_base=Fraction(1, 1000))
    redact(film, tmp_path / "out.mkv")
    assert read_film(tmp_path / "out.mkv")[0] == pytest.approx([t / 1000 for t in times])


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_film_stays_turned_and_is_hidden_where_the_face_is(tmp_path, rotation):
    film = make_film(tmp_path / "in.mp4", rotation=rotation)
    redact(film, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as out:
        frames = list(out.decode(video=0))
    assert {frame.rotation % 360 for frame in frames} == {rotation % 360}
    assert not any(shown(frame.to_ndarray(format="rgb24")) for frame in frames)


@given(
    box=st.builds(
        Box, *(st.integers(0, 60).map(float),) * 2, *(st.integers(1, 40).map(float),) * 2
    ),
    turn=st.sampled_from([0, 90, 180, 270]),
)
def test_a_box_is_turned_back_as_the_picture_is(box, turn):
    stored = np.zeros((90, 120), np.uint8)
    upright = np.rot90(stored, k=-turn // 90).copy()
    left, top = int(box.left), int(box.top)
    upright[top : top + int(box.height), left : left + int(box.width)] = 1
    expected = np.rot90(upright, k=turn // 90)
    back = turned_back(box, (120, 90), turn)
    rows, columns = np.nonzero(expected)
    inside = Box(back.left, back.top, back.width, back.height)
    if len(rows):
        assert (columns.min(), rows.min()) == (max(0, inside.left), max(0, inside.top))
        assert columns.max() + 1 == min(120, inside.left + inside.width)
        assert rows.max() + 1 == min(90, inside.top + inside.height)


@pytest.mark.parametrize("audio", list(Audio))
@pytest.mark.parametrize(("name", "sound"), [("mp4", "aac"), ("mkv", "pcm_s16le"), ("mkv", "flac")])
def test_sound_is_kept_packet_by_packet_or_silent_with_its_timing(tmp_path, audio, name, sound):
    film = make_film(tmp_path / f"in.{name}", pictures=50, sound=sound)
    redact(film, tmp_path / f"out.{name}", audio=audio)

    def heard(path):
        with av.open(str(path)) as opened:
            packets = [bytes(p) for p in opened.demux(audio=0) if p.dts is not None]
        with av.open(str(path)) as opened:
            frames = list(opened.decode(audio=0))
        samples = np.concatenate([f.to_ndarray().astype(float).ravel() for f in frames])
        times = [float(f.pts * f.time_base) for f in frames]
        return packets, samples, times[0], times[-1]

    before, after = heard(film), heard(tmp_path / f"out.{name}")
    if audio is Audio.KEEP:
        assert before[0] == after[0]
    else:
        assert np.abs(before[1]).max() > 0.2
        assert np.abs(after[1]).max() < 1e-3 * np.abs(before[1]).max()
    assert after[2:] == pytest.approx(before[2:], abs=0.03)


def test_subtitles_stay_and_covers_and_titles_do_not(tmp_path):
    film = make_film(tmp_path / "in.mkv", subtitles=True)
    with av.open(str(film)) as one, av.open(str(tmp_path / "named.mkv"), "w") as other:
        other.metadata.update(
            {"title": "The names of all", "creation_time": "2026-01-01T00:00:00Z"}
        )
        streams = {s.index: other.add_stream_from_template(s) for s in one.streams}
        other.add_attachment("cover.jpg", "image/jpeg", b"\xff\xd8\xff" + b"a face" * 9)
        for packet in one.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                other.mux(packet)
    made = redact(tmp_path / "named.mkv", tmp_path / "out.mkv")

    def words(path):
        with av.open(str(path)) as opened:
            return [(p.pts, bytes(p)) for p in opened.demux(subtitles=0) if p.dts is not None]

    assert words(film) == words(tmp_path / "out.mkv")
    assert len(words(film)) == 2
    data = (tmp_path / "out.mkv").read_bytes()
    assert b"names of all" not in data
    assert b"a face" not in data
    cover, title = made.written.left_out
    assert cover == "video track 2"  # how an attached picture is read
    assert title == "title of the file"


def test_shape_and_colours_stay(tmp_path):
    def about(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        stream.codec_context.color_primaries = 1
        stream.codec_context.color_trc = 1
        stream.codec_context.colorspace = 1

    film = make_film(tmp_path / "in.mp4", before=about, pixel_format="yuvj420p")
    redact(film, tmp_path / "out.mp4")
    facts = []
    for path in (film, tmp_path / "out.mp4"):
        with av.open(str(path)) as opened:
            stream = opened.streams.video[0]
            code = stream.codec_context
            facts.append(
                (
                    stream.sample_aspect_ratio,
                    code.pix_fmt,
                    code.color_range,
                    code.colorspace,
                    code.color_primaries,
                    code.color_trc,
                    (code.width, code.height),
                )
            )
    assert facts[0] == facts[1]
    assert facts[0][0] == Fraction(4, 3)


def test_the_container_decides_what_can_be_written(film, tmp_path):
    with pytest.raises(InputError, match="ends in no format"):
        redact(film, tmp_path / "out.xyz")
    with_sound = make_film(tmp_path / "sound.mp4", sound="aac")
    with pytest.raises(InputError, match=r"gif cannot hold|webm cannot hold"):
        redact(with_sound, tmp_path / "out.webm")


@pytest.mark.parametrize("name", ["yuv420p", "yuvj444p", "yuv422p10le", "gray", "bgra", "rgb24"])
def test_masks_are_drawn_in_the_planes_and_nowhere_else(name):
    assert can_draw(name)
    picture = av.VideoFrame.from_ndarray(picture_of([]), format="rgb24").reformat(format=name)
    before = picture.to_ndarray(format="rgb24").astype(int)
    made = masked(picture, [Box(100, 80, 40, 60)], Style.SOLID)
    after = made.to_ndarray(format="rgb24").astype(int)
    assert (picture.to_ndarray(format="rgb24") == before).all()  # the decoder may need it
    inside = after[85:135, 105:135]
    assert np.abs(inside - 96).max() <= 6
    outside = np.abs(after - before)
    outside[60:160, 84:156] = 0
    assert outside.max() <= 2


class TestBadInput:
    def test_no_moving_picture(self, tmp_path):
        path = tmp_path / "sound.mkv"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("pcm_s16le", rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 4800), np.int16), format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
            out.mux(stream.encode(frame))
            out.mux(stream.encode())
        with pytest.raises(SourceError, match="no moving picture"):
            redact(path, tmp_path / "out.mkv")

    @pytest.mark.parametrize("data", [b"", b"this is no film", bytes(5000)])
    def test_no_film(self, tmp_path, data):
        (tmp_path / "in.mp4").write_bytes(data)
        with pytest.raises(SourceError):
            redact(tmp_path / "in.mp4", tmp_path / "out.mp4")

    def test_a_cut_off_film_is_redacted_as_far_as_it_goes(self, tmp_path):
        whole = make_film(tmp_path / "in.mkv", pictures=60)
        data = whole.read_bytes()
        (tmp_path / "cut.mkv").write_bytes(data[: len(data) * 2 // 3])
        made = redact(tmp_path / "cut.mkv", tmp_path / "out.mkv")
        assert 10 < made.written.pictures < 60
        assert made.gaps.cut_off
        assert redact(whole, tmp_path / "whole.mkv").gaps == Gaps()
        assert not any(map(shown, read_film(tmp_path / "out.mkv")[1]))

    def test_damage_in_the_middle_is_a_recorded_gap(self, tmp_path):
        whole = make_film(tmp_path / "in.ts", pictures=60)
        data = bytearray(whole.read_bytes())
        middle = len(data) // 2 // 188 * 188
        data[middle : middle + 188 * 12] = np.random.default_rng(1).bytes(188 * 12)
        (tmp_path / "bad.ts").write_bytes(data)
        made = redact(tmp_path / "bad.ts", tmp_path / "out.ts")
        assert made.gaps.damaged or made.written.pictures < 60
        assert not any(map(shown, read_film(tmp_path / "out.ts")[1]))

    def test_a_film_that_names_no_rate(self, tmp_path):
        """One picture: neither a rate nor a duration can be told from it."""
        film = make_film(tmp_path / "in.mkv", pictures=1)
        made = redact(film, tmp_path / "out.mkv")
        assert made.written.pictures == 1
        assert made.clean

    def test_240_pictures_a_second(self, tmp_path):
        film = make_film(tmp_path / "in.mp4", pictures=60, fps=240, size=SIZE)
        finder = Finder()
        made = redact(film, tmp_path / "out.mp4", finder=finder)
        assert made.written.pictures == 60
        assert read_film(tmp_path / "out.mp4")[0] == pytest.approx(read_film(film)[0], abs=1e-4)

    def test_a_picture_that_changes_its_size(self, tmp_path):
        one = make_film(tmp_path / "one.ts", pictures=10)
        other = make_film(tmp_path / "two.ts", pictures=10, size=(160, 120))
        (tmp_path / "both.ts").write_bytes(one.read_bytes() + other.read_bytes())
        with pytest.raises(SourceError, match="changes the size"):
            redact(tmp_path / "both.ts", tmp_path / "out.ts")


def test_a_film_that_names_another_is_none(tmp_path):
    """Its digest would stand in the record, and another film be redacted."""
    make_film(tmp_path / "other.mkv", pictures=3)
    script = tmp_path / "in.mkv"
    script.write_text("ffconcat version 1.0\nfile other.mkv\n")
    with pytest.raises(SourceError):
        found_in(Finder(), script)


@pytest.mark.parametrize("mirror", ["hflip", "vflip"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_who_is_shown_mirrored_is_looked_for_upright(tmp_path, rotation, mirror):
    def turned(stream):
        stream.set_display_rotation(rotation, **{mirror: True})

    film = make_film(tmp_path / "in.mp4", pictures=3, before=turned)
    redact(film, tmp_path / "out.mp4")
    one, other = _first(film), _first(tmp_path / "out.mp4")
    assert _matrix(one) == _matrix(other)
    right, down = _shown_at(one, 1, 0), _shown_at(one, 0, 1)
    turn, mirrored = turn_of(one)
    assert mirrored
    upright = {0: ((-1, 0), (0, 1)), 90: ((0, 1), (1, 0))}
    upright |= {180: ((1, 0), (0, -1)), 270: ((0, -1), (-1, 0))}
    assert (right, down) == upright[turn]  # turned so, it differs from what is shown by a mirror


def _first(path):
    with av.open(str(path)) as film:
        return next(film.decode(video=0))


def _matrix(picture):
    (found,) = (each for each in picture.side_data if each.type is Type.DISPLAYMATRIX)
    return np.frombuffer(bytes(found), np.int32)[[0, 1, 3, 4]].tolist()


def _shown_at(picture, x, y):
    """Where a step in the stored picture leads in the one that is shown."""
    a, b, c, d = _matrix(picture)
    return (a * x + c * y) >> 16, (b * x + d * y) >> 16


def test_no_caption_of_a_picture_without_a_face_is_kept(tmp_path):
    plain = make_film(tmp_path / "in.h264", pictures=3, faces=lambda _: []).read_bytes()
    words = tmp_path / "words.h264"
    words.write_bytes(re.sub(rb"(?=\x00\x00\x01[\x41\x61\x65])", lambda _: CAPTION, plain))
    assert Type.A53_CC in {each.type for each in _first(words).side_data}
    redact(words, tmp_path / "out.mkv")
    assert Type.A53_CC not in {each.type for each in _first(tmp_path / "out.mkv").side_data}


CAPTION = b"\0\0\1\x06\x04\x0e\xb5\x00\x31GA94\x03\xc1\xff\xfc\xc8\xe9\xff\x80"
"""A closed caption in an SEI message of H.264 (ATSC A/53 part 4)."""
