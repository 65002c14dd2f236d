"""Requests for a second person, policies, devices that were revoked or rebuilt, authorities that were withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and columns."""
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=True, index=True),
        sa.Column("details", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False, index=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(32), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("approved", sa.Boolean, nullable=True),
        sa.Column("spent_at", _MOMENT, nullable=True),
    )
    op.create_table(
        "policies",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.String(100), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
    )
    with op.batch_alter_table("devices") as devices:
        devices.add_column(sa.Column("revoked_at", _MOMENT, nullable=True))
        devices.add_column(sa.Column("replaces_id", sa.String(32), nullable=True))
        devices.create_foreign_key("devices_replaces", "devices", ["replaces_id"], ["id"])
    op.add_column("enrolment_codes", sa.Column("replaces_id", sa.String(32), nullable=True))
    op.add_column("authorities", sa.Column("withdrawal", sa.LargeBinary, nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("authorities", "withdrawal")
    op.drop_column("enrolment_codes", "replaces_id")
    with op.batch_alter_table("devices") as devices:
        devices.drop_constraint("devices_replaces", type_="foreignkey")
        devices.drop_column("replaces_id")
        devices.drop_column("revoked_at")
    for table in ("policies", "approvals"):
        op.drop_table(table)
