"""Cases that go to another server, and cases that came from one."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and the columns of what is given."""
    with op.batch_alter_table("devices") as batch:
        batch.add_column(sa.Column("given_at", _MOMENT, nullable=True))
        batch.add_column(sa.Column("moved_at", _MOMENT, nullable=True))
    with op.batch_alter_table("authorities") as batch:
        batch.add_column(sa.Column("issuer_key", sa.LargeBinary, nullable=True))
    op.create_table(
        "departures",
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("invitation", sa.LargeBinary, nullable=False),
        sa.Column("given_at", _MOMENT, nullable=False),
        sa.Column("by_id", sa.String(32), nullable=False),
    )
    op.create_table(
        "arrivals",
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("parcel", sa.String(64), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("accepted_at", _MOMENT, nullable=False),
        sa.Column("returned", sa.Boolean, nullable=False),
    )
    op.create_table(
        "former_servers",
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("issuer_key", sa.LargeBinary, nullable=False),
        sa.Column("receipt_key", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "handovers",
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("file", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("handovers", "former_servers", "arrivals", "departures"):
        op.drop_table(table)
    with op.batch_alter_table("authorities") as batch:
        batch.drop_column("issuer_key")
    with op.batch_alter_table("devices") as batch:
        batch.drop_column("moved_at")
        batch.drop_column("given_at")
