"""Edits behind the program's back, and what `verify` must say of each."""

EARN = "SELECT id FROM entry WHERE kind = 'earn' ORDER BY id"
LOT = "SELECT id FROM lot ORDER BY id"
OPEN_LOT = "SELECT id FROM lot WHERE remaining > 5 ORDER BY id"
POOR = "SELECT id FROM account WHERE kind = 'available' ORDER BY id"
RESERVE = "SELECT id FROM entry WHERE kind = 'reserve' ORDER BY id"
ADJUST = "SELECT id FROM entry WHERE kind = 'adjust' ORDER BY id"
ADJUSTED = "SELECT id FROM adjustment ORDER BY id"
IDLE = "SELECT id FROM account WHERE version = 0 AND kind = 'debt' ORDER BY id"
UNUSED = "SELECT min(id) FROM account WHERE version = 0 AND member_id IS NULL"
CLOSE = "DELETE FROM account WHERE id = :row"
OLA = "SELECT max(id) FROM member"
REFUND = "SELECT min(id) FROM activity WHERE refund_of IS NOT NULL"
REFUNDED = "SELECT min(refund_of) FROM activity"


def changed(check: str, table: str, row: str, change: str) -> tuple[str, str, str, str]:
    """One row that says something else."""
    return check, table, row, f"UPDATE {table} SET {change} WHERE id = :row"  # noqa: S608 -- ours


# What was broken: (check, table, which row, the edit).
CASES = {
    "an entry of nothing": changed("I1", "entry", EARN, "amount = 0"),
    "an entry from an account to itself": changed("I1", "entry", EARN, "from_account = to_account"),
    "an entry from nowhere": changed("I1", "entry", EARN, "from_account = 'nowhere'"),
    "an entry of an account that is gone": (
        "I1", "entry", "SELECT min(id) FROM entry",
        "DELETE FROM account WHERE id = (SELECT to_account FROM entry WHERE id = :row)",
    ),
    "parts that are none": (
        "I1", "entry", EARN, "UPDATE entry SET parts = '[\"base\", 1]' WHERE id = :row",
    ),
    "parts of another amount": (
        "I1", "entry", EARN, "UPDATE entry SET parts = '[[\"base\", 1]]' WHERE id = :row",
    ),
    "a member without an account": ("I1", "account", IDLE, CLOSE),
    "the programme without an account": ("I1", "account", UNUSED, CLOSE),
    "an account of nobody": (
        "I1", "account", "SELECT 'ghost:debt'",
        ("INSERT INTO account SELECT :row, kind, 'ghost', balance, lifetime, version, head,"
        " moved_at FROM account WHERE id = (SELECT min(id) FROM account WHERE version = 0)"),
    ),
    "an account of another kind": changed("I1", "account", IDLE, "kind = 'adjusted'"),
    "an account of another member": changed("I1", "account", IDLE, "member_id = NULL"),
    "points out of thin air": (
        "I2", "account", "SELECT '(all)'",
        "UPDATE account SET balance = balance + 1 WHERE kind = 'available'",
    ),
    "a balance that its entries do not give": (
        "I3", "account", POOR, "UPDATE account SET balance = balance + 1 WHERE id = :row",
    ),
    "a balance that its lots do not give": (
        "I3", "account",
        "SELECT member_id || ':available' FROM lot WHERE remaining > 0 ORDER BY id",
        ("UPDATE lot SET remaining = remaining + 1"
        " WHERE id = (SELECT min(id) FROM lot WHERE remaining > 0)"),
    ),
    "a lifetime that nothing was issued in": (
        "I3", "account", POOR, "UPDATE account SET lifetime = lifetime + 7 WHERE id = :row",
    ),
    "a balance below zero": changed("I4", "account", POOR, "balance = -1"),
    "a debt that is a credit": (
        "I4", "account", "SELECT id FROM account WHERE kind = 'debt' ORDER BY id",
        "UPDATE account SET balance = 1 WHERE id = :row",
    ),
    "a lot of which more remains than it was": (
        "I4", "lot", LOT, "UPDATE lot SET remaining = original + 1 WHERE id = :row",
    ),
    "a lot that does not add up": changed("I5", "lot", OPEN_LOT, "remaining = remaining - 1"),
    "a lot that was spent by nobody": (
        "I5", "lot", OPEN_LOT,
        "UPDATE lot SET remaining = remaining - 1, spent = spent + 1 WHERE id = :row",
    ),
    "a lot that is larger than its entry": (
        "I5", "lot", OPEN_LOT,
        "UPDATE lot SET original = original + 1, remaining = remaining + 1 WHERE id = :row",
    ),
    "a reservation that took too little of its lots": (
        "I5", "entry", RESERVE,
        "UPDATE lot_use SET amount = amount - 1 WHERE entry_id = :row",
    ),
    "a lot that should have been spent first": (
        "I6", "entry", "SELECT id FROM entry WHERE kind = 'reserve' ORDER BY id DESC",
        ("UPDATE lot SET expires_at = '2027-06-01T00:00:00.000000Z' WHERE id ="
        " (SELECT max(lot.id) FROM lot JOIN entry ON entry.id = lot.entry_id"
        " WHERE remaining > 0 AND entry.id < :row)"),
    ),
    "points taken from a lot that lasts longer": (
        "I6", "entry", "SELECT max(id) FROM entry WHERE kind = 'adjust'",
        ("UPDATE lot SET expires_at = '2026-06-01T00:00:00.000000Z' WHERE id ="
        " (SELECT max(id) FROM lot WHERE id < :row AND id NOT IN"
        " (SELECT lot_id FROM lot_use WHERE entry_id = :row))"),
    ),
    "points given back to another lot": (
        "I6", "entry", "SELECT id FROM entry WHERE kind = 'void' ORDER BY id",
        ("UPDATE lot_use SET lot_id = (SELECT max(id) FROM lot) WHERE entry_id = :row"
        " AND lot_id = (SELECT min(lot_id) FROM lot_use WHERE entry_id = :row)"),
    ),
    "a lot that expired before its time": (
        "I6", "entry", "SELECT id FROM entry WHERE kind = 'expire' ORDER BY id",
        ("UPDATE lot SET expires_at = '2030-06-01T00:00:00.000000Z'"
        " WHERE id = (SELECT lot_id FROM lot_use WHERE entry_id = :row)"),
    ),
    "more taken from a lot than it had": (
        "I5", "entry", RESERVE,
        ("UPDATE lot_use SET amount = amount + 5000 WHERE entry_id = :row"
        " AND lot_id = (SELECT min(lot_id) FROM lot_use WHERE entry_id = :row)"),
    ),
    "a lot that is there twice": (
        "I5", "lot", "SELECT 'zz'",
        ("INSERT INTO lot SELECT 'zz', member_id, entry_id, activity_id, original, remaining,"
        " spent, expired, earned_at, expires_at, due_at, cooling"
        " FROM lot WHERE id = (SELECT min(id) FROM lot)"),
    ),
    "a use by nobody": (
        "I5", "lot_use", "SELECT 'zz ' || min(id) FROM lot",
        "INSERT INTO lot_use SELECT 'zz', min(id), 1 FROM lot",
    ),
    "a cause that is not the entry's": changed("I7", "entry", EARN, "cause = 'prize:more'"),
    "an earning of another activity": changed("I7", "entry", EARN, "activity_id = 'x'"),
    "a refund of nothing": changed("I7", "activity", REFUND, "refund_of = 'x'"),
    "a refund of more than was paid": changed("I7", "activity", REFUNDED, "amount_minor = 1"),
    "counted back, and never counted": changed("I7", "activity", REFUNDED, "effects = '[]'"),
    "points that were adjusted by nobody": (
        "I7", "entry", ADJUST,
        "DELETE FROM adjustment WHERE id = (SELECT substr(cause, 8) FROM entry WHERE id = :row)",
    ),
    "an adjustment that moved nothing": (
        "I7", "adjustment", ADJUSTED, "DELETE FROM entry WHERE cause = 'adjust:' || :row",
    ),
    "an adjustment of more than was moved": (
        "I7", "adjustment", ADJUSTED, "UPDATE adjustment SET points = points + 1 WHERE id = :row",
    ),
    "an adjustment the other way": changed("I7", "adjustment", ADJUSTED, "points = -points"),
    "an adjustment of another member": (
        "I7", "adjustment", ADJUSTED,
        "UPDATE adjustment SET member_id = (SELECT max(id) FROM member) WHERE id = :row",
    ),
    "an adjustment by somebody else": changed("I7", "adjustment", ADJUSTED, "staff_id = 'clerk'"),
    "an adjustment at another time": (
        "I7", "adjustment", ADJUSTED,
        "UPDATE adjustment SET recorded_at = '2026-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "an adjustment of points that were issued": (
        "I7", "adjustment", ADJUSTED,
        ("UPDATE entry SET from_account = (SELECT min(id) FROM account WHERE kind = 'issued')"
        " WHERE cause = 'adjust:' || :row"),
    ),
    "an adjustment that was moved as a prize": (
        "I7", "adjustment", ADJUSTED,
        "UPDATE entry SET kind = 'prize' WHERE cause = 'adjust:' || :row",
    ),
    "an amount that was made larger": changed("I8", "entry", EARN, "amount = amount + 1"),
    "another moment for an entry": (
        "I8", "entry", EARN,
        "UPDATE entry SET occurred_at = '2026-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "a rule that was rewritten": changed("I8", "entry", EARN, "programme_version = 'other'"),
    "a link that was forged": (
        "I8", "entry", EARN,
        ("UPDATE entry SET from_hash = (SELECT e.from_hash FROM entry e ORDER BY e.id DESC LIMIT 1)"
        " WHERE id = :row"),
    ),
    "a lot that lasts longer": (
        "I8", "entry", "SELECT entry_id FROM lot ORDER BY id",
        ("UPDATE lot SET expires_at = '2031-01-01T00:00:00.000000Z'"
        " WHERE entry_id = :row"),
    ),
    "a lot without its entry": (
        "I8", "entry", "SELECT entry_id FROM lot ORDER BY id",
        "DELETE FROM lot WHERE entry_id = :row",
    ),
    "a use that is gone": (
        "I8", "entry", RESERVE, "DELETE FROM lot_use WHERE entry_id = :row",
    ),
    "a head that is another": (
        "I8", "account", POOR,
        ("UPDATE account SET head = (SELECT from_hash FROM entry ORDER BY id LIMIT 1)"
        " WHERE id = :row"),
    ),
    "an account whose version ran ahead": changed("I9", "account", POOR, "version = version + 1"),
    "an entry that is missing": (
        "I9", "entry",
        ("SELECT id FROM entry WHERE to_account = (SELECT to_account FROM entry"
        " WHERE kind = 'earn' ORDER BY id LIMIT 1) ORDER BY id LIMIT 1 OFFSET 1"),
        "DELETE FROM entry WHERE id = (SELECT min(id) FROM entry WHERE kind = 'earn')",
    ),
    "a fact that is missing": (
        "I9", "timeline", OLA, "DELETE FROM fact WHERE member_id = :row AND number = 3",
    ),
    "a timeline that forgot its end": (
        "I9", "timeline", OLA, "UPDATE timeline SET last_number = 1 WHERE member_id = :row",
    ),
    "a member without a timeline": (
        "I9", "timeline", OLA, "DELETE FROM timeline WHERE member_id = :row",
    ),
    "an entry of tomorrow": (
        "I10", "entry", EARN,
        "UPDATE entry SET recorded_at = '2099-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "an entry recorded before the one ahead of it": (
        "I10", "entry", "SELECT max(id) FROM entry",
        "UPDATE entry SET recorded_at = '2026-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "an account that moved at another time": (
        "I10", "account", POOR,
        "UPDATE account SET moved_at = '2026-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "a fact of tomorrow": (
        "I10", "fact", OLA,
        ("UPDATE fact SET recorded_at = '2099-01-01T00:00:00.000000Z'"
        " WHERE member_id = :row AND number = 1"),
    ),
    "an activity of tomorrow": (
        "I10", "activity", "SELECT id FROM activity ORDER BY id",
        "UPDATE activity SET recorded_at = '2099-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "an adjustment of tomorrow": (
        "I10", "adjustment", ADJUSTED,
        "UPDATE adjustment SET recorded_at = '2099-01-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "a voucher that was captured in name only": (
        "I11", "voucher", "SELECT id FROM voucher WHERE state = 'open' AND cost > 0",
        "UPDATE voucher SET state = 'captured' WHERE id = :row",
    ),
    "a voucher that is open again": (
        "I11", "voucher", "SELECT id FROM voucher WHERE state = 'lapsed' AND cost > 0",
        "UPDATE voucher SET state = 'open' WHERE id = :row",
    ),
    "a prize with a price": (
        "I11", "voucher", "SELECT id FROM voucher WHERE cost = 0",
        "UPDATE voucher SET cost = 1 WHERE id = :row",
    ),
    "pending points without a voucher": (
        "I11", "account",
        "SELECT member_id || ':pending' FROM voucher WHERE state = 'open' AND cost > 0",
        "DELETE FROM voucher WHERE state = 'open' AND cost > 0",
    ),
    "a bucket that holds too much": (
        "I11", "bucket",
        ("SELECT member_id || ' ' || measure || ' ' || day FROM bucket WHERE measure = 'spend'"
        " AND day > '0002-01-01' AND member_id = (SELECT max(id) FROM member) ORDER BY day"),
        ("UPDATE bucket SET amount = amount + 1"
        " WHERE member_id || ' ' || measure || ' ' || day = :row"),
    ),
    "a total that is missing": (
        "I11", "bucket",
        "SELECT member_id || ' visits 0001-01-01' FROM bucket WHERE measure = 'visits'",
        "DELETE FROM bucket WHERE member_id || ' ' || measure || ' ' || day = :row",
    ),
    "an award that was not deserved": (
        "I11", "award", ("SELECT id FROM award WHERE goal = 'badge:patron' AND level = 1"
        " AND withdrawn_at IS NULL"),
        "UPDATE award SET level = 3 WHERE id = :row",
    ),
    "an award that was taken away": (
        "I11", "award",
        ("SELECT member_id || ' challenge:pastry_month 1 ' || cycle FROM award"
        " WHERE goal = 'challenge:pastry_month'"),
        "UPDATE award SET withdrawn_at = recorded_at WHERE goal = 'challenge:pastry_month'",
    ),
    "a withdrawn award that stands again": (
        "I11", "award", "SELECT id FROM award WHERE withdrawn_at IS NOT NULL ORDER BY id",
        "UPDATE award SET withdrawn_at = NULL WHERE id = :row",
    ),
    "a challenge joined in silence": (
        "I11", "participation",
        "SELECT max(id) || ' challenge:hundred_coffees 2027' FROM member",
        ("INSERT INTO participation SELECT max(id), 'challenge:hundred_coffees', '2027',"
        " '2027-04-07T11:00:00.000000Z' FROM member"),
    ),
    "a tier that was never reached": (
        "I11", "fact",
        "SELECT member_id || ' ' || number FROM fact WHERE kind = 'TIER_REACHED'",
        ("UPDATE fact SET params = '{\"tier\": \"symphony\", \"before\": \"prelude\"}'"
        " WHERE kind = 'TIER_REACHED'"),
    ),
    "a tier that fell in silence": (
        "I11", "fact", "SELECT member_id || ' (none)' FROM fact WHERE kind = 'TIER_LOST'",
        "UPDATE fact SET kind = 'POINTS_EARNED' WHERE kind = 'TIER_LOST'",
    ),
    "a tier reached by nothing": (
        "I11", "fact", "SELECT max(member_id) || ' 1' FROM fact",
        "UPDATE fact SET kind = 'TIER_REACHED' WHERE member_id || ' ' || number = :row",
    ),
    "an activity of which nothing tells": (
        "I11", "activity", "SELECT id FROM activity ORDER BY id",
        "UPDATE fact SET activity_id = NULL WHERE activity_id = :row",
    ),
}  # fmt: skip
