"""Workspaces of every version there was open for ever, and prove what they proved."""

from pathlib import Path

import pytest
from make_golden import PASSPHRASE

from fakes import FakeClock
from recognizance import keeping
from recognizance.keys.locks import unlock_with
from recognizance.ledger import LogName
from recognizance.ledger.verify import verify_ledger, verify_receipt
from recognizance.review import LeadState
from recognizance.settings import Settings
from recognizance.workspace import Workspace

GOLDEN = sorted(Path(__file__).parent.glob("*.tar"))


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def settings(request, tmp_path):
    found = Settings(home=tmp_path / "data", key_folder=tmp_path / "keys")
    unlock = unlock_with(PASSPHRASE)
    keeping.restore(found, request.param, unlock=unlock, erased=(), clock=FakeClock())
    return found


def test_there_is_one_of_each_version():
    assert GOLDEN


def test_an_old_workspace_opens_with_everything_in_it(settings):
    with Workspace.open(settings, clock=FakeClock(), unlock=unlock_with(PASSPHRASE)) as opened:
        assert opened.gallery.subjects("g") == ("s-1", "s-2")
        assert [len(each.features.vector) for each in opened.gallery.references("g")] == [128, 128]
        (lead,) = opened.gallery.leads(LeadState.OPEN)
        (permit_id,) = opened.shelf.issued()
        assert lead.permit_id == permit_id
        assert opened.shelf.known(permit_id).permit_id == permit_id
        assert opened.shelf.damaged() == set()
        assert {each.name for each in opened.registry.principals.values()} >= {
            "operator",
            "officer",
        }


def test_its_ledger_is_whole_and_its_receipts_hold(settings):
    with Workspace.open(settings, clock=FakeClock(), unlock=unlock_with(PASSPHRASE)) as opened:
        ledger, layout = opened.ledger, opened.layout
        vkeys = [ledger.vkey(log) for log in LogName]
        assert verify_ledger(layout.ledger, vkeys, layout.pin).findings == ()
        for log, vkey in zip(LogName, vkeys, strict=True):
            for index in range(ledger.size(log)):
                verify_receipt(ledger.receipt(log, index), vkey, ledger.leaf(log, index))


def test_years_later_it_opens_and_whoever_was_in_it_is_gone(settings):
    clock = FakeClock()
    clock.advance(days=4000)
    with Workspace.open(settings, clock=clock, unlock=unlock_with(PASSPHRASE)) as opened:
        assert opened.gallery.subjects("g") == ()
        assert not any(opened.gallery.leads(state) for state in LeadState)
