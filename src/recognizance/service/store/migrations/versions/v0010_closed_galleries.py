"""Collections that a client has deleted: empty, and kept for the leads that came of them."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0010"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "closed_gallery",
        Column("gallery_id", Text, primary_key=True),
        Column("closed_at", Text, nullable=False),
    )
