"""A counter forgets whatever opened somebody's key, and keeps what was counted between uses."""

import time
from functools import partial

import pytest

from loops import waited
from recognizance.cli.passphrase import Asking
from recognizance.errors import PassphraseError
from recognizance.keys import locks
from recognizance.keys.files import KeyKind, change_passphrase
from recognizance.ledger import LogName
from recognizance.registry import tally
from recognizance.service import service
from recognizance.service.counters import Counter
from recognizance.workspace import Workspace
from served import opening_of, serving

WORDS = b"two words of mine"


@pytest.fixture
def locked(office):
    """A workspace in which the officer's key is locked."""
    workspace = office.workspace
    path = workspace.layout.principal_key("officer")
    change_passphrase(path, KeyKind.PRINCIPAL, unlock=None, new=WORDS)
    return workspace


@pytest.mark.parametrize("fails", [False, True])
def test_a_counter_keeps_no_key_that_it_has_opened(locked, fails):
    opening = partial(Workspace.open, locked.settings, clock=locked.clock)
    counter = Counter("desk", partial(opening, unlock=locks.unlock_with(WORDS)))

    def sign(workspace):
        workspace.acting("officer")
        assert locks._derived.cache_info().currsize > 0
        if fails:
            raise LookupError

    try:
        waited(counter.ask(sign))
    except LookupError:
        assert fails
    finally:
        counter.close()
    assert locks._derived.cache_info().currsize == 0


def test_a_server_tries_what_it_was_told_and_asks_nobody(locked):
    asked = Asking(known=[b"of the workspace", WORDS])
    workspace = Workspace.open(locked.settings, clock=locked.clock, unlock=asked.as_told())
    with workspace:
        assert workspace.acting("officer").principal.name == "officer"
    nothing = Workspace.open(locked.settings, clock=locked.clock, unlock=Asking().as_told())
    with nothing, pytest.raises(PassphraseError):
        nothing.acting("officer")


def test_a_server_keeps_what_it_has_counted_between_uses(office, monkeypatch):
    """Before it is ready, and with each minute's duties."""
    monkeypatch.setattr(tally, "KEEP_EVERY", 1)
    monkeypatch.setattr(service, "_DUTIES_EVERY_S", 0.05)
    workspace = office.workspace

    def kept() -> int:
        counts = workspace.shelf.kept.load(workspace.ledger)
        return counts.read if counts else 0

    workspace.ledger.append(LogName.USES, "access", {"outcome": "left"}, now=workspace.clock())
    with serving(opening_of(workspace)):
        read = kept()
        assert read > 0
        for _ in range(3):
            workspace.ledger.append(
                LogName.USES, "access", {"outcome": "left"}, now=workspace.clock()
            )
        until = time.monotonic() + 20
        while kept() < read + 3 and time.monotonic() < until:
            time.sleep(0.02)
        assert kept() >= read + 3
