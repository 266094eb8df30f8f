"""What the tests of the gallery share: references and leads that differ where it matters."""

import json
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from recognizance.gallery import LeadRecord, SqliteGallery
from recognizance.types import Features, Quality, Reference

KEY = bytes(range(32))
NOW = datetime(2026, 11, 22, 9, 0, 0, 123_000, tzinfo=UTC)
QUALITY = Quality(140.0, 61.5, 420.0, 118.25, 50.0, -3.5, 1.0, 0.5, "facts/1")
MODEL, COHORT = "a" * 64, "c" * 64


def unit_vector(seed: int, dimension: int = 128) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
    return vector / np.linalg.norm(vector)


def features(seed: int = 0, *, mean: float = 0.375, model: str = MODEL, cohort: str = COHORT):
    return Features(unit_vector(seed), model, cohort, mean)


def make_reference(subject_id: str = "s-1", **changes) -> Reference:
    fields = {
        "reference_id": secrets.token_hex(16),
        "subject_id": subject_id,
        "gallery_id": "g",
        "features": features(),
        "permit_id": "permit-1",
        "provenance": "own_enrollment",
        "ground": "release 17",
        "sample_digest": secrets.token_hex(32),
        "quality": QUALITY,
        "enrolled_at": NOW,
        "expires_at": NOW + timedelta(days=30),
    }
    return Reference(**fields | changes)


def make_lead(*subject_ids: str, **changes) -> LeadRecord:
    fields = {
        "lead_id": secrets.token_hex(8),
        "version": 1,
        "gallery_id": "g",
        "permit_id": "permit-1",
        "state": "open",
        "subject_ids": frozenset(subject_ids),
        "body": json.dumps(sorted(subject_ids)).encode(),
        "crop": b"picture of a probe",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=2),
    }
    return LeadRecord(**fields | changes)


def amend(body: bytes, subject_id: str) -> tuple[str, bytes]:
    """Takes a subject out of a body as `make_lead` writes it."""
    left = [each for each in json.loads(body) if each != subject_id]
    return ("open" if left else "withdrawn"), json.dumps(left).encode()


def same(one: Reference, other: Reference) -> bool:
    """Equality, with the vector compared by its bytes."""

    def plain(reference: Reference) -> tuple[object, ...]:
        f = reference.features
        rest = [getattr(reference, name) for name in Reference.__slots__ if name != "features"]
        return (*rest, f.vector.tobytes(), f.vector.dtype, f.model_id, f.cohort_id, f.cohort_mean)

    return plain(one) == plain(other)


@contextmanager
def new_gallery(folder: Path, *galleries: str, wait_s: float = 10.0):
    """A store with empty galleries, `g` unless others are named."""
    with SqliteGallery.create(folder / "gallery.db", KEY, wait_s=wait_s) as store:
        for gallery_id in galleries or ("g",):
            store.create_gallery(gallery_id, permit_id="permit-1", purpose="trial", created_at=NOW)
        yield store


def raw_bytes(folder: Path) -> bytes:
    """Every byte of the store's files: the database, its log, its index of the log."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("gallery.db*")))
