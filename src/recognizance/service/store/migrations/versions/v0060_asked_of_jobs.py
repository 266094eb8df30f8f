"""What a job was asked, so that its uploads can be destroyed whatever became of it."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0060"
down_revision = "0050"


def upgrade() -> None:
    """Add the column; jobs from before have none of it."""
    op.add_column("job", Column("asked", Text))
