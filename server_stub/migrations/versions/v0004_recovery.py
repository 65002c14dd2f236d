"""Case keys of either suite, wraps for the recovery key, and cases whose keys were destroyed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_X25519 = "X25519-HKDF-SHA256-AES-256-GCM"


def upgrade() -> None:
    """Add them."""
    for table in ("case_wraps", "cover_wraps"):
        op.add_column(table, sa.Column("suite", sa.String(64), nullable=False, server_default=_X25519))
    op.add_column("cases", sa.Column("shredded_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "recovery_wraps",
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("suite", sa.String(64), nullable=False),
        sa.Column("recovery_key", sa.LargeBinary, nullable=False),
        sa.Column("wrap", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("recovery_wraps")
    op.drop_column("cases", "shredded_at")
    for table in ("case_wraps", "cover_wraps"):
        op.drop_column(table, "suite")
