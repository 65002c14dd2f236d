"""Groups of captures, and what officers decided about them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "capture_groups",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("captures", sa.Integer, nullable=False),
        sa.Column("undecided", sa.Integer, nullable=False),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.UniqueConstraint("device_id", "name"),
    )
    op.create_index("groups_queue", "capture_groups", ["case_id", "undecided", "severity", "id"])
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("disposition", sa.String(16), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
    )
    op.create_table(
        "decided_records",
        sa.Column("decision_id", sa.String(32), sa.ForeignKey("decisions.id"), primary_key=True),
        sa.Column("record_id", sa.Integer, sa.ForeignKey("records.id"), primary_key=True, index=True),
    )

    op.execute(_FILL)


_FILL = """
INSERT INTO capture_groups (case_id, device_id, name, severity, captures, undecided, first_at, last_at, epoch, seq)
SELECT r.case_id, r.device_id, g.name, g.severity, g.captures, g.captures, g.first_at, g.last_at, r.epoch, r.seq
FROM (
    SELECT MIN(id) AS id, CASE WHEN fold_group = '' THEN epoch || '.' || seq ELSE fold_group END AS name,
           MAX(severity) AS severity, COUNT(*) AS captures, MIN(recorded_at) AS first_at, MAX(recorded_at) AS last_at
    FROM records WHERE kind = 'capture'
    GROUP BY device_id, CASE WHEN fold_group = '' THEN epoch || '.' || seq ELSE fold_group END
) AS g JOIN records AS r ON r.id = g.id
"""


def downgrade() -> None:
    """Drop them."""
    for table in ("decided_records", "decisions", "capture_groups"):
        op.drop_table(table)
