"""What is kept of a tally helps a process that starts, and decides nothing by itself."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeClock
from hooked import Hooked, condition
from recognizance.layout import write_atomically
from recognizance.ledger import LogName
from recognizance.registry import tally
from recognizance.registry.kept_tally import KeptTally
from recognizance.registry.tally import Counts, PermitTally, Tally
from recognizance.settings import Settings
from recognizance.workspace import Workspace

OUTCOMES = ("match", "no_candidate", "held_for_review", "rejected", "watched", "refused", "stopped")
USES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(("a", "b")),
            st.sampled_from(("search", "verify", "watch", "decide")),
            st.sampled_from(OUTCOMES),
            st.integers(0, 3),
        ),
        st.integers(0, 3),
    ),
    max_size=25,
)
"""Uses under two permits on four leads; a number is a lead that turns out to have been planted."""


def counted(ledger) -> Counts:
    """Every entry counted, from the first one on."""
    counts = Counts()
    for entry in ledger.entries(LogName.USES):
        counts.take(entry)
    return counts


def record(ledger, use, clock) -> None:
    if isinstance(use, int):
        kind, public = tally.CHECK, {"operation": "check", "outcome": "check", "lead": f"l-{use}"}
    else:
        permit, kind, outcome, lead = use
        public = {"operation": kind, "outcome": outcome, "permit": permit, "lead": f"l-{lead}"}
        public |= {"faces": lead, "cause": "crowd"} if kind == "watch" else {}
    ledger.append(LogName.USES, kind, public, now=clock())
    clock.advance(seconds=1)


@pytest.fixture(scope="module")
def open_workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    settings = Settings(home=folder / "data", key_folder=folder / "keys", cache=folder / "cache")
    with Workspace.create(settings, clock=FakeClock()) as workspace:
        yield workspace


@pytest.fixture
def kept(workspace) -> KeptTally:
    return KeptTally(workspace.layout.tally, workspace.secret_for("tally"), write_atomically)


@given(before=USES, after=USES)
def test_kept_counts_and_what_came_since_are_a_count_from_the_beginning(
    open_workspace, before, after
):
    workspace, clock = open_workspace, open_workspace.clock
    kept = KeptTally(workspace.layout.tally, b"k" * 32, write_atomically)
    for use in before:
        record(workspace.ledger, use, clock)
    kept.keep(counted(workspace.ledger), workspace.ledger)
    for use in after:
        record(workspace.ledger, use, clock)
    expected = counted(workspace.ledger)
    read = kept.load(workspace.ledger)
    assert read.read == workspace.ledger.size(LogName.USES) - len(after)
    found = Tally(workspace.ledger, kept)
    for permit in ("a", "b"):
        assert found.of(permit) == expected.permits.get(permit, PermitTally())
    for entry in workspace.ledger.entries(LogName.USES, start=read.read):
        read.take(entry)
    assert read == expected


def test_a_process_that_starts_reads_what_came_since(office, monkeypatch):
    monkeypatch.setattr(tally, "KEEP_EVERY", 3)
    hooked = Hooked(office, (condition("reviewers", "LE-09", n=2),))
    hooked.enroll()
    workspace = office.workspace
    for _ in range(3):
        hooked.search()
    counts = workspace.shelf.tally(hooked.id)
    workspace.shelf.counts.keep()
    assert workspace.layout.tally.is_file()
    hooked.search()
    with Workspace.open(workspace.settings, clock=workspace.clock) as again:
        read = []
        entries = again.ledger.entries
        monkeypatch.setattr(
            again.ledger, "entries", lambda *a, **k: read.append(k) or entries(*a, **k)
        )
        assert again.shelf.tally(hooked.id) == workspace.shelf.tally(hooked.id)
        assert read[0]["start"] > 0
    assert counts.uses.since(None) == 4


def test_no_use_and_no_count_waits_for_the_file(office, monkeypatch):
    """It is written when the workspace closes, and then only where it saves the next one much."""
    monkeypatch.setattr(tally, "KEEP_EVERY", 3)
    hooked = Hooked(office, (condition("reviewers", "LE-09", n=2),))
    hooked.enroll()
    workspace = office.workspace
    with Workspace.open(workspace.settings, clock=workspace.clock) as another:
        for _ in range(3):
            hooked.search()
        assert another.shelf.tally(hooked.id).uses.since(None) == 3
        assert workspace.shelf.tally(hooked.id).uses.since(None) == 3
        assert not workspace.layout.tally.exists()
    kept_by_another = workspace.layout.tally.read_bytes()
    with Workspace.open(workspace.settings, clock=workspace.clock) as third:
        hooked.search()
        assert third.shelf.tally(hooked.id).uses.since(None) == 4
    assert workspace.layout.tally.read_bytes() == kept_by_another


def test_stores_close_where_counts_cannot_be_kept(workspace, monkeypatch):
    monkeypatch.setattr(tally, "KEEP_EVERY", 0)
    with Workspace.open(workspace.settings, clock=workspace.clock) as another:
        another.shelf.counts.read_on()
        closed = []
        close = type(another.ledger).close
        monkeypatch.setattr(another.ledger, "root", lambda *_: 1 // 0)
        monkeypatch.setattr(
            type(another.ledger), "close", lambda self: closed.append(self) or close(self)
        )
        with pytest.raises(ZeroDivisionError):
            another.close()
        assert another.ledger in closed
        monkeypatch.undo()


def test_leads_that_expired_are_followed_no_longer(office):
    hooked = Hooked(office, (condition("reviewers", "LE-09", n=2),))
    hooked.enroll()
    workspace = office.workspace
    hooked.search()
    workspace.run_duties()
    assert counted(workspace.ledger).open
    workspace.clock.advance(seconds=tally.LONGEST_KEPT.total_seconds())
    uses = counted(workspace.ledger).permits[hooked.id].uses
    assert workspace.run_duties() > 0
    counts = counted(workspace.ledger)
    assert not counts.open
    assert counts.permits[hooked.id].uses.since(None) <= uses.since(None)


@settings(max_examples=25)
@given(held=st.lists(st.integers(0, 400), max_size=6), planted=st.sets(st.integers(0, 5)))
def test_a_planted_lead_is_taken_out_before_it_is_let_go(open_workspace, held, planted):
    """Its check comes before the entry that says what was destroyed, however late both come."""
    ledger, clock = open_workspace.ledger, open_workspace.clock
    counts = Counts(ledger.size(LogName.USES))
    for number, days in enumerate(held):
        record(ledger, ("a", "search", "held_for_review", number), clock)
        clock.advance(seconds=days * 86_400)
    for number in planted:
        record(ledger, number, clock)
    ledger.append(LogName.USES, tally.RETENTION, {"outcome": "destroyed"}, now=clock())
    for entry in ledger.entries(LogName.USES, start=counts.read):
        counts.take(entry)
    left = len(held) - len(planted & set(range(len(held))))
    assert counts.permits.get("a", PermitTally()).leads.since(None) == left
    longest_ago = clock() - tally.LONGEST_KEPT
    assert all(each[0].time > longest_ago for each in counts.open.values())


@pytest.mark.parametrize("at", [0, 25, 200, -33, -1])
def test_an_edited_file_changes_no_count(workspace, kept, clock, at):
    for number in range(20):
        record(workspace.ledger, ("a", "search", "no_candidate", number % 4), clock)
    kept.keep(counted(workspace.ledger), workspace.ledger)
    data = bytearray(workspace.layout.tally.read_bytes())
    data[at] ^= 1
    workspace.layout.tally.write_bytes(data)
    assert kept.load(workspace.ledger) is None
    assert Tally(workspace.ledger, kept).of("a").uses.since(None) == 20


@pytest.mark.parametrize("data", [b"", b"x", bytes(32), b"recognizance tally 1 little\n{}\n"])
def test_a_file_of_something_else_is_none(workspace, kept, clock, data):
    record(workspace.ledger, ("a", "search", "match", 0), clock)
    workspace.layout.tally.write_bytes(data)
    assert Tally(workspace.ledger, kept).of("a").uses.since(None) == 1


def test_a_pipe_a_link_or_a_very_long_file_in_its_place_is_not_read(
    workspace, kept, clock, tmp_path
):
    record(workspace.ledger, ("a", "search", "match", 0), clock)
    kept.keep(counted(workspace.ledger), workspace.ledger)
    place, elsewhere = workspace.layout.tally, tmp_path / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    assert kept.load(workspace.ledger) is None
    place.unlink()
    os.truncate(elsewhere, 2**40)  # a file with a hole: were it read, no memory would do
    elsewhere.rename(place)
    assert kept.load(workspace.ledger) is None
    place.unlink()
    os.mkfifo(place)
    assert kept.load(workspace.ledger) is None
    assert Tally(workspace.ledger, kept).of("a").uses.since(None) == 1


def test_a_deleted_file_or_a_folder_in_its_place_changes_no_count(workspace, kept, clock):
    record(workspace.ledger, ("a", "search", "match", 0), clock)
    kept.keep(counted(workspace.ledger), workspace.ledger)
    workspace.layout.tally.unlink()
    assert Tally(workspace.ledger, kept).of("a").uses.since(None) == 1
    workspace.layout.tally.mkdir()
    kept.keep(counted(workspace.ledger), workspace.ledger)
    assert Tally(workspace.ledger, kept).of("a").uses.since(None) == 1


def test_counts_of_another_workspace_are_not_taken(workspace, kept, clock, tmp_path):
    """Neither with its own key, nor where the key is the same and the entries are others."""
    there = Settings(home=tmp_path / "o", key_folder=tmp_path / "k", cache=tmp_path / "c")
    record(workspace.ledger, ("a", "search", "match", 0), clock)
    with Workspace.create(there, clock=clock) as other:
        record(other.ledger, ("a", "decide", "rejected", 0), clock)
        own = KeptTally(other.layout.tally, other.secret_for("tally"), write_atomically)
        own.keep(counted(other.ledger), other.ledger)
        shutil.copy(other.layout.tally, workspace.layout.tally)
        assert kept.load(workspace.ledger) is None
        same_key = KeptTally(other.layout.tally, workspace.secret_for("tally"), write_atomically)
        same_key.keep(counted(other.ledger), other.ledger)
        shutil.copy(other.layout.tally, workspace.layout.tally)
        assert kept.load(workspace.ledger) is None
    assert Tally(workspace.ledger, kept).of("a").false_alerts.since(None) == 0


def test_an_older_file_put_back_counts_what_came_since(workspace, kept, clock):
    record(workspace.ledger, ("a", "search", "match", 0), clock)
    kept.keep(counted(workspace.ledger), workspace.ledger)
    old = workspace.layout.tally.read_bytes()
    for _ in range(5):
        record(workspace.ledger, ("a", "decide", "rejected", 0), clock)
    kept.keep(counted(workspace.ledger), workspace.ledger)
    workspace.layout.tally.write_bytes(old)
    assert Tally(workspace.ledger, kept).of("a").false_alerts.since(None) == 5


def test_counts_of_a_longer_ledger_are_not_taken(workspace, kept, clock, tmp_path):
    """An older ledger and a newer file: the count is of the ledger that is there."""
    record(workspace.ledger, ("a", "search", "match", 0), clock)
    record(workspace.ledger, ("a", "search", "match", 0), clock)
    kept.keep(counted(workspace.ledger), workspace.ledger)
    with closing(sqlite3.connect(workspace.layout.ledger)) as database:
        for table in ("leaf", "node", "checkpoint"):
            database.execute(f"DROP TRIGGER {table}_keeps_delete")
        database.execute("DELETE FROM leaf WHERE log = 'uses' AND idx = 1")
        database.execute("DELETE FROM node WHERE log = 'uses' AND idx >= 1")
        database.commit()
    assert kept.load(workspace.ledger) is None
    assert Tally(workspace.ledger, kept).of("a").uses.since(None) == 1
