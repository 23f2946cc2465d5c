"""What the ledger holds of one member, row by row, for whoever asks what is kept of them."""

from sqlalchemy import bindparam, or_, select

from gamification.database import rows_of_member, table_of
from gamification.points.tables import Account, Entry, Lot, LotUse

_account = table_of(Account)
_entry = table_of(Entry)
_lot = table_of(Lot)
_lot_use = table_of(LotUse)
_accounts = select(_account.c.id).where(_account.c.member_id == bindparam("member_id"))
_lots = select(_lot.c.id).where(_lot.c.member_id == bindparam("member_id"))

KEPT = {
    "account": rows_of_member(Account),
    "entry": rows_of_member(
        Entry, or_(_entry.c.from_account.in_(_accounts), _entry.c.to_account.in_(_accounts))
    ),
    "lot": rows_of_member(Lot),
    "lot_use": rows_of_member(LotUse, _lot_use.c.lot_id.in_(_lots)),
}
