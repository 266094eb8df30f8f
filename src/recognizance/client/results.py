"""What a server answers, as frozen values. A field that this version does not know is left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self


@dataclass(frozen=True, slots=True)
class Told:
    """A value that a server told."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read it from JSON; a list becomes a tuple."""
        renamed = {"permit_class": "class"}
        found = {each.name: renamed.get(each.name, each.name) for each in fields(cls)}
        return cls(
            **{
                name: tuple(value) if isinstance(value := row[key], list) else value
                for name, key in found.items()
                if key in row
            }
        )

    def as_dict(self) -> dict[str, object]:
        """The same as JSON has it."""
        return {
            "class" if name == "permit_class" else name: list(value)
            if isinstance(value, tuple)
            else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class Answer(Told):
    """What the desk handed over, after it was recorded; see `recognizance.uses.Answer`."""

    operation: str
    outcome: str
    permit_id: str | None
    self_attested: bool
    error_rate: str | None
    band: str | None
    subjects: tuple[str, ...]
    lead_id: str | None
    count: int | None
    entry: str
    receipt: str = field(repr=False)
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gallery(Told):
    """A set of references under one permit."""

    gallery_id: str
    permit_id: str
    purpose: str
    created_at: str
    subjects: int


@dataclass(frozen=True, slots=True)
class Reference(Told):
    """Who is enrolled, on which ground, from where, until when."""

    subject_id: str
    gallery_id: str
    reference_id: str
    provenance: str
    ground: str
    enrolled_at: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Permit(Told):
    """A permit in a list."""

    permit_id: str
    permit_class: str
    purpose: str
    state: str
    expires_at: str
    self_attested: bool


@dataclass(frozen=True, slots=True)
class Proposal(Told):
    """A proposal that waits for signatures."""

    permit_id: str
    permit_class: str
    purpose: str
    proposer_id: str
    proposed_at: str
    until: str
    signatures: tuple[str, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class Deployment(Told):
    """What became of a submission: `refused`, `incomplete` or `waiting`."""

    decision: Mapping[str, Any]
    permit_id: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Lead(Told):
    """A lead in a list."""

    lead_id: str
    permit_id: str
    gallery_id: str
    state: str
    opened_at: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class LeadView(Told):
    """A lead as its reviewer sees it; `pictures` are addresses for `Client.picture`."""

    lead_id: str
    state: str
    candidates: tuple[Mapping[str, int], ...]
    reviews_needed: int
    reviews_given: int | None
    own_verdict: str | None
    verdicts: tuple[Mapping[str, str], ...]
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry(Told):
    """An entry of the ledger."""

    index: int
    time: str
    kind: str
    public: Mapping[str, Any]
    leaf_hash: str


@dataclass(frozen=True, slots=True)
class Upload(Told):
    """A file that was taken in."""

    upload_id: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Job(Told):
    """Long work: how far it is in thousandths, and what came of it."""

    job_id: str
    kind: str
    state: str
    done: int
    total: int | None
    time_left_s: float | None
    created_at: str
    ended_at: str | None
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    files: tuple[str, ...]

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state not in {"queued", "running"}
