"""Alerts: rules, what was raised, where officers are told."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert_rules",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("team_id", sa.String(32), sa.ForeignKey("teams.id"), nullable=True, index=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=True, index=True),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("least_severity", sa.Integer, nullable=False),
        sa.Column("escalate_minutes", sa.Integer, nullable=False),
        sa.Column("quiet_from", sa.String(8), nullable=True),
        sa.Column("quiet_until", sa.String(8), nullable=True),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("group_name", sa.String(80), nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("raised_at", _MOMENT, nullable=False),
        sa.Column("escalated", sa.Integer, nullable=False),
        sa.Column("taken_by", sa.String(32), sa.ForeignKey("officers.id"), nullable=True),
        sa.Column("taken_at", _MOMENT, nullable=True),
    )
    op.create_index("alerts_group", "alerts", ["device_id", "group_name"])
    op.create_index("alerts_open", "alerts", ["case_id", "taken_at"])
    op.create_table(
        "contacts",
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), primary_key=True),
        sa.Column("address", sa.String(254), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("contacts", "alerts", "alert_rules"):
        op.drop_table(table)
