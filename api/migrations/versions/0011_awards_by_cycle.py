"""Awards are found by goal and cycle, however many a member has won."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_award_standing", "award")
    standing = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_award_standing",
        "award",
        ["member_id", "goal", "cycle", "level"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
