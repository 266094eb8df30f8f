"""The place of the attacks behind a server, and whoever sends it requests."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
from attack_site import PHOTOGRAPHS, Site, measured
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from recognizance.service.issuing import KeyTerms, issue_key, revoke_key
from recognizance.settings import Settings
from recognizance.workspace import Workspace
from rekognition import PictureEngine
from served import keys_of, opening_of, serving
from staff import People

STRANGER = "carl"
"""Enrolled nowhere."""


def engine(_model_id: str) -> PictureEngine:
    """The made-up engine, with the model and the cohort of the evidence."""
    evidence, _ = measured()
    return PictureEngine(evidence.model_id, evidence.cohort_id)


@dataclass
class Time:
    """What the server takes for the time; who signs requests has a watch of its own."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Server:
    """A served place.

    Attributes:
        site: The place itself.
        workspace: Its workspace, opened by whoever looks after it.
        people: Who has an account, and their browsers.
        time: The server's clock.
    """

    site: Site
    workspace: Workspace
    people: People
    time: Time
    tokens: dict[str, str] = field(default_factory=dict)

    def key(self, *, by: str = "operator", permit: str | None = None, gallery: str = "door"):
        """A key of a program for the door, or for what is named."""
        terms = KeyTerms(permit or self.site.door, frozenset({gallery}))
        with keys_of(self.workspace) as keys:
            custodian = self.workspace.acting("operator").principal
            issued = issue_key(self.workspace, keys, terms, by=custodian, for_name=by)
        self.tokens[issued.key.key_id] = issued.token
        return issued.key

    def take_back(self, key) -> None:
        with keys_of(self.workspace) as keys:
            custodian = self.workspace.acting("operator").principal
            revoke_key(self.workspace, keys, key.key_id, by=custodian)

    def program(self, key) -> httpx.Client:
        """A program with the key's token."""
        return self.people.browser(authorization=f"Bearer {self.tokens[key.key_id]}")

    def person(self, name: str) -> httpx.Client:
        """Somebody who has logged in."""
        self.people.add(name)
        return self.people.log_in(name)

    def signed(self, key, operation: str, body: dict, *, at: timedelta = timedelta()) -> dict:
        """The headers of a request that was signed with a key for exactly this body."""
        request = AWSRequest(
            "POST",
            f"{self.people.address}/aws/",
            data=as_sent(body),
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": f"RekognitionService.{operation}",
            },
        )
        when = (self.time.now + at).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        signer = SigV4Auth(Credentials(key.key_id, key.secret), "rekognition", "eu-central-1")
        request.context["timestamp"] = when
        request.headers["X-Amz-Date"] = when
        canonical = signer.canonical_request(request)
        to_sign = signer.string_to_sign(request, canonical)
        signer._inject_signature_to_request(request, signer.signature(to_sign, request))
        return dict(request.headers)

    def sent(self, headers: dict, body: dict) -> httpx.Response:
        """What the AWS endpoint answers to a body with these headers."""
        return self.people.browser().post("/aws/", content=as_sent(body), headers=headers)

    def asked(self, key, operation: str, **body) -> httpx.Response:
        """What it answers to a request that is as its client meant it."""
        return self.sent(self.signed(key, operation, body), body)

    def search(self, browser: httpx.Client, who: str = "dora-again", **asked: str):
        """A search of the door over our own API."""
        files = {"photograph": PHOTOGRAPHS[who]}
        return browser.post("/v1/search", data={"gallery": "door"} | asked, files=files)


def as_sent(body: dict) -> bytes:
    return json.dumps(body).encode()


@contextmanager
def served(site: Site):
    """The place of an attack behind a server, on a socket of this machine."""
    (keys,) = (site.folder / "keys").iterdir()
    settings = Settings(
        home=site.data, key_folder=keys.parent, cache=site.folder / "cache", wait_s=5.0
    )
    time = Time(site.now)
    with (
        Workspace.open(settings, clock=time) as workspace,
        serving(opening_of(workspace, engine=engine)) as address,
    ):
        people = People(SimpleNamespace(workspace=workspace), address)
        try:
            yield Server(site, workspace, people, time)
        finally:
            for each in people.browsers:
                each.close()
