"""Nudges of several categories, and who was told and who was not, for comparison."""

import sqlalchemy as sa
from alembic import op

from gamification.database import Day, Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "nudge",
        sa.Column("category", sa.String(), nullable=False, server_default=sa.text("'marketing'")),
    )
    op.add_column("nudge", sa.Column("arm", sa.String(), nullable=True))
    op.add_column("nudge", sa.Column("assigned_at", Instant(), nullable=True))
    op.create_index(
        "ix_nudge_assigned",
        "nudge",
        ["rule", "assigned_at"],
        unique=False,
        sqlite_where=sa.text("arm IS NOT NULL"),
        postgresql_where=sa.text("arm IS NOT NULL"),
    )
    op.add_column("nudge", sa.Column("claimed_on", Day(), nullable=True))
    op.create_index(
        "ix_nudge_claimed",
        "nudge",
        ["member_id", "claimed_on"],
        unique=False,
        sqlite_where=sa.text("claimed_on IS NOT NULL"),
        postgresql_where=sa.text("claimed_on IS NOT NULL"),
    )
    # By member as well, which is what the claims are keyed by: 10,000 took 14 seconds without.
    op.execute(
        "UPDATE nudge SET claimed_on = (SELECT max(local_day) FROM attention_claim"
        " WHERE attention_claim.member_id = nudge.member_id"
        " AND attention_claim.nudge_id = nudge.id)"
        " WHERE id IN (SELECT nudge_id FROM attention_claim)"
    )
    op.drop_table("attention_claim")
    op.add_column("nudge", sa.Column("chance_ppm", sa.Integer(), nullable=True))
    op.create_table(
        "pause",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("paused_at", Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("resumed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_pause")),
        sqlite_with_rowid=False,
    )
    op.add_column("nudge", sa.Column("archived_at", Instant(), nullable=True))
    op.add_column("timeline", sa.Column("looked_on", Day(), nullable=True))
