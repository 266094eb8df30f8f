"""What a watch looks at: recordings are bound by what they are, and are not cameras."""

import hashlib
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from PIL import Image

from recognizance.conditions import check_footage
from recognizance.errors import InputError, PermitScopeError, SourceError
from recognizance.registry.submissions import Declared
from recognizance.types import Operation
from recognizance.video.filming import film
from recognizance.watching import cameras, open_cameras


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mkv"
    film(path, (), seconds=0.2)
    return path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "pictures"
    path.mkdir()
    Image.new("RGB", (32, 32)).save(path / "1.png")
    return path


@pytest.fixture
def served(clip):
    """The address of a clip on a web server of this machine."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(clip.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{clip.name}"
        server.shutdown()


def test_a_recording_that_is_no_file_is_not_bound_to_a_trial(office, clip, folder):
    opened = open_cameras([str(clip), str(folder)], [None, None], None)
    for each in opened.cameras:
        each.source.close()
    digest = hashlib.sha256(clip.read_bytes()).hexdigest()
    assert opened.footage == (digest, cameras.UNBOUND)
    permit = office.permit(footage=(digest,))
    asked = office.request(Operation.WATCH, permit=permit, footage=opened.footage)
    with pytest.raises(PermitScopeError, match="bound"), office.workspace.desk.watch(asked):
        pass


def test_hardware_that_there_is_no_kind_of_is_named_when_it_is_read(clip):
    (camera,) = open_cameras([str(clip)], [None], None, hardware="abacus").cameras
    with closing(camera.source), pytest.raises(SourceError, match="abacus"):
        list(camera.source)


def test_no_recording_is_watched_beside_a_camera(clip):
    with pytest.raises(InputError, match="recordings"):
        open_cameras(["rtsp://door", str(clip)], [None, None], None)


def test_no_recording_is_watched_as_if_it_were_a_camera(served):
    (camera,) = open_cameras([served], [None], None).cameras
    assert camera.source.live  # for all that anybody knows before it is asked
    with closing(camera.source), pytest.raises(InputError, match="recording"):
        next(iter(camera.source))


def test_no_more_cameras_are_watched_than_the_permit_was_decided_for(office, clip, clock):
    permit = office.workspace.shelf.find(office.permit(footage=("a" * 64,)))
    declared = Declared(recorded=False, cameras=frozenset({"fixed"}), count=2)
    check = partial(check_footage, permit, declared, live=True, captured_at=None, now=clock())
    check(cameras=2)
    with pytest.raises(PermitScopeError, match="2 cameras"):
        check(cameras=3)
    (camera,) = (opened := open_cameras([str(clip)], [None], None)).cameras
    camera.source.close()
    assert opened.count == 0


def test_a_clip_that_is_written_over_after_its_digest_was_taken_is_not_looked_at(tmp_path):
    path, other = tmp_path / "clip.mkv", tmp_path / "other.mkv"
    film(path, (), seconds=0.2)
    film(other, (), seconds=1.0)
    (camera,) = open_cameras([str(path)], [None], None).cameras
    path.write_bytes(other.read_bytes())
    with closing(camera.source), pytest.raises(SourceError, match="changed"):
        next(iter(camera.source))


def test_pictures_that_nobody_refers_to_are_left_out_where_that_is_asked(tmp_path):
    clip, read = tmp_path / "second.mkv", []
    film(clip, (), seconds=1)
    for every in (True, False):
        (camera,) = open_cameras([str(clip)], [None], None, every=every).cameras
        with closing(camera.source):
            read.append(len(list(camera.source)))
    assert 0 < read[1] < read[0] == 12
