from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from ledger_site import KEY, NOON, ORIGIN, fill

from recognizance.errors import (
    ClockError,
    ConflictError,
    InputError,
    LedgerDamagedError,
    NotFoundError,
    StoreBusyError,
    StoreFullError,
    WorkspaceExistsError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)
from recognizance.keys import SigningKey
from recognizance.ledger import Ledger, LogName, pin
from recognizance.ledger.merkle import consistency_holds
from recognizance.ledger.pin import NOTHING_PINNED
from recognizance.ledger.verify import (
    EMPTY_ROOT,
    PIN_RECORD_BYTES,
    inclusion_holds,
    read_pin,
    verify_receipt,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ledger_site import Site

USES, DECISIONS = LogName.USES, LogName.DECISIONS


# ---- appending and reading -------------------------------------------------------------------


def test_an_entry_reads_back_as_it_was_appended(ledger: Ledger):
    entry = ledger.append(
        USES, "search", {"permit": "p", "count": 2}, now=NOON, private={"case": "7"}
    )
    assert (entry.log, entry.index, entry.kind, entry.time) == (USES, 0, "search", NOON)
    assert entry.public == {"permit": "p", "count": 2}
    assert ledger.entry(USES, 0) == entry
    assert ledger.private(USES, 0) == {"case": "7"}
    assert ledger.size(USES) == 1
    assert ledger.size(DECISIONS) == 0


def test_nothing_private_stands_in_the_leaf(ledger: Ledger):
    ledger.append(USES, "search", {}, now=NOON, private={"name": "Amal"})
    leaf = json.loads(ledger.leaf(USES, 0))
    assert leaf.keys() == {"v", "time", "kind", "public", "commitment"}
    assert b"Amal" not in ledger.leaf(USES, 0)
    assert len(leaf["commitment"]) == 64


def test_the_same_payload_is_committed_to_differently_each_time(ledger: Ledger):
    first = ledger.append(USES, "search", {}, now=NOON, private="Amal")
    second = ledger.append(USES, "search", {}, now=NOON, private="Amal")
    assert first.commitment != second.commitment


def test_a_closed_ledger_opens_with_everything_in_it(site: Site):
    with site.create() as ledger:
        fill(ledger, 5)
        entries = list(ledger.entries(USES))
        checkpoint = ledger.checkpoint(USES)
    with site.open() as ledger:
        assert list(ledger.entries(USES)) == entries
        assert ledger.checkpoint(USES) == checkpoint
        assert ledger.private(USES, 3) == {"case": "case-3"}


def test_entries_are_chosen_by_place_and_kind(ledger: Ledger):
    for number in range(1100):
        kind = "erase" if number % 10 == 0 else "search"
        ledger.append(USES, kind, {"n": number}, now=NOON)
    assert [e.index for e in ledger.entries(USES)] == list(range(1100))
    assert [e.index for e in ledger.entries(USES, start=7, stop=9)] == [7, 8]
    assert [e.index for e in ledger.entries(USES, start=3, kinds={"erase"})] == list(
        range(10, 1100, 10)
    )
    assert list(ledger.entries(USES, kinds=())) == []
    assert list(ledger.entries(USES, start=2**70, stop=2**71)) == []
    assert list(ledger.entries(DECISIONS)) == []


@pytest.mark.parametrize("index", [-1, 3, 2**70])
def test_an_entry_that_is_not_there_is_not_found(ledger: Ledger, index):
    fill(ledger, 3)
    for ask in (ledger.entry, ledger.leaf, ledger.private, ledger.receipt, ledger.erase_private):
        with pytest.raises(NotFoundError):
            ask(USES, index)
    with pytest.raises(NotFoundError):
        ledger.inclusion_proof(USES, index)
    if index != 3:
        with pytest.raises(NotFoundError):
            ledger.root(USES, index)
        with pytest.raises(NotFoundError):
            ledger.consistency_proof(USES, index)


@pytest.mark.parametrize("public", [{"x": float("nan")}, {1: 2}, {"long": "x" * 70_000}])
def test_an_entry_that_cannot_be_written_leaves_nothing(ledger: Ledger, public):
    with pytest.raises(InputError):
        ledger.append(USES, "search", public, now=NOON, opens=True)
    assert ledger.size(USES) == 0
    assert ledger.open_intents(USES) == ()


def test_sqlite_itself_refuses_to_change_the_past(ledger: Ledger, site: Site):
    fill(ledger, 3)
    with closing(sqlite3.connect(site.path)) as other:
        for change in (
            "UPDATE leaf SET kind = 'x'",
            "DELETE FROM leaf",
            "UPDATE node SET hash = x''",
            "DELETE FROM node",
            "DELETE FROM checkpoint",
            "UPDATE checkpoint SET size = 9",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(change)


# ---- proofs ----------------------------------------------------------------------------------


def test_receipts_and_proofs_hold_at_every_size(ledger: Ledger):
    roots = [EMPTY_ROOT]
    for number in range(20):
        ledger.append(USES, "search", {"n": number}, now=NOON)
        roots.append(ledger.root(USES))
        for index in range(number + 1):
            head = verify_receipt(
                ledger.receipt(USES, index), ledger.vkey(USES), ledger.leaf(USES, index)
            )
            assert (head.origin, head.size, head.root) == (f"{ORIGIN}/uses", number + 1, roots[-1])
    assert [ledger.root(USES, size) for size in range(21)] == roots
    for old in range(21):
        proof = ledger.consistency_proof(USES, old)
        assert consistency_holds(old, roots[old], 20, roots[20], proof)
    proof = ledger.inclusion_proof(USES, 3, 7)
    assert inclusion_holds(ledger.entry(USES, 3).leaf_hash, 3, 7, proof, roots[7])


# ---- intents ---------------------------------------------------------------------------------


def test_an_intent_is_open_until_it_is_closed_once(site: Site):
    with site.create() as ledger:
        first = ledger.append(USES, "enroll", {}, now=NOON, opens=True)
        second = ledger.append(USES, "erase", {}, now=NOON, opens=True)
        assert ledger.open_intents(USES) == (first, second)
        assert ledger.open_intents(DECISIONS) == ()
        done = ledger.append(USES, "enroll", {}, now=NOON, closes=first.index)
        assert (done.opens, done.closes) == (False, 0)
    with site.open() as ledger:
        assert ledger.open_intents(USES) == (second,)
        for index in (0, 2, 77):
            with pytest.raises(ConflictError):
                ledger.append(USES, "enroll", {}, now=NOON, closes=index)
        with pytest.raises(ConflictError):
            ledger.append(DECISIONS, "enroll", {}, now=NOON, closes=second.index)
        assert ledger.size(USES) == 3


# ---- time ------------------------------------------------------------------------------------


def test_time_never_runs_backwards(ledger: Ledger):
    ledger.append(DECISIONS, "permit_issued", {}, now=NOON)
    back = ledger.append(USES, "search", {}, now=NOON - timedelta(seconds=5))
    assert back.time == NOON
    with pytest.raises(ClockError) as caught:
        ledger.append(USES, "search", {}, now=NOON - timedelta(seconds=5.1))
    assert "clock" in caught.value.hint
    assert ledger.latest_time() == NOON
    assert ledger.size(USES) == 1


def test_an_empty_ledger_has_no_latest_time(ledger: Ledger):
    assert ledger.latest_time() is None


# ---- erasure ---------------------------------------------------------------------------------


def bytes_of(site: Site) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(site.path.parent.iterdir()))


@pytest.mark.parametrize("length", [10, 20_000])
def test_an_erased_payload_is_gone_from_the_files(site: Site, length):
    with site.create() as ledger:
        secret = "Zaynab-" + "z" * length
        ledger.append(USES, "search", {}, now=NOON, private={"subject": secret})
        ledger.append(USES, "search", {}, now=NOON, private={"subject": "other"})
        (salt,) = ledger._database.execute("SELECT salt FROM payload WHERE idx = 0").fetchone()
        assert b"Zaynab" in bytes_of(site)
        before = ledger.leaf(USES, 0)
        ledger.erase_private(USES, 0)
        ledger.erase_private(USES, 0)
        assert b"Zaynab" not in bytes_of(site)
        assert b"zzzz" not in bytes_of(site)
        assert salt not in bytes_of(site)
        assert ledger.private(USES, 0) is None
        assert ledger.private(USES, 1) == {"subject": "other"}
        assert ledger.leaf(USES, 0) == before
    report = site.verify()
    assert report.ok
    assert report.logs[1].erased == 1


def test_an_erasure_that_a_reader_holds_up_says_so(site: Site):
    with site.create() as ledger:
        fill(ledger, 2)
    with site.open(wait_s=0.05) as ledger, closing(sqlite3.connect(site.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM payload").fetchone()
        ledger.append(USES, "search", {}, now=NOON + timedelta(minutes=1))
        with pytest.raises(StoreBusyError, match="erased"):
            ledger.erase_private(USES, 0)
        reader.execute("ROLLBACK")
        ledger.erase_private(USES, 0)
        assert b"case-0" not in bytes_of(site)


# ---- roll-back and other damage --------------------------------------------------------------


def test_an_old_copy_of_the_folder_is_noticed(site: Site, tmp_path: Path):
    with site.create() as ledger:
        fill(ledger, 3)
    shutil.copytree(site.path.parent, tmp_path / "old")
    with site.open() as ledger:
        ledger.append(USES, "search", {}, now=NOON + timedelta(minutes=1))
    shutil.copy(tmp_path / "old" / "ledger.db", site.path)
    with pytest.raises(LedgerDamagedError, match="old copy"):
        site.open()


def test_another_history_of_the_same_length_is_noticed(site: Site):
    with site.create() as ledger:
        fill(ledger, 3)
    pin = site.pin.read_bytes()
    site.path.unlink()
    with site.create() as ledger:
        ledger.append(USES, "other", {}, now=NOON)
        fill(ledger, 3)
    site.pin.write_bytes(pin)
    with pytest.raises(LedgerDamagedError, match="pinned"):
        site.open()


@pytest.mark.parametrize(
    "pin",
    [
        None,
        "",
        "{}",
        "[]",
        '{"v":1,"logs":{"x":{"size":0,"root":""}}}',
        '{"v":1,"logs":{"x":1}}',
        '{"v":1,"logs":{"x":{"size":-1,"root":""}}}',
    ],
)
def test_a_pin_that_is_gone_damaged_or_foreign_stops_everything(site: Site, pin):
    site.create().close()
    site.pin.unlink()
    if pin is not None:
        site.pin.write_text(pin)
    with pytest.raises(LedgerDamagedError) as caught:
        site.open()
    assert caught.value.hint


def test_a_person_can_accept_a_ledger_whose_pin_is_lost(site: Site):
    with site.create() as ledger:
        fill(ledger, 2)
    pin = read_pin(site.pin)
    site.pin.write_text(NOTHING_PINNED)
    site.open().close()
    assert read_pin(site.pin) == pin


@pytest.mark.parametrize("torn", [0, 1])
def test_a_power_cut_spoils_one_record_of_the_pin_and_not_both(site: Site, torn):
    with site.create() as ledger:
        fill(ledger, 3)
    pin = bytearray(site.pin.read_bytes())
    assert len(pin) == 2 * PIN_RECORD_BYTES
    pin[torn * PIN_RECORD_BYTES + 300 : (torn + 1) * PIN_RECORD_BYTES] = bytes(212)
    site.pin.write_bytes(pin)
    assert read_pin(site.pin)[f"{ORIGIN}/uses"][0] == (3 if torn == 0 else 2)
    site.open().close()
    assert read_pin(site.pin)[f"{ORIGIN}/uses"][0] == 3


def test_a_ledger_needs_no_pin(site: Site):
    with Ledger.create(site.path, key=KEY, origin=ORIGIN, pin=None) as ledger:
        fill(ledger, 1)
    with Ledger.open(site.path, key=KEY, origin=ORIGIN, pin=None) as ledger:
        assert ledger.size(USES) == 1
    assert not site.pin.exists()


def test_another_key_or_origin_does_not_open_it(site: Site):
    site.create().close()
    with pytest.raises(LedgerDamagedError):
        Ledger.open(site.path, key=SigningKey.generate(), origin=ORIGIN, pin=None)
    with pytest.raises(LedgerDamagedError):
        Ledger.open(site.path, key=KEY, origin="recognizance/other", pin=None)


def edit(path: Path, *statements: str) -> None:
    """Change a ledger as somebody would who first removes what forbids it."""
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        for _, sql in triggers:
            database.execute(sql)
        database.commit()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM leaf WHERE log = 'uses' AND idx = 4",
        "DELETE FROM node WHERE log = 'uses' AND level = 2",
        "UPDATE node SET hash = zeroblob(32) WHERE log = 'uses' AND level = 2",
        "DELETE FROM checkpoint WHERE log = 'uses'",
        "DELETE FROM checkpoint WHERE log = 'uses' AND size = 5",
        "UPDATE checkpoint SET note = 'x' WHERE log = 'uses' AND size = 5",
    ],
)
def test_a_damaged_end_does_not_open(site: Site, change):
    with site.create() as ledger:
        fill(ledger, 5)
    edit(site.path, change)
    with pytest.raises(LedgerDamagedError):
        site.open()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE leaf SET data = 'x'",
        "UPDATE leaf SET data = '[]'",
        "UPDATE leaf SET data = '{}'",
        """UPDATE leaf SET data = '{"time":3,"v":1}'""",
        """UPDATE leaf SET data = '{"time":"x","v":1}'""",
        "UPDATE leaf SET data = CAST(x'ff' AS TEXT)",
    ],
)
def test_a_damaged_entry_is_a_typed_error_everywhere(site: Site, change):
    with site.create() as ledger:
        fill(ledger, 1)
    edit(site.path, change)
    with site.open() as ledger:
        with pytest.raises(LedgerDamagedError):
            list(ledger.entries(USES))
        with pytest.raises(LedgerDamagedError):
            ledger.entry(USES, 0)
        with pytest.raises(LedgerDamagedError):
            ledger.append(USES, "search", {}, now=NOON)


def test_a_missing_entry_is_damage_and_not_absence(site: Site):
    with site.create() as ledger:
        fill(ledger, 3)
    edit(site.path, "DELETE FROM leaf WHERE idx = 1")
    with site.open() as ledger, pytest.raises(LedgerDamagedError, match="missing"):
        ledger.entry(USES, 1)


def test_a_damaged_checkpoint_makes_no_receipt(site: Site):
    with site.create() as ledger:
        fill(ledger, 1)
        edit(site.path, "UPDATE checkpoint SET note = 'x'")
        with pytest.raises(LedgerDamagedError, match="checkpoint"):
            ledger.receipt(USES, 0)


def test_a_changed_payload_is_not_handed_out(site: Site):
    with site.create() as ledger:
        fill(ledger, 1)
    edit(site.path, "UPDATE payload SET data = '{}'")
    with site.open() as ledger, pytest.raises(LedgerDamagedError, match="commits"):
        ledger.private(USES, 0)


# ---- files that are not there, full, busy, newer ---------------------------------------------


def test_create_leaves_what_stands_there_alone(site: Site):
    site.create().close()
    before = site.path.read_bytes()
    with pytest.raises(WorkspaceExistsError):
        site.create()
    assert site.path.read_bytes() == before


def test_the_file_is_its_owner_s_alone(ledger: Ledger, site: Site):
    fill(ledger, 1)
    assert {path.stat().st_mode & 0o077 for path in site.path.parent.iterdir()} == {0}


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "é", "x" * 101])
def test_an_origin_that_no_note_can_carry_is_refused(site: Site, origin):
    with pytest.raises(InputError):
        Ledger.create(site.path, key=KEY, origin=origin, pin=None)
    assert not site.path.exists()


def test_a_missing_ledger_is_missing(site: Site):
    with pytest.raises(WorkspaceMissingError):
        site.open()


def test_a_missing_folder_is_an_error_with_a_hint(tmp_path: Path):
    with pytest.raises(StoreFullError) as caught:
        Ledger.create(tmp_path / "none" / "l.db", key=KEY, origin=ORIGIN, pin=None)
    assert caught.value.hint


def test_a_pin_that_cannot_be_written_leaves_no_ledger(site: Site, tmp_path: Path):
    with pytest.raises(StoreFullError):
        Ledger.create(site.path, key=KEY, origin=ORIGIN, pin=tmp_path / "none" / "pin.json")
    assert not site.path.exists()


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\x00" + bytes(5000)])
def test_what_is_no_ledger_is_damaged(site: Site, content):
    site.path.write_bytes(content)
    with pytest.raises(LedgerDamagedError):
        site.open()
    assert site.path.read_bytes() == content


def test_a_newer_ledger_is_left_alone(site: Site):
    site.create().close()
    edit(site.path, "PRAGMA user_version = 2")
    with pytest.raises(WorkspaceNewerError):
        site.open()


def test_a_full_disk_changes_nothing(site: Site):
    with site.create() as ledger:
        fill(ledger, 3)
        (pages,) = ledger._database.execute("PRAGMA page_count").fetchone()
        ledger._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreFullError) as caught:
            fill(ledger, 500)
        assert caught.value.hint
        size, root = ledger.size(USES), ledger.root(USES)
        ledger._database.execute("PRAGMA max_page_count = 100000")
        assert (ledger.size(USES), ledger.root(USES)) == (size, root)
    assert site.verify().ok


def test_a_pin_that_cannot_follow_is_reported(site: Site):
    with site.create() as ledger:
        site.pin.rename(site.pin.with_name("aside"))
        site.pin.mkdir()
        with pytest.raises(StoreFullError):
            fill(ledger, 1)
        site.pin.rmdir()
        site.pin.with_name("aside").rename(site.pin)
    assert site.verify().ok


def test_a_pin_reaches_the_disk_before_the_next_entry_is_begun(site: Site, monkeypatch):
    synced, go_on = [], threading.Event()

    def slow_sync(path):
        go_on.wait()
        synced.append(read_pin(path))

    monkeypatch.setattr(pin, "_sync", slow_sync)
    with site.create() as ledger:
        go_on.set()
        fill(ledger, 1)
        ledger._pin.wait()
        go_on.clear()
        synced.clear()
        fill(ledger, 1)  # answered, though the disk has not taken the pin
        assert not synced
        assert read_pin(site.pin)[f"{ORIGIN}/uses"][0] == ledger.size(USES)  # for other processes
        pinned = read_pin(site.pin)
        go_on.set()
        fill(ledger, 1)
        assert synced[0] == pinned
    assert len(synced) == 2


def test_a_disk_that_does_not_take_the_pin_lets_no_other_entry_be_made(site: Site, monkeypatch):
    with site.create() as ledger:
        ledger._pin.wait()
        with monkeypatch.context() as patched:

            def broken(_descriptor):
                raise OSError

            patched.setattr(pin, "_sync_content", broken)
            fill(ledger, 1)
            size = ledger.size(USES)
            with pytest.raises(StoreFullError) as caught:
                fill(ledger, 1)
            assert caught.value.hint
            assert ledger.size(USES) == size
        fill(ledger, 1)
    assert site.verify().ok


def test_a_disk_that_does_not_take_the_last_pin_hides_no_other_error(site: Site, monkeypatch):
    def broken(_path):
        raise StoreFullError("The disk is full.")

    def use(ledger, *, fails: bool):
        with monkeypatch.context() as patched, ledger:
            patched.setattr(pin, "_sync", broken)
            fill(ledger, 1)
            if fails:
                raise InputError("what led here")

    with pytest.raises(InputError, match="what led here"):
        use(site.create(), fails=True)
    with pytest.raises(StoreFullError):
        use(site.open(), fails=False)
    assert site.verify().ok


def test_a_ledger_held_by_another_process_is_busy_after_a_bounded_wait(site: Site):
    site.create().close()
    with site.open(wait_s=0.05) as ledger, closing(sqlite3.connect(site.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError) as caught:
            fill(ledger, 1)
        assert caught.value.hint
        other.execute("ROLLBACK")
        fill(ledger, 1)


def test_whoever_holds_the_lock_writes_the_pin(site: Site):
    site.create().close()
    with site.open(wait_s=0.01) as ledger, closing(sqlite3.connect(site.path)) as other:
        before = site.pin.read_bytes()
        other.execute("BEGIN IMMEDIATE")
        ledger._write_pin()
        assert site.pin.read_bytes() == before
        other.execute("ROLLBACK")


# ---- several writers -------------------------------------------------------------------------


def test_threads_share_one_ledger(site: Site):
    with site.create() as ledger:

        def write() -> None:
            for number in range(20):
                ledger.append(USES, "search", {"n": number}, now=NOON)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ledger.size(USES) == 80
    assert site.verify().ok


WRITER = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from recognizance.keys import SigningKey
    from recognizance.ledger import Ledger, LogName
    key = SigningKey.from_seed(bytes(range(32)))
    with Ledger.open(
        Path(sys.argv[1]), key=key, origin="recognizance/0123456789abcdef", pin=Path(sys.argv[2])
    ) as ledger:
        for number in range(int(sys.argv[3])):
            ledger.append(LogName.USES, "search", {"n": number}, now=datetime.now(UTC))
            print(number, flush=True)
"""


def start_writer(site: Site, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), site.path, site.pin, str(count)],
        stdout=subprocess.PIPE,
    )


def test_processes_share_one_ledger_and_the_pin_is_the_newest(site: Site):
    site.create().close()
    writers = [start_writer(site, 60) for _ in range(3)]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    pinned = read_pin(site.pin)[f"{ORIGIN}/uses"]
    with site.open() as ledger:
        assert ledger.size(USES) == 180
        assert pinned == (180, ledger.root(USES))
    assert site.verify().ok


def test_what_was_answered_survives_a_kill(site: Site):
    site.create().close()
    for _ in range(3):
        with site.open() as ledger:
            before = ledger.size(USES)
        writer = start_writer(site, 10_000)
        answered = [writer.stdout.readline() for _ in range(25)]
        writer.kill()
        answered += writer.communicate()[0].split()
        with site.open() as ledger:
            assert ledger.size(USES) >= before + len(answered)
    assert site.verify().ok
