"""Planted leads: how often they come, that nothing gives them away, and what they do to whom."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import photograph
from hooked import BEN, Hooked, condition
from recognizance.checks import FALSE_ACCEPTS, Measured, destroy_orphans, measured
from recognizance.errors import ConflictError, NotSeenError, RoleError
from recognizance.ledger import LogName
from recognizance.permits.oversight import record_training, statistics_of
from recognizance.permits.reviewers import measured_reviewers, restore_reviewer
from recognizance.registry import queue
from recognizance.registry.queue import MOST_BETWEEN, gap_after
from recognizance.review import LEAST_VIEWING, WAITING, LeadState, lead_from_bytes
from recognizance.types import Role

PEOPLE = {"s-1": "ana", "s-2": "ben", "s-3": "carla", "s-4": "dan"}
FLOOR = 20


@pytest.fixture
def hooked(office) -> Hooked:
    """A permit whose leads wait for two people, and four people in its gallery."""
    made = Hooked(office, (condition("reviewers", "LE-09", n=2),))
    for subject, name in PEOPLE.items():
        made.enroll(subject, photograph(name, note="1"))
    return made


def leads(hooked) -> list:
    kept = hooked.office.workspace.gallery
    found = [record for state in LeadState for record in kept.leads(state)]
    return [(record, lead_from_bytes(record.body)) for record in found]


def until_planted(hooked, number: int = 1) -> list:
    """Search until so many leads are planted, one after each real one; the planted ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "gap_after", lambda _secret, _index: 1)
        for _ in range(number + 1):
            hooked.search()
    planted = [each for each in leads(hooked) if each[1].planted]
    assert len(planted) == number
    return planted


def real_one(hooked):
    return next(each for each in leads(hooked) if each[1].planted is None)


def accept(hooked, lead_id: str, *names: str) -> list:
    return [hooked.decide(lead_id, by=name) for name in names]


# ---- how often ----------------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32), st.integers(1, 400))
def test_of_twenty_leads_in_a_row_one_is_planted_whatever_the_draw(secret, length):
    row, since, newest = [], 0, -1
    while len(row) < length:
        planted = since >= gap_after(secret, newest)
        row.append(planted)
        since, newest = (0, len(row) - 1) if planted else (since + 1, newest)
    for size in range(length + 1):
        assert sum(row[:size]) >= size // FLOOR
    assert all(any(row[at : at + FLOOR]) for at in range(length - FLOOR))


def test_the_gaps_are_even_between_their_ends():
    gaps = [gap_after(b"k" * 32, index) for index in range(4000)]
    assert set(gaps) == set(range(1, MOST_BETWEEN + 1))
    assert abs(sum(gaps) / len(gaps) - (1 + MOST_BETWEEN) / 2) < 0.5


def test_a_queue_of_searches_holds_as_many_as_it_should(hooked):
    for _ in range(2 * FLOOR):
        hooked.search()
    ledger = hooked.office.workspace.ledger
    place = {e.public["lead"]: e.index for e in ledger.entries(LogName.USES) if "lead" in e.public}
    found = sorted(leads(hooked), key=lambda each: place[each[0].lead_id])
    assert sum(lead.planted is not None for _, lead in found) >= 2
    assert any(lead.planted for _, lead in found[:FLOOR])


def test_another_process_counts_on_where_the_first_one_stopped(hooked):
    workspace = hooked.office.workspace
    for _ in range(MOST_BETWEEN + 3):
        hooked.search()
        workspace.__dict__.pop("desk")  # the next one begins at the end of the log
    assert any(lead.planted for _, lead in leads(hooked))


@pytest.mark.parametrize("people", [["ana"], ["ana", "ana"]])
def test_nobody_is_planted_where_nobody_else_is_enrolled(office, people):
    alone = Hooked(office, (condition("lead_only"),))
    for number, name in enumerate(people):  # one person under two ids is no known non-mate
        alone.enroll(f"s-{number}", photograph(name, note=str(number)))
    for _ in range(MOST_BETWEEN + 2):
        alone.search()
    assert not any(lead.planted for _, lead in leads(alone))


def test_nobody_is_planted_where_nobody_reviews(office):
    free = Hooked(office, ())
    for subject, name in PEOPLE.items():
        free.enroll(subject, photograph(name, note="1"))
    for _ in range(MOST_BETWEEN + 2):
        assert free.search().outcome == "candidate"
    assert leads(free) == []


# ---- nothing gives it away ----------------------------------------------------------------------


def held_entries(hooked) -> dict[str, dict]:
    ledger = hooked.office.workspace.ledger
    return {
        entry.public["lead"]: dict(entry.public)
        for entry in ledger.entries(LogName.USES)
        if entry.public["outcome"] == "held_for_review"
    }


def test_a_reviewer_who_looks_for_a_tell_finds_none(hooked):
    ((record, planted),) = until_planted(hooked)
    other, real = real_one(hooked)
    reviewer = hooked.person("reviewer-1")
    shown, usual = (
        hooked.desk.show(reviewer, record.lead_id),
        hooked.desk.show(reviewer, other.lead_id),
    )
    mine, theirs = shown.view.as_dict(), usual.view.as_dict()
    assert mine.keys() == theirs.keys()
    differs = {name for name in mine if mine[name] != theirs[name]}
    assert differs <= {"lead_id"}
    assert shown.candidates.keys() == usual.candidates.keys()
    assert len(record.lead_id) == len(other.lead_id)
    assert (record.version, record.permit_id) == (other.version, other.permit_id)
    assert len(record.body) == len(other.body)
    assert record.expires_at - record.created_at == other.expires_at - other.created_at
    public = held_entries(hooked)
    facts, usual_facts = public[record.lead_id], public[other.lead_id]
    assert facts.keys() == usual_facts.keys()
    own = {"lead", "started", "gallery_changes"}
    assert {k: facts[k] for k in facts.keys() - own} == {
        k: usual_facts[k] for k in usual_facts.keys() - own
    }
    assert planted.operator_id == real.operator_id


def test_its_picture_is_nobodys_reference_byte_for_byte(hooked):
    ((record, planted),) = until_planted(hooked)
    gallery = hooked.office.workspace.gallery
    source = gallery.reference(planted.planted)
    assert record.crop != gallery.crop(planted.planted)
    known = {each.sample_digest for each in gallery.references("g")}
    assert planted.probe_digest not in known | {hashlib.sha256(record.crop).hexdigest()}
    assert source.subject_id not in {each.subject_id for each in planted.candidates}


def test_the_columns_of_the_store_are_of_one_length(hooked):
    until_planted(hooked)
    workspace = hooked.office.workspace
    with workspace.gallery._database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT length(subjects), length(body), length(lead_id), version FROM lead"
        ).all()
    assert len(set(rows)) == 1


def test_counts_change_only_with_what_the_log_says_in_the_open(hooked):
    ((record, _),) = until_planted(hooked)
    workspace = hooked.office.workspace
    open_leads = len(held_entries(hooked))
    before = statistics_of(workspace, hooked.id)
    assert before.uses["search"]["held_for_review"] == open_leads, "no count tells which one it is"
    for name in ("reviewer-1", "reviewer-2"):
        hooked.decide(record.lead_id, by=name)
    after = statistics_of(workspace, hooked.id)
    assert after.uses["search"]["held_for_review"] == open_leads - 1
    assert after.faces_searched == before.faces_searched - 1
    assert after.false_alerts == 0
    assert "decide" not in after.uses
    tally = workspace.shelf.tally(hooked.id)
    assert tally.leads.since(None) == tally.uses.since(None) == open_leads - 1


# ---- what becomes of it -------------------------------------------------------------------------


def test_it_names_nobody_and_is_told_only_after_the_last_verdict(hooked):
    ((record, _),) = until_planted(hooked)
    first, last = accept(hooked, record.lead_id, "reviewer-1", "reviewer-2")
    assert (first.outcome, first.subjects) == ("open", ())
    assert not any("planted" in notice for notice in first.notices)
    assert (last.outcome, last.subjects) == ("check", ())
    assert "planted" in last.notices[0]
    operator = hooked.person("operator")
    with pytest.raises(ConflictError):
        hooked.desk.export(operator, record.lead_id)
    with pytest.raises(ConflictError):
        hooked.desk.contest(operator, record.lead_id, reason="why")


@pytest.mark.parametrize("role", ["probe", "candidate"])
def test_erasing_a_person_destroys_planted_leads_that_show_them(hooked, role):
    ((record, planted),) = until_planted(hooked)
    workspace = hooked.office.workspace
    source = workspace.gallery.reference(planted.planted).subject_id
    who = source if role == "probe" else planted.candidates[0].subject_id
    hooked.desk.erase(hooked.person("operator"), who, reason="asked")
    assert record.lead_id not in {kept.lead_id for kept, _ in leads(hooked)}
    assert record.lead_id in revealed(hooked)


def test_it_expires_like_others_and_goes_with_its_probe(hooked, clock):
    ((record, planted),) = until_planted(hooked)
    workspace = hooked.office.workspace
    workspace.gallery.destroy([planted.planted])
    assert destroy_orphans(workspace.ledger, workspace.gallery) == 1
    assert revealed(hooked) == {record.lead_id}
    clock.advance(days=400)
    workspace.run_duties()
    assert leads(hooked) == []


def revealed(hooked) -> set[str]:
    entries = hooked.office.workspace.ledger.entries(LogName.USES, kinds={"check"})
    return {entry.public["lead"] for entry in entries}


# ---- what it tells of a reviewer ----------------------------------------------------------------


@given(st.integers(0, 200), st.integers(0, 200))
def test_suspended_is_whose_rate_is_above_the_limit_beyond_doubt(accepted, rest):
    rate = Measured("r", accepted + rest, accepted)
    assert 0 <= rate.lower <= rate.upper <= 1
    if rate.seen:
        assert rate.lower <= accepted / rate.seen <= rate.upper
    assert rate.over == (accepted > 1 and rate.lower > FALSE_ACCEPTS)
    assert not Measured("r", accepted + rest + 1, 1).over, "one mistake suspends nobody"


def test_who_accepts_planted_leads_is_suspended_and_another_takes_their_place(hooked):
    planted = until_planted(hooked, 2)
    workspace = hooked.office.workspace
    other, _ = real_one(hooked)
    hooked.decide(other.lead_id, by="reviewer-1")
    for record, _ in planted:
        hooked.decide(record.lead_id, by="reviewer-1")
        hooked.decide(record.lead_id, "different_person", by="reviewer-2")
    first, second = (hooked.person(name) for name in ("reviewer-1", "reviewer-2"))
    counted = measured(workspace.ledger, workspace.registry.standing)
    assert (counted[first.principal_id].seen, counted[first.principal_id].false_accepts) == (2, 2)
    assert counted[second.principal_id].false_accepts == 0
    entries = tuple(workspace.ledger.entries(LogName.DECISIONS, kinds={"reviewer_suspended"}))
    assert [entry.public["principal"] for entry in entries] == [first.principal_id]
    assert "reviewer-1" not in str(entries[0].public)
    waiting = next(r for r, lead in leads(hooked) if lead.state in WAITING and not lead.verdicts)
    with pytest.raises(RoleError, match="suspended"):
        hooked.desk.show(first, waiting.lead_id)
    with pytest.raises(RoleError, match="suspended"):
        hooked.desk.decide(first, waiting.lead_id, "cannot_say", reason="x")
    assert hooked.decide(other.lead_id, by="reviewer-2").outcome == "open", "one verdict counts"
    assert hooked.decide(other.lead_id, by="reviewer-3").outcome == "confirmed"


def test_a_suspension_is_lifted_after_a_new_training_by_somebody_else(hooked, clock):
    workspace = hooked.office.workspace
    who = hooked.person("reviewer-1").principal_id
    workspace.shelf.stop_reviewer(who, now=clock())
    officer, operator = workspace.acting("officer"), workspace.acting("operator")
    with pytest.raises(ConflictError, match="training"):
        restore_reviewer(workspace, "reviewer-1", reason="talked to", by=officer)
    clock.advance(days=1)
    today = clock().date()
    record_training(workspace, "reviewer-1", on=today, course="again", by=operator)
    with pytest.raises(RoleError):
        restore_reviewer(workspace, "reviewer-1", reason="me", by=workspace.acting("reviewer-1"))
    restore_reviewer(workspace, "reviewer-1", reason="trained again", by=officer)
    assert hooked.decide(hooked.search().lead_id).outcome == "open"
    with pytest.raises(ConflictError):
        restore_reviewer(workspace, "reviewer-1", reason="twice", by=officer)


def test_rates_are_shown_to_those_who_answer_for_reviewers(hooked):
    workspace = hooked.office.workspace
    ((record, _),) = until_planted(hooked)
    accept(hooked, record.lead_id, "reviewer-1", "reviewer-2")
    rows = {
        each.name: each.as_dict()
        for each in measured_reviewers(workspace, workspace.acting("officer"))
    }
    assert (rows["reviewer-1"]["seen"], rows["reviewer-1"]["false_accepts"]) == (1, 1)
    assert (rows["reviewer-3"]["rate"], rows["reviewer-3"]["upper"]) == (None, 1.0)
    with pytest.raises(RoleError):
        measured_reviewers(workspace, workspace.acting("reviewer-1"))


# ---- looking ------------------------------------------------------------------------------------


def test_no_verdict_from_who_has_not_looked_for_a_while(hooked, clock):
    lead, reviewer = hooked.search().lead_id, hooked.person("reviewer-1")
    say = lambda: hooked.desk.decide(reviewer, lead, "different_person", reason="ears")  # noqa: E731
    with pytest.raises(NotSeenError, match="not shown"):
        say()
    hooked.desk.show(reviewer, lead)
    clock.advance(seconds=2)
    hooked.desk.show(reviewer, lead)  # looking again does not begin anew
    with pytest.raises(NotSeenError, match="3 s"):
        say()
    hooked.desk.show(hooked.person("reviewer-2"), lead)
    clock.advance(seconds=LEAST_VIEWING.total_seconds() - 2)
    assert say().outcome == "open"
    shown = [
        entry
        for entry in hooked.office.workspace.ledger.entries(LogName.USES)
        if entry.public["outcome"] == "shown"
    ]
    assert len(shown) == 2, "one entry a reviewer and lead"


@pytest.mark.parametrize("who", ["operator", "both", "untrained"])
def test_pictures_are_for_those_who_may_decide(office, who):
    trained = condition("reviewer_training", "GV-04", days=365)
    hooked = Hooked(office, (trained, condition("lead_only")))
    office.add("both", Role.OPERATOR, Role.REVIEWER)
    office.train("both")
    office.add("untrained", Role.REVIEWER)
    hooked.enroll()
    lead = hooked.search(by="both").lead_id
    with pytest.raises(RoleError):
        hooked.desk.show(hooked.person(who), lead)
    assert office.last_use().public["outcome"] == "refused"


def test_the_lead_of_somebody_unlike_is_found_by_its_look(hooked):
    shown = hooked.desk.show(hooked.person("reviewer-1"), hooked.search(BEN).lead_id)
    assert shown.probe
    assert list(shown.candidates) == [1]
