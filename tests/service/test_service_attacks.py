"""What is done to a server: slow and greedy clients, bombs, races."""

import os
import socket
import struct
import threading
import zlib
from collections import Counter
from urllib.parse import urlsplit

import httpx
import pytest

from fakes import photograph
from recognizance.conditions import limits
from recognizance.service import guards, service
from served import opening_of, serving

BURST = int(os.environ.get("RECOGNIZANCE_BURST", "400"))
"""Requests of one key at once; `make fuzz` sends 10,000."""

SENDERS = 8


def connect(address):
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def test_a_client_that_sends_nothing_is_cut_off(address, door, monkeypatch):
    monkeypatch.setattr(guards, "PATIENCE_S", 0.2)
    head = f"POST /v1/search HTTP/1.1\r\nhost: x\r\nauthorization: {door[1]['authorization']}\r\n"
    more = "content-type: multipart/form-data; boundary=b\r\ncontent-length: 1000\r\n\r\n--b\r\n"
    with connect(address) as slow:
        slow.sendall((head + more).encode())
        assert slow.recv(4000).startswith(b"HTTP/1.1 408 ")


@pytest.fixture
def few_a_second(monkeypatch):
    """Rates that a busy machine exceeds too."""
    monkeypatch.setattr(service, "REQUESTS_PER_S", 1.0)
    monkeypatch.setattr(service, "REQUESTS_AT_ONCE", 50)


def test_a_burst_of_one_key_is_turned_away_and_others_are_served(
    few_a_second, address, office, door, issue
):
    permit, key = door
    other = {"authorization": f"Bearer {issue(permit).token}"}
    counted = Counter()

    def send():
        with httpx.Client(base_url=address, headers=key, timeout=60) as sending:
            statuses = [sending.get("/v1/jobs").status_code for _ in range(BURST // SENDERS)]
        counted.update(statuses)

    sending = [threading.Thread(target=send) for _ in range(SENDERS)]
    for each in sending:
        each.start()
    assert httpx.get(f"{address}/v1/jobs", headers=other, timeout=30).status_code == 200
    for each in sending:
        each.join()
    assert sum(counted.values()) == BURST
    assert counted.keys() == {200, 429}
    assert counted[429] > counted[200]


def test_a_picture_that_unpacks_to_a_very_large_one_is_refused(office, issue):
    bomb = png_bomb()
    permit = office.permit(photographs=(bomb,))
    key = {"authorization": f"Bearer {issue(permit).token}"}
    with serving(opening_of(office.workspace, engine=None)) as address:
        answer = httpx.post(
            f"{address}/v1/search",
            headers=key,
            data={"gallery": "g"},
            files={"photograph": bomb},
            timeout=60,
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "image.too_large")


def png_bomb(side=60_000):
    """A PNG of 3.6 gigapixels in some hundred kilobytes."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packed = zlib.compress(bytes(100_000_000), 9)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_two_requests_race_for_the_last_answer_of_a_day(client, office, door, monkeypatch):
    _, key = door
    monkeypatch.setattr(limits, "ANSWERS_A_DAY", 1)
    monkeypatch.setattr(limits, "ANSWERS_A_PERSON", 0)
    statuses = []

    def search():
        answer = client.post(
            "/v1/search",
            headers=key,
            data={"gallery": "g"},
            files={"photograph": photograph("ana", note="2")},
        )
        statuses.append(answer.status_code)

    racing = [threading.Thread(target=search) for _ in range(4)]
    for each in racing:
        each.start()
    for each in racing:
        each.join()
    assert sorted(statuses) == [200, 429, 429, 429]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs/../../etc/passwd",
        "/v1/subjects/..%2f..%2fworkspace.json",
        "/v1/permits/..%2f..%2fkeys",
        "/v1/register/..%2fworkspace",
        "/v1/leads/%00",
        "/v1/permits/%e2%80%ae",
    ],
)
def test_no_name_is_a_path(client, log_in, path):
    answer = client.get(path, headers=log_in("operator"))
    assert answer.status_code in {400, 403, 404, 405}
    assert answer.headers["content-type"] == "application/problem+json"
