"""Laws of the fences: nothing passes that was not stated, and nothing outside what is named."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hooked import condition
from recognizance.conditions import Situation, check_before_reading
from recognizance.conditions.limits import keep_lead_until, keep_until
from recognizance.errors import PermitError, PermitScopeError
from recognizance.gate.permit import Permit, Target, Use, issue
from recognizance.gate.scope import Circumstances, SampleKind, Scope, Window
from recognizance.registry.objections import Objections
from recognizance.registry.standing import Assembly, Standing
from recognizance.registry.tally import PermitTally
from recognizance.types import ErrorRate, Operation, PermitClass

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
USES = (Operation.SEARCH, Operation.VERIFY, Operation.ENROLL)

ids = st.sampled_from(["a", "b", "c"])
parts = st.frozensets(ids, max_size=3)
offsets = st.integers(-120, 120)
moments = offsets.map(lambda minutes: NOON + timedelta(minutes=minutes))
windows = st.lists(
    st.tuples(offsets, st.integers(1, 90)).map(
        lambda each: Window(NOON + timedelta(minutes=each[0]), NOON + timedelta(minutes=sum(each)))
    ),
    max_size=3,
).map(tuple)
scopes = st.builds(Scope, sites=parts, cameras=parts, windows=windows, cases=parts)
stated = st.builds(
    Circumstances,
    site=st.none() | ids,
    camera=st.none() | ids,
    captured_at=st.none() | moments,
    sample=st.none() | st.sampled_from(SampleKind),
)


def permit_of(*conditions, scope: Scope | None = None) -> Permit:
    return issue(
        permit_id="permit-1",
        permit_class=PermitClass.HOUSEHOLD,
        workspace_id="w",
        operations=frozenset(USES),
        function="identify_1toN",
        purpose="personal_contacts",
        gallery_ids=frozenset({"g"}),
        submission_digest="5" * 64,
        bundle_digest="b" * 64,
        model_id="m" * 64,
        evidence_digest="e" * 64,
        target=Target(ErrorRate.FMR, 1_000_000, 10),
        conditions=conditions,
        proposer_id="somebody",
        issued_at=NOON - timedelta(days=10),
        expires_at=NOON + timedelta(days=100),
        authority=None,
        scope=scope or Scope(),
    )


def situation(permit: Permit, circumstances: Circumstances, **more) -> Situation:
    use = Use(
        more.get("operation", Operation.SEARCH),
        None,
        "g",
        ("0" * 64,),
        case_id=more.get("case_id"),
        circumstances=circumstances,
    )
    return Situation(
        permit=permit,
        use=use,
        now=more.get("now", NOON),
        standing=more.get("standing", Standing()),
        objections=Objections(),
        measured_at=NOON,
        tally=PermitTally,
        leads=lambda *, since: 0,
    )


def passes(each: Situation) -> bool:
    try:
        check_before_reading(each)
    except PermitScopeError as error:
        assert error.rules  # noqa: PT017  # a refusal is fine here, if it names its rule
        return False
    return True


@given(scopes, stated, st.none() | ids, moments, st.sampled_from(USES))
def test_a_use_passes_exactly_where_every_filled_part_of_the_scope_holds_it(
    scope, circumstances, case, now, operation
):
    compares = operation is not Operation.ENROLL

    def inside(value, part, *, required):
        return not part or value in part or (value is None and not required)

    expected = (
        inside(circumstances.site, scope.sites, required=compares)
        and inside(circumstances.camera, scope.cameras, required=compares)
        and inside(case, scope.cases, required=True)
        and (not compares or not scope.windows or any(w.holds(now) for w in scope.windows))
        and (circumstances.captured_at is None or circumstances.captured_at <= now)
        and circumstances.sample in {None, SampleKind.PHOTOGRAPH}
    )
    found = situation(
        permit_of(scope=scope), circumstances, case_id=case, now=now, operation=operation
    )
    assert passes(found) is expected


@given(scopes, scopes, stated, st.none() | ids)
def test_a_fence_more_never_lets_more_through(scope, other, circumstances, case):
    both = Scope(
        sites=scope.sites & other.sites if scope.sites and other.sites else scope.sites,
        cameras=scope.cameras or other.cameras,
        windows=scope.windows or other.windows,
        cases=scope.cases or other.cases,
    )
    if scope.sites and not both.sites:
        return  # an empty part fences nothing; what names no place is another permit
    if passes(situation(permit_of(scope=both), circumstances, case_id=case)):
        assert passes(situation(permit_of(scope=scope), circumstances, case_id=case))


@given(st.integers(1, 2000), st.none() | st.integers(-100, 3000))
def test_footage_passes_once_it_is_old_enough_and_never_unstated(seconds, age):
    captured = None if age is None else NOON - timedelta(seconds=age)
    permit = permit_of(condition("delay_floor", seconds=seconds))
    expected = age is not None and age >= seconds
    assert passes(situation(permit, Circumstances(captured_at=captured))) is expected


@given(st.lists(st.tuples(ids, offsets, st.integers(1, 90)), max_size=4), stated, st.booleans())
def test_no_use_passes_where_an_assembly_is(calendar, circumstances, enrolls):
    standing = Standing()
    for number, (site, begins, lasts) in enumerate(calendar):
        start = NOON + timedelta(minutes=begins)
        assembly = Assembly(start, start + timedelta(minutes=lasts), site, str(number))
        standing.assemblies.setdefault(site, {})[str(number)] = assembly
    fence = condition("place_fence", closed_by="assembly_calendar")
    permit = permit_of(fence, scope=Scope(sites=frozenset("abc")))
    operation = Operation.ENROLL if enrolls else Operation.SEARCH
    found = situation(permit, circumstances, standing=standing, operation=operation)
    moments_of_use = {NOON, circumstances.captured_at or NOON}
    during = any(
        each.holds(moment)
        for each in standing.calendar()
        for moment in moments_of_use
        if each.site == circumstances.site
    )
    if during and not enrolls:
        assert not passes(found)


@given(
    st.none() | st.integers(1, 5000),
    st.none() | st.integers(1, 300),
    st.none() | st.integers(1, 5000),
)
def test_nothing_is_kept_longer_than_any_term_or_the_permit(hours, days, entry_hours):
    terms = []
    if hours:
        terms.append(condition("retention", hours=hours))
    if days:
        terms.append(condition("retention", after_last_contact_days=days, after_purpose_days=0))
    if entry_hours:
        terms.append(condition("entry_expiry", hours=entry_hours))
    permit = permit_of(*terms)
    until = keep_until(permit, NOON)
    assert until <= keep_lead_until(permit, NOON) <= permit.expires_at
    for limit in (
        hours and timedelta(hours=hours),
        days and timedelta(days=days),
        entry_hours and timedelta(hours=entry_hours),
    ):
        assert not limit or until <= NOON + limit


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_permit_lapses_to_the_day(days, age):
    permit = permit_of(condition("evidence_expiry", days=days))
    found = situation(permit, Circumstances(), now=NOON + timedelta(days=age))
    try:
        check_before_reading(found)
    except PermitError:
        assert age > days  # the law is when it lapses
    else:
        assert age <= days
