from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ledger_site import Site

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "data").mkdir()
    return Site(tmp_path / "data" / "ledger.db", tmp_path / "pin.json")


@pytest.fixture
def ledger(site: Site):
    with site.create() as ledger:
        yield ledger
