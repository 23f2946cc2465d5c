"""Tags of members."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tag",
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_tag_member_id")),
        sa.PrimaryKeyConstraint("member_id", "tag", name=op.f("pk_tag")),
        sqlite_with_rowid=False,
    )
