"""What is erased is gone from the file's bytes, whatever SQLite left lying about."""

import json
import random
import secrets
import sqlite3
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from gallery_site import KEY, NOW, amend, make_lead, make_reference, new_gallery, raw_bytes, same

from recognizance.errors import NotFoundError, StoreBusyError
from recognizance.gallery import Counts, Erasure, SqliteGallery


def rows(folder: Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "gallery.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def keys_of(folder: Path, table: str) -> dict[int, bytes]:
    return dict(rows(folder, f"SELECT row, sealed FROM {table}"))  # noqa: S608


def sealed_bytes(folder: Path) -> dict[int, set[bytes]]:
    """What the file holds about each subject: tag, wrapped key, every sealed value."""
    held = defaultdict(set)
    for row, *values in rows(folder, "SELECT row, tag, sealed FROM subject_key"):
        held[row].update(values)
    for row, *values in rows(folder, "SELECT subject, template, facts, sample_tag FROM reference"):
        held[row].update(values)
    for row, value in rows(folder, "SELECT subject, sealed FROM crop NATURAL JOIN reference"):
        held[row].add(value)
    return held


def test_after_an_erasure_the_files_hold_no_byte_of_the_subject(tmp_path):
    gone = [make_reference("erased-subject") for _ in range(3)]
    elsewhere = make_reference("erased-subject", gallery_id="b")
    kept = [make_reference(f"kept-{i}") for i in range(3)]
    references = [*gone, elsewhere, *kept]
    with new_gallery(tmp_path, "g", "b") as store:
        crops = {each.reference_id: secrets.token_bytes(6000) for each in references}
        store.add(references, crops, intent="uses/0")
        everything = sealed_bytes(tmp_path)
        raw = raw_bytes(tmp_path)
        assert all(value[:90] in raw for held in everything.values() for value in held)
        erased = store.erase_subject("erased-subject", amend=amend)
        assert erased == Erasure(references=4, leads=0)
        left = set(sealed_bytes(tmp_path)) - {
            row for row, key in keys_of(tmp_path, "subject_key").items() if not any(key)
        }
        raw = raw_bytes(tmp_path)
        for row, held in everything.items():
            assert all((value[:90] in raw) == (row in left) for value in held)
        assert len(left) == len(kept)
        assert b"erased-subject" not in raw
        assert all(each.reference_id.encode() not in raw for each in [*gone, elsewhere])
        assert store.counts("g") == Counts(subjects=3, references=3)
        assert not store.holds_subject("erased-subject")
        assert [same(a, b) for a, b in zip(store.references("g"), kept, strict=True)] == [True] * 3
        assert store.crop(kept[0].reference_id) == crops[kept[0].reference_id]
        with pytest.raises(NotFoundError):
            store.crop(gone[0].reference_id)


@pytest.mark.parametrize("seed", range(3))
def test_no_key_and_no_tag_outlives_its_subject_in_a_file_that_was_shuffled(tmp_path, seed):
    # Deleting makes SQLite move cells between pages, and it may leave a copy of a moved cell in
    # the unused part of a page. Keys are safe from that by the design of their table; of other
    # rows such a copy may stay, sealed under a key that is gone.
    draw = random.Random(seed)  # noqa: S311  # not for keys
    references = [
        make_reference(f"S{draw.getrandbits(80):x}", ground="x" * draw.choice([3, 200]))
        for _ in range(600)
    ]
    crops = {each.reference_id: bytes(draw.choice([100, 3000])) for each in references}
    with new_gallery(tmp_path) as store:
        for start in range(0, len(references), 50):
            some = references[start : start + 50]
            pictures = {each.reference_id: crops[each.reference_id] for each in some}
            store.add(some, pictures, intent=f"uses/{start}")
        keys = rows(tmp_path, "SELECT tag, sealed FROM subject_key ORDER BY row")
        order = rows(tmp_path, "SELECT reference_id FROM reference ORDER BY subject")
        by_reference = {row[0]: pair for row, pair in zip(order, keys, strict=True)}
        gone = draw.sample(references, draw.choice([60, 300, 540]))
        for each in gone[:10]:
            store.erase_subject(each.subject_id, amend=amend)
        for start in range(10, len(gone), 40):
            store.destroy([each.reference_id for each in gone[start : start + 40]])
        raw = raw_bytes(tmp_path)
        for each in gone:
            tag, sealed = by_reference[each.reference_id]
            assert tag not in raw
            assert sealed not in raw
            assert each.subject_id.encode() not in raw
        assert store.counts("g").references == len(references) - len(gone)


def test_destroying_one_of_several_references_destroys_the_key_that_it_was_sealed_under(tmp_path):
    one, other = make_reference("s-1"), make_reference("s-1")
    with new_gallery(tmp_path) as store:
        store.add([one, other], {other.reference_id: b"picture"}, intent="uses/0")
        ((row, old_key),) = keys_of(tmp_path, "subject_key").items()
        ((old_template,),) = rows(
            tmp_path,
            f"SELECT template FROM reference WHERE reference_id = '{one.reference_id}'",  # noqa: S608
        )
        assert store.destroy([one.reference_id, "never-there"]) == 1
        raw = raw_bytes(tmp_path)
        assert old_key not in raw
        assert old_template not in raw
        assert keys_of(tmp_path, "subject_key").keys() == {row}
        assert same(store.reference(other.reference_id), other)
        assert store.crop(other.reference_id) == b"picture"
        assert store.has_intent("uses/0")
        with pytest.raises(NotFoundError):
            store.reference(one.reference_id)


def test_erasing_nobody_changes_nothing_and_may_be_repeated(store):
    store.add([make_reference("s-1")], {}, intent="uses/0")
    generation = store.generation("g")
    assert store.erase_subject("s-2", amend=amend) == Erasure(references=0, leads=0)
    assert store.generation("g") == generation
    assert store.erase_subject("s-1", amend=amend) == Erasure(references=1, leads=0)
    assert store.erase_subject("s-1", amend=amend) == Erasure(references=0, leads=0)


def test_an_erased_subject_may_be_enrolled_again_under_another_key(tmp_path):
    reference = make_reference("s-1")
    with new_gallery(tmp_path) as store:
        store.add([reference], {}, intent="uses/0")
        store.erase_subject("s-1", amend=amend)
        store.add([reference], {}, intent="uses/1")
        blank, fresh = keys_of(tmp_path, "subject_key").values()
        assert not any(blank)
        assert any(fresh)
        assert same(store.reference(reference.reference_id), reference)


def test_leads_lose_the_candidate_and_the_key_of_what_they_said(tmp_path):
    about_two, about_one = make_lead("s-1", "s-2"), make_lead("s-1")
    about_other = make_lead("s-3")
    with new_gallery(tmp_path) as store:
        store.add([make_reference(f"s-{i}") for i in (1, 2, 3)], {}, intent="uses/0")
        for lead in (about_two, about_one, about_other):
            store.put_lead(lead)
        before = {
            bytes(value)
            for values in rows(tmp_path, "SELECT subjects, body, crop FROM lead")
            for value in values
        } | set(keys_of(tmp_path, "lead_key").values())
        untouched = store.lead(about_other.lead_id)
        assert store.erase_subject("s-1", amend=amend) == Erasure(references=1, leads=2)
        raw = raw_bytes(tmp_path)
        assert sum(value in raw for value in before) == 4
        two = store.lead(about_two.lead_id)
        assert (two.version, two.state, two.subject_ids) == (2, "open", frozenset({"s-2"}))
        assert json.loads(two.body) == ["s-2"]
        assert two.crop == about_two.crop
        with pytest.raises(NotFoundError):
            store.lead(about_one.lead_id)
        assert store.lead(about_other.lead_id) == untouched
        assert store.leads_naming("s-1") == ()
        assert not store.holds_subject("s-1")


def test_a_lead_alone_still_counts_as_holding_its_subject(store):
    reference = make_reference("s-1")
    store.add([reference], {}, intent="uses/0")
    store.put_lead(make_lead("s-1"))
    store.destroy([reference.reference_id])
    assert store.holds_subject("s-1")
    assert store.erase_subject("s-1", amend=amend) == Erasure(references=0, leads=1)
    assert not store.holds_subject("s-1")


def test_an_amendment_that_fails_erases_nothing(store):
    store.add([make_reference("s-1")], {}, intent="uses/0")
    store.put_lead(make_lead("s-1"))

    def fail(body: bytes, subject_id: str) -> tuple[str, bytes]:
        raise NotFoundError("This lead cannot be amended.")

    with pytest.raises(NotFoundError):
        store.erase_subject("s-1", amend=fail)
    assert store.counts("g").references == 1
    assert len(store.leads_naming("s-1")) == 1


def test_while_another_process_reads_the_log_the_erasure_does_not_claim_to_be_done(tmp_path):
    with new_gallery(tmp_path, wait_s=0.1) as store:
        store.add([make_reference("s-1"), make_reference("s-2")], {}, intent="uses/0")
        old_key = keys_of(tmp_path, "subject_key")[1]
        reader = sqlite3.connect(tmp_path / "gallery.db", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM reference").fetchone()
        with pytest.raises(StoreBusyError) as caught:
            store.erase_subject("s-1", amend=amend)
        assert "log" in caught.value.message
        assert old_key in raw_bytes(tmp_path)
        reader.execute("COMMIT")
        reader.close()
        store.erase_subject("s-1", amend=amend)
        assert old_key not in raw_bytes(tmp_path)


def test_what_one_process_erased_no_other_finds(tmp_path):
    reference = make_reference("s-1")
    with new_gallery(tmp_path) as one, SqliteGallery.open(tmp_path / "gallery.db", KEY) as other:
        one.add([reference, replace(make_reference("s-2"), enrolled_at=NOW)], {}, intent="uses/0")
        assert other.counts("g").subjects == 2
        one.erase_subject("s-1", amend=amend)
        assert other.subjects("g") == ("s-2",)
        with pytest.raises(NotFoundError):
            other.reference(reference.reference_id)
