"""What tests of several rooms share."""

import os
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:
    # A worker has one core: more threads of its models and matrices would only wait for each other.
    for name in ("RECOGNIZANCE_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")

import pytest
from hypothesis import settings as hypothesis_settings

from fakes import FakeClock, FakeEngine
from office import Office
from recognizance.registry import queue
from recognizance.settings import Settings
from recognizance.workspace import Workspace, load_engine
from scenery import Album
from shipped import read_once

# The same examples in every run: a failure is the change's, and can be repeated.
hypothesis_settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis_settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _shipped():
    """The shipped rules and evidence are read once a run."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield


@pytest.fixture(scope="session")
def faces() -> Path:
    """The shared photographs, or a reason to skip."""
    folder = Path(os.environ.get("RECOGNIZANCE_FACES", ROOT.parent / "shared" / "faces"))
    if not (folder / "lfw" / "labels.csv").exists():
        pytest.skip("the shared photographs are not on this machine (RECOGNIZANCE_FACES)")
    return folder


@pytest.fixture(scope="session")
def album(faces, tmp_path_factory) -> Album:
    """The portraits that scenes are composed of, with an engine that is ready."""
    return Album(faces, load_engine(Settings(cache=tmp_path_factory.mktemp("models"))))


@pytest.fixture(scope="session")
def clips(tmp_path_factory) -> Path:
    """Where composed clips lie, so that each is written once."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(autouse=True)
def planted_late(monkeypatch, request) -> None:
    """Planted leads come as late as they can, so that the leads of a test are those it asks for."""
    if request.module.__name__ != "test_planted_laws":
        monkeypatch.setattr(queue, "gap_after", lambda _secret, _index: queue.MOST_BETWEEN)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        home=tmp_path / "data", key_folder=tmp_path / "keys", cache=tmp_path / "cache", wait_s=0.5
    )


@pytest.fixture
def workspace(settings, clock):
    with Workspace.create(settings, clock=clock) as opened:
        opened.__dict__["engine"] = FakeEngine(opened.evidence.model_id)
        yield opened


@pytest.fixture
def office(workspace) -> Office:
    return Office(workspace)
