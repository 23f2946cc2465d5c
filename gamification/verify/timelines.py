"""I9 of facts: they are numbered without gaps, and tell of every entry of their member once.

Which entries they tell of is compared as a sum of hashes: memory holds no ids, and only whose sums
differ is looked at fact by fact. Facts of earlier versions told of no entries. What moved an
account then is what stands ahead of the first entry that is told of: from that on, every one is.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import String, bindparam, cast, func, literal_column, or_, select

from gamification.database import Connection, TextList, one_of, table_of
from gamification.members import store as members
from gamification.members.tables import Member
from gamification.points.rules import MEMBER_KINDS, account_id
from gamification.points.tables import Entry
from gamification.timeline.tables import Fact, Timeline
from gamification.verify.account import Account
from gamification.verify.violations import Violation

PAGE = 500  # members whose facts' entries are in memory at one time

_entry = table_of(Entry)
_fact = table_of(Fact)
_member = table_of(Member)
_timeline = table_of(Timeline)
_KINDS = sorted(MEMBER_KINDS)

# No parameter: statements are compiled before they have any.
_COMMA: Any = literal_column("','")
_entries = cast(_fact.c.entries, String)
_facts = (
    select(
        _fact.c.member_id,
        func.count().label("facts"),
        func.min(_fact.c.number).label("first"),
        func.max(_fact.c.number).label("last"),
        func.aggregate_strings(_entries, _COMMA).label("told"),
    )
    .where(_fact.c.member_id > bindparam("after"), _fact.c.member_id <= bindparam("last_id"))
    .group_by(_fact.c.member_id)
    .subquery("facts")
)
_TIMELINES = (
    select(
        _member.c.id,
        _timeline.c.last_number,
        func.coalesce(_facts.c.facts, 0).label("facts"),
        _facts.c.first,
        _facts.c.last,
        _facts.c.told,
    )
    .select_from(
        _member.outerjoin(_timeline, _timeline.c.member_id == _member.c.id).outerjoin(
            _facts, _facts.c.member_id == _member.c.id
        )
    )
    .where(_member.c.id > bindparam("after"), _member.c.id <= bindparam("last_id"))
    .order_by(_member.c.id)
)
_ACCOUNTS = bindparam("accounts", type_=TextList)
_ENTRIES = (
    select(
        _entry.c.id,
        _entry.c.from_account,
        _entry.c.from_version,
        _entry.c.to_account,
        _entry.c.to_version,
    )
    .where(or_(one_of(_entry.c.from_account, _ACCOUNTS), one_of(_entry.c.to_account, _ACCOUNTS)))
    .order_by(_entry.c.id)
)
_TOLD = (
    select(_fact.c.number, _entries.label("entries"))
    .where(_fact.c.member_id == bindparam("member_id"), _fact.c.entries.is_not(None))
    .order_by(_fact.c.number)
)


def read_timelines(connection: Connection, accounts: Mapping[str, Account]) -> Iterator[Violation]:
    """Go through every member's facts, once the `accounts` took in all entries."""
    after = ""
    while ids := members.ids_after(connection, after, most=PAGE):
        for row in connection.all(_TIMELINES, after=after, last_id=ids[-1]):
            if (row.last_number, row.last or 0, row.first or 1) != (row.facts, row.facts, 1):
                yield Violation(
                    check="I9",
                    table="timeline",
                    row=row.id,
                    detail=(
                        f"the last fact is said to be {row.last_number};"
                        f" there are {row.facts}, {row.first} to {row.last}"
                    ),
                )
            names = [name for kind in _KINDS if (name := account_id(kind, row.id)) in accounts]
            if _sum_of(row.told) != sum(accounts[name].entered for name in names):
                yield from _of_member(connection, row.id, names)
        after = ids[-1]


def _sum_of(told: str | None) -> int | None:
    """What the hashes of the ids come to; None for what are none, as somebody may have written."""
    try:
        lists = json.loads(f"[{told or ''}]")
        if all(type(ids) is list for ids in lists):
            return sum([hash(each) for ids in lists for each in ids])
    except (TypeError, ValueError):
        pass
    return None


def _of_member(
    connection: Connection, member_id: str, accounts: Collection[str]
) -> Iterator[Violation]:
    entries = {row.id: row for row in connection.all(_ENTRIES, accounts=list(accounts))}
    told: dict[str, int] = {}
    for fact in connection.all(_TOLD, member_id=member_id):
        for entry_id in _ids(fact.entries):
            if entry_id not in entries:
                detail = f"tells of entry {entry_id}, which is none of the member's"
            elif entry_id in told:
                detail = f"tells of entry {entry_id}, of which fact {told[entry_id]} tells"
            else:
                told[entry_id] = fact.number
                continue
            row = f"{member_id} {fact.number}"
            yield Violation(check="I9", table="fact", row=row, detail=detail)
    since: dict[str, int] = {}  # the first version of an account that is told of
    for entry_id in told:
        for account, version in _sides(entries[entry_id]):
            since[account] = min(version, since.get(account, version))
    for entry_id in sorted(entries.keys() - told.keys()):
        for account, version in _sides(entries[entry_id]):
            if account in accounts and version > since.get(account, version):
                yield Violation(
                    check="I9",
                    table="entry",
                    row=entry_id,
                    detail="no fact tells of it, though one tells of an entry ahead of it",
                    account=account,
                )


def _sides(entry: Any) -> list[tuple[str, int]]:
    return [(entry.from_account, entry.from_version), (entry.to_account, entry.to_version)]


def _ids(entries: str) -> list[str]:
    """The ids, or, of what is no list of them, what stands there."""
    try:
        ids = json.loads(entries)
    except ValueError:
        return [entries]
    return [str(each) for each in ids] if isinstance(ids, list) else [entries]
