"""Whatever is done to the file or the disk, an error of ours comes out and nothing half-done."""

import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from gallery_site import KEY, NOW, amend, make_lead, make_reference, new_gallery, same
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizance.errors import (
    InputError,
    RecognizanceError,
    StoreBusyError,
    StoreFullError,
    WorkspaceDamagedError,
    WorkspaceNewerError,
)
from recognizance.gallery import Counts, SqliteGallery


def edit(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "gallery.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture
def filled(tmp_path):
    """A closed store: two subjects, two galleries, a picture, a lead."""
    with new_gallery(tmp_path, "g", "b") as store:
        first, second = make_reference("s-1"), make_reference("s-2", gallery_id="b")
        store.add([first, second], {first.reference_id: b"crop"}, intent="uses/0")
        store.put_lead(make_lead("s-1"))
    return tmp_path


def open_in(folder: Path, **more) -> SqliteGallery:
    return SqliteGallery.open(folder / "gallery.db", KEY, **more)


def test_a_newer_schema_is_left_alone(filled):
    edit(filled, "UPDATE meta SET value = CAST('2' AS BLOB) WHERE name = 'schema'")
    before = (filled / "gallery.db").read_bytes()
    with pytest.raises(WorkspaceNewerError):
        open_in(filled)
    assert (filled / "gallery.db").read_bytes() == before


def test_another_workspace_key_opens_nothing(filled):
    with pytest.raises(WorkspaceDamagedError) as caught:
        SqliteGallery.open(filled / "gallery.db", bytes(32))
    assert "key" in caught.value.hint


@pytest.mark.parametrize("data", [b"", b"no database at all" * 100, b"SQLite format 3\x00"])
def test_a_file_that_is_no_gallery_is_damaged(tmp_path, data):
    (tmp_path / "gallery.db").write_bytes(data)
    with pytest.raises(WorkspaceDamagedError):
        open_in(tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta WHERE name = 'schema'",
        "DELETE FROM meta WHERE name = 'key'",
        "UPDATE meta SET value = CAST('one' AS BLOB) WHERE name = 'schema'",
        "DROP TABLE meta",
    ],
)
def test_without_its_own_facts_it_is_damaged(filled, statement):
    edit(filled, statement)
    with pytest.raises(WorkspaceDamagedError):
        open_in(filled)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reference SET gallery_id = 'g'",
        "UPDATE reference SET subject = 3 - subject",
        "UPDATE reference SET expires_at = '2099-01-01T00:00:00.000Z'",
        "UPDATE reference SET reference_id = reverse_id",
        "UPDATE reference SET template = facts",
        "UPDATE subject_key SET sealed = (SELECT max(sealed) FROM subject_key)",
        "UPDATE subject_key SET tag = zeroblob(32)",
        "UPDATE subject_key SET sealed = zeroblob(length(sealed))",
    ],
)
def test_what_was_moved_or_edited_with_another_tool_does_not_open(filled, statement):
    edit(
        filled,
        "DELETE FROM crop",
        statement.replace("reverse_id", "substr(reference_id, 2) || substr(reference_id, 1, 1)"),
    )
    with open_in(filled) as store, pytest.raises(WorkspaceDamagedError):
        [store.references(gallery_id) for gallery_id in ("g", "b")]


def test_a_picture_that_was_moved_does_not_open(filled):
    with open_in(filled) as store:
        (moved_to,) = (each.reference_id for each in store.references("b"))
        edit(filled, f"UPDATE crop SET reference_id = '{moved_to}'")  # noqa: S608
        with pytest.raises(WorkspaceDamagedError):
            store.crop(moved_to)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lead SET state = 'confirmed'",
        "UPDATE lead SET version = 7",
        "UPDATE lead SET expires_at = '2099-01-01T00:00:00.000Z'",
        "UPDATE lead SET body = crop",
        "UPDATE lead SET lead_id = 'another'",
    ],
)
def test_a_lead_that_was_edited_with_another_tool_does_not_open(filled, statement):
    with open_in(filled) as store:
        edit(filled, statement)
        with pytest.raises(WorkspaceDamagedError):
            store.leads_naming("s-1")


def test_a_full_disk_changes_nothing(tmp_path):
    with new_gallery(tmp_path) as store:
        first = make_reference("s-1")
        store.add([first], {}, intent="uses/0")
        connection = store._database._engine.raw_connection()
        (pages,) = connection.cursor().execute("PRAGMA page_count").fetchone()
        connection.cursor().execute(f"PRAGMA max_page_count = {pages}")
        connection.close()
        many = [make_reference(f"s-{i}") for i in range(2, 60)]
        pictures = {each.reference_id: bytes(5000) for each in many}
        with pytest.raises(StoreFullError) as caught:
            store.add(many, pictures, intent="uses/1")
        assert "Nothing was changed" in caught.value.message
        assert store.counts("g") == Counts(subjects=1, references=1)
        assert store.generation("g") == 1
        assert same(store.reference(first.reference_id), first)
        assert store.erase_subject("s-1", amend=amend).references == 1


def test_a_read_only_store_can_be_read_and_not_changed(filled):
    with open_in(filled) as store:
        connection = store._database._engine.raw_connection()
        connection.cursor().execute("PRAGMA query_only = ON")
        connection.close()
        assert store.counts("g").references == 1
        with pytest.raises(StoreFullError):
            store.add([make_reference("s-3")], {}, intent="uses/1")
        with pytest.raises(StoreFullError):
            store.destroy_lead("any")


def test_a_store_cannot_be_made_where_there_is_no_folder(tmp_path):
    with pytest.raises(StoreFullError):
        SqliteGallery.create(tmp_path / "missing" / "gallery.db", KEY)


def test_a_store_that_could_not_be_made_leaves_no_file(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise StoreFullError("The disk is full.", hint="Make room.")

    monkeypatch.setattr("recognizance.gallery.database.seal", fail)
    with pytest.raises(StoreFullError):
        SqliteGallery.create(tmp_path / "gallery.db", KEY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda store, bad: store.holds_subject(bad),
        lambda store, bad: store.references_of("g", bad),
        lambda store, bad: store.reference(bad),
        lambda store, bad: store.crop(bad),
        lambda store, bad: store.lead(bad),
        lambda store, bad: store.counts(bad),
        lambda store, bad: store.destroy([bad]),
        lambda store, bad: store.erase_subject(bad, amend=amend),
    ],
)
def test_an_id_that_is_no_text_is_the_askers_fault_and_not_the_files(store, ask):
    with pytest.raises(InputError):
        ask(store, "s-\udcff")


def test_two_processes_that_add_at_once_both_add_everything(tmp_path):
    with new_gallery(tmp_path):
        pass
    adding = """
import sys
sys.path.insert(0, sys.argv[2])
from gallery_site import KEY, make_reference
from pathlib import Path
from recognizance.gallery import SqliteGallery
with SqliteGallery.open(Path(sys.argv[1]), KEY) as store:
    for number in range(8):
        store.add([make_reference("s-1"), make_reference(sys.argv[3])], {}, intent=f"uses/{number}")
"""
    command = [sys.executable, "-c", adding, tmp_path / "gallery.db", Path(__file__).parent]
    both = [subprocess.Popen([*command, name]) for name in ("s-2", "s-3")]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    with open_in(tmp_path) as store:
        assert store.counts("g") == Counts(subjects=3, references=32)
        assert store.generation("g") == 16
        assert len(store.references_of("g", "s-1")) == 16


def test_another_writer_is_waited_for_and_then_named(filled):
    with open_in(filled, wait_s=0.1) as store:
        writer = sqlite3.connect(filled / "gallery.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        assert store.counts("g").references == 1
        with pytest.raises(StoreBusyError):
            store.add([make_reference("s-3")], {}, intent="uses/1")
        writer.execute("ROLLBACK")
        writer.close()
        store.add([make_reference("s-3")], {}, intent="uses/1")
        assert store.counts("g").references == 2


def test_a_process_that_dies_while_adding_leaves_nothing(tmp_path):
    with new_gallery(tmp_path):
        pass
    dying = """
import os, sys
sys.path.insert(0, sys.argv[2])
from gallery_site import KEY, make_reference
from pathlib import Path
from recognizance.gallery import SqliteGallery, references
references.sealing.seal_crop = lambda *_: os._exit(9)
each = make_reference("s-1")
SqliteGallery.open(Path(sys.argv[1]), KEY).add([each], {each.reference_id: b"x"}, intent="uses/0")
"""
    command = [sys.executable, "-c", dying, tmp_path / "gallery.db", Path(__file__).parent]
    assert subprocess.run(command, check=False).returncode == 9
    with open_in(tmp_path) as store:
        assert store.counts("g") == Counts(subjects=0, references=0)
        assert not store.has_intent("uses/0")
        assert store.generation("g") == 0


def read_everything(folder: Path) -> None:
    with open_in(folder) as store:
        for record in store.galleries():
            store.templates(record.gallery_id)
            for each in store.references(record.gallery_id):
                if record.gallery_id == "g":
                    store.crop(each.reference_id)
        store.leads("open")
        store.expired(NOW + timedelta(days=400))


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_damage_to_the_file_leads_to_any_other_error(filled, data):
    whole = (filled / "gallery.db").read_bytes()
    damaged = bytearray(whole)
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(0, len(whole) - 1)) :]
    else:
        for _ in range(data.draw(st.integers(1, 8))):
            damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    folder = filled / "damaged"
    folder.mkdir()
    try:
        (folder / "gallery.db").write_bytes(damaged)
        try:
            read_everything(folder)
        except RecognizanceError as error:
            assert error.hint  # noqa: PT017  # only that nothing else comes out is the law
    finally:
        shutil.rmtree(folder)
