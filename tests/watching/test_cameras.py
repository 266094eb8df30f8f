"""What a watch looks at: recordings are bound by what they are, and are not cameras."""

import hashlib
from dataclasses import dataclass, field
from functools import partial

import pytest
from PIL import Image

from recognizance.conditions import check_footage
from recognizance.errors import InputError, PermitScopeError
from recognizance.registry.submissions import Declared
from recognizance.types import Operation
from recognizance.video.filming import film
from recognizance.video.frames import SourceCounters
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


@dataclass
class Door:
    """A camera."""

    name: str = "door"
    live: bool = True
    closed: bool = False
    counters: SourceCounters = field(default_factory=SourceCounters)

    def close(self) -> None:
        self.closed = True


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


def test_no_recording_is_watched_as_if_it_were_a_camera(monkeypatch, clip):
    door, open_source = Door(), cameras.open_source
    monkeypatch.setattr(
        cameras, "open_source", lambda place: door if "://" in place else open_source(place)
    )
    with pytest.raises(InputError, match="recordings"):
        open_cameras(["rtsp://door", str(clip)], [None, None], None)
    assert door.closed


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
