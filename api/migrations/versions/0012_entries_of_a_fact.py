"""Which entries a fact tells of."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fact", sa.Column("entries", sa.JSON(), nullable=True))
