"""Leads at rest: sealed, versioned, found by state and by whom they name."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread, current_thread

import pytest
from gallery_site import NOW, amend, make_lead, make_reference, new_gallery, raw_bytes

from recognizance.errors import ConflictError, InputError, NotFoundError
from recognizance.gallery import SqliteGallery, leads, sealing


def test_a_lead_comes_back_as_it_was(store):
    lead, bare = make_lead("s-1", "s-2"), make_lead(crop=None)
    store.put_lead(lead)
    store.put_lead(bare)
    assert store.lead(lead.lead_id) == lead
    assert store.lead(bare.lead_id) == bare


def test_a_lead_at_rest_shows_nothing_of_whom_it_names(tmp_path):
    with new_gallery(tmp_path) as store:
        store.put_lead(make_lead("named-subject", body=b"named-body", crop=b"named-crop"))
        raw = raw_bytes(tmp_path)
    assert not any(secret in raw for secret in (b"named-subject", b"named-body", b"named-crop"))


def test_a_record_shows_no_body_and_no_picture_when_it_is_printed():
    text = repr(make_lead("s-1", body=b"secret body", crop=b"secret crop"))
    assert "secret" not in text


def test_leads_are_listed_by_state_oldest_first(store):
    late = make_lead(created_at=NOW + timedelta(hours=1))
    early, closed = make_lead(), make_lead(state="confirmed")
    for lead in (late, early, closed):
        store.put_lead(lead)
    assert store.leads("open") == (early, late)
    assert store.leads("confirmed") == (closed,)
    assert store.leads("rejected") == ()


def test_a_queue_is_paged_and_sorted_by_the_hour_without_opening_a_lead(store, monkeypatch):
    leads = [make_lead(created_at=NOW + timedelta(minutes=25 * turn)) for turn in range(6)]
    for lead in (*reversed(leads), make_lead(state="confirmed")):
        store.put_lead(lead)
    monkeypatch.setattr(sealing, "open_lead", None)
    lines = sorted((lead.line for lead in leads), key=lambda each: (each.opened_at, each.lead_id))
    assert store.queued(["open"]) == len(leads)
    assert store.queue(["open"], most=99) == tuple(lines)
    assert store.queue(["open"], order="-opened_at", most=99) == tuple(reversed(lines))
    assert store.queue(["open"], start=2, most=3) == tuple(lines[2:5])
    place = lines[3].opened_at, lines[3].lead_id
    assert store.queue(["open"], behind=place, most=99) == tuple(lines[4:])
    assert store.queue(["open"], permit_id=lines[0].permit_id, most=99)[0] == lines[0]
    assert store.queue(["open"], permit_id="another", most=99) == ()
    assert store.queue(["open"], words=lines[1].lead_id, most=9) == (lines[1],)
    assert store.queued(["open"], words="%") == 0
    assert {each.opened_at.minute for each in lines} == {0}


def test_leads_are_found_by_whom_they_name(store):
    first, second = make_lead("s-1", "s-2"), make_lead("s-2")
    store.put_lead(first)
    store.put_lead(second)
    assert store.leads_naming("s-1") == (first,)
    assert set(store.leads_naming("s-2")) == {first, second}
    assert store.leads_naming("s-3") == ()


def test_who_decides_second_on_the_same_version_is_told(store):
    lead = make_lead("s-1", "s-2")
    store.put_lead(lead)
    decided = store.replace_lead(lead.with_body(b"first", "confirmed"), expected_version=1)
    assert decided == replace(lead, version=2, state="confirmed", body=b"first")
    assert store.lead(lead.lead_id) == decided
    with pytest.raises(ConflictError):
        store.replace_lead(lead.with_body(b"second", "rejected"), expected_version=1)
    assert store.lead(lead.lead_id) == decided
    assert store.leads("open") == ()


def test_a_replacement_changes_state_body_and_subjects_alone(store):
    lead = make_lead("s-1", "s-2")
    store.put_lead(lead)
    changed = replace(
        lead, permit_id="other", crop=b"other", expires_at=NOW, subject_ids=frozenset({"s-2"})
    )
    kept = store.replace_lead(changed, expected_version=1)
    assert kept == replace(lead, version=2, subject_ids=frozenset({"s-2"}))
    assert store.leads_naming("s-1") == ()


def test_each_version_has_a_key_of_its_own_and_a_destroyed_lead_none(tmp_path):
    lead = make_lead("s-1")

    def sealed() -> tuple[bytes, ...]:
        connection = sqlite3.connect(tmp_path / "gallery.db")
        try:
            query = "SELECT lead_key.sealed, subjects, body, lead.crop FROM lead JOIN lead_key"
            return connection.execute(query).fetchone()
        finally:
            connection.close()

    with new_gallery(tmp_path) as store:
        store.put_lead(lead)
        first = sealed()
        store.replace_lead(lead.with_body(b"x" * 40, "confirmed"), expected_version=1)
        second = sealed()
        assert not set(first) & set(second)
        store.destroy_lead(lead.lead_id)
        store.destroy_lead(lead.lead_id)
        raw = raw_bytes(tmp_path)
        assert not any(value in raw for value in first + second)
        with pytest.raises(NotFoundError):
            store.lead(lead.lead_id)
        store.put_lead(make_lead("s-2"))


def test_leads_expire_at_their_time(store):
    lead = make_lead()
    store.put_lead(lead)
    assert store.expired_leads(lead.expires_at - timedelta(milliseconds=1)) == ()
    assert store.expired_leads(lead.expires_at) == (lead,)


def test_what_makes_no_lead_is_refused(store):
    lead = make_lead("s-1")
    with pytest.raises(InputError):
        store.put_lead(replace(lead, version=2))
    with pytest.raises(InputError):
        store.put_lead(replace(lead, lead_id="a|b"))
    with pytest.raises(InputError):
        store.put_lead(replace(lead, subject_ids=frozenset({""})))
    with pytest.raises(NotFoundError):
        store.put_lead(replace(lead, gallery_id="other"))
    with pytest.raises(NotFoundError):
        store.replace_lead(lead, expected_version=1)
    store.put_lead(lead)
    with pytest.raises(ConflictError):
        store.put_lead(lead)


def test_references_and_leads_of_a_subject_stand_apart(store):
    reference = make_reference("s-1")
    store.add([reference], {}, intent="uses/0")
    lead = make_lead("s-1")
    store.put_lead(lead)
    store.destroy([reference.reference_id])
    assert store.lead(lead.lead_id) == lead


def test_several_leads_are_opened_at_once(store):
    leads = [make_lead(created_at=NOW + timedelta(hours=turn)) for turn in range(3)]
    for lead in leads:
        store.put_lead(lead)
    ids = [lead.lead_id for lead in reversed(leads[1:])]
    assert store.leads_of([*ids, "gone"]) == tuple(leads[1:])
    assert store.leads_of([]) == ()


def test_whom_leads_name_is_known_after_each_change_of_any_process(tmp_path):
    """What a process remembers of leads never answers for what they are now."""
    path, key = tmp_path / "gallery.db", b"k" * 32
    with SqliteGallery.create(path, key) as one, SqliteGallery.open(path, key) as other:
        one.create_gallery("g", permit_id="permit-1", purpose="p", created_at=NOW)
        leads = [make_lead("s-1", "s-2"), make_lead("s-1")]
        for lead in leads:
            one.put_lead(lead)
        for store in (one, other):
            assert {each.lead_id for each in store.leads_naming("s-1")} == {
                lead.lead_id for lead in leads
            }
        first = one.lead(leads[0].lead_id)
        one.replace_lead(replace(first, subject_ids=frozenset({"s-2"})), expected_version=1)
        for store in (one, other):
            assert [each.lead_id for each in store.leads_naming("s-1")] == [leads[1].lead_id]
            assert [each.version for each in store.leads_naming("s-2")] == [2]
        other.destroy_lead(leads[1].lead_id)
        assert one.leads_naming("s-1") == other.leads_naming("s-1") == ()
        one.put_lead(late := make_lead("s-1"))
        assert [each.lead_id for each in other.leads_naming("s-1")] == [late.lead_id]


def test_what_a_slower_thread_has_learnt_hides_no_newer_lead(store, monkeypatch):
    """One thread still learns an older state of the file while another knows the newest."""
    stops = [Event(), Event()]
    goes_on = [Event(), Event()]

    def stopping(number, do):
        def done(*args, **kwargs):
            result = do(*args, **kwargs)
            if current_thread() is slow and not stops[number].is_set():
                stops[number].set()
                assert goes_on[number].wait(20)
            return result

        return done

    store.put_lead(first := make_lead("s-1"))
    slow = Thread(target=store.leads_naming, args=("s-1",))
    monkeypatch.setattr(leads, "read_changes", stopping(0, leads.read_changes))
    monkeypatch.setattr(sealing, "open_lead", stopping(1, sealing.open_lead))
    slow.start()
    assert stops[0].wait(20)  # it sees the file as it is now
    store.replace_lead(first, expected_version=1)
    store.put_lead(newest := make_lead("s-2"))
    assert store.leads_naming("s-2") == (newest,)
    goes_on[0].set()
    assert stops[1].wait(20)  # it opens a version that is known no more
    try:
        assert store.leads_naming("s-2") == (newest,)
    finally:
        goes_on[1].set()
        slow.join()
    assert store.leads_naming("s-2") == (newest,)


def test_an_erasure_asks_the_leads_themselves_and_not_what_was_learnt(store, monkeypatch):
    store.put_lead(lead := make_lead("s-1", "s-2"))
    monkeypatch.setattr(SqliteGallery, "_learn", lambda *_: {})
    assert store.holds_subject("s-1")
    assert store.erase_subject("s-1", amend=amend).leads == 1
    assert not store.holds_subject("s-1")
    assert store.lead(lead.lead_id).subject_ids == {"s-2"}
