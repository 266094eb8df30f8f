"""Every event arrives, in order, once where the receiver looks at ids, whatever breaks between."""

import json
import resource
import sqlite3
from contextlib import contextmanager

import pytest
from newsroom import Feed, Taker, event, wait_for

from recognizance.errors import DeliveryError, StoreFullError, WorkspaceDamagedError
from recognizance.events import Courier, Cursors, JsonLines, Kind


@pytest.fixture
def cursors(tmp_path):
    made = Cursors(tmp_path / "events.db")
    yield made
    made.close()


def served(sink, feed, cursors, tmp_path) -> Courier:
    return Courier(sink, feed, cursors, tmp_path / "lock")


def test_events_arrive_in_order_and_what_was_there_before_is_not_told(cursors, tmp_path):
    feed, sink = Feed(), Taker()
    feed.add(1)
    courier = served(sink, feed, cursors, tmp_path)
    for number in (4, 5, 9):
        feed.add(number)
    courier.nudge()
    wait_for(lambda: sink.taken == [4, 5, 9])
    assert courier.close()
    assert sink.opened == 0


def test_what_is_refused_is_told_again_and_nothing_overtakes_it(cursors, tmp_path):
    feed, sink = Feed(), Taker(refuses=3)
    courier = served(sink, feed, cursors, tmp_path)
    feed.add(1)
    feed.add(2)
    courier.nudge()
    wait_for(lambda: sink.taken == [1, 2])
    assert courier.close()


def test_what_was_not_told_is_told_by_the_next_run(cursors, tmp_path):
    feed, away = Feed(), Taker(refuses=10**9)
    courier = served(away, feed, cursors, tmp_path)
    feed.add(1)
    courier.nudge()
    wait_for(lambda: away.refuses < 10**9)
    assert courier.trouble == "Not now."
    assert not courier.close(grace_s=0.1)
    feed.add(2)  # while nobody serves
    back = Taker()
    courier = served(back, feed, cursors, tmp_path)
    wait_for(lambda: back.taken == [1, 2])
    assert courier.close()


def test_two_processes_that_serve_one_receiver_tell_it_once(cursors, tmp_path):
    feed, one, other = Feed(), Taker(), Taker()
    first = served(one, feed, cursors, tmp_path)
    feed.add(1)
    wait_for(lambda: one.taken == [1])
    second = served(other, feed, cursors, tmp_path)
    feed.add(2)
    wait_for(lambda: one.taken == [1, 2])
    assert first.close()
    feed.add(3)
    wait_for(lambda: other.taken == [3])  # the other one follows
    assert second.close()
    assert one.taken == [1, 2]


def test_an_event_has_no_room_for_a_person(tmp_path):
    said = event(7).as_dict()
    assert said.keys() == {
        "format", "id", "event_type", "time", "permit", "entry", "receipt", "lead", "code",
        "rules", "self_attested", "notices",
    }  # fmt: skip


def test_an_event_is_one_line_whatever_is_in_it():
    nasty = event(1, code='a"}\n{"event_type": "lead', rules=("\u2028\r\n\x00",))
    line = nasty.to_json()
    assert b"\n" not in line
    assert b"\r" not in line
    assert json.loads(line)["code"] == nasty.code


def test_lines_are_appended_and_a_torn_one_is_ended(cursors, tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text('{"torn')
    feed, sink = Feed(), JsonLines(path)
    courier = served(sink, feed, cursors, tmp_path)
    feed.add(1, Kind.STARTED)
    feed.add(2)
    courier.nudge()
    assert courier.close()
    torn, *lines = path.read_text().splitlines()
    assert torn == '{"torn'
    assert [json.loads(each)["id"] for each in lines] == ["w1-uses-1", "w1-uses-2"]


def test_a_line_whose_cursor_was_lost_is_not_written_twice(tmp_path):
    path = tmp_path / "news.jsonl"
    for _ in range(2):  # the program died between the line and the cursor
        sink = JsonLines(path)
        sink.send(event(1))
        sink.close()
    assert len(path.read_text().splitlines()) == 1
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_none_of_ours_is_said_to_be_damaged(tmp_path):
    (tmp_path / "events.db").write_bytes(b"not a database, but long enough to look like one" * 50)
    with pytest.raises(WorkspaceDamagedError):
        Cursors(tmp_path / "events.db")
    with pytest.raises(StoreFullError):
        Cursors(tmp_path / "nowhere" / "events.db")


def test_a_cursor_never_goes_back(cursors, tmp_path):
    assert cursors.next("s", first=3) == 3
    cursors.served("s", 9)
    cursors.served("s", 4)
    assert cursors.next("s", first=0) == 10
    rows = sqlite3.connect(tmp_path / "events.db").execute("SELECT * FROM cursor").fetchall()
    assert rows == [("s", 10)]


@contextmanager
def files_of_at_most(size: int):
    """No file of this process grows past so many bytes, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_for_which_there_is_half_the_room_is_told_again_as_a_whole(tmp_path):
    path = tmp_path / "events.jsonl"
    sink = JsonLines(path)
    sink.send(event(1))
    with files_of_at_most(path.stat().st_size + 10), pytest.raises(DeliveryError):
        sink.send(event(2))
    sink.send(event(2))
    sink.close()
    first, half, second = path.read_bytes().splitlines()
    assert (json.loads(first)["entry"], json.loads(second)["entry"]) == ("uses/1", "uses/2")
    assert len(half) == 10
