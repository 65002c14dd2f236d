"""Indexes in the order of the console's lists: a page of a list costs its own rows and not all that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OPEN = sa.text("undecided > 0 AND captures > 0")
_CAPTURES = sa.text("kind = 'capture'")
_INDEXES = (
    ("capture_groups", "groups_open"),
    ("capture_groups", "groups_order"),
    ("capture_groups", "groups_assignee"),
    ("records", "records_captures"),
    ("records", "records_of_device"),
    ("decisions", "decisions_order"),
)


def upgrade() -> None:
    """Make them."""
    order = ["escalated", "severity", "id", "case_id"]
    op.create_index("groups_open", "capture_groups", order, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("groups_order", "capture_groups", order)
    op.create_index("groups_assignee", "capture_groups", ["assignee_id", "undecided"])
    op.create_index(
        "records_captures", "records", ["id", "case_id"], sqlite_where=_CAPTURES, postgresql_where=_CAPTURES
    )
    op.create_index("records_of_device", "records", ["device_id", "recorded_at"])
    op.create_index("decisions_order", "decisions", ["decided_at", "id", "case_id"])


def downgrade() -> None:
    """Drop them."""
    for table, index in _INDEXES:
        op.drop_index(index, table)
