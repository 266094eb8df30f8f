"""Server-sent events: for whoever shows the token, from where they stopped."""

import json
from contextlib import contextmanager

import httpx
import pytest
from newsroom import Feed

from recognizance.errors import InputError
from recognizance.events.sse import EventServer


@contextmanager
def reading(server: EventServer, **headers: str):
    url = f"http://127.0.0.1:{server.port}/events"
    given = {"authorization": "Bearer secret"} | headers
    with httpx.stream("GET", url, headers=given, timeout=30) as response:
        yield response


def events_of(response, number: int) -> list[dict]:
    found = []
    for line in response.iter_lines():
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
        if len(found) == number:
            break
    return found


def test_a_reader_gets_what_is_new_and_what_it_missed():
    feed = Feed()
    feed.add(1)
    with EventServer(feed, "secret") as server:
        with reading(server) as response:
            feed.add(2)
            feed.add(3)
            assert [e["id"] for e in events_of(response, 2)] == ["w1-uses-2", "w1-uses-3"]
        with reading(server, **{"last-event-id": "1"}) as response:
            assert [e["id"] for e in events_of(response, 2)] == ["w1-uses-2", "w1-uses-3"]


def test_without_the_token_there_is_nothing():
    with EventServer(Feed(), "secret") as server:
        for shown in ("", "Bearer", "Bearer wrong", "secret"):
            with reading(server, authorization=shown) as response:
                assert response.status_code == 401
        with reading(server, host="evil.example") as response:  # a name that points here
            assert response.status_code == 421


def test_it_listens_on_this_machine_alone_and_a_port_that_is_taken_is_said():
    with EventServer(Feed(), "secret") as server:
        (listening,) = server._server.servers[0].sockets
        assert listening.getsockname()[0] == "127.0.0.1"
        with pytest.raises(InputError), EventServer(Feed(), "secret", port=server.port):
            pass
