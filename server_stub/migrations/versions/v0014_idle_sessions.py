"""When a session was used last."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Who is logged in logs in again."""
    op.execute("DELETE FROM sessions")
    with op.batch_alter_table("sessions") as batch:
        batch.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("sessions") as batch:
        batch.drop_column("seen_at")
