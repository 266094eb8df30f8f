from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from ledger_site import KEY, NOON, ORIGIN, Site, fill

from recognizance.keys import SigningKey
from recognizance.ledger import LogName, verify
from recognizance.ledger.database import SCHEMA
from recognizance.ledger.note import signed_checkpoint, vkey_of
from recognizance.ledger.verify import Head, schema_digest, verify_ledger

if TYPE_CHECKING:
    from pathlib import Path

USES = LogName.USES
SIZE = 11
VKEY = vkey_of(f"{ORIGIN}/uses", KEY.public_key)
TABLES = ("leaf", "node", "checkpoint", "payload", "open_intent")


@pytest.fixture
def filled(site: Site) -> Site:
    with site.create() as ledger:
        fill(ledger, SIZE)
        ledger.append(USES, "enroll", {}, now=NOON.replace(hour=13), opens=True)
        ledger.append(USES, "enroll", {}, now=NOON.replace(hour=13), closes=SIZE)
        ledger.append(LogName.DECISIONS, "permit_issued", {}, now=NOON.replace(hour=14), opens=True)
        ledger.erase_private(USES, 2)
    return site


def edit(path: Path, *statements: str | tuple[str, tuple[object, ...]]) -> None:
    """Change a ledger as somebody would who first removes what forbids it."""
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(*((statement,) if isinstance(statement, str) else statement))
        for _, sql in triggers:
            database.execute(sql)
        database.commit()


def places(site: Site) -> set[tuple[str | None, int | None]]:
    report = verify_ledger(site.path, [VKEY], site.pin)
    assert report.ok is not bool(report.findings)
    return {(finding.log, finding.index) for finding in report.findings}


def test_a_sound_ledger_is_sound(filled: Site):
    report = verify_ledger(filled.path, [VKEY], filled.pin)
    assert report.ok
    assert report.findings == ()
    assert [(state.log, state.size, state.erased) for state in report.logs] == [
        ("decisions", 1, 0),
        ("uses", SIZE + 2, 1),
    ]


def test_the_schema_it_expects_is_the_one_that_is_written():
    assert schema_digest(SCHEMA) == verify.SCHEMA_SHA256


def test_the_key_of_either_log_will_do(filled: Site):
    both = [VKEY, vkey_of(f"{ORIGIN}/decisions", KEY.public_key)]
    for keys in (both, both[1:]):
        assert verify_ledger(filled.path, keys).ok
    for keys in ([], ["x"], [vkey_of("other", KEY.public_key)]):
        assert not verify_ledger(filled.path, keys).ok


def test_another_key_finds_every_checkpoint_forged(filled: Site):
    other = vkey_of(f"{ORIGIN}/uses", SigningKey.generate().public_key)
    findings = verify_ledger(filled.path, [other]).findings
    assert len([f for f in findings if "forged" in f.what]) == SIZE + 2 + 1 + 2


# ---- where the damage is ---------------------------------------------------------------------

OTHER_NUMBER = """UPDATE leaf SET data = replace(data, '"number":5', '"number":6')
    WHERE log = 'uses' AND idx = 5"""
APPENDED_COPY = """INSERT INTO leaf SELECT log, 13, kind, NULL, data FROM leaf
    WHERE log = 'uses' AND idx = 3"""
MOVED_CHECKPOINT = """UPDATE checkpoint SET note =
    (SELECT note FROM checkpoint WHERE log = 'uses' AND size = 3)
    WHERE log = 'uses' AND size = 4"""


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (OTHER_NUMBER, 5, "hash at level 0"),
        (
            "UPDATE node SET hash = zeroblob(32) WHERE log='uses' AND level=1 AND idx=3",
            6,
            "hash at level 1 is wrong",
        ),
        ("DELETE FROM node WHERE log='uses' AND level=2 AND idx=1", 4, "level 2 is missing"),
        ("DELETE FROM leaf WHERE log='uses' AND idx=5", 5, "the entry is missing"),
        ("DELETE FROM leaf WHERE log='uses' AND idx=12", 12, "the entry is missing"),
        (
            APPENDED_COPY,
            13,
            "no signed checkpoint",
        ),
        ("DELETE FROM checkpoint WHERE log='uses' AND size=4", 3, "size 4 is missing"),
        (
            "UPDATE checkpoint SET note = replace(note, '/uses\n4\n', '/uses\n5\n') WHERE size=4",
            3,
            "forged",
        ),
        (
            MOVED_CHECKPOINT,
            3,
            "another log or size",
        ),
        ("UPDATE payload SET data = '{}' WHERE log='uses' AND idx=7", 7, "private payload"),
        ("UPDATE payload SET idx = 11 WHERE log='uses' AND idx=7", 11, "private payload"),
        ("UPDATE leaf SET kind = 'other' WHERE log='uses' AND idx=7", 7, "columns"),
        ("UPDATE leaf SET closes = NULL WHERE log='uses' AND idx=12", 12, "columns"),
        ("UPDATE leaf SET data = 'x' WHERE log='uses' AND idx=7", 7, "not a ledger entry"),
        ("UPDATE leaf SET data = '[]' WHERE log='uses' AND idx=7", 7, "not a ledger entry"),
        ("INSERT INTO open_intent VALUES ('uses', 11)", None, "open intents"),
        ("DELETE FROM checkpoint WHERE log='uses'", None, "no checkpoint"),
        ("DELETE FROM open_intent", None, "open intents"),
        ("INSERT INTO node VALUES ('uses', 9, 0, zeroblob(32))", None, "belongs to no entry"),
        ("INSERT INTO node VALUES ('uses', 0, 77, zeroblob(32))", None, "belongs to no entry"),
        ("INSERT INTO checkpoint VALUES ('uses', 1 << 60, 'x')", None, "never had"),
    ],
)
def test_it_says_where_the_damage_is(filled: Site, change, place, words):
    edit(filled.path, change)
    report = verify_ledger(filled.path, [VKEY], filled.pin)
    log = None if "DELETE FROM open_intent" in change else "uses"
    found = [f for f in report.findings if f.index == place and words in f.what]
    assert found, report.findings
    assert log is None or {f.log for f in found} == {"uses"}
    assert not report.ok


def test_swapped_entries_are_both_named(filled: Site):
    edit(
        filled.path,
        "UPDATE leaf SET idx = 99 WHERE log='uses' AND idx=4",
        "UPDATE leaf SET idx = 4 WHERE log='uses' AND idx=8",
        "UPDATE leaf SET idx = 8 WHERE log='uses' AND idx=99",
    )
    assert {("uses", 4), ("uses", 8)} <= places(filled)


def test_an_entry_inserted_in_the_middle_is_named(filled: Site):
    edit(
        filled.path,
        "UPDATE leaf SET idx = idx + 100 WHERE log='uses' AND idx >= 4",
        "INSERT INTO leaf SELECT log, 4, kind, NULL, data FROM leaf WHERE log='uses' AND idx=3",
        "UPDATE leaf SET idx = idx - 99 WHERE log='uses' AND idx >= 100",
    )
    assert ("uses", 4) in places(filled)


def test_a_history_rewritten_with_all_its_hashes_fails_at_the_signed_root(filled: Site):
    """Somebody without the key changes an entry and recomputes every hash above it."""
    with closing(sqlite3.connect(filled.path)) as database:
        leaves = [
            row[0].encode() for row in database.execute("SELECT data FROM leaf WHERE log='uses'")
        ]
    leaves[5] = leaves[5].replace(b'"number":5', b'"number":6')
    hashes = [verify.leaf_hash(leaf) for leaf in leaves]
    changes: list[str | tuple[str, tuple[object, ...]]] = [
        ("UPDATE leaf SET data = ? WHERE log='uses' AND idx=5", (leaves[5].decode(),))
    ]
    level = 0
    while hashes:
        changes += [
            ("UPDATE node SET hash = ? WHERE log='uses' AND level=? AND idx=?", (found, level, n))
            for n, found in enumerate(hashes)
        ]
        hashes = [verify.node_hash(*hashes[n : n + 2]) for n in range(0, len(hashes) - 1, 2)]
        level += 1
    edit(filled.path, *changes)
    report = verify_ledger(filled.path, [VKEY])
    assert ("uses", 5, "from here on the entries do not give the signed roots") in [
        (f.log, f.index, f.what) for f in report.findings
    ]
    assert len([f for f in report.findings if "signed roots" in f.what]) == 1


def test_a_log_cut_short_in_every_table_is_noticed_by_its_pin(filled: Site):
    edit(
        filled.path,
        "DELETE FROM leaf WHERE log='uses' AND idx >= 8",
        "DELETE FROM node WHERE log='uses' AND (idx + 1) << level > 8",
        "DELETE FROM checkpoint WHERE log='uses' AND size > 8",
        "DELETE FROM payload WHERE log='uses' AND idx >= 8",
    )
    assert verify_ledger(filled.path, [VKEY]).ok
    assert places(filled) == {("uses", 8)}


def test_another_history_under_the_same_key_is_noticed_by_its_pin(filled: Site, tmp_path: Path):
    other = Site(tmp_path / "other.db", tmp_path / "other-pin.json")
    with other.create() as ledger:
        fill(ledger, SIZE + 5)
    assert verify_ledger(other.path, [VKEY], other.pin).ok
    report = verify_ledger(other.path, [VKEY], filled.pin)
    assert [(f.log, f.index) for f in report.findings if "pinned" in f.what] == [("uses", SIZE + 1)]


def test_an_intent_closed_twice_or_never_opened_is_named(filled: Site):
    # Only somebody with the key can write such a log; it is still wrong.
    with filled.open() as ledger:
        ledger._database.execute("INSERT INTO open_intent VALUES ('uses', 4)")
        ledger.append(USES, "enroll", {}, now=NOON.replace(hour=15), closes=4)
    assert places(filled) == {("uses", SIZE + 2)}


def test_time_that_runs_backwards_is_named(filled: Site):
    with filled.open() as ledger:
        ledger._moment = lambda now: now
        ledger.append(USES, "search", {}, now=NOON)
    assert places(filled) == {("uses", SIZE + 2)}


def test_a_checkpoint_forged_with_another_key_is_named(filled: Site):
    note = signed_checkpoint(Head(f"{ORIGIN}/uses", 6, bytes(32)), SigningKey.generate())
    edit(filled.path, ("UPDATE checkpoint SET note=? WHERE log='uses' AND size=6", (note,)))
    assert places(filled) == {("uses", 5)}


def test_removed_triggers_and_foreign_logs_are_named(filled: Site):
    with closing(sqlite3.connect(filled.path)) as database:
        database.execute("DROP TRIGGER leaf_keeps_update")
        database.execute("INSERT INTO open_intent VALUES ('third', 0)")
        database.execute("PRAGMA user_version = 7")
        database.execute("PRAGMA application_id = 7")
        database.commit()
    words = " ".join(f.what for f in verify_ledger(filled.path, [VKEY]).findings)
    for expected in ("triggers", "open_intent names a log", "user_version", "application_id"):
        assert expected in words


def test_a_file_that_only_looks_like_a_ledger_is_reported(filled: Site, tmp_path: Path):
    posing = tmp_path / "posing.db"
    with closing(sqlite3.connect(posing)) as database:
        for statement in SCHEMA[:-6]:
            database.execute(statement.replace("STRICT, ", ""))
        database.execute("INSERT INTO leaf VALUES ('uses', 'x', 1, 'y', 2)")
        database.execute("INSERT INTO node VALUES ('uses', 0, 0, 'x')")
        database.execute("INSERT INTO payload VALUES ('uses', 0, 'x', 3)")
        database.execute("INSERT INTO checkpoint VALUES ('uses', 'x', 3)")
        database.commit()
    report = verify_ledger(posing, [VKEY], filled.pin)
    assert [f.what for f in report.findings].count("a row holds a value of the wrong type") == 4


@pytest.mark.parametrize("content", [None, b"", b"no database at all", bytes(4096)])
def test_what_is_no_database_is_reported(filled: Site, content):
    filled.path.unlink()
    if content is not None:
        filled.path.write_bytes(content)
    assert not verify_ledger(filled.path, [VKEY]).ok


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_reported(filled: Site, keep):
    content = filled.path.read_bytes()
    filled.path.write_bytes(content[: int(len(content) * keep)])
    assert not verify_ledger(filled.path, [VKEY]).ok


@pytest.mark.parametrize("pin", [None, b"", b'{"v":1,"logs":{"a":{"size":1,"root":"00"}}}'])
def test_a_pin_that_cannot_be_read_is_reported(filled: Site, pin):
    filled.pin.unlink()
    if pin is not None:
        filled.pin.write_bytes(pin)
    assert not verify_ledger(filled.path, [VKEY], filled.pin).ok


# ---- fuzz ------------------------------------------------------------------------------------


def content_of(path: Path) -> dict[str, list[tuple[object, ...]]] | None:
    """Everything the ledger says, or None where SQLite cannot read it."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            return {
                table: sorted(database.execute(f"SELECT * FROM {table} NOT INDEXED"), key=repr)  # noqa: S608
                for table in TABLES
            }
    except (sqlite3.Error, UnicodeDecodeError):
        return None


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes_are_reported_or_harmless(filled: Site, tmp_path: Path, seed):
    content = filled.path.read_bytes()
    before = content_of(filled.path)
    copy = tmp_path / "flipped.db"
    chance = random.Random(seed)  # noqa: S311  # fuzz, repeatable
    reported = 0
    for _ in range(60):
        flipped = bytearray(content)
        for _ in range(chance.choice([1, 1, 1, 4, 64])):
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        copy.write_bytes(flipped)
        report = verify_ledger(copy, [VKEY], filled.pin)
        reported += not report.ok
        assert not report.ok or content_of(copy) == before
    assert reported > 0


def test_zeroed_pages_are_reported_or_harmless(filled: Site, tmp_path: Path):
    content = filled.path.read_bytes()
    before = content_of(filled.path)
    copy = tmp_path / "zeroed.db"
    for start in range(0, len(content), 4096):
        copy.write_bytes(content[:start] + bytes(4096) + content[start + 4096 :])
        report = verify_ledger(copy, [VKEY], filled.pin)
        assert not report.ok or content_of(copy) == before


# ---- alone -----------------------------------------------------------------------------------


def run_alone(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    script = folder / "verify.py"
    shutil.copy(verify.__file__, script)
    # -I: neither this project's folder nor its editable install is on the path of a script that
    # must not need them; a stub in their place fails the import if it is tried.
    probe = (
        "import runpy, sys\n"
        "sys.modules['recognizance'] = None\n"
        f"sys.argv = {[str(script), *map(str, arguments)]!r}\n"
        f"runpy.run_path({str(script)!r}, run_name='__main__')\n"
    )
    return subprocess.run(
        [sys.executable, "-I", "-c", probe], capture_output=True, text=True, check=False
    )


def test_its_command_line_tells_and_exits(filled: Site, capsys):
    assert verify.main([str(filled.path), "--key", VKEY, "--pin", str(filled.pin)]) == 0
    assert "uses: 13 entries, 1 erased, " in capsys.readouterr().out
    edit(filled.path, "DELETE FROM leaf WHERE log='uses' AND idx=5", "DELETE FROM open_intent")
    assert verify.main([str(filled.path), "--key", VKEY]) == 2
    out = capsys.readouterr().out
    assert "uses[5]: the entry is missing\n" in out
    assert "decisions[?]: the list of open intents" in out
    assert verify.main([str(filled.path), "--key", VKEY, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_it_leaves_no_file_beside_a_ledger_at_rest(filled: Site):
    before = sorted(filled.path.parent.iterdir())
    assert verify_ledger(filled.path, [VKEY], filled.pin).ok
    assert sorted(filled.path.parent.iterdir()) == before


def test_it_runs_alone(filled: Site, tmp_path: Path):
    sound = run_alone(tmp_path, filled.path, "--key", VKEY, "--pin", filled.pin)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout.endswith("sound\n")
    as_json = run_alone(tmp_path, filled.path, "--key", VKEY, "--json")
    assert json.loads(as_json.stdout)["ok"] is True
    edit(filled.path, "DELETE FROM leaf WHERE log='uses' AND idx=5")
    damaged = run_alone(tmp_path, filled.path, "--key", VKEY)
    assert (damaged.returncode, damaged.stderr) == (2, "")
    assert "uses[5]: the entry is missing\n" in damaged.stdout
    assert damaged.stdout.endswith("DAMAGED\n")
    as_json = run_alone(tmp_path, filled.path, "--key", VKEY, "--json")
    assert as_json.returncode == 2
    assert {"log": "uses", "index": 5, "what": "the entry is missing"} in json.loads(
        as_json.stdout
    )["findings"]


def test_it_reads_a_ledger_that_is_being_written(site: Site):
    with site.create() as ledger:
        fill(ledger, 3)
        assert verify_ledger(site.path, [VKEY], site.pin).ok
        fill_more = NOON.replace(hour=20)
        ledger.append(USES, "search", {}, now=fill_more)
        assert verify_ledger(site.path, [VKEY], site.pin).logs[1].size == 4
