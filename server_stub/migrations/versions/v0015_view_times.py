"""For how long captures were looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "view_times",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("place", sa.String(100), nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("picture_seconds", sa.Integer, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("ended", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("view_times")
