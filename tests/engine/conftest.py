"""One engine for all tests of the room: loading takes most of a second."""

import pytest

from recognizance.engine import Engine


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def engine(model_cache) -> Engine:
    return Engine.load(threads=1, cache_dir=model_cache)
