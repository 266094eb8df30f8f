"""A street, a walk and a crowd, composed with a known truth, and the models that see them."""

import os
from pathlib import Path

import pytest

from office import Office
from recognizance.engine import Engine
from recognizance.workspace import Workspace
from scenery import Album, mini


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine.load(cache_dir=Path.home() / ".cache" / "recognizance")


@pytest.fixture(scope="session")
def album(engine) -> Album:
    faces = Path(__file__).resolve().parents[2].parent / "shared" / "faces"
    faces = Path(os.environ.get("RECOGNIZANCE_FACES", faces))
    if not (faces / "congress" / "labels.csv").exists():
        pytest.skip("the shared photographs are not on this machine (RECOGNIZANCE_FACES)")
    return Album(faces, engine)


@pytest.fixture(scope="session")
def clips(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def street(album, clips):
    return mini.street(album).write(clips)


@pytest.fixture(scope="session")
def walk(album, clips):
    return mini.first_person(album).write(clips)


@pytest.fixture(scope="session")
def crowd(album, clips):
    return mini.crowd(album).write(clips)


@pytest.fixture
def seeing(settings, clock, engine) -> Office:
    """An office whose engine sees."""
    with Workspace.create(settings, clock=clock) as workspace:
        workspace.__dict__["engine"] = engine
        yield Office(workspace)
