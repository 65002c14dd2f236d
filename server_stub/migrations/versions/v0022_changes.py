"""How often a group of the queue was changed, so that a console need not read it all to learn that nothing was."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin to count."""
    op.add_column("capture_groups", sa.Column("changes", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Stop counting."""
    with op.batch_alter_table("capture_groups") as batch:
        batch.drop_column("changes")
