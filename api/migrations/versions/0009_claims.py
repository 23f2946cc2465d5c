"""What members claim to have done, and what they said of products."""

import sqlalchemy as sa
from alembic import op

from gamification.database import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("activity_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'refused')", name=op.f("ck_claim_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_claim_decided_once"),
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (activity_id IS NOT NULL)",
            name=op.f("ck_claim_approved_is_activity"),
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_claim_activity_id")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_claim_decided_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_claim_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_claim_activity_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_claim_member_id_id"), "claim", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_claim_waiting",
        "claim",
        ["claimed_at"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "review",
        sa.Column("activity_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("picture", sa.String(), nullable=True),
        sa.Column("reviewed_at", Instant(), nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_review_rating_in_range")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_review_activity_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_review_member_id")),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_review")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_review_member_id"), "review", ["member_id"], unique=False)
    op.create_index(
        op.f("ix_review_product_activity_id"), "review", ["product", "activity_id"], unique=False
    )
