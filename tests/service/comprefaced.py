"""A client that speaks as CompreFace's do, without their libraries, and permits for its keys."""

import tomllib

import httpx

from recognizance.gate.submission import submission_from
from recognizance.gate.templates import template
from recognizance.types import ErrorRate

RELEASES = {"ana": "release-1", "ben": "release-2", "carla": "release-3"}


def opted_in(office, gallery: str = "g") -> str:
    """A permit under which everybody agreed to be named: it answers at once."""
    return office.permit(
        gallery=gallery,
        submission=submission_from(tomllib.loads(template("opted_in_access"))),
        target=(ErrorRate.FMR, 300_000),
        gallery_size=50,
        photographs=(),
    )


class Client:
    """Sends what a client of CompreFace sends; every answer is its status and its JSON."""

    def __init__(self, address: str, token: str | None) -> None:
        self.address = f"{address}/api/v1"
        self.headers = {} if token is None else {"x-api-key": token}

    def __call__(self, method: str, path: str, *, headers: dict | None = None, **more):
        headers = self.headers | (headers or {})
        answer = httpx.request(method, self.address + path, headers=headers, timeout=60, **more)
        assert answer.headers["content-type"] == "application/json", answer.text
        return answer.status_code, answer.json()

    def photo(self, path: str, data: bytes, *, name: str = "image.jpg", **more):
        return self("POST", path, files={"file": (name, data)}, **more)

    def add(self, subject: str, data: bytes, **more):
        return self.photo("/recognition/faces", data, params={"subject": subject}, **more)

    def recognize(self, data: bytes, query: str = "", **more):
        return self.photo(f"/recognition/recognize?{query}", data, **more)

    def two(self, source: bytes, target: bytes, query: str = ""):
        files = {"source_image": ("a.jpg", source), "target_image": ("b.jpg", target)}
        return self("POST", f"/verification/verify?{query}", files=files)


def refused(answer, status: int, code: int) -> str:
    """The message of a refusal, whose shape is that of CompreFace."""
    found, body = answer
    assert (found, body["code"]) == (status, code), body
    assert sorted(body) == ["code", "message"]
    return body["message"]
