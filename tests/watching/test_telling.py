"""What several permits have to tell comes as one feed: in order, each event once, none left out."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from recognizance.events import Kind
from recognizance.watching import LedgerFeed
from recognizance.watching.receivers import Feeds, Receivers, telling
from watched import Watched


@dataclass(frozen=True)
class Told:
    number: int


@dataclass
class Log:
    """A log to which, now and then, somebody appends while it is read."""

    permits: list[str]
    later: list[str]
    appends: list[int] = field(default_factory=list)

    def grow(self) -> None:
        for _ in range(self.appends.pop() if self.appends else 0):
            if self.later:
                self.permits.append(self.later.pop())


@dataclass
class OnePermit:
    """The feed of one permit, which gives so many events at once."""

    log: Log
    permit: str
    at_once: int

    def newest(self) -> int:
        return len(self.log.permits)

    def since(self, number: int) -> tuple[Told, ...]:
        own = [n for n, each in enumerate(self.log.permits) if each == self.permit and n >= number]
        self.log.grow()
        return tuple(map(Told, own[: self.at_once]))


PERMITS = st.lists(st.sampled_from("abc-"), max_size=30)


@given(PERMITS, PERMITS, st.lists(st.integers(0, 4), max_size=30), st.integers(1, 4))
def test_no_event_is_passed_over_and_none_comes_twice(before, later, appends, at_once):
    log = Log(list(before), list(later), appends)
    feed, cursor, told = Feeds([OnePermit(log, permit, at_once) for permit in "abc"]), 0, []
    silent = 0
    while silent < 3 or log.appends:
        batch = feed.since(cursor)
        silent = 0 if batch else silent + 1
        for event in batch:
            assert event.number >= cursor
            told.append(event.number)
            cursor = event.number + 1
    assert told == [number for number, permit in enumerate(log.permits) if permit != "-"]


def test_a_permit_that_was_never_issued_is_left_to_the_desk_which_records_it(office, tmp_path):
    told = Receivers(lines=tmp_path / "events")
    with telling(office.workspace, ["none"], told) as couriers:
        assert couriers.trouble is None
    assert not (tmp_path / "events").exists()


def test_the_end_of_a_watch_says_whether_another_one_goes_on(office):
    watched, workspace = Watched(office, ()), office.workspace
    feed = LedgerFeed(workspace.ledger, watched.permit, workspace.workspace_id)
    with watched.watch():
        with watched.watch():
            pass
        (ended,) = (each for each in feed.since(0) if each.kind is Kind.ENDED)
        assert ended.others_go_on
    (*_, last) = feed.since(ended.number + 1)
    assert last.kind is Kind.ENDED
    assert not last.others_go_on
    assert "others_go_on" not in last.as_dict()
