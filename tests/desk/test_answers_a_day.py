"""Answers are counted: so many a day under one permit, whoever asks, also when it is renewed."""

from datetime import timedelta

import pytest

from hooked import ANA, BEN, Hooked
from recognizance.conditions import limits
from recognizance.errors import InputError, PermitRateError
from recognizance.ledger import LogName
from recognizance.registry.tally import Answers
from recognizance.types import Role
from recognizance.workspace import Workspace


@pytest.fixture
def hooked(office, monkeypatch):
    monkeypatch.setattr(limits, "ANSWERS_A_DAY", 3)
    monkeypatch.setattr(limits, "ANSWERS_A_PERSON", 0)
    hooked = Hooked(office, ())
    hooked.enroll()
    return hooked


def refused(hooked, ask) -> None:
    with pytest.raises(PermitRateError) as caught:
        ask()
    assert caught.value.rules == ("D4",)
    last = hooked.office.last_use().public
    assert (last["outcome"], last["code"]) == ("refused", "permit.rate")


def test_a_day_gives_so_many_answers_and_the_next_day_as_many_again(hooked):
    for _ in range(3):
        hooked.verify(data=BEN)
    refused(hooked, hooked.search)
    refused(hooked, hooked.verify)
    hooked.office.workspace.clock.advance(hours=24, seconds=1)
    assert hooked.verify(data=ANA).outcome == "match"


def test_what_answered_nothing_is_not_counted(hooked):
    for _ in range(5):
        with pytest.raises(InputError):
            hooked.verify(data=b"no photograph")
    hooked.enroll("s-2", BEN)
    assert hooked.verify(data=ANA).outcome == "match"


def test_another_key_gets_no_answers_of_its_own(hooked, monkeypatch):
    for _ in range(3):
        hooked.verify()
    hooked.office.add("second-operator", Role.OPERATOR)
    person = hooked.person
    monkeypatch.setattr(type(hooked), "person", lambda self, name: person("second-operator"))
    refused(hooked, hooked.verify)


def test_a_renewal_goes_on_counting_and_another_permit_does_not(hooked):
    for _ in range(3):
        hooked.verify()
    renewed = Hooked(hooked.office, (), renews=hooked.id)
    refused(renewed, renewed.verify)
    other = Hooked(hooked.office, (), gallery="other")
    other.enroll()
    assert other.verify().outcome == "match"


def test_another_process_sees_what_this_one_was_answered(hooked):
    for _ in range(3):
        hooked.verify()
    workspace = hooked.office.workspace
    with Workspace.open(workspace.settings, clock=workspace.clock) as again:
        since = workspace.clock() - limits.A_DAY
        assert again.shelf.answers(hooked.permit, since=since) == 3


def test_counting_begins_at_the_first_entry_of_the_day(office):
    hooked = Hooked(office, ())
    hooked.enroll()
    clock, ledger = office.workspace.clock, office.workspace.ledger
    for _ in range(4):
        hooked.verify()
        clock.advance(hours=10)
    now = clock()
    for hours in (0, 5, 10, 15, 25, 35, 45):
        since = now - timedelta(hours=hours)
        times = [entry.time for entry in ledger.entries(LogName.USES)]
        assert ledger.first_since(LogName.USES, since) == sum(time < since for time in times)
        assert Answers(ledger).since(since, [hooked.id]) == hours // 10
    assert Answers(ledger).since(now, ["nobody's"]) == 0


@pytest.mark.parametrize(("people", "answers"), [(1, 1_000), (10, 1_000), (11, 1_100), (50, 5_000)])
def test_a_permit_for_more_people_gives_more_answers(office, people, answers):
    assert limits.answers_a_day(Hooked(office, (), size=people).permit) == answers
