"""Activities of kinds that the programme names, and several refunds of one purchase."""

import sqlalchemy as sa
from alembic import op

from gamification.database import Day, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEPT = (
    "id, member_id, kind, occurred_at, recorded_at, local_date, amount_minor, currency, lines,"
    " receipt_key, channel, store_id, staff_id, visit_id, refund_of, effects, faults,"
    " programme_version"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("activity", sa.Column("once_key", sa.String(), nullable=True))
        op.add_column(
            "activity", sa.Column("attributes", sa.JSON(), nullable=False, server_default="{}")
        )
        op.alter_column("activity", "attributes", server_default=None)
        op.create_unique_constraint(op.f("uq_activity_once_key"), "activity", ["once_key"])
        op.drop_constraint(op.f("uq_activity_refund_of"), "activity", type_="unique")
    else:
        _make_again()
    op.create_index(op.f("ix_activity_refund_of"), "activity", ["refund_of"], unique=False)


def _make_again() -> None:
    """SQLite cannot drop a constraint: the rows wait in a copy while the table is made again.

    Meanwhile others name rows that are not there, which SQLite counts, and looks at when the
    transaction ends. The triggers go with the table.
    """
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute(f"CREATE TEMPORARY TABLE kept_activity AS SELECT {_KEPT} FROM activity")  # noqa: S608 -- our own names
    op.drop_table("activity")
    op.create_table(
        "activity",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("local_date", Day(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("receipt_key", sa.String(), nullable=True),
        sa.Column("once_key", sa.String(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("store_id", sa.String(), nullable=True),
        sa.Column("staff_id", sa.String(), nullable=True),
        sa.Column("visit_id", sa.String(), nullable=True),
        sa.Column("refund_of", sa.String(), nullable=True),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("programme_version", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_activity_amount_not_negative")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_activity_member_id")),
        sa.ForeignKeyConstraint(["refund_of"], ["activity.id"], name=op.f("fk_activity_refund_of")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_activity_staff_id")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_activity_store_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_activity_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("receipt_key", name=op.f("uq_activity_receipt_key")),
        sa.UniqueConstraint("once_key", name=op.f("uq_activity_once_key")),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO activity ({_KEPT}, attributes)"  # noqa: S608 -- our own names
        f" SELECT {_KEPT}, '{{}}' FROM kept_activity ORDER BY id"
    )
    op.execute("DROP TABLE kept_activity")
    op.create_index(
        op.f("ix_activity_member_id_id"), "activity", ["member_id", "id"], unique=False
    )
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER activity_refuses_{action.lower()} BEFORE {action} ON activity "
            "BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END"
        )
