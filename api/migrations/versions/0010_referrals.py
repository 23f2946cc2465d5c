"""Who brought whom, and which members use one device."""

import sqlalchemy as sa
from alembic import op

from gamification.database import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referral",
        sa.Column("friend_id", sa.String(), nullable=False),
        sa.Column("referrer_id", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("friend_id <> referrer_id", name=op.f("ck_referral_two_members")),
        sa.CheckConstraint(
            "state IN ('waiting', 'rewarded', 'doubted', 'lapsed', 'refused')",
            name=op.f("ck_referral_state_known"),
        ),
        sa.ForeignKeyConstraint(["friend_id"], ["member.id"], name=op.f("fk_referral_friend_id")),
        sa.ForeignKeyConstraint(
            ["referrer_id"], ["member.id"], name=op.f("fk_referral_referrer_id")
        ),
        sa.PrimaryKeyConstraint("friend_id", name=op.f("pk_referral")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_referral_referrer_id"), "referral", ["referrer_id"], unique=False)
    waiting = sa.text("state IN ('waiting', 'doubted')")
    op.create_index(
        "ix_referral_open",
        "referral",
        ["friend_id"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "shared_device",
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.CheckConstraint("member_id < other_id", name=op.f("ck_shared_device_in_order")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_shared_device_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["member.id"], name=op.f("fk_shared_device_other_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "other_id", name=op.f("pk_shared_device")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_shared_device_other_id"), "shared_device", ["other_id"], unique=False)
