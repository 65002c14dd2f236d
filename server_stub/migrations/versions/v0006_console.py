"""Who is to decide about a group, what a team writes down for itself, and how many pictures an officer opened."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and columns."""
    with op.batch_alter_table("capture_groups") as groups:
        groups.add_column(sa.Column("assignee_id", sa.String(32), nullable=True))
        groups.add_column(sa.Column("escalated", sa.Boolean, nullable=False, server_default=sa.false()))
        groups.create_foreign_key("capture_groups_assignee", "officers", ["assignee_id"], ["id"])
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("capture_groups.id"), primary_key=True, index=True),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("by_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("to_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=True),
        sa.Column("note", sa.LargeBinary, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "case_notes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
    )
    op.create_table(
        "exposure",
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("pictures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("severe", sa.Integer, nullable=False, server_default="0"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("exposure", "case_notes", "assignments"):
        op.drop_table(table)
    with op.batch_alter_table("capture_groups") as groups:
        groups.drop_constraint("capture_groups_assignee", type_="foreignkey")
        groups.drop_column("escalated")
        groups.drop_column("assignee_id")
