"""Adjustments that a second manager has to approve."""

import sqlalchemy as sa
from alembic import op

from gamification.database import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint("points <> 0", name=op.f("ck_proposal_points_not_zero")),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'refused')", name=op.f("ck_proposal_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_proposal_decided_once")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND decided_by <> staff_id",
            name=op.f("ck_proposal_decided_by_somebody_else"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_proposal_decided_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_proposal_member_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_proposal_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_proposal_member_id"), "proposal", ["member_id"], unique=False)
    op.create_index(
        "ix_proposal_waiting",
        "proposal",
        ["proposed_at"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
