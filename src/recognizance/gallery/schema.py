"""The tables of a gallery's SQLite file, schema version 1."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 1

TAG_INDEX = "subject_key_by_tag"

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

gallery = Table(
    "gallery",
    metadata,
    Column("gallery_id", Text, primary_key=True),
    Column("permit_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)

# A key table only grows, and a key is destroyed by overwriting it in place with as many zeros.
# That matters: SQLite moves the cells of a b-tree page when neighbours are deleted, and even with
# `secure_delete` now and then leaves a copy of a moved cell behind. In a table that never deletes
# nothing is moved, so there is one copy of a key and it can be destroyed; whatever copies of other
# cells stay behind are sealed under it. The numbers of destroyed keys are not used again.
subject_key = Table(
    "subject_key",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("tag", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(TAG_INDEX, "tag"),
)

lead_key = Table(
    "lead_key",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

reference = Table(
    "reference",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("reference_id", Text, nullable=False, unique=True),
    Column("subject", Integer, ForeignKey("subject_key.row"), nullable=False),
    Column("gallery_id", Text, ForeignKey("gallery.gallery_id"), nullable=False),
    Column("sample_tag", LargeBinary, nullable=False),
    Column("intent", Text, nullable=False, index=True),
    Column("expires_at", Text, nullable=False, index=True),
    Column("template", LargeBinary, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    UniqueConstraint("subject", "gallery_id", "sample_tag"),
    Index("reference_in_gallery", "gallery_id", "subject"),
)

# Apart from `reference`, so that loading all templates does not read past all pictures.
crop = Table(
    "crop",
    metadata,
    Column(
        "reference_id",
        Text,
        ForeignKey("reference.reference_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("sealed", LargeBinary, nullable=False),
)

lead = Table(
    "lead",
    metadata,
    Column("lead_id", Text, primary_key=True),
    Column("key", Integer, ForeignKey("lead_key.row"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("gallery_id", Text, ForeignKey("gallery.gallery_id"), nullable=False),
    Column("permit_id", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False, index=True),
    Column("subjects", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("crop", LargeBinary),
)
