"""What is sent under `/v1`; a field that is not written here is refused."""

from __future__ import annotations

from typing import Annotated, Literal

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


class Reason(Asked):
    """Why."""

    reason: Words


class GalleryAsked(Asked):
    """A gallery that a permit names."""

    gallery_id: Id
    permit_id: Id


class Attestation(Asked):
    """That a duty of a permit is done."""

    hook: Word
    statement: Words


class VerdictAsked(Asked):
    """A reviewer's verdict."""

    choice: Literal["same_person", "different_person", "cannot_say"]
    reason: Words
    candidate: Annotated[int, Field(ge=1, le=1000)] | None = None


class ExportAsked(Asked):
    """For whom a confirmed lead leaves."""

    evidence: Word | None = Field(None, description="Id of evidence independent of the lead.")


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


Ending = Literal[
    "bin", "csv", "parquet", "npz", "jpg", "png", "webp", "bmp", "gif", "mp4", "m4v", "mov",
    "mkv", "webm", "avi", "ts", "m2ts", "mts", "mpg", "mpeg",
]  # fmt: skip
"""How an upload is packed; `bin` where whoever asks for a job about it says so then."""


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
