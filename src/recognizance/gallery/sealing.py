"""How references and leads look at rest: keys within keys, and what each seal is bound to.

    workspace key ── seals ──> one random key a subject ──> template, facts, crop
                  └─ seals ──> one random key a version of a lead ──> subjects, body, crop

The context of a seal names kind, place and owner, so that a value moved to another row, gallery
or column does not open, nor one whose expiry was put off with a file editor. A subject's id is
sealed with the subject's key; what stands in the clear is a tag that only the workspace's key
can tell. Destroying a key destroys what every copy of the rest could still tell.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from recognizance.canonical import canonical_bytes, padded, parse_json
from recognizance.errors import ModelMismatchError
from recognizance.keys import SECRET_BYTES, new_secret, seal, unseal
from recognizance.types import Features, Quality, Reference, utc_moment, utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognizance.gallery.lead_record import LeadRecord

# Little-endian: dimension of the vector, then the cohort mean; vector and ids follow.
_HEADER = struct.Struct("<Hf")
_FLOAT = np.dtype("<f4")
_SEPARATOR = "|"
_FILL = 512
"""Bytes to which the list of the people on a lead is filled up, so that it hides how many."""


def context(kind: str, *owners: str) -> bytes:
    """The context of a seal: its kind and whom it belongs to; no id holds the separator."""
    return _SEPARATOR.join((kind, *owners)).encode()


TAG_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """The key of a subject, opened.

    Attributes:
        row: Its number in the key table.
        subject_id: Whose it is.
        secret: 32 bytes.
    """

    row: int
    subject_id: str
    secret: bytes = field(repr=False)


def subject_tag(workspace_key: bytes, subject_id: str) -> bytes:
    """Finds a subject's key by the subject's id, for whoever has the workspace's key."""
    # A key of its own, for one key should not both seal and tag.
    tag_key = hmac.digest(workspace_key, b"recognizance subject tags", hashlib.sha256)
    return hmac.digest(tag_key, subject_id.encode(), hashlib.sha256)


def seal_subject_key(workspace_key: bytes, key: SubjectKey) -> bytes:
    """Seal a subject's key and id."""
    bound = b"subject|" + subject_tag(workspace_key, key.subject_id)
    return seal(workspace_key, key.secret + key.subject_id.encode(), context=bound)


def open_subject_key(workspace_key: bytes, row: int, tag: bytes, sealed: bytes) -> SubjectKey:
    """The key of a subject."""
    plain = unseal(workspace_key, sealed, context=b"subject|" + tag)
    return SubjectKey(row, plain[SECRET_BYTES:].decode(), plain[:SECRET_BYTES])


def sample_tag(key: SubjectKey, sample_digest: str) -> bytes:
    """Tells whether a photograph is there twice, to nobody who lacks the subject's key."""
    return hmac.digest(key.secret, b"sample|" + sample_digest.encode(), hashlib.sha256)


def seal_template(key: SubjectKey, reference: Reference) -> bytes:
    """Seal vector, cohort mean, model and cohort."""
    features = reference.features
    plain = (
        _HEADER.pack(features.vector.size, features.cohort_mean)
        + features.vector.astype(_FLOAT).tobytes()
        + context(features.model_id, features.cohort_id)
    )
    return seal(
        key.secret,
        plain,
        context=_template_context(
            key, reference.gallery_id, reference.reference_id, utc_text(reference.expires_at)
        ),
    )


def open_template(
    key: SubjectKey, sealed: bytes, *, gallery_id: str, reference_id: str, expires_at: str
) -> bytes:
    """The plain bytes of a template, for `parse_templates`."""
    bound = _template_context(key, gallery_id, reference_id, expires_at)
    return unseal(key.secret, sealed, context=bound)


def parse_templates(
    plain: Sequence[bytes],
) -> tuple[NDArray[np.float32], NDArray[np.float32], str, str]:
    """Read many templates of one model at once.

    Args:
        plain: At least one, as `open_template` gives them.

    Returns:
        Vectors of shape (n, dim), cohort means of shape (n,), both float32; model and cohort id.

    Raises:
        ModelMismatchError: They are of two models or cohorts.
    """
    dimension, _ = _HEADER.unpack_from(plain[0])
    end = _HEADER.size + dimension * _FLOAT.itemsize
    ids = plain[0][end:]
    if not all(len(each) == len(plain[0]) and each[end:] == ids for each in plain):
        raise ModelMismatchError(
            "The gallery holds templates of two models or cohorts, which are never compared.",
            hint="Enroll everybody again with one model, in a gallery of its own.",
        )
    table = np.frombuffer(bytearray().join(plain), dtype=np.uint8).reshape(len(plain), -1)
    vectors = table[:, _HEADER.size : end].copy().view(_FLOAT).astype(np.float32, copy=False)
    means = table[:, _HEADER.size - _FLOAT.itemsize : _HEADER.size].copy().view(_FLOAT)
    table.fill(0)
    model_id, cohort_id = ids.decode().split(_SEPARATOR)
    return vectors, means.astype(np.float32, copy=False).ravel(), model_id, cohort_id


def seal_facts(key: SubjectKey, reference: Reference) -> bytes:
    """Seal what is known about a reference beside its template."""
    facts = {
        "permit": reference.permit_id,
        "provenance": reference.provenance,
        "ground": reference.ground,
        "sample": reference.sample_digest,
        "enrolled": utc_text(reference.enrolled_at),
        "quality": asdict(reference.quality),
    }
    bound = _facts_context(
        key, reference.gallery_id, reference.reference_id, utc_text(reference.expires_at)
    )
    return seal(key.secret, canonical_bytes(facts), context=bound)


def open_reference(
    key: SubjectKey,
    *,
    gallery_id: str,
    reference_id: str,
    expires_at: str,
    template: bytes,
    facts: bytes,
) -> Reference:
    """Put a reference together again from its row."""
    plain = open_template(
        key, template, gallery_id=gallery_id, reference_id=reference_id, expires_at=expires_at
    )
    vectors, means, model_id, cohort_id = parse_templates([plain])
    bound = _facts_context(key, gallery_id, reference_id, expires_at)
    # The seal vouches that these are the bytes that `seal_facts` wrote.
    known = cast("dict[str, Any]", parse_json(unseal(key.secret, facts, context=bound)))
    algorithm = known["quality"].pop("algorithm")
    measures = {name: float(value) for name, value in known["quality"].items()}
    return Reference(
        reference_id=reference_id,
        subject_id=key.subject_id,
        gallery_id=gallery_id,
        features=Features(vectors[0], model_id, cohort_id, float(means[0])),
        permit_id=known["permit"],
        provenance=known["provenance"],
        ground=known["ground"],
        sample_digest=known["sample"],
        quality=Quality(**measures, algorithm=algorithm),
        enrolled_at=utc_moment(known["enrolled"]),
        expires_at=utc_moment(expires_at),
    )


def seal_crop(key: SubjectKey, reference_id: str, picture: bytes) -> bytes:
    """Seal the picture kept with a reference."""
    return seal(key.secret, picture, context=context("crop", reference_id))


def open_crop(key: SubjectKey, reference_id: str, sealed: bytes) -> bytes:
    """The picture kept with a reference."""
    return unseal(key.secret, sealed, context=context("crop", reference_id))


def seal_lead(workspace_key: bytes, record: LeadRecord) -> tuple[bytes, dict[str, bytes | None]]:
    """Seal a lead under a fresh key.

    Each version has a key of its own, so that what a replaced version said goes with its key.

    Returns:
        The sealed key; the columns `subjects`, `body` and `crop`.
    """
    key = new_secret()
    bound = _lead_context(record)
    subjects = padded(canonical_bytes(sorted(record.subject_ids)), _FILL)
    picture = record.crop
    return seal(workspace_key, key, context=b"key|" + bound), {
        "subjects": seal(key, subjects, context=b"subjects|" + bound),
        "body": seal(key, record.body, context=b"body|" + bound),
        "crop": None if picture is None else seal(key, picture, context=b"crop|" + bound),
    }


def open_lead(
    workspace_key: bytes, sealed: LeadRecord, *, key: bytes, subjects: bytes
) -> LeadRecord:
    """Open a lead of which `body` and `crop` are still sealed, as `key` and `subjects` are."""
    bound = _lead_context(sealed)
    secret = unseal(workspace_key, key, context=b"key|" + bound)
    ids = cast("list[str]", parse_json(unseal(secret, subjects, context=b"subjects|" + bound)))
    picture = sealed.crop
    return replace(
        sealed,
        subject_ids=frozenset(ids),
        body=unseal(secret, sealed.body, context=b"body|" + bound),
        crop=None if picture is None else unseal(secret, picture, context=b"crop|" + bound),
    )


def _lead_context(record: LeadRecord) -> bytes:
    return context(
        "lead",
        record.lead_id,
        record.gallery_id,
        record.permit_id,
        record.state,
        str(record.version),
        utc_text(record.created_at),
        utc_text(record.expires_at),
    )


def gallery_seal(
    workspace_key: bytes, *, gallery_id: str, permit_id: str, purpose: str, created_at: str
) -> bytes:
    """What only the workspace's key writes beside a gallery, so that its permit stays its own."""
    seal_key = hmac.digest(workspace_key, b"recognizance galleries", hashlib.sha256)
    bound = context("gallery", gallery_id, permit_id, purpose, created_at)
    return hmac.digest(seal_key, bound, hashlib.sha256)


def _template_context(
    key: SubjectKey, gallery_id: str, reference_id: str, expires_at: str
) -> bytes:
    return context("template", gallery_id, key.subject_id, reference_id, expires_at)


def _facts_context(key: SubjectKey, gallery_id: str, reference_id: str, expires_at: str) -> bytes:
    return context("facts", gallery_id, key.subject_id, reference_id, expires_at)
