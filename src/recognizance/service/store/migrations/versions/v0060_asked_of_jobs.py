"""What a job was asked, so that its uploads can be destroyed whatever became of it."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0060"
down_revision = "0050"


def upgrade() -> None:
    """Add the column; of jobs from before it holds what their results say."""
    op.add_column("job", Column("asked", Text))
    op.execute(
        "UPDATE job SET asked = json_object('name', json_extract(told, '$.name'),"
        " 'uploads', json_array(json_extract(told, '$.upload')))"
        " WHERE json_extract(told, '$.upload') IS NOT NULL"
    )
