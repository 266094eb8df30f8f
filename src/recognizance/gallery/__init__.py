"""References and leads at rest, exact search, retention: the only place with SQL for them."""

from recognizance.gallery.admission import Provenance, check_id, check_references
from recognizance.gallery.changes import CHANGES, check_newest
from recognizance.gallery.lead_record import LeadLine, LeadRecord
from recognizance.gallery.port import (
    AmendBody,
    Counts,
    Erasure,
    Gallery,
    GalleryRecord,
    Templates,
)
from recognizance.gallery.search import ExactIndex, Indexes
from recognizance.gallery.store import SqliteGallery

__all__ = [
    "CHANGES",
    "AmendBody",
    "Counts",
    "Erasure",
    "ExactIndex",
    "Gallery",
    "GalleryRecord",
    "Indexes",
    "LeadLine",
    "LeadRecord",
    "Provenance",
    "SqliteGallery",
    "Templates",
    "check_id",
    "check_newest",
    "check_references",
]
