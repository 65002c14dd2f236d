"""People: hours in which devices were alive, what their silence means, and when somebody is away."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "presence",
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("beats", sa.Integer, nullable=False),
        sa.Column("late", sa.Integer, nullable=False),
    )
    op.create_table(
        "presence_cursor",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "silences",
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("meaning", sa.String(32), nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("signs", sa.LargeBinary, nullable=False),
        sa.Column("judged_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("by_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=True),
        sa.Column("noted_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
    )
    op.add_column("alerts", sa.Column("about", sa.String(16), nullable=False, server_default="capture"))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("alerts") as batch:
        batch.drop_column("about")
    for table in ("absences", "silences", "presence_cursor", "presence"):
        op.drop_table(table)
