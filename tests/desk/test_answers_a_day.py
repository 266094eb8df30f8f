"""Answers are counted: so many a day under one permit, whoever asks, also when it is renewed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from fakes import FakeEngine
from hooked import ANA, BEN, Hooked, condition
from recognizance.conditions import limits
from recognizance.errors import InputError, PermitRateError, RecognizanceError
from recognizance.ledger import LogName
from recognizance.registry.tally import Answers
from recognizance.types import Operation, Role
from recognizance.workspace import Workspace
from watched import LEADS, Passing, Watched


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
    hooked.office.workspace.clock.advance(hours=24, seconds=1)
    for _ in range(3):
        renewed.verify()
    refused(hooked, hooked.verify)  # nor has the old one answers of its own
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


# ---- several at once: each has passed the door before the first is written down ---------------


class Together(FakeEngine):
    """Extracts only once so many are about to."""

    gate: Barrier

    def extract(self, crops):
        self.gate.wait(timeout=20)
        return super().extract(crops)


def asked_at_once(office, number, ask):
    """What becomes of `ask(workspace)` in so many programs that open one workspace."""
    first, together = office.workspace, Barrier(number)

    def at_work(which):
        with Workspace.open(first.settings, clock=first.clock) as workspace:
            engine = Together(workspace.evidence.model_id)
            engine.gate = together
            workspace.__dict__["engine"] = engine
            try:
                return ask(workspace, which)
            except RecognizanceError as error:
                return error.code

    with ThreadPoolExecutor(number) as pool:
        return sorted(pool.map(at_work, range(number)))


def test_the_last_answer_of_a_day_is_given_once(hooked):
    hooked.verify()
    hooked.verify()
    asked = hooked.request(Operation.VERIFY, ANA)
    answers = asked_at_once(
        hooked.office, 4, lambda workspace, _: workspace.desk.verify(asked, "s-1").outcome
    )
    assert answers == ["match"] + ["permit.rate"] * 3


@pytest.mark.parametrize(
    ("person", "outcomes"),
    [
        # One lead a day: whoever comes second is not compared.
        (lambda which: "ana" if which else "ben", ["held_for_review", "stopped"]),
        # One person: whoever comes second is held off.
        (lambda which: "ana", ["held_for_review", "held_off"]),
    ],
    ids=["the last lead of a day", "the same person twice"],
)
def test_two_watches_of_one_permit_take_turns(office, person, outcomes):
    most = 1 if outcomes[-1] == "stopped" else 9
    limit = condition("lead_limit", "HR-14", per_day=most, hold_off_seconds=60)
    watched = Watched(office, (LEADS, limit))
    watched.enroll()
    watched.enroll("s-2", BEN)

    def watch(workspace, which):
        with workspace.desk.watch(watched.asked()) as going_on:
            return Passing(going_on).shows(person(which), track=f"cam/{which}").outcome

    assert asked_at_once(office, 2, watch) == outcomes
