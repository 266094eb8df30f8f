"""What is answered under `/v1`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Told(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


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


class Upload(Told):
    """A file that was taken in."""

    upload_id: str
    bytes: int
    sha256: str


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
