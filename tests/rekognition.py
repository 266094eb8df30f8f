"""A server for AWS clients, and `boto3` itself in front of it, for tests."""

import json
import struct
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from fakes import FakeEngine, photograph
from hooked import Hooked
from office import Office
from recognizance.service.issuing import KeyTerms, issue_key
from recognizance.settings import Settings
from recognizance.workspace import Workspace
from served import keys_of, opening_of, serving

MODEL_ERRORS = {
    "AccessDeniedException",
    "ImageTooLargeException",
    "InvalidImageFormatException",
    "InvalidPaginationTokenException",
    "InvalidParameterException",
    "InvalidS3ObjectException",
    "ResourceAlreadyExistsException",
    "ResourceNotFoundException",
}
PEOPLE = {name: f"release-of-{name}" for name in ("ana", "ben", "carla", "dan", "twin")}


def picture(*people: str, note: str = "", size=(640, 480), **more) -> bytes:
    """A file that begins as a PNG does, and that the engine of these tests reads."""
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", *size)
    return head + photograph(*people, note=note, **more)


class PictureEngine(FakeEngine):
    def decode(self, data):
        return super().decode(data[max(data.find(b"photograph|"), 0) :])


class Ahead:
    """The time, or what somebody whose clock goes wrong takes for it."""

    off = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.off

    def advance(self, **delta: float) -> None:
        self.off += timedelta(**delta)


@dataclass
class Site:
    """A workspace that is served, and the ways into it."""

    office: Office
    address: str
    clock: Ahead
    line: httpx.Client

    @property
    def workspace(self):
        return self.office.workspace

    def issue(self, permit_id, *galleries, **more):
        terms = KeyTerms(
            permit_id=permit_id,
            galleries=frozenset(galleries),
            **{"provenance": "own_enrollment", "grounds": PEOPLE, "adults": True} | more,
        )
        with keys_of(self.workspace) as keys:
            by = self.workspace.acting("operator").principal
            return issue_key(self.workspace, keys, terms, by=by).key

    def client(self, key, *, secret=None, retries=0, path="/aws", **more):
        return boto3.client(
            "rekognition",
            endpoint_url=self.address + path,
            region_name="eu-central-1",
            aws_access_key_id=key.key_id,
            aws_secret_access_key=secret or key.secret,
            config=Config(retries={"max_attempts": retries}, **more),
        )

    def signed(self, key, operation, body, *, secret=None, **headers):
        """The headers of a request that was signed for these bytes."""
        request = AWSRequest(
            "POST",
            f"{self.address}/aws/",
            data=body,
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": f"RekognitionService.{operation}",
            }
            | headers,
        )
        SigV4Auth(
            Credentials(key.key_id, secret or key.secret), "rekognition", "eu-central-1"
        ).add_auth(request)
        return dict(request.headers)

    def post(self, body, headers):
        return self.line.post("/aws/", content=body, headers=headers)

    def raw(self, key, operation, body, **more):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.post(data, self.signed(key, operation, data, **more))

    def patient(self, key, operation, body):
        """The same of a client that slows down when it is told to."""
        while True:
            answer = self.raw(key, operation, body)
            if answer.json().get("__type") != "ThrottlingException":
                return answer
            time.sleep(0.1)


@contextmanager
def site_at(folder):
    clock = Ahead()
    settings = Settings(
        home=folder / "data", key_folder=folder / "keys", cache=folder / "cache", wait_s=5.0
    )
    with Workspace.create(settings, clock=clock) as workspace:
        workspace.__dict__["engine"] = PictureEngine(workspace.evidence.model_id)
        office = Office(workspace)
        with (
            serving(opening_of(workspace, engine=PictureEngine)) as address,
            httpx.Client(base_url=address, timeout=30) as line,
        ):
            yield Site(office, address, clock, line)


@dataclass
class Door:
    """One permit with its collection, its key and a client."""

    site: Site
    hooked: Hooked
    key: object
    client: object

    @property
    def collection(self):
        return self.hooked.gallery

    def index(self, person, note="1", **more):
        return self.client.index_faces(
            CollectionId=self.collection,
            Image={"Bytes": picture(person, note=note)},
            ExternalImageId=person,
            **more,
        )

    def search(self, *people, note="2", **more):
        return self.client.search_faces_by_image(
            CollectionId=self.collection, Image={"Bytes": picture(*people, note=note)}, **more
        )
