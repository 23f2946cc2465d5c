"""A chain of hashes per account, and times that never step back within one."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from gamification.database import Instant
from gamification.points.chain import NO_HEAD, digest, link

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BATCH = 1_000  # rows of one statement

_UNCHAINED = "length(NEW.from_hash) = 0 OR length(NEW.to_hash) = 0"
_OLDER = "written by an older version, which knows no chain"

_ENTRY = sa.table(
    "entry",
    *(
        sa.column(name, sa.String)
        for name in (
            "id",
            "kind",
            "from_account",
            "to_account",
            "cause",
            "rule",
            "programme_version",
            "activity_id",
        )
    ),
    *(sa.column(name, sa.BigInteger) for name in ("amount", "from_version", "to_version")),
    *(sa.column(name, Instant) for name in ("occurred_at", "recorded_at")),
    *(sa.column(name, sa.LargeBinary) for name in ("from_hash", "to_hash")),
)
_LOT = sa.table(
    "lot",
    *(sa.column(name, sa.String) for name in ("id", "member_id", "activity_id", "entry_id")),
    sa.column("original", sa.BigInteger),
    *(sa.column(name, Instant) for name in ("earned_at", "expires_at")),
)
_LOT_USE = sa.table(
    "lot_use",
    sa.column("entry_id", sa.String),
    sa.column("lot_id", sa.String),
    sa.column("amount", sa.BigInteger),
)
_ACCOUNT = sa.table(
    "account",
    sa.column("id", sa.String),
    sa.column("head", sa.LargeBinary),
    sa.column("moved_at", Instant),
)


def upgrade() -> None:
    empty = sa.text("''")
    for table, names in (("account", ("head",)), ("entry", ("from_hash", "to_hash"))):
        for name in names:
            op.add_column(
                table, sa.Column(name, sa.LargeBinary(), nullable=False, server_default=empty)
            )
    op.add_column("account", sa.Column("moved_at", Instant(), nullable=True))
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("ALTER TABLE entry DISABLE TRIGGER entry_refuses_update")
    else:
        op.execute("DROP TRIGGER entry_refuses_update")
        # To SQLite '' is a text: an account without an entry would keep it as its head.
        op.execute("UPDATE account SET head = X''")
    _chain(op.get_bind())
    if postgresql:
        op.execute("ALTER TABLE entry ENABLE TRIGGER entry_refuses_update")
        # TRUNCATE passes the triggers of rows.
        for table in ("activity", "entry", "lot_use", "fact"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
    else:
        op.execute(
            "CREATE TRIGGER entry_refuses_update BEFORE UPDATE ON entry "
            "BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END"
        )
    _refuse_unchained(postgresql=postgresql)


def _refuse_unchained(*, postgresql: bool) -> None:
    """Refuse what a process of the version before would write, which knows no chain.

    SQLite cannot drop the defaults that the columns were added with, and so they stay on both.
    """
    if postgresql:
        op.execute(
            "CREATE FUNCTION refuse_unchained() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_OLDER}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER entry_refuses_unchained BEFORE INSERT ON entry FOR EACH ROW"
            f" WHEN ({_UNCHAINED}) EXECUTE FUNCTION refuse_unchained()"
        )
        return
    # To SQLite an account's head of its own default is a text, which no version can go on from.
    for table, condition in (("entry", _UNCHAINED), ("account", "typeof(NEW.head) = 'text'")):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_unchained BEFORE INSERT ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{_OLDER}'); END"
        )


def _chain(connection: sa.Connection) -> None:
    """Link the entries there are, each after those before it in both of its accounts.

    An import recorded its entries at the purchases' moments: such times are lifted, as they are
    from now on when they are written.
    """
    lots = {row.entry_id: row._asdict() for row in connection.execute(sa.select(_LOT))}
    uses: dict[str, list[tuple[str, int]]] = {}
    for use in connection.execute(sa.select(_LOT_USE)):
        uses.setdefault(use.entry_id, []).append((use.lot_id, use.amount))
    heads: dict[str, bytes] = {}
    versions: dict[str, int] = {}
    moments: dict[str, Any] = {}
    waiting: dict[tuple[str, int], dict[str, Any]] = {}
    changes: list[dict[str, Any]] = []
    for row in connection.execute(sa.select(_ENTRY).order_by(_ENTRY.c.id)).all():
        ready = [row._asdict()]
        while ready:
            entry = ready.pop()
            sides = [(entry[f"{side}_account"], entry[f"{side}_version"]) for side in ("from", "to")]
            early = next((s for s in sides if s[1] != versions.get(s[0], 0) + 1), None)
            if early is not None:
                waiting[early[0], early[1] - 1] = entry
                continue
            entry["recorded_at"] = max(
                [entry["recorded_at"], *(moments[a] for a, _ in sides if a in moments)]
            )
            said = digest(entry, lot=lots.get(entry["id"]), uses=uses.get(entry["id"], ()))
            change = {"row_id": entry["id"], "at": entry["recorded_at"]}
            for side, (account, version) in zip(("from", "to"), sides, strict=True):
                heads[account] = change[side] = link(heads.get(account, NO_HEAD), said)
                versions[account] = version
                moments[account] = entry["recorded_at"]
                if (account, version) in waiting:
                    ready.append(waiting.pop((account, version)))
            changes.append(change)
    if waiting:
        raise ValueError(
            f"the versions of account {min(waiting)[0]} have a gap: `regulars verify` of the version"
            " before this one names it"
        )
    _update(
        connection,
        sa.update(_ENTRY)
        .values(
            from_hash=sa.bindparam("from"),
            to_hash=sa.bindparam("to"),
            recorded_at=sa.bindparam("at"),
        )
        .where(_ENTRY.c.id == sa.bindparam("row_id")),
        changes,
    )
    _update(
        connection,
        sa.update(_ACCOUNT)
        .values(head=sa.bindparam("link"), moved_at=sa.bindparam("at"))
        .where(_ACCOUNT.c.id == sa.bindparam("row_id")),
        [{"row_id": a, "link": head, "at": moments[a]} for a, head in heads.items()],
    )


def _update(
    connection: sa.Connection, statement: sa.Update, changes: list[dict[str, Any]]
) -> None:
    for start in range(0, len(changes), BATCH):
        connection.execute(statement, changes[start : start + BATCH])
