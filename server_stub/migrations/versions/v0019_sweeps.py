"""Indexes for what is swept often: hours too old to be kept, and looks that nobody speaks of any more."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_index("ix_presence_hour", "presence", ["hour"])
    op.create_index(
        "view_times_open",
        "view_times",
        ["told_at"],
        sqlite_where=sa.text("ended IS 0"),
        postgresql_where=sa.text("ended IS false"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("view_times_open", "view_times")
    op.drop_index("ix_presence_hour", "presence")
