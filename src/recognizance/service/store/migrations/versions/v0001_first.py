"""The first tables: accounts, passkeys, sessions, keys, jobs, repeated requests, held answers."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "account",
        Column("principal_id", Text, primary_key=True),
        Column("password", Text),
        Column("failures", Integer, nullable=False),
        Column("locked_until", Text),
        Column("created_at", Text, nullable=False),
    )
    op.create_table(
        "passkey",
        Column("credential_id", LargeBinary, primary_key=True),
        Column("principal_id", Text, ForeignKey("account.principal_id"), nullable=False),
        Column("public_key", LargeBinary, nullable=False),
        Column("sign_count", Integer, nullable=False),
        Column("label", Text, nullable=False),
        Column("created_at", Text, nullable=False),
    )
    op.create_table(
        "session",
        Column("token_digest", LargeBinary, primary_key=True),
        Column("principal_id", Text, ForeignKey("account.principal_id"), nullable=False),
        Column("csrf", Text, nullable=False),
        Column("created_at", Text, nullable=False),
        Column("seen_at", Text, nullable=False),
        Column("expires_at", Text, nullable=False),
    )
    op.create_table(
        "api_key",
        Column("key_id", Text, primary_key=True),
        Column("principal_id", Text, nullable=False),
        Column("permit_id", Text, nullable=False),
        Column("label", Text, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("token_digest", LargeBinary, nullable=False, unique=True),
        Column("created_at", Text, nullable=False),
        Column("expires_at", Text, nullable=False),
        Column("revoked_at", Text),
    )
    op.create_table(
        "job",
        Column("job_id", Text, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("principal_id", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("done", Integer, nullable=False),
        Column("total", Integer),
        Column("told", Text),
        Column("created_at", Text, nullable=False),
        Column("ended_at", Text),
    )
    op.create_index("job_by_principal", "job", ["principal_id", "created_at"])
    op.create_table(
        "idempotency",
        Column("principal_id", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("request_digest", LargeBinary, nullable=False),
        Column("status", Integer),
        Column("sealed_answer", LargeBinary),
        Column("created_at", Text, nullable=False),
    )
    op.create_table(
        "held",
        Column("request_digest", LargeBinary, primary_key=True),
        Column("lead_id", Text, nullable=False),
        Column("created_at", Text, nullable=False),
    )
