"""The gallery counts its changes, so that an older copy is told from the newest one."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from gallery_site import KEY, NOW, make_lead, make_reference, new_gallery
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.errors import ConflictError, WorkspaceDamagedError
from recognizance.gallery import SqliteGallery, check_newest


def amend(body: bytes, _subject: str) -> tuple[str, bytes]:
    return "closed", body


def test_every_change_counts_and_nothing_else_does(tmp_path):
    with new_gallery(tmp_path) as store:
        counted = [store.changes()]
        first, lead = make_reference("s-1"), make_lead("s-1")
        for change in (
            lambda: store.add([first, make_reference("s-2")], {}, intent="uses/0"),
            lambda: store.put_lead(lead),
            lambda: store.replace_lead(lead, expected_version=1),
            lambda: store.destroy([first.reference_id]),
            lambda: store.destroy_lead(lead.lead_id),
            lambda: store.erase_subject("s-2", amend=amend),
        ):
            change()
            counted.append(store.changes())
        store.counts("g"), store.templates("g"), store.galleries()
        assert counted == list(range(counted[0], counted[0] + 7))
        assert store.changes() == counted[-1]
    with SqliteGallery.open(tmp_path / "gallery.db", KEY) as again:
        assert again.changes() == counted[-1]


def test_what_was_not_done_is_not_counted(tmp_path):
    with new_gallery(tmp_path) as store:
        before, reference = store.changes(), make_reference()
        store.add([reference], {}, intent="uses/0")
        with pytest.raises(ConflictError):
            store.add([reference], {}, intent="uses/1")
        assert store.changes() == before + 1


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE meta SET value = x'00' WHERE name = 'changes'",
        "UPDATE subject_key SET tag = zeroblob(32)",
        "DELETE FROM subject_key WHERE row = 2",
    ],
)
def test_a_number_that_is_not_of_these_keys_is_damage(tmp_path, edit):
    with new_gallery(tmp_path) as store:
        store.add([make_reference("s-1"), make_reference("s-2")], {}, intent="uses/0")
        store.erase_subject("s-2", amend=amend)
    with sqlite3.connect(tmp_path / "gallery.db") as database:
        database.execute(edit)
    database.close()
    with SqliteGallery.open(tmp_path / "gallery.db", KEY) as store:
        with pytest.raises(WorkspaceDamagedError):
            store.changes()
        with pytest.raises(WorkspaceDamagedError):
            store.add([make_reference("s-3")], {}, intent="uses/1")


def test_a_gallery_that_has_seen_fewer_changes_is_an_older_one():
    check_newest(7, 7)
    check_newest(8, 7)
    with pytest.raises(WorkspaceDamagedError, match="older copy"):
        check_newest(6, 7)


def test_two_who_enroll_at_the_same_moment_stay_within_the_size(tmp_path):
    """Each looked before, and saw room for one; only one of them gets in."""

    def at_most_three(held):
        if held.references > 3:
            raise ConflictError("full")

    both = Barrier(2)

    def enroll(subject: str) -> bool:
        with SqliteGallery.open(tmp_path / "gallery.db", KEY) as store:
            assert store.counts("g").references == 2
            both.wait(timeout=30)
            try:
                store.add([make_reference(subject)], {}, intent="uses/1", check=at_most_three)
            except ConflictError:
                return False
            return True

    with new_gallery(tmp_path) as store:
        store.add([make_reference("s-1"), make_reference("s-2")], {}, intent="uses/0")
        with ThreadPoolExecutor(2) as pool:
            entered = list(pool.map(enroll, ["s-3", "s-4"]))
        assert sorted(entered) == [False, True]
        assert store.counts("g").references == 3


@settings(max_examples=10, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["write", "fail", "ask"])), max_size=12
    )
)
def test_whoever_has_the_gallery_open_counts_what_others_write(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("shared")
    with new_gallery(folder) as one, SqliteGallery.open(folder / "gallery.db", KEY) as other:
        written = one.changes()
        for number, (who, what) in enumerate(steps):
            store = {"a": one, "b": other}[who]
            if what == "write":
                store.add([make_reference(f"s-{number}")], {}, intent=f"uses/{number}")
                written += 1
            elif what == "fail":
                with pytest.raises(ConflictError):
                    store.create_gallery("g", permit_id="p", purpose="q", created_at=NOW)
            assert store.changes() == written
        assert one.changes() == other.changes() == written
