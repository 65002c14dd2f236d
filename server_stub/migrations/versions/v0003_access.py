"""Roles, teams, leave cover and duty."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and columns; every account that there is stays an officer."""
    with op.batch_alter_table("officers") as officers:
        officers.add_column(sa.Column("role", sa.String(16), nullable=False, server_default="officer"))
        officers.add_column(sa.Column("closed_at", _MOMENT, nullable=True))
    _create_teams()
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("team_id", sa.String(32), nullable=True))
        cases.create_foreign_key("cases_team", "teams", ["team_id"], ["id"])
        cases.create_index("ix_cases_team_id", ["team_id"])
    _create_covers()


def _create_teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.String(32), sa.ForeignKey("teams.id"), primary_key=True),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), primary_key=True, index=True),
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("team_id", sa.String(32), sa.ForeignKey("teams.id"), nullable=False),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )
    op.create_index("duty_team", "duty", ["team_id", "until"])


def _create_covers() -> None:
    op.create_table(
        "covers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("by_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
    )
    op.create_index("covers_officer", "covers", ["officer_id", "until"])
    op.create_index("covers_case", "covers", ["case_id", "until"])
    op.create_table(
        "cover_wraps",
        sa.Column("cover_id", sa.String(32), sa.ForeignKey("covers.id"), primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("wrap", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("cover_wraps", "covers", "duty"):
        op.drop_table(table)
    with op.batch_alter_table("cases") as cases:
        cases.drop_index("ix_cases_team_id")
        cases.drop_constraint("cases_team", type_="foreignkey")
        cases.drop_column("team_id")
    for table in ("team_members", "teams"):
        op.drop_table(table)
    with op.batch_alter_table("officers") as officers:
        officers.drop_column("closed_at")
        officers.drop_column("role")
