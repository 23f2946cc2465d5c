"""Points that staff give or take by hand."""

import sqlalchemy as sa
from alembic import op

from gamification.database import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "adjustment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_adjustment_points_not_zero")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_adjustment_member_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_adjustment_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_adjustment_member_id"), "adjustment", ["member_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for action, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER adjustment_refuses_{action.lower()} BEFORE {action} ON adjustment"
                f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
    else:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER adjustment_refuses_{action.lower()} BEFORE {action} ON adjustment "
                "BEGIN SELECT RAISE(ABORT, 'adjustment is append-only'); END"
            )
