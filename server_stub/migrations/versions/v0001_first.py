"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_people()
    _create_devices()
    _create_records()
    _create_log()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "audit", "sessions", "nonces", "records", "authorities", "enrolment_codes", "devices", "case_wraps", "cases",
        "officers",
    ):  # fmt: skip
        op.drop_table(table)


def _create_people() -> None:
    op.create_table(
        "officers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("locked_key", sa.LargeBinary, nullable=False),
        sa.Column("secret_hash", sa.String(200), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("key_epoch", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "case_wraps",
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), primary_key=True),
        sa.Column("wrap", sa.LargeBinary, nullable=False),
    )


def _create_devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("enrolled_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), nullable=True),
    )
    op.create_table(
        "authorities",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), nullable=False, index=True),
        sa.Column("file", sa.LargeBinary, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
    )


def _create_records() -> None:
    op.create_table(
        "records",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("device_id", sa.String(32), sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("fold_group", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("header_digest", sa.String(64), nullable=False),
        sa.Column("head_length", sa.Integer, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("device_id", "epoch", "seq"),
    )
    op.create_index("records_newest", "records", ["case_id", "kind", "id"])
    op.create_index("records_group", "records", ["case_id", "fold_group"])


def _create_log() -> None:
    op.create_table(
        "nonces",
        sa.Column("device_id", sa.String(32), primary_key=True),
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("expires_at", _MOMENT, nullable=False, index=True),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("prev", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
