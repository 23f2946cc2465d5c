"""Points that cool off before they can be spent."""

import sqlalchemy as sa
from alembic import op

from gamification.database import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lot", sa.Column("due_at", Instant(), nullable=True))
    op.add_column(
        "lot",
        sa.Column(
            "cooling",
            sa.Boolean(),
            sa.CheckConstraint(
                "NOT cooling OR due_at IS NOT NULL", name=op.f("ck_lot_cools_until")
            ),
            nullable=False,
            server_default=sa.text("false"),
        ),
    )
    cooling = sa.text("cooling AND remaining > 0")
    op.create_index(
        "ix_lot_cooling",
        "lot",
        ["member_id", "due_at"],
        unique=False,
        sqlite_where=cooling,
        postgresql_where=cooling,
    )
