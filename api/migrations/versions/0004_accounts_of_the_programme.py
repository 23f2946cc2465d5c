"""Every account of the programme, open from the start.

One that opened when it was first used was locked after others that follow it, and so two writes
could wait for each other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KINDS = ("adjusted", "expired", "issued", "redeemed")
_SHARDS = 64
_OPEN = sa.text(
    "INSERT INTO account (id, kind, balance, lifetime, version, head)"
    " VALUES (:id, :kind, 0, 0, 0, :head) ON CONFLICT (id) DO NOTHING"
)


def upgrade() -> None:
    op.get_bind().execute(
        _OPEN,
        [
            {"id": f"{kind}:{shard:02d}", "kind": kind, "head": b""}
            for kind in _KINDS
            for shard in range(_SHARDS)
        ],
    )
