"""Writes a decision's movements: accounts, chained entries, lots and their uses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gamification.database import Connection
from gamification.effects.decision import Decision
from gamification.points import store as points
from gamification.points.chain import digest, link
from gamification.points.rules import AccountKind, EntryKind, Movement, account_id


@dataclass(kw_only=True, slots=True)
class _Account:
    """An account as the movements leave it, one by one."""

    id: str
    newest: int
    head: bytes
    moved_at: datetime | None
    change: int = 0
    issued: int = 0

    def take_part(self, change: int, *, other: AccountKind) -> None:
        """One more movement, with this account or the other as its source."""
        self.newest += 1
        self.change += change
        self.issued += change if other is AccountKind.ISSUED else 0


def lock_together(connection: Connection, decisions: Iterable[Decision]) -> None:
    """Lock the accounts that decisions move, before the first of them is written.

    One by one, those of the programme would come in the order of the members: in that of another
    writer's members, perhaps, who would then wait for us as we for them.
    """
    of_id: dict[str, AccountKind] = {}
    for decision in decisions:
        of_id |= _accounts(decision, decision.state.member.id)
    if of_id:
        points.lock_accounts(connection, of_id)


def write_movements(connection: Connection, decision: Decision, member_id: str) -> None:
    """Append every movement to the chains of its two accounts, and change the balances."""
    if not decision.movements:
        return
    of_id = _accounts(decision, member_id)
    accounts = {
        of_id[row.id]: _Account(id=row.id, newest=row.version, head=row.head, moved_at=row.moved_at)
        for row in points.lock_accounts(connection, of_id)
    }
    lots = {
        movement.id: _lot(movement, member_id)
        for movement in decision.movements
        if movement.new_lot
    }
    entries = [
        _entry(
            movement,
            accounts[movement.source],
            accounts[movement.target],
            lot=lots.get(movement.id),
            decision=decision,
        )
        for movement in decision.movements
    ]
    points.move(
        connection,
        [
            {
                "account": each.id,
                "change": each.change,
                "issued": each.issued,
                "newest": each.newest,
                "link": each.head,
                "at": each.moved_at,
            }
            for each in sorted(accounts.values(), key=lambda account: account.id)
        ],
    )
    points.append(
        connection,
        entries=entries,
        lots=list(lots.values()),
        uses=[
            (movement.id, lot_id, amount, movement.kind is EntryKind.EXPIRE)
            for movement in decision.movements
            for lot_id, amount in movement.uses
        ],
        released=[movement.releases for movement in decision.movements if movement.releases],
    )


def _accounts(decision: Decision, member_id: str) -> dict[str, AccountKind]:
    kinds = {kind for each in decision.movements for kind in (each.source, each.target)}
    return {account_id(kind, member_id): kind for kind in kinds}


def _entry(
    movement: Movement,
    source: _Account,
    target: _Account,
    *,
    lot: Mapping[str, Any] | None,
    decision: Decision,
) -> dict[str, Any]:
    source.take_part(-movement.amount, other=movement.target)
    target.take_part(movement.amount, other=movement.source)
    # The clock of one process may be behind another's; an account's own time never steps back.
    moments = [decision.now, *(m for m in (source.moved_at, target.moved_at) if m is not None)]
    source.moved_at = target.moved_at = recorded_at = max(moments)
    entry: dict[str, Any] = {
        "id": movement.id,
        "kind": movement.kind.value,
        "from_account": source.id,
        "to_account": target.id,
        "amount": movement.amount,
        "from_version": source.newest,
        "to_version": target.newest,
        "cause": movement.cause,
        "rule": movement.rule,
        "programme_version": decision.programme.version,
        "activity_id": movement.activity_id,
        "occurred_at": movement.occurred_at,
        "recorded_at": recorded_at,
        # A single part is the amount itself.
        "parts": [list(part) for part in movement.parts] if len(movement.parts) > 1 else None,
    }
    said = digest(entry, lot=lot, uses=movement.uses)
    source.head = entry["from_hash"] = link(source.head, said)
    target.head = entry["to_hash"] = link(target.head, said)
    return entry


def _lot(movement: Movement, member_id: str) -> dict[str, Any]:
    lot = movement.new_lot
    if lot is None:
        raise ValueError("a movement without a lot")
    return {
        "id": lot.id,
        "member_id": member_id,
        "entry_id": movement.id,
        "activity_id": lot.activity_id,
        "original": movement.amount,
        "remaining": movement.amount,
        "spent": 0,
        "expired": 0,
        "earned_at": movement.occurred_at,
        "expires_at": lot.expires_at,
        "due_at": lot.due_at,
        "cooling": lot.due_at is not None,
    }
