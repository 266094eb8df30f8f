"""The shapes of requests and answers under `/v1`; what is not written here is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from recognizance.gate.scope import SampleKind

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:@-]{1,128}$")]
"""An id: letters, digits and `_ . : @ -`, so that none can name a path."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
"""A reason or a statement, in words."""

Word = Annotated[str, StringConstraints(max_length=200)]
Moment = Annotated[str, StringConstraints(max_length=40)]
Face = Annotated[int, Field(ge=1, le=1000)]


class Asked(BaseModel):
    """What is sent; a field that is not listed is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


# ---- uses of a face ---------------------------------------------------------------------------


class Use(Asked):
    """What every use of a face may say of itself."""

    permit: Id | None = Field(None, description="The permit; a key has its own.")
    purpose: Word | None = None
    case: Word | None = None
    face: Face | None = Field(None, description="Which face, counted from 1, largest first.")
    site: Word | None = None
    camera: Word | None = None
    captured_at: Moment | None = Field(None, examples=["2026-11-24T18:00Z"])
    sample: SampleKind | None = None


class SearchAsked(Use):
    """One photograph against a gallery."""

    photograph: UploadFile
    gallery: Id


class VerifyAsked(SearchAsked):
    """One photograph and the person it claims to be."""

    subject: Id


class EnrollAsked(Use):
    """A person, photographs, and why it is allowed."""

    photographs: Annotated[list[UploadFile], Field(min_length=1, max_length=16)]
    gallery: Id
    subject: Id
    provenance: Word | None = Field(None, examples=["own_enrollment"])
    ground: Word | None = Field(None, examples=["release-17"])
    minor: bool | None = None


class CompareAsked(Use):
    """Two photographs of consenting adults."""

    first: UploadFile
    second: UploadFile


class Answer(Told):
    """What the desk hands over, after it was recorded."""

    operation: str
    outcome: str
    permit_id: str | None
    self_attested: bool
    error_rate: str | None
    band: str | None
    subjects: list[str]
    lead_id: str | None
    count: int | None
    entry: str = Field(description="Where it stands in the ledger.", examples=["uses/17"])
    receipt: str = Field(description="Proof that it stands there (C2SP tlog-proof).")
    notices: list[str]


class Reason(Asked):
    """Why."""

    reason: Words


# ---- lists ------------------------------------------------------------------------------------


class GalleryAsked(Asked):
    """A gallery that a permit names."""

    gallery_id: Id
    permit_id: Id


class Gallery(Told):
    """A set of references under one permit."""

    gallery_id: str
    permit_id: str
    purpose: str
    created_at: str
    subjects: int


class Galleries(Told):
    """A page of galleries."""

    items: list[Gallery]
    next: str | None


class Reference(Told):
    """Who is enrolled, and why."""

    subject_id: str
    gallery_id: str
    reference_id: str
    provenance: str
    ground: str
    enrolled_at: str
    expires_at: str


class References(Told):
    """A page of references."""

    items: list[Reference]
    next: str | None


class PermitRow(Told):
    """A permit in a list."""

    permit_id: str
    permit_class: str = Field(alias="class")
    purpose: str
    state: str
    expires_at: str
    self_attested: bool


class Permits(Told):
    """A page of permits."""

    items: list[PermitRow]
    next: str | None


class Attestation(Asked):
    """That a duty of a permit is done."""

    hook: Word
    statement: Words


class PermitState(Told):
    """What became of a permit."""

    permit_id: str
    state: str


class LeadRow(Told):
    """A lead in a list."""

    lead_id: str
    permit_id: str
    gallery_id: str
    state: str
    opened_at: str
    expires_at: str


class Leads(Told):
    """A page of leads."""

    items: list[LeadRow]
    next: str | None


class Verdict(Told):
    """What one reviewer decided."""

    choice: str
    reason: str
    at: str


class CandidateRank(Told):
    """A candidate, by the number that reviewers speak of it."""

    rank: int


class LeadView(Told):
    """A lead as this reviewer may see it: no scores, and no verdicts of others while it waits."""

    lead_id: str
    state: str
    candidates: list[CandidateRank]
    reviews_needed: int
    reviews_given: int | None
    own_verdict: str | None
    verdicts: list[Verdict]
    pictures: list[str] = Field(description="Addresses of the pictures.")


class VerdictAsked(Asked):
    """A reviewer's verdict."""

    choice: Literal["same_person", "different_person", "cannot_say"]
    reason: Words
    candidate: Annotated[int, Field(ge=1, le=1000)] | None = None


class ExportAsked(Asked):
    """For whom a confirmed lead leaves."""

    evidence: Word | None = Field(None, description="Id of evidence independent of the lead.")


class EntryRow(Told):
    """An entry of the ledger."""

    index: int
    time: str
    kind: str
    public: dict[str, Any]
    leaf_hash: str


class Entries(Told):
    """A page of entries."""

    items: list[EntryRow]
    next: str | None


class Receipt(Told):
    """Proof that an entry is in the ledger."""

    entry: str
    receipt: str


class Consistency(Told):
    """Proof that a longer log begins with a shorter one (RFC 6962, 2.1.2)."""

    old: int
    new: int
    hashes: list[str]


# ---- deployments ------------------------------------------------------------------------------


class ScopeAsked(Asked):
    """Where, when, on whom and for which cases a permit is to hold."""

    sites: list[Id] = Field(default=[], max_length=200)
    cameras: list[Id] = Field(default=[], max_length=200)
    windows: list[Annotated[str, StringConstraints(max_length=80)]] = Field(
        default=[], max_length=50, examples=[["2026-11-24T08:00Z/2026-11-24T14:00Z"]]
    )
    targets: list[Id] = Field(default=[], max_length=200)
    cases: list[Id] = Field(default=[], max_length=200)


class CheckAsked(Asked):
    """A submission, as its TOML text."""

    submission: Annotated[str, StringConstraints(max_length=65_536)]


class SubmissionAsked(CheckAsked):
    """A submission and what its permit is to cover."""

    galleries: list[Id] = Field(default=[], max_length=50)
    fmr: Annotated[str, StringConstraints(max_length=20)] | None = Field(None, examples=["1e-3"])
    fpir: Annotated[str, StringConstraints(max_length=20)] | None = None
    gallery_size: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    scope: ScopeAsked = ScopeAsked()
    samples: list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]] = Field(
        default=[],
        max_length=1000,
        description="For a trial: SHA-256 of each photograph and clip that it is bound to.",
    )


class Deployment(Told):
    """What became of a submission."""

    decision: dict[str, Any]
    permit_id: str | None
    state: Literal["refused", "incomplete", "waiting"]


class ProposalRow(Told):
    """A proposal that waits for signatures."""

    permit_id: str
    permit_class: str = Field(alias="class")
    purpose: str
    proposer_id: str
    proposed_at: str
    until: str
    signatures: list[str]
    needed: int


class Proposals(Told):
    """A page of proposals."""

    items: list[ProposalRow]
    next: str | None


# ---- long work --------------------------------------------------------------------------------

Ending = Literal[
    "jpg", "png", "webp", "bmp", "mp4", "mov", "mkv", "webm", "avi", "csv", "parquet", "npz"
]


class Upload(Told):
    """A file that was taken in."""

    upload_id: str
    bytes: int
    sha256: str


class RedactAsked(Asked):
    """Hide the faces of an uploaded photograph or film."""

    upload: Id
    style: Literal["solid", "mask", "pixelate", "blur"] = "solid"
    keep: list[Annotated[int, Field(ge=1, le=100_000)]] = Field(default=[], max_length=1000)
    because: Words | None = None
    audio: Literal["keep", "mute"] = "keep"


class AuditAsked(Asked):
    """Measure a system by an uploaded table of scores or archive of templates."""

    upload: Id
    groups: list[Word] = Field(min_length=1, max_length=16, examples=[["sex", "race"]])
    labels: Id | None = Field(None, description="Upload with the labels of templates (CSV).")
    subject: Word | None = Field(None, description="Column of the labels that says who it is.")
    name: Word | None = None
    system: Word = "the audited system"
    version: Word = ""
    distance: bool = Field(False, description="The scores are distances: lower is more alike.")
    targets: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default=[], max_length=16)


class WatchAsked(Asked):
    """Watch uploaded recordings against a gallery."""

    uploads: list[Id] = Field(min_length=1, max_length=16)
    gallery: Id
    permit: Id | None = None
    purpose: Word | None = None
    case: Word | None = None
    site: Word | None = None
    camera: Word | None = None
    captured_at: Moment | None = None
    sample: SampleKind | None = None


class Job(Told):
    """Long work: how far it is, and what came of it."""

    job_id: str
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
    done: int = Field(description="Thousandths.")
    total: int | None
    time_left_s: float | None
    created_at: str
    ended_at: str | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    files: list[str] = Field(description="Addresses of what can be downloaded.")


class Jobs(Told):
    """A page of jobs."""

    items: list[Job]
    next: str | None


class Status(Told):
    """What the workspace holds, what is open, and what it runs on."""

    model_config = ConfigDict(extra="allow")

    workspace_id: str


# ---- the public -------------------------------------------------------------------------------


class RegisterRow(Told):
    """A permit that the public may know of."""

    permit_id: str
    permit_class: str = Field(alias="class")
    purpose: str
    state: str
    expires_at: str


class RegisterRows(Told):
    """A page of the register."""

    items: list[RegisterRow]
    next: str | None


class Problem(Told):
    """An error: RFC 9457, with our own code, hint and rules."""

    type: str = Field(examples=["urn:recognizance:error:permit.missing"])
    title: str
    status: int
    detail: str
    code: str = Field(examples=["permit.missing"])
    message: str
    hint: str
    rules: list[str]
    entry: str | None = Field(description="Where the failed use stands in the ledger.")
    exit_code: int
