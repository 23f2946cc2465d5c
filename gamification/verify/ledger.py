"""I1 to I6 and I8 to I10 of the ledger, in one reading of accounts, entries, lots and uses.

And of I9 what needs those entries: that facts tell of each (`timelines`).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, func, select

from gamification.database import Connection, table_of
from gamification.members import store as members
from gamification.points.rules import MEMBER_KINDS, AccountKind, account_id
from gamification.points.tables import Account as AccountTable
from gamification.points.tables import Lot
from gamification.verify.account import ACCOUNTS_OF_PROGRAMME, AVAILABLE, NEVER_MOVED, Account
from gamification.verify.books import Books
from gamification.verify.pages import PAGE, Pages
from gamification.verify.timelines import read_timelines
from gamification.verify.violations import Check, Subject, Violation
from gamification.vouchers.tables import Voucher

_account = table_of(AccountTable)
_lot = table_of(Lot)
_voucher = table_of(Voucher)
_ACCOUNTS = (
    select(*_account.columns)
    .where(_account.c.id > bindparam("after"))
    .order_by(_account.c.id)
    .limit(PAGE)
)
_OWNER = select(_lot.c.member_id).where(_lot.c.id == bindparam("lot_id"))
_OPEN_COSTS = (
    select(_voucher.c.member_id, cast(func.sum(_voucher.c.cost), BigInteger).label("costs"))
    .where(_voucher.c.state == "open")
    .group_by(_voucher.c.member_id)
)
_MEMBER_KINDS = sorted(MEMBER_KINDS)


def read_ledger(subject: Subject) -> Iterator[Violation]:
    """Go through the ledger. What was looked at an entry alone comes first, the sums come last."""
    connection = subject.connection
    books = Books(latest=subject.latest)
    for row in _rows(connection):
        books.open(row)
    pages = Pages(connection)
    for items in pages:
        for item in items:
            books.enter(item)
        yield from books.found()
        subject.advance(len(items))
    books.close()
    for lot in (lot for lots in pages.lots.values() for lot in lots):
        books.lot_is_wrong(lot, "its entry is not there, or began another lot")
    yield from books.found()
    yield from _loose_uses(connection, pages)
    yield from _members(connection, books.accounts)
    yield from read_timelines(connection, books.accounts)
    costs = {row.member_id: row.costs for row in connection.all(_OPEN_COSTS)}
    for account in books.accounts.values():
        yield from _used_otherwise(account)
        yield from _cooling_otherwise(account)
        if account.row is not None:
            for check, detail in _differences(account, costs):
                yield Violation(
                    check=check,
                    table="account",
                    row=account.id,
                    detail=detail,
                    entry=account.newest_id,
                )
    total = sum(each.row.balance for each in books.accounts.values() if each.row is not None)
    if total:
        yield Violation(
            check="I2", table="account", row="(all)", detail=f"the balances sum to {total}, not 0"
        )


def _rows(connection: Connection) -> Iterator[Any]:
    after = ""
    while rows := connection.all(_ACCOUNTS, after=after):
        yield from rows
        after = rows[-1].id


def _loose_uses(connection: Connection, pages: Pages) -> Iterator[Violation]:
    for entry_id, uses in pages.uses.items():
        for lot_id, _ in uses:
            lot = connection.first(_OWNER, lot_id=lot_id)
            yield Violation(
                check="I5",
                table="lot_use",
                row=f"{entry_id} {lot_id}",
                detail="its entry is not there",
                account=lot.member_id + AVAILABLE if lot else None,
                entry=entry_id,
            )


def _members(connection: Connection, accounts: dict[str, Account]) -> Iterator[Violation]:
    """Let every member, and the programme, claim their accounts."""
    yield from _claimed(ACCOUNTS_OF_PROGRAMME, accounts, by="the programme")
    after = ""
    while ids := members.ids_after(connection, after, most=PAGE):
        names = (account_id(kind, member) for member in ids for kind in _MEMBER_KINDS)
        yield from _claimed(names, accounts, by="a member")
        after = ids[-1]


def _claimed(names: Iterable[str], accounts: dict[str, Account], *, by: str) -> Iterator[Violation]:
    for name in names:
        account = accounts.get(name)
        if account is None or account.row is None:
            yield Violation(
                check="I1",
                table="account",
                row=name,
                detail=f"{by} has no such account",
                entry=account.newest_id if account else None,
            )
        else:
            account.is_claimed = True


def _used_otherwise(account: Account) -> Iterator[Violation]:
    """Lots whose uses are not what their rows say."""
    if account.purse is not None and not account.has_gap:  # else nobody knows what came when
        for lot_id, entry_id, detail in account.purse.unfinished():
            yield Violation(
                check="I5",
                table="lot",
                row=lot_id,
                detail=detail,
                account=account.id,
                entry=entry_id,
            )


def _cooling_otherwise(account: Account) -> Iterator[Violation]:
    """Lots that cool off, and are not what their rows say."""
    if account.cooler is not None and not account.has_gap:
        for lot, detail in account.cooler.unfinished():
            yield Violation(
                check="I11",
                table="lot",
                row=lot.id,
                detail=detail,
                account=account.id,
                entry=lot.entry_id,
            )


def _differences(account: Account, costs: dict[str, int]) -> Iterator[tuple[str, str]]:
    """What an account's row says, and its entries do not."""
    row = account.row
    if not account.is_what_it_says():
        yield "I1", f"is said to be {row.kind} of {row.member_id or 'the programme'}, and is not"
    if row.balance != account.total:
        yield "I3", f"the balance is {row.balance}, its entries sum to {account.total}"
    if row.lifetime != account.issued:
        yield "I3", f"{row.lifetime} were issued to it, its entries say {account.issued}"
    if (
        row.balance < 0
        if row.kind in {AccountKind.AVAILABLE.value, AccountKind.PENDING.value}
        else row.kind == AccountKind.DEBT.value and row.balance > 0
    ):
        yield "I4", f"the balance is {row.balance}"
    if row.version != account.newest:
        yield "I9", f"is at version {row.version}, its entries run to {account.newest}"
    if row.head != account.head:
        yield "I8", "its head is not the link of its newest entry"
    if (row.moved_at or NEVER_MOVED) != account.moved_at:
        yield "I10", f"moved at {row.moved_at}, its newest entry at {account.moved_at}"
    yield from _held(account, costs)


def _held(account: Account, costs: dict[str, int]) -> Iterator[tuple[str, str]]:
    """What an account's row says, and lots and vouchers do not."""
    row = account.row
    if row.kind == AccountKind.AVAILABLE.value and row.balance != account.lots:
        yield "I3", f"the balance is {row.balance}, its lots hold {account.lots}"
    if row.kind == AccountKind.PENDING.value:
        cost, cooling = costs.get(row.member_id, 0), account.cooling()
        if row.balance != cost + cooling:
            cools = f", {cooling} cool off" if cooling else ""
            yield "I11", f"the balance is {row.balance}, the open vouchers cost {cost}{cools}"


LEDGER = Check(
    promises={
        "I1": "every entry moves one positive amount between two accounts that are there",
        "I2": "all accounts sum to zero",
        "I3": "stored balance = sum of entries = sum of remaining lots",
        "I4": "available and pending are never below zero, nor is any part of a lot",
        "I5": "original = remaining + spent + expired, per lot, and every use is an entry's",
        "I6": "the soonest expiry is spent first, and what is given back goes to the same lots",
        "I7": "a cause says what moved the points",
        "I8": "every account's entries form a chain of hashes that ends in its head",
        "I9": (
            "account versions have no gaps; facts are numbered 1, 2, 3 … per member, the timeline"
            " knows the last, and each entry is told of once"
        ),
        "I10": "an account's recorded times never step back, and none is yet to come",
        "I11": "pending is what the open vouchers cost, and what the lots hold that cool off",
    },
    run=read_ledger,
)
