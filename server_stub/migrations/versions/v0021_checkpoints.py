"""Checkpoints as rows: all server processes tell a device of the same ones."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; a server that starts takes in what it has as files."""
    op.create_table(
        "checkpoints",
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("own_size", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("checkpoints_size", "checkpoints", ["device_id", "own_size"], unique=True)
    op.create_table(
        "checkpoint_leaves",
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    """Drop them; the files that were handed out are still there."""
    op.drop_table("checkpoint_leaves")
    op.drop_index("checkpoints_size", "checkpoints")
    op.drop_table("checkpoints")
