import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from attack_site import LATER, START, Site, build


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The place, made once; or one that was made by the source as it is, for a changed one."""
    made = os.environ.get("ATTACK_SITE")
    if made:
        return Site(Path(made), **json.loads((Path(made) / "site.json").read_text()), now=LATER)
    folder = tmp_path_factory.mktemp("attacks") / "built"
    folder.mkdir()
    return build(folder)


@pytest.fixture
def site(built, tmp_path):
    """A copy of the working place, for one attack."""
    return built.copy(tmp_path / "site").settle()


@pytest.fixture
def fresh(built, tmp_path):
    """The same place on the day before: people, keys, an authority, and no permit yet."""
    before = replace(built, folder=built.folder.with_name("fresh"), now=START, permit="", door="")
    return before.copy(tmp_path / "fresh").settle()
