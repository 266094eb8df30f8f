"""Subjects that a client has named before their first photograph."""

from alembic import op
from sqlalchemy import Column, ForeignKey, LargeBinary, Text

revision = "0050"
down_revision = "0010"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "named_subject",
        Column("key_id", Text, ForeignKey("api_key.key_id"), primary_key=True),
        Column("digest", LargeBinary, primary_key=True),
    )
