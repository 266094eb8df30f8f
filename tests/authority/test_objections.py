"""Objections: anybody may lodge one, in words that the log does not hold."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizance.errors import ConflictError, InputError, NotFoundError, RoleError
from recognizance.ledger import LogName
from recognizance.permits.objecting import MOST_A_DAY, answer, lodge, objection_text
from recognizance.types import Role
from recognizance.workspace import Workspace

WORDS = "It looks into my kitchen."


def test_an_objection_stands_in_the_log_without_words_and_name(office, clock):
    registry, permit = office.workspace.registry, office.permit()
    lodged = lodge(registry, permit, f"  {WORDS}\n", name="Maria K.", now=clock())
    assert registry.objections.open_against(permit, "-") == (lodged,)
    entry = office.workspace.ledger.entry(LogName.DECISIONS, lodged.index)
    assert entry.public == {"objection": lodged.objection_id, "about": permit}
    words = objection_text(registry, lodged)
    assert (words.text, words.name, words.answer) == (WORDS, "Maria K.", None)
    office.workspace.ledger.erase_private(LogName.DECISIONS, lodged.index)
    assert objection_text(registry, lodged).name is None
    assert registry.objections.open_against(permit, "-") == (lodged,)


def test_the_same_words_are_the_same_objection(office, clock):
    registry, permit = office.workspace.registry, office.permit()
    first = lodge(registry, permit, WORDS, now=clock())
    assert lodge(registry, permit, WORDS, name="again", now=clock()) == first
    assert lodge(registry, permit, WORDS + "!", now=clock()) != first


def test_an_objection_is_answered_once_by_who_may(office, clock, settings):
    registry, permit = office.workspace.registry, office.permit()
    lodged = lodge(registry, permit, WORDS, now=clock())
    reviewer = office.workspace.acting("reviewer-1").principal
    officer = office.workspace.acting("officer").principal
    with pytest.raises(RoleError):
        answer(registry, lodged.objection_id, "no", by=reviewer, now=clock())
    with pytest.raises(NotFoundError):
        answer(registry, "0" * 16, "no", by=officer, now=clock())
    with pytest.raises(InputError):
        answer(registry, lodged.objection_id, " ", by=officer, now=clock())
    answer(registry, lodged.objection_id, "It was turned away.", by=officer, now=clock())
    with pytest.raises(ConflictError):
        answer(registry, lodged.objection_id, "again", by=officer, now=clock())
    office.workspace.close()
    with Workspace.open(settings, clock=clock) as again:
        assert again.registry.objections.open_against(permit, "-") == ()
        assert objection_text(again.registry, lodged).answer == "It was turned away."


def test_only_what_is_known_here_can_be_objected_to(office, clock):
    registry, permit = office.workspace.registry, office.permit()
    for about in ("", "0" * 64, "../x", permit[:-1]):
        with pytest.raises(NotFoundError):
            lodge(registry, about, WORDS, now=clock())
    digest = office.workspace.shelf.find(permit).submission_digest
    lodged = lodge(registry, digest, WORDS, now=clock())
    assert registry.objections.open_against(permit, digest) == (lodged,)


def test_a_flood_of_one_day_is_bounded_and_ends_with_the_day(office, clock):
    registry, permit = office.workspace.registry, office.permit()
    lodged = [lodge(registry, permit, f"No {n}", now=clock()) for n in range(MOST_A_DAY)]
    with pytest.raises(ConflictError):
        lodge(registry, permit, "one more", now=clock())
    assert lodge(registry, permit, "No 3", now=clock()) == lodged[3]
    clock.advance(days=1)
    lodge(registry, permit, "one more", now=clock())
    officer = office.workspace.acting("officer").principal
    answer(registry, lodged[0].objection_id, "seen", by=officer, now=clock())


def test_who_objects_before_a_permit_opens_is_heard_first(office, clock):
    registry = office.workspace.registry
    permit = office.workspace.shelf.find(office.permit())
    lodged = lodge(registry, permit.permit_id, WORDS, now=clock())
    assert registry.objections.unanswered(permit) == ()  # it was open already
    assert registry.objections.open_against(permit.permit_id, "-") == (lodged,)


def test_a_custodian_may_answer(office, clock):
    registry, permit = office.workspace.registry, office.permit()
    office.add("keeper", Role.CUSTODIAN)
    lodged = lodge(registry, permit, WORDS, now=clock())
    answer(
        registry,
        lodged.objection_id,
        "noted",
        by=office.workspace.acting("keeper").principal,
        now=clock(),
    )
    assert registry.objections.open_against(permit, "-") == ()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet=st.characters(categories=["Cc", "Cf", "Co"]), min_size=1, max_size=3).filter(
        lambda hidden: hidden.strip("\n") != ""
    )
)
def test_what_nobody_can_see_is_refused(office, clock, hidden):
    registry = office.workspace.registry
    permit = next(iter(registry.issued), None) or office.permit()
    with pytest.raises(InputError):
        lodge(registry, permit, f"a{hidden}b", now=clock())
    with pytest.raises(InputError):
        lodge(registry, permit, WORDS, name=f"a{hidden}b", now=clock())


def test_a_text_is_bounded(office, clock):
    registry, permit = office.workspace.registry, office.permit()
    lodge(registry, permit, "x" * 4000, now=clock())
    with pytest.raises(InputError):
        lodge(registry, permit, "x" * 4001, now=clock())
    with pytest.raises(InputError):
        lodge(registry, permit, WORDS, name="x" * 201, now=clock())
