"""The stored rows from which some members are rebuilt, and with which that is compared."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import literal_column, or_, select, union

from gamification.activities.tables import Activity
from gamification.adjustments.tables import Adjustment
from gamification.database import Connection, table_of
from gamification.facts import FactKind
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.points.rules import EARNED_KINDS
from gamification.points.tables import Account, Entry, Lot, LotUse
from gamification.timeline.tables import Fact
from gamification.verify.history import Histories, History, of_members

_account = table_of(Account)
_activity = table_of(Activity)
_adjustment = table_of(Adjustment)
_entry = table_of(Entry)
_fact = table_of(Fact)
_lot = table_of(Lot)
_use = table_of(LotUse)

_AT_ITS_END = _account.alias("at_its_end")
# PostgreSQL knows no equality of JSON; what the parts say is under the chain of hashes.
_COMPARED = [column for column in _entry.columns if column.name != "parts"]
_ENTRIES = union(
    select(*_COMPARED)
    .join(_account, _account.c.id == _entry.c.from_account)
    .where(of_members(_account)),
    select(*_COMPARED)
    .join(_AT_ITS_END, _AT_ITS_END.c.id == _entry.c.to_account)
    .where(of_members(_AT_ITS_END)),
)
# No index leads from an entry to its lot: those of activities, those with something left, and
# those that something was taken of, are all there are.
_LOTS = union(
    select(*_lot.columns)
    .join(_activity, _activity.c.id == _lot.c.activity_id)
    .where(of_members(_activity)),
    select(*_lot.columns).where(of_members(_lot), _lot.c.remaining > literal_column("0")),
    select(*_lot.columns)
    .select_from(
        _account.join(_entry, _entry.c.from_account == _account.c.id)
        .join(_use, _use.c.entry_id == _entry.c.id)
        .join(_lot, _lot.c.id == _use.c.lot_id)
    )
    .where(of_members(_account)),
)
_ACCOUNTS = select(*_account.columns).where(of_members(_account)).order_by(_account.c.id)
_ACTIVITIES = select(*_activity.columns).where(of_members(_activity))
_ADJUSTMENTS = select(*_adjustment.columns).where(of_members(_adjustment))
_refund = _activity.alias("refund")
_TOLD = (
    select(_refund.c.member_id, _refund.c.refund_of, _fact.c.params)
    .join(
        _fact,
        (_fact.c.member_id == _refund.c.member_id)
        & (_fact.c.activity_id == _refund.c.refund_of)
        & (_fact.c.kind == FactKind.POINTS_EARNED.value),
    )
    .where(of_members(_refund), _refund.c.refund_of.is_not(None))
)
# Apart from the entries: see above.
_PARTS = (
    select(_account.c.member_id, _entry.c.activity_id, _entry.c.parts)
    .join(_account, _account.c.id == _entry.c.to_account)
    .where(
        of_members(_account),
        or_(*(_entry.c.kind == kind.value for kind in sorted(EARNED_KINDS))),
        _entry.c.parts.is_not(None),
    )
)
_OF_PROGRAMME = (
    select(*_account.columns).where(_account.c.member_id.is_(None)).order_by(_account.c.id)
)


@dataclass(kw_only=True, slots=True)
class Rows:
    """What is stored of one member; entries and lots by the member's accounts.

    `told` is what POINTS_EARNED told of purchases that were refunded, by their ids; `parts` are
    those of what activities earned, by their ids, where they were asked for.
    """

    member: MemberRecord
    history: History
    accounts: list[Any] = field(default_factory=list)
    entries: list[Any] = field(default_factory=list)
    lots: list[Any] = field(default_factory=list)
    activities: list[Any] = field(default_factory=list)
    adjustments: list[Any] = field(default_factory=list)
    told: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    parts: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))


class Reader:
    """Reads the rows of members who follow one another by their ids."""

    def __init__(self, connection: Connection, *, with_parts: bool) -> None:
        self._connection = connection
        self._with_parts = with_parts
        self._histories = Histories(connection)

    def of(self, member_ids: Sequence[str], *, after: str) -> list[Rows]:
        """The rows of these members, who are all there are after `after`."""
        records = members.by_ids(self._connection, member_ids)
        found = {
            member_id: Rows(member=records[member_id], history=history)
            for member_id, history in self._histories.of(member_ids, after=after).items()
        }
        span = {"after": after, "last": member_ids[-1]}
        owners: dict[str, Rows] = {}
        for row in self._all(_ACCOUNTS, span):
            owners[row.id] = found[row.member_id]
            found[row.member_id].accounts.append(row)
        for entry in self._all(_ENTRIES, span):
            owner = owners.get(entry.from_account) or owners[entry.to_account]
            owner.entries.append(entry)
        for row in self._all(_LOTS, span):
            if row.member_id in found:
                found[row.member_id].lots.append(row)
        for row in self._all(_ACTIVITIES, span):
            found[row.member_id].activities.append(row)
        for row in self._all(_ADJUSTMENTS, span):
            found[row.member_id].adjustments.append(row)
        for row in self._all(_TOLD, span):
            found[row.member_id].told[row.refund_of] = row.params
        for row in self._all(_PARTS, span) if self._with_parts else ():
            found[row.member_id].parts[row.activity_id].append(row.parts)
        return list(found.values())

    def accounts_of_the_programme(self) -> list[Any]:
        """Their rows."""
        return self._connection.all(_OF_PROGRAMME)

    def _all(self, statement: Any, span: Mapping[str, str]) -> list[Any]:
        return self._connection.all(statement, **span)
