"""What was read of a SQLite file is remembered until somebody writes, whoever that is."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from sqlalchemy import text

from recognizance.errors import NotFoundError, WorkspaceDamagedError
from recognizance.sqlite import Unchanged, engine_at


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "numbers.db"
    with closing(sqlite3.connect(path)) as own:
        own.execute("CREATE TABLE number (value INTEGER)")
        own.execute("INSERT INTO number VALUES (1)")
        own.commit()
    return path


@pytest.fixture
def engine(path):
    engine = engine_at(path, wait_s=1.0)
    yield engine
    engine.dispose()


class Asked:
    """The largest number of the file, and how often it was read."""

    def __init__(self, engine):
        self.unchanged = Unchanged(engine, "numbers")
        self.read = 0

    def __call__(self):
        return self.unchanged.get("largest", self._largest)

    def _largest(self, connection):
        self.read += 1
        return connection.execute(text("SELECT max(value) FROM number")).scalar()


@pytest.fixture
def largest(engine):
    asked = Asked(engine)
    yield asked
    asked.unchanged.close()


def another_connection(path):
    with closing(sqlite3.connect(path)) as other:
        other.execute("INSERT INTO number VALUES (7)")
        other.commit()


def another_process(path):
    write = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
    write += "c.execute('INSERT INTO number VALUES (7)'); c.commit()"
    subprocess.run([sys.executable, "-c", write, path], check=True)


def test_it_is_read_once_while_nobody_writes(largest):
    assert [largest() for _ in range(5)] == [1] * 5
    assert largest.read == 1


@pytest.mark.parametrize("writes", [another_connection, another_process])
def test_what_somebody_else_writes_is_seen_at_once(largest, path, writes):
    largest()
    writes(path)
    assert [largest(), largest()] == [7, 7]
    assert largest.read == 2


def test_what_is_written_through_the_same_connections_is_seen_at_once(largest, engine):
    largest()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO number VALUES (7)"))
    assert largest() == 7


def test_what_is_not_committed_is_not_seen(largest, path):
    largest()
    with closing(sqlite3.connect(path)) as other:
        other.execute("INSERT INTO number VALUES (7)")
        assert largest() == 1
        other.commit()
    assert largest() == 7


def test_a_write_between_the_question_and_the_reading_is_never_remembered_as_older(engine, path):
    unchanged = Unchanged(engine, "numbers")

    def while_somebody_writes(connection):
        another_connection(path)
        return connection.execute(text("SELECT max(value) FROM number")).scalar()

    unchanged.get("largest", while_somebody_writes)
    newest = unchanged.get("largest", lambda _: "read again")
    assert newest == "read again"
    unchanged.close()


def test_neither_nothing_nor_an_error_is_remembered(engine):
    unchanged, answers = Unchanged(engine, "numbers"), iter([None, None, 3])
    assert [unchanged.get("x", lambda _: next(answers)) for _ in range(3)] == [None, None, 3]

    def fails(_connection):
        raise NotFoundError("nobody")

    for _ in range(2):
        with pytest.raises(NotFoundError):
            unchanged.get("y", fails)
    unchanged.close()


def test_many_may_ask_at_once_while_one_writes(largest, path):
    seen, wrong = 0, []

    def ask():
        last = 0
        for _ in range(200):
            least = max(last, seen)
            last = largest()
            if last < least:
                wrong.append((last, least))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    with closing(sqlite3.connect(path, timeout=5)) as other:
        for number in range(2, 30):
            other.execute("INSERT INTO number VALUES (?)", (number,))
            other.commit()
            seen = number
    for each in threads:
        each.join()
    assert not wrong
    assert largest() == 29


def test_a_file_that_was_spoiled_is_damage(tmp_path):
    path = tmp_path / "spoiled.db"
    path.write_bytes(b"this is no database" * 1000)
    engine = engine_at(path, wait_s=1.0)
    with pytest.raises(WorkspaceDamagedError):
        Unchanged(engine, "numbers").get("x", lambda _: 1)
    engine.dispose()
