"""Each hook that refuses: its condition is broken, and the use is refused, recorded, and empty."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from fakes import photograph
from hooked import ANA, ANA_AGAIN, BEN, Hooked, condition
from recognizance.conditions.owed import ATTESTED
from recognizance.errors import (
    DutyUnmetError,
    InputError,
    PermitLapsedError,
    PermitScopeError,
    PermitSuspendedError,
    RecognizanceError,
    RoleError,
)
from recognizance.gate.hooks import HOOKS
from recognizance.gate.scope import SampleKind, Scope, Window
from recognizance.permits import oversight
from recognizance.permits.objecting import lodge
from recognizance.types import Role

RULE = "XX-01"
SITE = {"site": "square"}


@dataclass(frozen=True)
class Break:
    """How a condition is broken: what the permit says, what happens, what is tried then."""

    parameters: dict
    use: Callable[[Hooked], object]
    error: type[RecognizanceError]
    before: Callable[[Hooked], object] = lambda hooked: None
    scope: Callable[[object], Scope] = lambda now: Scope()
    rules: tuple[str, ...] = (RULE,)
    more: dict | None = None


def hour_from(now) -> Scope:
    return Scope(windows=(Window(now, now + timedelta(hours=1)),))


def advance(hooked: Hooked, **delta: float) -> None:
    hooked.office.workspace.clock.advance(**delta)


def ago(hooked: Hooked, **delta: float):
    return hooked.office.workspace.clock() - timedelta(**delta)


def enroll_past_the_desk(hooked: Hooked, subject: str, person: str, gallery: str = "g") -> None:
    """A reference that came into the gallery in another way, as by a program without a desk."""
    gallery_store = hooked.office.workspace.gallery
    (reference,) = gallery_store.references_of(gallery, "s-1")[:1]
    other = replace(
        reference,
        reference_id=f"past-{subject}",
        subject_id=subject,
        sample_digest=person.encode().hex().ljust(64, "0"),
    )
    gallery_store.add((other,), {}, intent="uses/0")


def object_while_it_rests(hooked: Hooked) -> None:
    registry = hooked.office.workspace.registry
    advance(hooked, days=3)
    lodge(registry, hooked.id, "not in our street", now=hooked.office.workspace.clock())
    advance(hooked, days=28)


def another_permit_for_the_gallery(hooked: Hooked) -> Hooked:
    return Hooked(hooked.office, (condition("local_gallery"),))


def looser_threshold(hooked: Hooked) -> None:
    """Somebody puts the threshold of a looser target into the desk's hands."""
    workspace = hooked.office.workspace
    target = replace(hooked.permit.target, target_ppb=10_000_000)
    workspace.desk._thresholds = lambda _: workspace.threshold_of(target)


def worst_group_passes(hooked: Hooked) -> None:
    """A threshold that keeps the target on average, and not in the worst group."""
    workspace = hooked.office.workspace
    right = workspace.threshold(hooked.permit)
    worse = replace(right, worst=replace(right.worst, upper=right.worst.upper * 5))
    workspace.desk._thresholds = lambda _: worse


def reject_one(hooked: Hooked) -> None:
    hooked.decide(hooked.search().lead_id, "different_person")


def confirmed_with_one_candidate_erased(hooked: Hooked) -> None:
    hooked.enroll("s-2", photograph("ana", note="3"))
    lead = hooked.search().lead_id
    hooked.desk.erase(hooked.person("operator"), "s-2", reason="asked")
    assert hooked.decide(lead).outcome == "confirmed"


def the_lead(hooked: Hooked) -> str:
    (lead,) = hooked.office.workspace.gallery.leads("confirmed")
    return lead.lead_id


def export(evidence: str | None) -> Callable[[Hooked], object]:
    return lambda hooked: hooked.desk.export(hooked.person("operator"), the_lead(hooked), evidence)


def decide_untrained(hooked: Hooked):
    hooked.office.add("untrained", Role.REVIEWER)
    return hooked.decide(hooked.search().lead_id, by="untrained")


def decide_twice(hooked: Hooked):
    lead = hooked.search().lead_id
    assert hooked.decide(lead).subjects == ()
    return hooked.decide(lead)


BREAKS = {
    **{
        hook: Break({}, Hooked.search, DutyUnmetError)
        for hook in ATTESTED
        if hook != "contest_route"
    },
    "age_flag": Break({}, lambda h: h.enroll("s-2", BEN, minor=None), PermitScopeError),
    "case_id": Break({}, Hooked.search, PermitScopeError),
    "contest_route": Break({}, Hooked.search, DutyUnmetError),
    "delay_floor": Break(
        {"seconds": 600},
        lambda h: h.search(captured_at=ago(h, seconds=599)),
        PermitScopeError,
    ),
    "disclosure_bundle": Break(
        {}, export("dna-17"), PermitScopeError, confirmed_with_one_candidate_erased
    ),
    "evidence_expiry": Break(
        {"days": 30}, Hooked.search, PermitLapsedError, lambda h: advance(h, days=40)
    ),
    "false_alert_meter": Break({"ppb": 1_000_000}, Hooked.search, PermitSuspendedError, reject_one),
    "gallery_limit": Break({"n": 1}, lambda h: h.enroll("s-2", BEN), PermitScopeError),
    "hours": Break(
        {}, Hooked.search, PermitScopeError, lambda h: advance(h, hours=1), scope=hour_from
    ),
    "independent_evidence": Break({}, export(None), PermitScopeError, Hooked.confirmed),
    "local_gallery": Break(
        {},
        lambda h: another_permit_for_the_gallery(h).search(),
        PermitScopeError,
        rules=("D4", RULE),
    ),
    "named_targets": Break(
        {},
        Hooked.search,
        PermitScopeError,
        lambda h: enroll_past_the_desk(h, "s-2", "ben"),
        scope=lambda now: Scope(targets=frozenset({"s-1"})),
    ),
    "no_second_use": Break(
        {}, lambda h: h.search(purpose="suspect_search"), PermitScopeError, rules=("D4",)
    ),
    "notify_authorities": Break(
        {},
        Hooked.search,
        DutyUnmetError,
        lambda h: (h.search(), advance(h, hours=24, seconds=1)),
    ),
    "order_timer": Break(
        {"hours": 24}, Hooked.search, PermitLapsedError, lambda h: advance(h, hours=24)
    ),
    "place_fence": Break(
        {},
        lambda h: h.search(site="street"),
        PermitScopeError,
        scope=lambda now: Scope(sites=frozenset({"square"})),
    ),
    "provenance": Break(
        {}, lambda h: h.enroll("s-2", BEN, provenance="web"), InputError, rules=("HR-09",)
    ),
    "publication_rest": Break(
        {"days": 30},
        Hooked.enroll,
        DutyUnmetError,
        object_while_it_rests,
        more={"rests": timedelta(days=30)},
    ),
    "quality_floor": Break(
        {"min_sharpness": 20}, lambda h: h.search(sample=SampleKind.SKETCH), PermitScopeError
    ),
    "release_id": Break({}, lambda h: h.enroll("s-2", BEN, ground=" "), PermitScopeError),
    "reviewer_training": Break({"days": 365}, decide_untrained, RoleError),
    "reviewers": Break({"n": 2}, decide_twice, RoleError, rules=("LE-09",)),
    "stop_button": Break(
        {},
        Hooked.search,
        PermitSuspendedError,
        lambda h: oversight.suspend(
            h.office.workspace,
            h.id,
            reason="this is wrong",
            by=h.office.workspace.acting("reviewer-1"),
        ),
    ),
    "target_only_gallery": Break(
        {},
        lambda h: h.enroll("s-2", BEN),
        PermitScopeError,
        scope=lambda now: Scope(targets=frozenset({"s-1"})),
    ),
    "threshold_floor": Break({}, Hooked.search, PermitScopeError, looser_threshold),
    "worst_group_threshold": Break({}, Hooked.search, PermitScopeError, worst_group_passes),
    "yearly_audit": Break(
        {"days": 30}, Hooked.search, PermitLapsedError, lambda h: advance(h, days=31)
    ),
}

DONE_BY_THE_PROGRAM = {
    "entry_expiry",
    "lead_only",
    "list_destroyed",
    "no_group_output",
    "publication_after",
    "retention",
    "use_log",
    "wipe_nonmatch",
}
"""Kept by what the program does; `test_hooks_done.py` has a test of each."""


KEPT_BY_A_WATCH = {"density_limit", "lead_limit"}
"""`test_watch_stops.py` has a test of each."""


def test_every_hook_has_a_test_that_breaks_it():
    assert BREAKS.keys() | DONE_BY_THE_PROGRAM | KEPT_BY_A_WATCH == HOOKS.keys()
    assert BREAKS.keys().isdisjoint(DONE_BY_THE_PROGRAM)


@pytest.mark.parametrize("hook", sorted(BREAKS))
def test_a_broken_condition_refuses_with_its_rule_and_releases_nothing(office, hook):
    broken = BREAKS[hook]
    workspace = office.workspace
    conditions = [condition(hook, RULE, **broken.parameters)]
    if hook != "lead_only":
        conditions.append(condition("lead_only", "HR-14"))  # so that a search makes a lead
    hooked = Hooked(
        office, tuple(conditions), scope=broken.scope(workspace.clock()), **(broken.more or {})
    )
    if hook not in {*ATTESTED, "case_id", "publication_rest"}:
        stated = SITE if hook == "place_fence" else {}
        hooked.enroll(**stated)
    broken.before(hooked)
    held = (workspace.gallery.counts("g"), [lead.state for lead in workspace.gallery.leads("open")])
    with pytest.raises(broken.error) as caught:
        broken.use(hooked)
    error = caught.value
    assert type(error) is broken.error
    assert error.rules == broken.rules
    assert error.hint
    entry = office.last_use()
    assert error.entry == f"uses/{entry.index}"
    assert entry.public["outcome"] in {"refused", "bad_input"}
    assert entry.public["code"] == error.code
    assert entry.public["rules"] == list(broken.rules)
    if hook not in {"reviewer_training", "reviewers"}:  # where the search before made a lead
        now_held = [lead.state for lead in workspace.gallery.leads("open")]
        assert (workspace.gallery.counts("g"), now_held) == held


@pytest.mark.parametrize("hook", sorted(ATTESTED))
def test_an_attested_duty_opens_the_use(office, hook):
    hooked = Hooked(office, (condition(hook),))
    with pytest.raises(DutyUnmetError) as caught:
        hooked.enroll()
    assert f"permit attest {hooked.id} {hook}" in caught.value.hint
    office.attest_all(hooked.id)
    assert hooked.enroll().outcome == "enrolled"
    assert hooked.search().outcome == "candidate"


def test_a_use_inside_every_fence_runs(office):
    now = office.workspace.clock()
    scope = Scope(
        sites=frozenset({"square"}),
        cameras=frozenset({"cam-1"}),
        windows=(Window(now, now + timedelta(hours=2)),),
        targets=frozenset({"s-1"}),
        cases=frozenset({"case-7"}),
    )
    conditions = [
        condition("place_fence", closed_by="assembly_calendar"),
        condition("hours"),
        condition("named_targets"),
        condition("case_id"),
        condition("delay_floor", seconds=600),
        condition("quality_floor", min_sharpness=20),
    ]
    hooked = Hooked(office, tuple(conditions), scope=scope)
    hooked.enroll(case_id="case-7")
    inside = {
        "site": "square",
        "camera": "cam-1",
        "case_id": "case-7",
        "captured_at": ago(hooked, seconds=600),
        "sample": SampleKind.PHOTOGRAPH,
    }
    assert hooked.search(**inside).outcome == "candidate"
    assert hooked.verify(**inside).outcome == "match"
    for name, outside in {
        "site": "street",
        "camera": "cam-2",
        "case_id": "case-8",
        "captured_at": ago(hooked, seconds=-1),
        "sample": SampleKind.EDITED,
    }.items():
        with pytest.raises(PermitScopeError):
            hooked.search(**inside | {name: outside})
    for name in ("site", "camera", "case_id", "captured_at"):
        with pytest.raises(PermitScopeError):
            hooked.search(**{key: value for key, value in inside.items() if key != name})
    with pytest.raises(PermitScopeError):
        hooked.verify("s-2", **inside)


@pytest.mark.parametrize("hook", ["place_fence", "hours", "named_targets", "target_only_gallery"])
def test_a_fence_that_names_nothing_lets_nothing_through(office, hook):
    hooked = Hooked(office, (condition(hook),))
    with pytest.raises(PermitScopeError) as caught:
        hooked.search(site="square")
    assert caught.value.rules == (RULE,)


def test_an_announced_assembly_closes_its_place_for_its_time_and_for_footage_of_it(office):
    workspace = office.workspace
    fence = condition("place_fence", "HR-04", closed_by="assembly_calendar")
    hooked = Hooked(office, (fence,), scope=Scope(sites=frozenset({"square", "park"})))
    hooked.enroll()
    now = workspace.clock()
    assembly = oversight.announce_assembly(
        workspace,
        site="square",
        begins=now,
        ends=now + timedelta(hours=3),
        reason="a march",
        by=workspace.acting("operator"),
    )
    with pytest.raises(PermitScopeError) as caught:
        hooked.search(site="square")
    assert caught.value.rules == ("HR-04",)
    assert hooked.search(site="park").outcome == "candidate"
    advance(hooked, hours=3)
    assert hooked.search(site="square").outcome == "candidate"
    with pytest.raises(PermitScopeError):
        hooked.search(site="square", captured_at=ago(hooked, hours=1))
    with pytest.raises(RoleError):
        oversight.cancel_assembly(
            workspace, assembly.assembly_id, reason="rain", by=workspace.acting("operator")
        )
    oversight.cancel_assembly(
        workspace, assembly.assembly_id, reason="rain", by=workspace.acting("officer")
    )
    assert hooked.search(site="square", captured_at=ago(hooked, hours=1)).outcome == "candidate"


def test_hours_begin_and_end_to_the_second(office):
    now = office.workspace.clock()
    window = Window(now + timedelta(hours=1), now + timedelta(hours=2))
    hooked = Hooked(office, (condition("hours"),), scope=Scope(windows=(window,)))
    assert hooked.enroll().outcome == "enrolled"  # prepared before the hours, at a desk
    for hours, runs in ((0, False), (1, True), (0.999, True), (0.001, False)):
        advance(hooked, hours=hours)
        if runs:
            assert hooked.search().outcome == "candidate"
        else:
            with pytest.raises(PermitScopeError):
                hooked.search()


def test_a_gallery_larger_than_signed_is_not_searched(office):
    hooked = Hooked(office, (), size=1)
    hooked.enroll()
    assert hooked.search().outcome == "candidate"
    enroll_past_the_desk(hooked, "s-2", "ben")
    with pytest.raises(PermitScopeError, match="signed for 1") as caught:
        hooked.search()
    assert caught.value.rules == ("EV-01",)


def test_another_photograph_of_somebody_enrolled_is_no_further_person(office):
    hooked = Hooked(office, (condition("gallery_limit", n=1),))
    hooked.enroll()
    assert hooked.enroll("s-1", ANA_AGAIN).outcome == "enrolled"


def test_the_authorities_are_told_of_each_use(office):
    hooked = Hooked(office, (condition("notify_authorities"),))
    hooked.enroll()
    hooked.search()
    advance(hooked, hours=12)
    hooked.search()
    advance(hooked, hours=13)
    with pytest.raises(DutyUnmetError) as caught:
        hooked.search()
    assert "notify_authorities" in caught.value.hint
    workspace = office.workspace
    told = {"statement": "told by letter", "by": workspace.acting("officer")}
    oversight.attest(workspace, hooked.id, "notify_authorities", **told)
    assert hooked.search().outcome == "candidate"
    advance(hooked, hours=25)
    with pytest.raises(DutyUnmetError):
        hooked.search()


def test_the_meter_counts_anew_once_an_officer_lets_the_use_go_on(office):
    workspace = office.workspace
    meter = condition("false_alert_meter", ppb=1_000_000)
    hooked = Hooked(office, (meter, condition("lead_only")))
    hooked.enroll()
    reject_one(hooked)
    with pytest.raises(PermitSuspendedError) as caught:
        hooked.search()
    assert caught.value.rules == (RULE,)
    with pytest.raises(RoleError):
        oversight.resume(workspace, hooked.id, reason="mine", by=workspace.acting("reviewer-1"))
    advance(hooked, seconds=1)
    oversight.resume(workspace, hooked.id, reason="camera moved", by=workspace.acting("officer"))
    assert hooked.search().outcome == "held_for_review"


def test_a_stopped_use_names_nobody_either(office):
    workspace = office.workspace
    hooked = Hooked(office, (condition("lead_only"),))
    hooked.enroll()
    lead = hooked.search().lead_id
    oversight.suspend(workspace, hooked.id, reason="a mistake", by=workspace.acting("reviewer-2"))
    with pytest.raises(PermitSuspendedError) as caught:
        hooked.decide(lead)
    assert caught.value.rules == ("GV-04",)


def test_a_training_that_is_too_long_ago_does_not_count(office):
    hooked = Hooked(office, (condition("reviewer_training", days=30), condition("lead_only")))
    hooked.enroll()
    advance(hooked, days=30)
    lead = hooked.search().lead_id
    assert hooked.decide(lead).outcome == "confirmed"
    advance(hooked, days=1)
    with pytest.raises(RoleError):
        hooked.decide(hooked.search().lead_id)
    office.train("reviewer-1")
    assert hooked.decide(hooked.search().lead_id).outcome == "confirmed"


def test_published_figures_keep_a_permit_from_lapsing(office):
    workspace = office.workspace
    hooked = Hooked(office, (condition("yearly_audit", days=30),))
    hooked.enroll()
    advance(hooked, days=20)
    oversight.publish_statistics(workspace, hooked.id, by=workspace.acting("officer"))
    advance(hooked, days=30)
    assert hooked.search().outcome == "candidate"
    advance(hooked, seconds=1)
    with pytest.raises(PermitLapsedError):
        hooked.search()


def test_a_hook_that_nobody_keeps_runs_nothing(office):
    hooked = Hooked(office, (condition("be_nice", "XX-09"),))
    with pytest.raises(PermitScopeError) as caught:
        hooked.search()
    assert caught.value.rules == ("XX-09",)


def test_an_unknown_floor_is_no_floor_that_is_passed(office):
    hooked = Hooked(office, (condition("quality_floor", min_beauty=3),))
    with pytest.raises(PermitScopeError, match="min_beauty") as caught:
        hooked.enroll()
    assert caught.value.rules == (RULE,)


def test_everything_that_was_refused_left_the_engine_alone(office):
    hooked = Hooked(office, (condition("no_sharing"),))
    with pytest.raises(DutyUnmetError):
        hooked.search(ANA)
    assert office.workspace.engine.given == []
