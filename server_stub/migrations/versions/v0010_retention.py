"""Retention: rules, holds, destructions, tombstones; and numbers of records as large as the format allows."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBERED = ("records", "capture_groups")


def upgrade() -> None:
    """Make the tables; SQLite's integers are large enough as they are."""
    with op.batch_alter_table("records") as records:
        records.add_column(sa.Column("tombstone", sa.LargeBinary, nullable=True))
    _change_numbers(sa.BigInteger())
    op.create_table(
        "retention_rules",
        sa.Column("record_class", sa.String(32), primary_key=True),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("by_id", sa.String(32), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
    )
    op.create_table(
        "destructions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("by_id", sa.String(32), nullable=False),
        sa.Column("decision_id", sa.String(32), sa.ForeignKey("decisions.id"), nullable=True, index=True),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("certificate", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "destroyed_records",
        sa.Column("destruction_id", sa.String(40), sa.ForeignKey("destructions.id"), primary_key=True),
        sa.Column("record_id", sa.Integer, sa.ForeignKey("records.id"), primary_key=True, index=True),
    )


def downgrade() -> None:
    """Drop them; what was destroyed stays destroyed."""
    for table in ("destroyed_records", "destructions", "legal_holds", "retention_rules"):
        op.drop_table(table)
    with op.batch_alter_table("records") as records:
        records.drop_column("tombstone")
    _change_numbers(sa.Integer())


def _change_numbers(kind: sa.types.TypeEngine[int]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in _NUMBERED:
        for column in ("epoch", "seq"):
            op.alter_column(table, column, type_=kind)
