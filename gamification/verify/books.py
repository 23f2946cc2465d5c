"""Every entry, with its lots and uses, brought to its two accounts in the order of their versions.

Memory holds the accounts, the open lots, and entries that come before their turn: ids of several
processes are not in the order of an account's versions. What stands in `enter` and `_follow` is
run a million times, which is why it calls little.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from gamification.points.chain import ENTRY_COLUMNS, LOT_COLUMNS, digest_of, said_of_lot
from gamification.points.rules import EARNED_KINDS, EntryKind
from gamification.verify.account import AVAILABLE, PENDING, Account, Turn
from gamification.verify.cooling import CALL_OFF, COOL, RELEASE, Cooler, lot_of_release
from gamification.verify.pages import Item
from gamification.verify.violations import Violation

_CAPTURE = EntryKind.CAPTURE.value
_EARN = EntryKind.EARN.value
_OF_PENDING = {_CAPTURE, COOL, CALL_OFF, RELEASE}
_EARNED = {kind.value for kind in EARNED_KINDS}
_CAUSES = {kind.value: f"{_EARN if kind in EARNED_KINDS else kind}:" for kind in EntryKind}
_SAID_OF_ENTRY = len(ENTRY_COLUMNS)
_SAID_OF_LOT = len(LOT_COLUMNS)


class Books:
    """Takes entries in any order, and follows each account in the order of its versions."""

    def __init__(self, *, latest: datetime) -> None:
        self.accounts: dict[str, Account] = {}
        self._latest = latest
        self._found: list[Violation] = []
        self._cooling: dict[str, Any] = {}  # lots that no entry has released yet

    def found(self) -> list[Violation]:
        """What was found since this was asked for the last time."""
        found, self._found = self._found, []
        return found

    def open(self, row: Any) -> None:
        """An account as it is stored."""
        self.accounts[row.id] = Account(row.id, row)

    def enter(self, item: Item) -> None:
        """An entry, the lots it began, and its uses of lots."""
        entry, begun, uses = item
        entry_id, kind, source_id, target_id, amount, from_version, to_version, cause, rule = entry[
            :9
        ]
        source = self.accounts.get(source_id) or self._missing(source_id, entry)
        target = self.accounts.get(target_id) or self._missing(target_id, entry)
        source.total -= amount
        target.total += amount
        (target if source.is_of_programme else source).entered += hash(entry_id)
        if source.is_issuer:
            target.issued += amount
        elif target.is_issuer:
            source.issued -= amount
        if (
            amount <= 0
            or source_id == target_id
            or entry.recorded_at > self._latest
            or not cause.startswith(_CAUSES.get(kind, kind))
            or (kind in _EARNED and cause != f"{_EARN}:{entry.activity_id}:{rule}")
        ):
            self._explain(entry)
        due = amount if source.purse is not None or kind == CALL_OFF else 0
        if begun:
            if kind == COOL:  # at once: who releases it may have their turn before it has its own
                self._cooling.update((lot.id, lot) for lot in begun)
            lot = begun[0]
            _, member_id, _, original, *_, remaining, spent, expired, due_at, cooling = lot
            said = said_of_lot(lot[:_SAID_OF_LOT], due_at=due_at)
            if (
                len(begun) > 1
                or original != amount
                or original != remaining + spent + expired
                or remaining < 0
                or spent < 0
                or expired < 0
                or target_id != member_id + (AVAILABLE if due_at is None else PENDING)
                or (due_at is None) is (kind == COOL)
                or (cooling and due_at is None)
            ):
                self._explain_lots(entry, begun)
        else:
            said = None
            if target.purse is not None and kind != RELEASE:
                due = -amount
        if (due or uses) and due != (used := sum([part for _, part in uses])):
            self._entry_is_wrong("I5", entry, f"moves {amount}, but uses {used} of lots")
        parts = entry.parts
        if parts is not None and _sum_of(parts) != amount:
            self._entry_is_wrong("I1", entry, f"moves {amount}, which its parts do not add up to")
        digest = digest_of(entry[:_SAID_OF_ENTRY], lot=said, uses=uses, parts=parts)
        self._bring(source, from_version, entry.from_hash, digest, item)
        self._bring(target, to_version, entry.to_hash, digest, item)

    def _bring(
        self, account: Account, version: int, stored: bytes, said: bytes, item: Item
    ) -> None:
        if account.waiting is None and version == account.newest + 1:
            self._follow(account, stored, said, item)
        else:
            self._wait(account, version, (stored, said, item))

    def close(self) -> None:
        """Follow what still waits, for versions that are missing."""
        for account in self.accounts.values():
            if account.waiting:
                first = min(account.waiting)
                missing = f"is version {first}, but version {account.newest + 1} is missing"
                self._tell("I9", account, account.waiting[first][2][0], missing)
                account.has_gap = account.is_unlinked = True
                for version in sorted(account.waiting):
                    account.newest = version - 1
                    self._follow(account, *account.waiting[version])
                account.waiting = None

    def _wait(self, account: Account, version: int, turn: Turn) -> None:
        if account.waiting is None:
            account.waiting = {}
        if version <= account.newest or version in account.waiting:
            self._tell("I9", account, turn[2][0], f"is version {version}, which is there twice")
            account.has_gap = True
        else:
            account.waiting[version] = turn
        while (ready := account.waiting.pop(account.newest + 1, None)) is not None:
            self._follow(account, *ready)
        if not account.waiting:
            account.waiting = None

    def _follow(self, account: Account, stored: bytes, said: bytes, item: Item) -> None:
        """The entry of the version after the newest."""
        entry, begun, uses = item
        recorded_at = entry.recorded_at
        if sha256(account.head + said).digest() != stored and not account.is_unlinked:
            account.is_unlinked = True  # a link is as `chain.link` makes it
            self._tell("I8", account, entry, "its link does not follow from what is stored")
        if recorded_at < account.moved_at:
            before = f"was recorded at {recorded_at}, the one ahead of it at {account.moved_at}"
            self._tell("I10", account, entry, before)
        account.newest += 1
        account.newest_id = entry.id
        account.head = stored
        account.moved_at = recorded_at
        purse = account.purse
        if purse is not None:
            for lot in begun:
                account.lots += lot.remaining
                purse.begin(lot)
            if uses:
                for check, detail in purse.use(entry, uses):
                    if not account.has_gap:  # else nobody knows what came before
                        self._entry_is_wrong(check, entry, detail)
            elif entry.kind == RELEASE:
                self._release(account, entry)
        elif account.cooler is not None and entry.kind in _OF_PENDING:
            self._follow_pending(account, account.cooler, item)

    def _follow_pending(self, account: Account, cooler: Cooler, item: Item) -> None:
        entry, begun, uses = item
        if entry.kind == _CAPTURE:
            available = self.accounts.get(account.id.partition(":")[0] + AVAILABLE)
            if available is not None and available.purse is not None:
                available.purse.captured(entry)
            return
        for check, detail in cooler.follow(entry, begun, uses):
            if not account.has_gap:
                self._entry_is_wrong(check, entry, detail)

    def _release(self, account: Account, entry: Any) -> None:
        """A lot that has cooled off joins those that can be spent."""
        lot = self._cooling.pop(lot_of_release(entry), None)
        if lot is None or lot.member_id + AVAILABLE != account.id or account.purse is None:
            detail = f"releases lot {lot_of_release(entry)}, of which nothing cools off"
            self._entry_is_wrong("I5", entry, detail)
            return
        account.lots += lot.remaining
        account.purse.release(lot, entry.amount)
        if lot.cooling:
            detail = f"is said to cool off, and entry {entry.id} released it"
            self.lot_is_wrong(lot, detail, check="I11")

    def _missing(self, name: str, entry: Any) -> Account:
        account = self.accounts[name] = Account(name, None)
        self._tell("I1", account, entry, "there is no such account")
        return account

    def _explain(self, entry: Any) -> None:
        """What is wrong with an entry alone."""
        if entry.amount <= 0 or entry.from_account == entry.to_account:
            what = f"moves {entry.amount} from {entry.from_account} to {entry.to_account}"
            self._entry_is_wrong("I1", entry, what)
        if entry.recorded_at > self._latest:
            what = f"was recorded at {entry.recorded_at}, which is yet to come"
            self._entry_is_wrong("I10", entry, what)
        is_earned = entry.kind in _EARNED
        ours = f"{_EARN}:{entry.activity_id}:{entry.rule}" if is_earned else f"{entry.kind}:"
        if not entry.cause.startswith(ours):
            what = f"its cause {entry.cause} is not what moved it: {entry.kind} by {entry.rule}"
            self._entry_is_wrong("I7", entry, what)

    def _explain_lots(self, entry: Any, begun: Sequence[Any]) -> None:
        """What is wrong with the lots that an entry began."""
        for lot in begun:
            parts = (lot.remaining, lot.spent, lot.expired)
            if min(parts) < 0 or sum(parts) != lot.original:
                check = "I4" if min(parts) < 0 or lot.remaining > lot.original else "I5"
                what = "of {}, {} remain, {} are spent and {} expired".format(lot.original, *parts)
                self.lot_is_wrong(lot, what, check=check)
            if (lot.due_at is not None) is not (entry.kind == COOL):
                until = f"until {lot.due_at}" if lot.due_at else "for no time"
                self.lot_is_wrong(lot, f"cools off {until}, and was begun to {entry.kind}")
            if lot.cooling and lot.due_at is None:
                self.lot_is_wrong(lot, "is said to cool off, and does not say until when")
            goes_to = lot.member_id + (PENDING if entry.kind == COOL else AVAILABLE)
            if lot.original != entry.amount or entry.to_account != goes_to:
                what = f"holds {lot.original}, but its entry brought"
                self.lot_is_wrong(lot, f"{what} {entry.amount} to {entry.to_account}")
        for lot in begun[1:]:
            self.lot_is_wrong(lot, f"its entry began lot {begun[0].id} already")

    def lot_is_wrong(self, lot: Any, detail: str, *, check: str = "I5") -> None:
        """A lot's row breaks a promise."""
        self._found.append(
            Violation(
                check=check,
                table="lot",
                row=lot.id,
                detail=detail,
                account=lot.member_id + AVAILABLE,
                entry=lot.entry_id,
            )
        )

    def _entry_is_wrong(self, check: str, entry: Any, detail: str) -> None:
        sides = (entry.from_account, entry.to_account)
        owner = next((side for side in sides if side.endswith(AVAILABLE)), sides[0])
        self._found.append(
            Violation(check=check, table="entry", row=entry.id, detail=detail, account=owner)
        )

    def _tell(self, check: str, account: Account, entry: Any, detail: str) -> None:
        self._found.append(
            Violation(check=check, table="entry", row=entry.id, detail=detail, account=account.id)
        )


def _sum_of(parts: Any) -> int | None:
    """What parts add up to; None for what are no parts, as somebody may have written there."""
    try:
        return int(sum([points for _, points in parts]))
    except (TypeError, ValueError):
        return None
