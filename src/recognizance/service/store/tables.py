"""The tables of `service.db`, as the newest migration leaves them.

Times are RFC 3339 texts. Whatever opens a door is kept as a digest, or sealed under a key of the
workspace where the plain value is needed again (an AWS signature cannot be checked without it).
"""

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
)

metadata = MetaData()

account = Table(
    "account",
    metadata,
    Column("principal_id", Text, primary_key=True),
    Column("password", Text),  # Argon2id, in its own text form; none where only passkeys are
    Column("failures", Integer, nullable=False),
    Column("locked_until", Text),
    Column("created_at", Text, nullable=False),
)

passkey = Table(
    "passkey",
    metadata,
    Column("credential_id", LargeBinary, primary_key=True),
    Column("principal_id", Text, ForeignKey("account.principal_id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_digest", LargeBinary, primary_key=True),
    Column("principal_id", Text, ForeignKey("account.principal_id"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("principal_id", Text, nullable=False),
    Column("permit_id", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # galleries, grounds and the secret
    Column("token_digest", LargeBinary, nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("revoked_at", Text),
)

job = Table(
    "job",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("principal_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("asked", Text),  # JSON: what is known before it begins: uploads, who asked
    Column("told", Text),  # JSON: the result, or the error
    Column("created_at", Text, nullable=False),
    Column("ended_at", Text),
    Index("job_by_principal", "principal_id", "created_at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("principal_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("sealed_answer", LargeBinary),
    Column("created_at", Text, nullable=False),
)

held = Table(
    "held",
    metadata,
    Column("request_digest", LargeBinary, primary_key=True),
    Column("lead_id", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)

named_subject = Table(
    "named_subject",
    metadata,
    Column("key_id", Text, ForeignKey("api_key.key_id"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),  # of the subject id, with the key's secret
)

closed_gallery = Table(
    "closed_gallery",
    metadata,
    Column("gallery_id", Text, primary_key=True),
    Column("closed_at", Text, nullable=False),
)
