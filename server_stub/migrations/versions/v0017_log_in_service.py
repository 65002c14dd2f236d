"""The agency's log-in service: who an account is there, and ways that were begun."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "connected_log_ins",
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), primary_key=True),
        sa.Column("identity", sa.String(64), nullable=False, unique=True),
        sa.Column("connected_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "log_in_flows",
        sa.Column("state_hash", sa.String(64), primary_key=True),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(64), nullable=False),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("log_in_flows", "connected_log_ins"):
        op.drop_table(table)
