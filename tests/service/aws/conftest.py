import pytest

from hooked import Hooked
from rekognition import Door, site_at


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with site_at(tmp_path_factory.mktemp("aws")) as made:
        yield made


@pytest.fixture
def door(site, request):
    """A permit of its own for each test, under which nobody reviews; `conditions` changes that."""
    number = len(site.workspace.registry.issued)
    conditions = getattr(request, "param", ())
    hooked = Hooked(site.office, conditions, gallery=f"c-{number}", size=10)
    key = site.issue(hooked.id, hooked.gallery)
    return Door(site, hooked, key, site.client(key))
