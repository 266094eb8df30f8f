import pytest
from gallery_site import new_gallery


@pytest.fixture
def store(tmp_path):
    with new_gallery(tmp_path) as opened:
        yield opened
