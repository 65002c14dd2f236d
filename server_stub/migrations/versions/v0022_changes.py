"""How often a group of the queue was changed, so that a console need not read it all to learn that nothing was."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_QUEUE = ["case_id", "undecided", "severity", "id"]


def upgrade() -> None:
    """Begin to count."""
    op.add_column("capture_groups", sa.Column("changes", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("groups_queue", "capture_groups")
    op.create_index("groups_queue", "capture_groups", [*_QUEUE, "changes"])


def downgrade() -> None:
    """Stop counting."""
    op.drop_index("groups_queue", "capture_groups")
    op.create_index("groups_queue", "capture_groups", _QUEUE)
    with op.batch_alter_table("capture_groups") as batch:
        batch.drop_column("changes")
