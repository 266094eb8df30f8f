"""What a watch takes hold of: each source is bound, live or not, and one camera."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recognizance.errors import InputError, SourceError
from recognizance.watching import open_cameras
from video.films import make_film

CAMERA = "rtsp://127.0.0.1:9/door"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def served(tmp_path):
    """The address of a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def let_go(cameras) -> None:
    for each in cameras.cameras:
        each.source.close()


def test_what_has_no_digest_is_told_from_what_a_permit_can_be_bound_to(tmp_path):
    """Or a folder could be watched beside the clip that a trial is bound to."""
    (tmp_path / "clip").write_bytes(b"clip")
    (tmp_path / "more").mkdir()
    places = [str(tmp_path / "clip"), str(tmp_path / "more")]
    cameras = open_cameras(places, [None, None], None)
    let_go(cameras)
    bound, unbound = cameras.footage
    assert len(bound) == 64
    assert unbound == ""


def test_a_recording_is_not_watched_beside_a_camera(tmp_path):
    """Or it would pass for live with it."""
    (tmp_path / "clip").write_bytes(b"clip")
    with pytest.raises(InputError):
        open_cameras([CAMERA, str(tmp_path / "clip")], ["k1", "k2"], None)


def test_one_camera_is_not_named_for_two_sources(tmp_path):
    with pytest.raises(InputError):
        open_cameras([CAMERA, CAMERA + "/2"], ["k1", "k1"], None)
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"clip")
    both = open_cameras([str(tmp_path / "a"), str(tmp_path / "b")], ["k1", "k1"], None)
    let_go(both)
    assert not both.live


def test_a_file_behind_an_address_does_not_pass_for_a_camera(tmp_path, served):
    make_film(tmp_path / "old.mkv", pictures=3)
    cameras = open_cameras([f"{served}/old.mkv"], [None], None)
    assert cameras.live  # so it was admitted as one
    with pytest.raises(SourceError, match="recording"):
        next(iter(cameras.cameras[0].source))
    let_go(cameras)
