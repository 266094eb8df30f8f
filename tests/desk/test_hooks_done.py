"""Each hook that the program keeps by what it does, and the duties that run without a daemon."""

import json
from datetime import timedelta

import numpy as np
import pytest

from fakes import FakeEngine, photograph
from hooked import AUTHORITY, Hooked, condition
from office import Office
from recognizance.canonical import digest, parse_json
from recognizance.conditions import is_public
from recognizance.errors import (
    ConflictError,
    NotFoundError,
    PermitLapsedError,
    PermitRevokedError,
    PermitScopeError,
    PermitSuspendedError,
    RoleError,
)
from recognizance.gallery import ExactIndex
from recognizance.gate.scope import SampleKind, Scope, Window
from recognizance.ledger import LogName
from recognizance.ledger.verify import verify_receipt
from recognizance.permits import oversight
from recognizance.permits.issuing import revoke_permit
from recognizance.recovery import settle
from recognizance.types import PermitClass
from recognizance.uses import Answer
from recognizance.workspace import Workspace

CARLA = photograph("carla", note="1")


def uses(workspace, kind):
    return [entry for entry in workspace.ledger.entries(LogName.USES) if entry.kind == kind]


def decisions(workspace, kind):
    return [entry for entry in workspace.ledger.entries(LogName.DECISIONS) if entry.kind == kind]


@pytest.fixture
def governed(settings, clock):
    """An office whose workspace has pinned an authority."""
    with Workspace.create(settings, authority=AUTHORITY.public_key, clock=clock) as opened:
        opened.__dict__["engine"] = FakeEngine(opened.evidence.model_id)
        yield Office(opened)


# ---- while a use runs --------------------------------------------------------------------------


def test_a_candidate_leaves_as_a_lead_and_never_as_a_name(office):
    hooked = Hooked(office, (condition("lead_only"),))
    hooked.enroll()
    answer = hooked.search()
    assert (answer.outcome, answer.subjects, answer.band) == ("held_for_review", (), None)
    assert Hooked(office, (), gallery="h").enroll().outcome == "enrolled"


def test_no_answer_has_room_for_a_trait_or_a_group():
    assert set(Answer.__dataclass_fields__) == {
        *("operation", "outcome", "permit_id", "self_attested", "entry", "receipt", "error_rate"),
        *("band", "subjects", "lead_id", "count", "notices", "token"),
        *("references", "rates_ppb", "looks"),
    }


def test_a_countersigned_permit_asks_what_kind_of_picture_it_is(governed):
    floor = condition("quality_floor", "EV-08", min_sharpness=20)
    hooked = Hooked(governed, (floor,), permit_class=PermitClass.STANDARD)
    hooked.enroll(sample=SampleKind.PHOTOGRAPH)
    with pytest.raises(PermitScopeError) as caught:
        hooked.search()
    assert caught.value.rules == ("EV-08",)
    assert hooked.search(sample=SampleKind.PHOTOGRAPH).outcome == "held_for_review"


def test_features_that_are_wiped_too_late_stop_the_use(office, clock, monkeypatch):
    workspace = office.workspace
    hooked = Hooked(office, (condition("wipe_nonmatch", "LE-10", seconds=1),))
    hooked.enroll()
    clock.advance(seconds=10)
    assert hooked.search(CARLA).outcome == "no_candidate"
    assert uses(workspace, "wipe_late") == []
    search = ExactIndex.search

    def slow_search(self, *arguments, **more):
        clock.advance(seconds=1.001)
        return search(self, *arguments, **more)

    monkeypatch.setattr(ExactIndex, "search", slow_search)
    assert hooked.search(CARLA).outcome == "no_candidate"
    assert not any(np.any(vector) for vector in workspace.engine.given)
    (late,) = uses(workspace, "wipe_late")
    assert (late.public["permit"], late.public["milliseconds"]) == (hooked.id, 1001)
    assert late.public["rules"] == ["LE-10"]
    with pytest.raises(PermitSuspendedError) as caught:
        hooked.search(CARLA)
    assert caught.value.rules == ("LE-10",)


def test_features_are_gone_before_a_use_is_even_recorded(office, monkeypatch):
    hooked = Hooked(office, ())
    hooked.enroll()
    desk, left = hooked.desk, []
    record = desk._record

    def looking(*arguments, **more):
        left.append([vector for vector in office.workspace.engine.given if np.any(vector)])
        record(*arguments, **more)

    monkeypatch.setattr(desk, "_record", looking)
    hooked.search(CARLA)
    hooked.verify("s-1", CARLA)
    hooked.verify()
    assert left == [[], [], []]


# ---- what is kept, and how long ----------------------------------------------------------------


def test_each_retention_term_bounds_what_is_kept(office, clock):
    terms = {
        "a": (condition("retention", hours=48), timedelta(hours=48)),
        "b": (condition("retention", after_last_contact_days=10), timedelta(days=10)),
        "c": (condition("entry_expiry", hours=24), timedelta(hours=24)),
        "d": (condition("retention", after_purpose_days=0), timedelta(days=300)),
    }
    for gallery, (term, kept) in terms.items():
        hooked = Hooked(office, (term,), gallery=gallery)
        hooked.enroll()
        (reference,) = office.workspace.gallery.references(gallery)
        assert reference.expires_at == clock() + kept
        clock.advance(seconds=1)
    clock.advance(hours=24)
    office.workspace.run_duties()
    assert office.workspace.gallery.references("c") == ()
    assert len(office.workspace.gallery.references("a")) == 1


def test_a_lead_ends_with_its_retention(office, clock):
    hooked = Hooked(office, (condition("lead_only"), condition("retention", hours=2)))
    hooked.enroll()
    clock.advance(hours=1)
    lead = hooked.search().lead_id
    clock.advance(hours=2)
    office.workspace.run_duties()
    with pytest.raises(NotFoundError):
        office.workspace.gallery.lead(lead)


def test_what_a_revoked_permit_held_ends_with_its_purpose(office, clock):
    workspace = office.workspace
    hooked = Hooked(office, (condition("retention", after_purpose_days=3),))
    hooked.enroll()
    revoke_permit(workspace, hooked.id, reason="over", by=workspace.acting("officer"))
    clock.advance(days=2)
    workspace.run_duties()
    assert len(workspace.gallery.references("g")) == 1
    clock.advance(days=1)
    workspace.run_duties()
    assert workspace.gallery.references("g") == ()
    assert uses(workspace, "retention")[-1].public["permit"] == hooked.id


@pytest.mark.parametrize("end", ["window", "permit", "revoked"])
def test_the_list_is_destroyed_at_the_end_of_the_deployment(office, clock, end):
    workspace = office.workspace
    windows = (Window(clock(), clock() + timedelta(hours=6)),) if end == "window" else ()
    hooked = Hooked(
        office,
        (condition("list_destroyed", hours=24),),
        scope=Scope(windows=windows),
        lasts=timedelta(hours=8),
    )
    hooked.enroll()
    clock.advance(hours=1)
    workspace.run_duties()
    assert len(workspace.gallery.references("g")) == 1
    if end == "revoked":
        revoke_permit(workspace, hooked.id, reason="over", by=workspace.acting("officer"))
    else:
        clock.advance(hours=5 if end == "window" else 7)
    workspace.run_duties()
    assert workspace.gallery.references("g") == ()
    (destroyed,) = uses(workspace, "list_destroyed")
    assert destroyed.public["late"] is False
    workspace.run_duties()
    assert len(uses(workspace, "list_destroyed")) == 1


def test_a_list_that_was_destroyed_too_late_is_recorded_as_that(office, clock):
    # A list outlives its window only where nobody opened the workspace in time.
    windows = (Window(clock(), clock() + timedelta(hours=6)),)
    hooked = Hooked(office, (condition("list_destroyed", hours=24),), scope=Scope(windows=windows))
    hooked.enroll()
    clock.advance(hours=31)
    office.workspace.run_duties()
    (destroyed,) = uses(office.workspace, "list_destroyed")
    assert destroyed.public["late"] is True


def test_a_renewed_permit_takes_the_list_over(office, clock):
    workspace = office.workspace
    ends = (condition("list_destroyed", hours=24),)
    first = Hooked(office, ends, lasts=timedelta(hours=8))
    clock.advance(hours=7)
    second = Hooked(office, ends, renews=first.id)
    second.enroll()
    clock.advance(hours=2)
    workspace.run_duties()
    assert second.search().outcome == "candidate"
    revoke_permit(workspace, second.id, reason="over", by=workspace.acting("officer"))
    workspace.run_duties()
    assert workspace.gallery.references("g") == ()


def test_erasing_a_person_leaves_every_leaf_where_it_was(office):
    workspace = office.workspace
    hooked = Hooked(office, (condition("use_log", months=6), condition("lead_only")))
    hooked.enroll()
    hooked.search()
    ledger = workspace.ledger
    before = [ledger.leaf(LogName.USES, index) for index in range(ledger.size(LogName.USES))]
    hooked.desk.erase(hooked.person("operator"), "s-1", reason="asked")
    after = [ledger.leaf(LogName.USES, index) for index in range(len(before))]
    assert after == before
    assert {"entries", "leaf", "private", "erase_private", "append"} <= set(dir(ledger))
    assert not [name for name in dir(ledger) if name.startswith(("delete", "prune", "truncate"))]


# ---- publication -------------------------------------------------------------------------------


@pytest.mark.parametrize(("waits", "late"), [(6, False), (30, False), (31, True)])
def test_a_quiet_use_is_published_once_its_window_is_over(office, clock, waits, late):
    workspace = office.workspace
    hooked = Hooked(
        office,
        (condition("publication_after", hours=24),),
        scope=Scope(windows=(Window(clock(), clock() + timedelta(hours=6)),)),
    )
    workspace.run_duties()
    assert workspace.registry.standing.published(hooked.id) is None
    assert not is_public(hooked.permit, workspace.registry.standing)
    clock.advance(hours=waits)
    workspace.run_duties()
    workspace.run_duties()
    (entry,) = decisions(workspace, "permit_published")
    assert entry.public["late"] is late
    assert workspace.registry.standing.published(hooked.id) == entry.time
    assert is_public(hooked.permit, workspace.registry.standing)


# ---- orders ------------------------------------------------------------------------------------


def with_order(office) -> Hooked:
    hooked = Hooked(office, (condition("order_timer", "LE-04", hours=24), condition("lead_only")))
    hooked.enroll()
    hooked.search()
    return hooked


def answer(hooked: Hooked, *, granted: bool, by: str = "officer") -> None:
    workspace = hooked.office.workspace
    oversight.record_order(
        workspace,
        hooked.id,
        order_id="17 Gs 4/26",
        granted=granted,
        document=b"%PDF",
        by=workspace.acting(by),
    )


def assert_wiped(workspace, permit: str) -> None:
    assert workspace.gallery.references("g") == ()
    assert workspace.gallery.leads("open") == ()
    for entry in workspace.ledger.entries(LogName.USES):
        if entry.public.get("permit") == permit:
            assert workspace.ledger.private(LogName.USES, entry.index) is None
    (wiped,) = decisions(workspace, "permit_wiped")
    assert wiped.public["references"] == 1
    assert wiped.public["leads"] == 1


def test_without_an_order_in_time_the_use_ends_and_everything_is_wiped(office, clock):
    workspace = office.workspace
    hooked = with_order(office)
    assert oversight.time_left(hooked.permit, clock()) == "24 h 0 min"
    clock.advance(hours=23, minutes=59)
    workspace.run_duties()
    assert hooked.search().outcome == "held_for_review"
    workspace.gallery.destroy_lead(workspace.gallery.leads("open")[-1].lead_id)
    clock.advance(minutes=1)
    workspace.run_duties()
    assert_wiped(workspace, hooked.id)
    (revoked,) = decisions(workspace, "permit_revoked")
    assert (revoked.public["by"], revoked.public["rules"]) == ("program", ["LE-04"])
    with pytest.raises(PermitRevokedError):
        hooked.search()
    with pytest.raises(ConflictError):
        answer(hooked, granted=True)
    workspace.run_duties()
    assert len(decisions(workspace, "permit_wiped")) == 1


def test_a_process_that_stays_open_refuses_before_it_has_wiped(office, clock):
    hooked = with_order(office)
    (lead,) = office.workspace.gallery.leads("open")
    clock.advance(hours=24)
    with pytest.raises(PermitLapsedError):
        hooked.search()
    with pytest.raises(PermitLapsedError):
        hooked.decide(lead.lead_id)


def test_a_refused_order_wipes_at_once_and_a_granted_one_lets_the_use_go_on(office, clock):
    hooked = with_order(office)
    with pytest.raises(RoleError):
        answer(hooked, granted=True, by="operator")
    answer(hooked, granted=False)
    assert_wiped(office.workspace, hooked.id)
    granted = Hooked(office, (condition("order_timer", hours=24),), gallery="h")
    granted.enroll()
    answer(granted, granted=True)
    clock.advance(days=3)
    office.workspace.run_duties()
    assert granted.search().outcome == "candidate"
    with pytest.raises(ConflictError):
        answer(granted, granted=False)


def test_a_wipe_that_was_cut_off_is_finished_by_the_next(office, clock, monkeypatch):
    hooked = with_order(office)
    workspace = office.workspace
    clock.advance(hours=25)

    def cut_off(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(workspace.ledger), "erase_private", cut_off)
    with pytest.raises(KeyboardInterrupt):
        workspace.run_duties()
    monkeypatch.undo()
    assert decisions(workspace, "permit_wiped") == []
    workspace.run_duties()
    for entry in workspace.ledger.entries(LogName.USES):
        if entry.public.get("permit") == hooked.id:
            assert workspace.ledger.private(LogName.USES, entry.index) is None
    assert len(decisions(workspace, "permit_wiped")) == 1
    assert len(decisions(workspace, "permit_revoked")) == 1


def test_an_open_intent_whose_payload_was_wiped_is_still_settled(office, clock):
    workspace = office.workspace
    for kind in ("search", "decide", "contest", "erase"):
        intent = workspace.ledger.append(
            LogName.USES,
            kind,
            {"outcome": "intent"},
            private={"lead": "gone", "version": 1},
            opens=True,
            now=clock(),
        )
        workspace.ledger.erase_private(LogName.USES, intent.index)
    assert settle(workspace.ledger, workspace.gallery, now=clock()) == 4
    assert workspace.ledger.open_intents(LogName.USES) == ()


# ---- leads that leave --------------------------------------------------------------------------


def confirmed(office, *conditions) -> tuple[Hooked, str]:
    hooked = Hooked(office, (condition("lead_only"), *conditions))
    hooked.enroll()
    lead = hooked.search(case_id="case-7").lead_id
    assert hooked.decide(lead).outcome == "confirmed"
    return hooked, lead


def exported(hooked: Hooked, lead: str, evidence: str | None = "dna-17", by: str = "operator"):
    return hooked.desk.export(hooked.person(by), lead, evidence)


def test_a_bundle_shows_everything_and_its_receipt_proves_that_it_was_recorded(office):
    hooked, lead = confirmed(
        office, condition("independent_evidence"), condition("disclosure_bundle", "LE-12")
    )
    done = exported(hooked, lead)
    document = parse_json(done.document)
    content = document["content"]
    assert content["lead"]["confirmed"] == "s-1"
    assert content["lead"]["independent_evidence"] == "dna-17"
    assert content["permit"]["permit"]["permit_id"] == hooked.id
    assert content["system"]["model_id"] == hooked.permit.model_id
    assert content["gallery"] == {
        "gallery_id": "g",
        "references_searched": 1,
        "references_signed_for": 10,
    }
    assert [each["subject_id"] for each in content["candidates"]] == ["s-1"]
    assert content["reviews"][0]["choice"] == "same_person"
    assert content["reviews"][0]["trained_on"] == "2026-11-22"
    assert content["probe"]["quality"]["sharpness"] == 900
    assert content["decision"]["target_ppb"] == 1_000_000
    assert content["decision"]["threshold_e6"] > 0
    assert "no comparison scores" in content["decision"]["scores"]
    assert b"comparison_score" not in done.document
    vkey = office.workspace.ledger.vkey(LogName.USES)
    assert content["ledger_key"] == vkey
    verify_receipt(document["receipt"], vkey, document["leaf"].encode())
    assert document["sha256"] == digest(content)
    assert json.loads(document["leaf"])["public"]["bundle"] == document["sha256"]
    assert len(content["entries"]) == 3  # the search, the look at it, the verdict
    for entry in content["entries"]:
        verify_receipt(entry["receipt"], vkey, entry["leaf"].encode())


@pytest.mark.parametrize("evidence", [None, "", "  ", "case-7", "CASE-7", "lead"])
def test_no_lead_leaves_on_its_own_word(office, evidence):
    hooked, lead = confirmed(office, condition("independent_evidence", "HR-14"))
    with pytest.raises(PermitScopeError) as caught:
        exported(hooked, lead, lead if evidence == "lead" else evidence)
    assert caught.value.rules == ("HR-14",)
    assert exported(hooked, lead).answer.outcome == "exported"


def test_only_a_confirmed_lead_leaves_and_only_by_the_operator_or_an_officer(office):
    hooked = Hooked(office, (condition("lead_only"),))
    hooked.enroll()
    lead = hooked.search().lead_id
    with pytest.raises(ConflictError):
        exported(hooked, lead)
    hooked.decide(lead, "different_person")
    with pytest.raises(ConflictError):
        exported(hooked, lead)
    other = hooked.confirmed()
    with pytest.raises(RoleError):
        exported(hooked, other, by="reviewer-1")
    assert exported(hooked, other, None).answer.outcome == "exported"
    assert exported(hooked, other, by="officer").answer.outcome == "exported"


def test_a_contested_lead_does_not_leave_until_somebody_new_has_looked(office):
    hooked, lead = confirmed(office)
    before = exported(hooked, lead).answer.entry
    hooked.desk.contest(hooked.person("operator"), lead, reason="I was abroad")
    marked = office.last_use().public
    assert (marked["outcome"], marked["lead"]) == ("contested", lead)
    assert before in marked["releases"]
    assert len(marked["releases"]) == 2
    with pytest.raises(ConflictError):
        exported(hooked, lead)
    with pytest.raises(RoleError):
        hooked.decide(lead, by="reviewer-1")
    answered = hooked.decide(lead, by="reviewer-2")
    assert (answered.outcome, answered.subjects) == ("upheld", ("s-1",))
    bundle = parse_json(exported(hooked, lead).document)["content"]
    assert bundle["contest"]["reason"] == "I was abroad"
    assert len(bundle["reviews"]) == 2


@pytest.mark.parametrize("choice", ["different_person", "cannot_say"])
def test_doubt_overturns_and_counts_as_a_false_alert(office, choice):
    hooked, lead = confirmed(office, condition("false_alert_meter", ppb=1_000_000))
    hooked.desk.contest(hooked.person("reviewer-3"), lead, reason="not me")
    with pytest.raises(RoleError):
        hooked.decide(lead, choice, by="reviewer-3")
    answered = hooked.decide(lead, choice, by="reviewer-2")
    assert (answered.outcome, answered.subjects) == ("overturned", ())
    with pytest.raises(PermitSuspendedError):
        hooked.search()
    with pytest.raises((ConflictError, PermitSuspendedError)):
        exported(hooked, lead)


def test_a_contest_needs_no_valid_permit_and_an_erasure_takes_it_along(office):
    workspace = office.workspace
    hooked, lead = confirmed(office)
    revoke_permit(workspace, hooked.id, reason="over", by=workspace.acting("officer"))
    contested = hooked.desk.contest(hooked.person("reviewer-3"), lead, reason="It was not I.")
    assert contested.outcome == "contested"
    hooked.desk.erase(hooked.person("operator"), "s-1", reason="asked")
    with pytest.raises(NotFoundError):
        workspace.gallery.lead(lead)
    for path in workspace.layout.home.rglob("*"):
        if path.is_file():
            assert b"It was not I." not in path.read_bytes(), path
