"""The shared queue of jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("key", sa.String(100), nullable=True, unique=True),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("taken_until", _MOMENT, nullable=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("trouble", sa.String(200), nullable=False),
        sa.Column("given_up_at", _MOMENT, nullable=True),
    )
    op.create_index("jobs_due", "jobs", ["given_up_at", "due_at", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("jobs")
