"""A watch over a clip, and what came of it."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from recognizance.gate.scope import Circumstances, SampleKind
from recognizance.ledger import LogName
from recognizance.review import lead_from_bytes
from recognizance.sightings import Sighting
from recognizance.types import Operation
from recognizance.uses import Request
from recognizance.watching import Plan, Status, open_cameras, watch_cameras


def enroll(watched, people, **stated) -> None:
    """Put people into the gallery, from the photographs that their scene names."""
    for name, portrait in people.items():
        watched.enroll(name, portrait.path.read_bytes(), sample=SampleKind.PHOTOGRAPH, **stated)


@dataclass
class Ran:
    """What a watch came to."""

    heard: list[Sighting] = field(default_factory=list)
    told: list[Status] = field(default_factory=list)
    answer: object = None


def watch(watched, path: Path, captured_at: datetime | None = None) -> Ran:
    """Watch a clip from its beginning to its end."""
    workspace = watched.office.workspace
    cameras = open_cameras([str(path)], [None], captured_at)
    request = Request(
        principal=workspace.acting("operator").principal,
        operation=Operation.WATCH,
        permit_id=watched.id,
        gallery_id=watched.gallery,
        circumstances=Circumstances(captured_at=captured_at, sample=SampleKind.PHOTOGRAPH),
        footage=cameras.footage,
        live=cameras.live,
    )
    ran = Ran()
    plan = Plan(request, cameras.cameras, hear=ran.heard.append, tell=ran.told.append)
    ran.answer = watch_cameras(workspace, plan, stop=threading.Event())
    return ran


def leads_of(watched) -> list[str]:
    """Who stands first in each lead."""
    return [
        lead_from_bytes(each.body).candidates[0].subject_id
        for each in watched.office.workspace.gallery.leads("open")
    ]


def written(watched) -> dict[str, list]:
    """The entries of watches and their payloads."""
    ledger = watched.office.workspace.ledger
    entries = [each for each in ledger.entries(LogName.USES) if each.kind == "watch"]
    payloads = [ledger.private(LogName.USES, each.index) for each in entries]
    return {"public": [each.public for each in entries], "private": payloads}
