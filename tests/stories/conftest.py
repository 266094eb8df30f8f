"""What the tests of the stories share."""

import pytest

from recognizance.cli.demo.photographs import credited_portraits
from recognizance.cli.stories.play import play
from recognizance.errors import ModelError
from recognizance.settings import Settings, load_settings


@pytest.fixture(scope="session")
def decided():
    """Every story, decided and not run."""
    return play(Settings(), None)


@pytest.fixture(scope="session")
def portraits():
    """The demo's portraits, or a reason to skip."""
    try:
        return credited_portraits(load_settings().cache)
    except ModelError as error:
        pytest.skip(f"the demo's photographs could not be fetched: {error.message}")
