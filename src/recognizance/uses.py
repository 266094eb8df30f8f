"""What goes in and out of the desk, and the note that is taken of every use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recognizance.errors import (
    InputError,
    NoUsableFaceError,
    RecognizanceError,
    RefusedError,
)
from recognizance.evidence import band_ppb
from recognizance.gate.scope import NOTHING_STATED, Circumstances
from recognizance.types import Decision, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any, Self

    import numpy as np
    from numpy.typing import NDArray

    from recognizance.evidence import Threshold
    from recognizance.gate.permit import Permit
    from recognizance.review import LeadCandidate
    from recognizance.types import Candidate, Detection, Operation, Principal, Quality, Reference

SELF_ATTESTED = "self-attested: nobody but the operator has approved this permit"
LEAD_NOTICE = "a lead, not an identification: nobody may act on it before people have confirmed it"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks of the desk.

    Attributes:
        principal: Who asks.
        operation: What is asked for.
        permit_id: Under which permit; `None` is answered as any other missing permit.
        photographs: Bytes of the photographs, as they came.
        gallery_id: The gallery, where the operation has one.
        purpose: What the use is for, if stated; it must be the permit's.
        case_id: The case, where the permit asks for one.
        face: Which face of the photograph to use, counted from 1, largest first.
        circumstances: Place, camera, time of capture and kind of sample, as stated.
        bearer: Whether the reference comes from the bearer and no gallery is opened.
        footage: SHA-256 of each recorded clip that is looked at, hex.
        stills: Pictures cut from that footage, in bytes: a permit that names what it is bound to
            names the clip, and not each picture of it.
        live: Whether what is watched comes from a camera now, and from no recording.
        cameras: How many cameras are watched at once; 0 where it is recordings.
        reference_id: A reference of the gallery that is searched for, instead of a photograph.
        at_most_ppb: A false match rate that whoever asks wants kept beside the permit's, which it
            can only tighten.
        floor: Bounds of quality, written as a permit writes its own (`min_face_px`), beside those.
    """

    principal: Principal
    operation: Operation
    permit_id: str | None
    photographs: tuple[bytes, ...] = ()
    gallery_id: str | None = None
    purpose: str | None = None
    case_id: str | None = None
    face: int | None = None
    circumstances: Circumstances = NOTHING_STATED
    bearer: bool = False
    footage: tuple[str, ...] = ()
    stills: tuple[bytes, ...] = ()
    live: bool = False
    cameras: int = 0
    reference_id: str | None = None
    at_most_ppb: int | None = None
    floor: tuple[tuple[str, float], ...] = ()

    @property
    def pictures(self) -> tuple[bytes, ...]:
        """All that it is about."""
        return (*self.photographs, *self.stills)

    @property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of where all of it comes from, hex; a still of no footage stands for itself."""
        sources = self.footage or tuple(map(sample_digest, self.stills))
        return (*map(sample_digest, self.photographs), *sources)


@dataclass(frozen=True, slots=True)
class Seen:
    """One face of a photograph: where it is, and what was measured of it. It identifies nobody.

    Attributes:
        detection: Where it is.
        quality: What was measured; None where nobody looked closer, or it is no usable face.
    """

    detection: Detection
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in a photograph.

    Attributes:
        size_wh: Its width and height in pixels, upright.
        faces: Its faces, largest first.
        used: Index of the face that was used; 0 where all of them were.
    """

    size_wh: tuple[int, int]
    faces: tuple[Seen, ...]
    used: int = 0

    @property
    def face(self) -> Seen:
        """The face that was used."""
        return self.faces[self.used]


@dataclass(frozen=True, slots=True)
class Enrollment:
    """Whom to enroll, and why that is allowed.

    Attributes:
        subject_id: Id of the data subject, chosen by the operator.
        provenance: Where the photographs come from, one of a closed list (rule HR-09).
        ground: Why this person may be in the gallery: a release, order or contract id.
        minor: Whether the person is a child, as the operator states it; `None` if not stated.
    """

    subject_id: str
    provenance: str
    ground: str
    minor: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk hands over, after it was recorded.

    Attributes:
        operation: What was asked for.
        outcome: `match`, `non_match`, `no_candidate`, `candidate`, `held_for_review`, `enrolled`,
            `erased` or a state of review.
        permit_id: Under which permit, `None` for an erasure.
        self_attested: Whether nobody but the operator approved the permit.
        error_rate: The rate that the decision was made at, in words.
        band: Strictest rung of the ladder of rates at which the pair still matches; never a score.
        subjects: Released subject ids; empty while a lead is held.
        references: The reference that each of them was named by.
        rates_ppb: The rung of the ladder that each of them reaches; of a comparison, that each
            face of the second photograph reaches, None for those that do not match.
        looks: What was seen in each photograph.
        lead_id: The lead, if one was made.
        entry: Where it stands in the ledger, as `uses/17`.
        receipt: Proof that it stands there (C2SP tlog-proof).
        notices: What the reader has to know.
        token: For its bearer alone; nowhere else, the ledger included.
    """

    operation: str
    outcome: str
    permit_id: str | None
    self_attested: bool
    entry: str
    receipt: str
    error_rate: str | None = None
    band: str | None = None
    subjects: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    rates_ppb: tuple[int | None, ...] = ()
    lead_id: str | None = None
    count: int | None = None
    notices: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    looks: tuple[Look, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(
        cls,
        note: UseNote,
        outcome: str,
        receipt: str,
        *,
        notices: tuple[str, ...] = (),
        **more: Any,  # noqa: ANN401  # the fields of an answer
    ) -> Self:
        """The answer to a use that was recorded; whatever is self-attested says so."""
        permit = note.permit
        self_attested = permit.self_attested if permit else False
        return cls(
            operation=note.operation,
            outcome=outcome,
            permit_id=permit.permit_id if permit else None,
            self_attested=self_attested,
            entry=note.entry or "",
            receipt=receipt,
            error_rate=rate_words(note.threshold) if note.threshold else None,
            notices=(*notices, SELF_ATTESTED) if self_attested else notices,
            looks=tuple(note.looks),
            **more,
        )

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape of an answer."""
        return {
            "operation": self.operation,
            "outcome": self.outcome,
            "permit_id": self.permit_id,
            "self_attested": self.self_attested,
            "error_rate": self.error_rate,
            "band": self.band,
            "subjects": list(self.subjects),
            "rates_ppb": list(self.rates_ppb),
            "lead_id": self.lead_id,
            "count": self.count,
            "entry": self.entry,
            "receipt": self.receipt,
            "notices": list(self.notices),
        }


@dataclass(frozen=True, slots=True)
class Exported:
    """A lead that left the workspace: the answer, and the disclosure bundle as bytes."""

    answer: Answer
    document: bytes


@dataclass(slots=True)
class UseNote:
    """The note taken while a use runs; it is written to the ledger whatever happens.

    It is the one mutable value of the path: each step adds what it learned, so that a use which
    fails at step 5 is recorded with what steps 1 to 4 established.
    """

    request: Request
    operation: str
    started: datetime
    permit: Permit | None = None
    threshold: Threshold | None = None
    model_id: str | None = None
    probe_digest: str | None = None
    quality: Quality | None = None
    searched: int | None = None
    faces: int | None = None
    extracted_at: datetime | None = None
    wiped_at: datetime | None = None
    entry: str | None = None
    intent: int | None = None
    rate_ppb: int | None = None
    asked_about: str | None = None
    looks: list[Look] = field(default_factory=list)
    arrays: list[NDArray[np.generic]] = field(default_factory=list)

    def public(self, outcome: str, **more: object) -> dict[str, object]:
        """What stands in the leaf: ids, rates and counts, nothing about a person.

        The fields are those of Regulation (EU) 2024/1689, Art. 12(3): start and end of the use
        (the end is the entry's own time), the reference database, and by commitment the input.
        """
        facts: dict[str, object] = {
            "operation": self.operation,
            "outcome": outcome,
            "started": utc_text(self.started),
            # Whatever else was typed could be a name, so it stays out of a log that is for ever.
            "permit": self.permit.permit_id if self.permit else None,
            "gallery": self.request.gallery_id if self.permit else None,
            "bearer": self.request.bearer or None,
            "model": self.model_id,
            "faces": self.faces,
        }
        if self.threshold is not None:
            facts["rate"] = self.threshold.rate.value
            facts["target_ppb"] = self.threshold.target_ppb
            facts["threshold_e6"] = round(self.threshold.score * 1_000_000)
        return {key: value for key, value in (facts | more).items() if value is not None}

    def private(self, **more: object) -> dict[str, object]:
        """What lies in the erasable store beside the leaf's commitment."""
        facts: dict[str, object] = {
            "principal": self.request.principal.principal_id,
            "case": storable(self.request.case_id),
        }
        return {key: value for key, value in (facts | more).items() if value is not None}

    def wipe(self) -> None:
        """Overwrite every picture and vector of this use with zeros."""
        for array in self.arrays:
            if array.flags.writeable:
                array.fill(0)
        self.arrays.clear()


def outcome_of(error: BaseException) -> str:
    """The word under which a use that ended with this error is recorded."""
    match error:
        case RefusedError():
            return "refused"
        case NoUsableFaceError():
            return "failure_to_acquire"
        case InputError():
            return "bad_input"
        case KeyboardInterrupt():
            return "interrupted"
        case RecognizanceError():
            return "failed"
    return "internal_error"


def storable(text: str | None) -> str | None:
    """A text as it can be written down: half characters, which no file can hold, are replaced."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")


def decision_of(score: float, threshold: float) -> Decision:
    """`MATCH` where the score is at or above the threshold, else `NON_MATCH`."""
    return Decision.MATCH if score >= threshold else Decision.NON_MATCH


def rate_words(threshold: Threshold) -> str:
    """The rate of a threshold in words, e.g. `false match rate at most 1 in 1,000 ...`."""
    one_in = round(1_000_000_000 / threshold.target_ppb)
    kind = {"fmr": "false match rate", "fpir": "false positive identification rate"}
    return f"{kind[threshold.rate.value]} at most 1 in {one_in:,} in the worst measured group"


def rate_sentence(rate: str, target_ppb: int) -> str:
    """The same for whoever has not heard of such rates."""
    one_in = round(1_000_000_000 / target_ppb)
    what = {
        "fmr": f"two different people are taken for one at most once in {one_in:,} comparisons",
        "fpir": f"a stranger is taken for somebody at most once in {one_in:,} searches",
    }
    return f"{what[rate]}, in the worst measured group"


def released(
    threshold: Threshold, candidates: Sequence[Candidate]
) -> Mapping[str, tuple[Any, ...]]:
    """What an answer names: each candidate, its reference, and how strict a rate it keeps."""
    return {
        "subjects": tuple(each.subject_id for each in candidates),
        "references": tuple(each.reference_id for each in candidates),
        "rates_ppb": tuple(band_ppb(threshold, each.comparison_score) for each in candidates),
    }


def sample_digest(data: bytes) -> str:
    """SHA-256 of a photograph's bytes, hex: how permits and references name it."""
    return hashlib.sha256(data).hexdigest()


def gallery_of(request: Request) -> str:
    """The gallery of a request whose operation cannot do without one."""
    if request.gallery_id is None:
        raise InputError(
            f"To {request.operation.value}, a gallery has to be named.",
            hint="List them with `recognizance gallery list`.",
        )
    return request.gallery_id


def matched_input(
    note: UseNote, matched: Sequence[Reference | Candidate | LeadCandidate]
) -> Mapping[str, Any]:
    """What the private payload keeps of a use that led to a match (Art. 12(3)(c)); else nothing.

    Of a probe that matched nobody not even a digest stays: the ledger must not become a record
    of who passed by.
    """
    if not matched:
        return {}
    return {
        "private": {
            "probe": note.probe_digest,
            "references": [each.reference_id for each in matched],
            "subjects": sorted({each.subject_id for each in matched}),
        }
    }
