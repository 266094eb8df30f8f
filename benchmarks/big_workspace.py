"""A workspace as large as any page of the console has to bear, made through the program's own code.

Permits, leads, requests of people and objections come through the functions that make them
everywhere. Only the uses log is filled in batches: the same leaves, nodes, payloads and signed
checkpoints as `Ledger.append` writes, several thousand in one transaction, so that a million of
them take minutes; `recognizance ledger verify` finds nothing wrong with them. Nobody's face is in
it: references are random unit vectors, and pictures are noise.
"""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from recognizance.canonical import canonical_bytes
from recognizance.gallery import LeadRecord
from recognizance.gate.submission import parse_submission, submission_from
from recognizance.gate.templates import template
from recognizance.keys import commitment, new_secret
from recognizance.keys.files import KeyKind, read_key_file
from recognizance.ledger import Ledger, LogName
from recognizance.ledger.database import write
from recognizance.ledger.entry import leaf_bytes
from recognizance.ledger.merkle import completed_by
from recognizance.ledger.verify import leaf_hash, node_hash
from recognizance.permits.issuing import Proposal, propose
from recognizance.permits.objecting import lodge
from recognizance.permits.oversight import attest_open, record_training
from recognizance.permits.waiting import put_forward
from recognizance.review import Lead, LeadCandidate, lead_to_bytes
from recognizance.settings import Settings
from recognizance.subjects import Kind, receive
from recognizance.types import Features, Quality, Reference, Role, utc_text
from recognizance.workspace import Workspace, make_principal, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recognizance.gate.permit import Permit

PER_SUBJECT = 5
GALLERY = "g"
AT_ONCE = 10_000
LASTED = timedelta(hours=20)
"""How long the uses took: within the day of a trial, so that its permits hold still."""

PEOPLE = {"reviewer-1": Role.REVIEWER, "reviewer-2": Role.REVIEWER, "auditor": Role.AUDITOR}
QUALITY = Quality(140.0, 61.5, 420.0, 118.0, 50.0, -3.5, 1.0, 0.5, "bench/1")


@dataclass(frozen=True, slots=True)
class Size:
    """How large.

    Attributes:
        references: Templates in one gallery.
        leads: Leads that wait.
        entries: Entries of the uses log.
        permits: Permits in force; as many proposals, refusals and requests of people.
    """

    references: int
    leads: int
    entries: int
    permits: int


@dataclass(slots=True)
class Clock:
    """A clock that stands at a moment of its own and goes on when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        """The moment."""
        return self.now


def settings_of(home: Path) -> Settings:
    """Everything in one folder."""
    return Settings(home=home / "data", key_folder=home / "keys", cache=home / "cache")


def build(home: Path, size: Size) -> None:
    """Make the workspace."""
    clock = Clock(datetime(2026, 11, 22, 1, tzinfo=UTC))
    with Workspace.create(settings_of(home), clock=clock) as workspace:
        for name, role in PEOPLE.items():
            add_person(workspace, name, role)
        permits = [permit_of(workspace, number) for number in range(size.permits)]
        wait_and_refuse(workspace, size.permits)
        workspace.gallery.create_gallery(
            GALLERY,
            permit_id=permits[0].permit_id,
            purpose=permits[0].purpose,
            created_at=clock(),
        )
        enroll(workspace, permits[0], size.references)
        subjects = max(size.references // PER_SUBJECT, 1)
        leads = [
            put_lead(workspace, permits[number % size.permits], number % subjects)
            for number in range(size.leads)
        ]
        fill_uses(workspace, uses_of(workspace, permits, leads, size), clock)
        officer = workspace.acting("operator").principal
        for number in range(size.permits):
            receive(workspace, Kind.ACCESS, f"s-{number}", words="What is held?", by=officer)


def add_person(workspace: Workspace, name: str, role: Role) -> None:
    """Somebody with one role, trained."""
    principal = make_principal(workspace.layout, name, frozenset({role}))
    workspace.registry.add_principal(principal, by=None, now=workspace.clock())
    if role is Role.REVIEWER:
        by, today = workspace.acting("operator"), workspace.clock().date()
        record_training(workspace, name, on=today, course="reading faces", by=by)


def trial_of(operator: str, gallery_id: str) -> Proposal:
    """A trial, as the template has it."""
    content = parse_submission(template("trial").encode()).as_dict()
    return Proposal(
        submission_from({**content, "operator": operator}),
        gallery_ids=frozenset({gallery_id}),
        footage=(secrets.token_hex(32),),
        gallery_size=2,
    )


def permit_of(workspace: Workspace, number: int) -> Permit:
    """A permit in force, its duties attested; every tenth has an objection."""
    officer = workspace.acting("officer")
    asked = trial_of(f"Office {number}", GALLERY if number == 0 else f"g-{number}")
    permit = propose(
        workspace, asked, proposer=workspace.acting("operator"), officers=[officer]
    ).permit
    attest_open(workspace, permit, statement="It is done.", by=officer)
    if number % 10 == 0:
        words = "I do not agree."
        lodge(workspace.registry, permit.permit_id, words, shown=True, now=workspace.clock())
    return permit


def wait_and_refuse(workspace: Workspace, count: int) -> None:
    """Proposals that wait for an officer, and as many that the gate has refused."""
    proposer = workspace.acting("operator").principal
    for number in range(count):
        asked = trial_of(f"Office {number}", f"w-{number}")
        put_forward(workspace, asked, proposer=proposer)
        content = asked.submission.as_dict() | {"assembly": True}
        refused = replace(asked, submission=submission_from(content))
        put_forward(workspace, refused, proposer=proposer)


def enroll(workspace: Workspace, permit: Permit, count: int) -> None:
    """Random unit vectors, sealed as real references are; the first has a picture."""
    draw = np.random.default_rng(2026)
    now, evidence = workspace.clock(), workspace.evidence
    for first in range(0, count, AT_ONCE):
        vectors = draw.standard_normal((min(AT_ONCE, count - first), 128), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        some = [
            Reference(
                reference_id=f"{number:032x}",
                subject_id=f"s-{number // PER_SUBJECT}",
                gallery_id=GALLERY,
                features=Features(vector, evidence.model_id, "bench", 0.4),
                permit_id=permit.permit_id,
                provenance="own_enrollment",
                ground="bench",
                sample_digest=secrets.token_hex(32),
                quality=QUALITY,
                enrolled_at=now,
                expires_at=now + timedelta(days=30),
            )
            for number, vector in enumerate(vectors, start=first)
        ]
        crops = {some[0].reference_id: NOISE}
        workspace.gallery.add(some, crops, intent=f"bench/{first}")


def put_lead(workspace: Workspace, permit: Permit, subject: int) -> Lead:
    """A lead on a subject that waits for two reviewers."""
    now, subject_id = workspace.clock(), f"s-{subject}"
    candidate = LeadCandidate(f"{subject * PER_SUBJECT:032x}", subject_id, 1)
    made = Lead(
        lead_id=secrets.token_hex(8),
        permit_id=permit.permit_id,
        gallery_id=GALLERY,
        operator_id=workspace.acting("operator").principal.principal_id,
        case_id=None,
        probe_digest=secrets.token_hex(32),
        candidates=(candidate,),
        reviews_needed=2,
        opened_at=now,
        quality=QUALITY,
        searched=100,
        rate_ppb=1_000_000,
    )
    workspace.gallery.put_lead(
        LeadRecord(
            lead_id=made.lead_id,
            version=1,
            gallery_id=GALLERY,
            permit_id=made.permit_id,
            state=made.state,
            subject_ids=frozenset({subject_id}),
            body=lead_to_bytes(made),
            crop=NOISE,
            created_at=now,
            expires_at=now + timedelta(days=30),
        )
    )
    return made


# ---- the uses log ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Use:
    """An entry that is to be written."""

    kind: str
    public: dict[str, Any]
    private: dict[str, Any]
    time: datetime


def uses_of(
    workspace: Workspace, permits: list[Permit], leads: list[Lead], size: Size
) -> Iterator[Use]:
    """Searches under every permit, most without a candidate; leads, verdicts, watches, logins."""
    who = workspace.acting("operator").principal.principal_id
    every = max(size.entries // max(size.leads, 1), 4)
    began, step = workspace.clock(), LASTED / size.entries
    waiting = iter(leads)
    for number in range(size.entries):
        time, permit = began + number * step, permits[number % len(permits)]
        public: dict[str, Any] = {
            "gallery": GALLERY,
            "gallery_changes": 6,
            "model": permit.model_id,
            "operation": "search",
            "outcome": "no_candidate",
            "permit": permit.permit_id,
            "rate": "fmr",
            "started": utc_text(time),
            "target_ppb": 1_000_000,
            "threshold_e6": 160_156,
        }
        private: dict[str, Any] = {"principal": who}
        match number % every:
            case 0 if (lead := next(waiting, None)) is not None:
                public |= {"permit": lead.permit_id, "lead": lead.lead_id}
                public["outcome"] = "held_for_review"
                (candidate,) = lead.candidates
                private |= {"probe": lead.probe_digest, "subjects": [candidate.subject_id]}
                private["references"] = [candidate.reference_id]
            case 1 if number % 5 == 1:
                gone = f"{number:016x}"
                public |= {"operation": "decide", "outcome": "rejected", "lead": gone}
            case 2 if number % 7 == 2:
                public |= {"operation": "watch", "outcome": "watched", "faces": 3}
        yield Use(str(public["operation"]), public, private, time)


def fill_uses(workspace: Workspace, uses: Iterator[Use], clock: Clock) -> None:
    """Append all of them, several thousand in a transaction."""
    layout = workspace.layout
    key = read_key_file(layout.workspace_key, KeyKind.WORKSPACE, None).signing_key
    origin, peaks = origin_of(workspace.workspace_id), {}
    with Filling.open(layout.ledger, key=key, origin=origin, pin=layout.pin) as ledger:
        while batch := list(islice(uses, AT_ONCE)):
            ledger.fill(batch, peaks)
            clock.now = batch[-1].time + timedelta(seconds=1)


class Filling(Ledger):
    """A ledger with an empty uses log that is filled in batches."""

    def fill(self, batch: list[Use], peaks: dict[int, bytes]) -> None:
        """Append a batch, and pin its end; the open subtrees of the log stay in memory."""
        with write(self._database):
            for index, use in enumerate(batch, start=self.size(LogName.USES)):
                self._add(index, use, peaks)
        self._write_pin()

    def _add(self, index: int, use: Use, peaks: dict[int, bytes]) -> None:
        """What `append` writes."""
        log, salt, payload = LogName.USES, new_secret(), canonical_bytes(use.private)
        data = leaf_bytes(
            use.kind,
            use.public,
            time=use.time,
            commitment=commitment(salt, payload),
            opens=False,
            closes=None,
        )
        leaf = (log, index, use.kind, data.decode())
        self._database.execute("INSERT INTO leaf VALUES (?, ?, ?, NULL, ?)", leaf)
        level, found = 0, b""
        for level, place, found in completed_by(
            index, leaf_hash(data), lambda at, _: peaks.pop(at)
        ):
            node = (log, level, place, found)
            self._database.execute("INSERT INTO node VALUES (?, ?, ?, ?)", node)
        peaks[level] = found
        root, *higher = (peaks[each] for each in sorted(peaks))
        for peak in higher:
            root = node_hash(peak, root)
        self._add_checkpoint(log, index + 1, root)
        sealed = (log, index, salt, payload.decode())
        self._database.execute("INSERT INTO payload VALUES (?, ?, ?, ?)", sealed)


def _noise() -> bytes:
    """A picture of nobody."""
    pixels = np.random.default_rng(7).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


NOISE = _noise()
