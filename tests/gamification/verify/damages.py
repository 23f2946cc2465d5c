"""Edits behind the program's back, and what `verify` must say of each."""

EARN = "SELECT id FROM entry WHERE kind = 'earn' ORDER BY id"
LOT = "SELECT id FROM lot ORDER BY id"
OPEN_LOT = "SELECT id FROM lot WHERE remaining > 5 ORDER BY id"
POOR = "SELECT id FROM account WHERE kind = 'available' ORDER BY id"
OLA = "SELECT max(id) FROM member"

# What was broken: (check, table, which row, the edit).
CASES = {
    "an entry of nothing": ("I1", "entry", EARN, "UPDATE entry SET amount = 0 WHERE id = :row"),
    "an entry from an account to itself": (
        "I1", "entry", EARN, "UPDATE entry SET from_account = to_account WHERE id = :row",
    ),
    "an entry from nowhere": (
        "I1", "entry", EARN, "UPDATE entry SET from_account = 'nowhere' WHERE id = :row",
    ),
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
    "a balance below zero": (
        "I4", "account", POOR, "UPDATE account SET balance = -1 WHERE id = :row",
    ),
    "a debt that is a credit": (
        "I4", "account", "SELECT id FROM account WHERE kind = 'debt' ORDER BY id",
        "UPDATE account SET balance = 1 WHERE id = :row",
    ),
    "a lot of which more remains than it was": (
        "I4", "lot", LOT, "UPDATE lot SET remaining = original + 1 WHERE id = :row",
    ),
    "a lot that does not add up": (
        "I5", "lot", OPEN_LOT, "UPDATE lot SET remaining = remaining - 1 WHERE id = :row",
    ),
    "a lot that was spent by nobody": (
        "I5", "lot", OPEN_LOT,
        "UPDATE lot SET remaining = remaining - 1, spent = spent + 1 WHERE id = :row",
    ),
    "a lot that is larger than its entry": (
        "I5", "lot", OPEN_LOT,
        "UPDATE lot SET original = original + 1, remaining = remaining + 1 WHERE id = :row",
    ),
    "a reservation that took too little of its lots": (
        "I5", "entry", "SELECT id FROM entry WHERE kind = 'reserve' ORDER BY id",
        "UPDATE lot_use SET amount = amount - 1 WHERE entry_id = :row",
    ),
    "a lot that should have been spent first": (
        "I6", "entry", "SELECT id FROM entry WHERE kind = 'reserve' ORDER BY id DESC",
        ("UPDATE lot SET expires_at = '2027-06-01T00:00:00.000000Z' WHERE id ="
        " (SELECT max(lot.id) FROM lot JOIN entry ON entry.id = lot.entry_id"
        " WHERE remaining > 0 AND entry.id < :row)"),
    ),
    "points given back to another lot": (
        "I6", "entry", "SELECT id FROM entry WHERE kind = 'void' ORDER BY id",
        ("UPDATE lot_use SET lot_id = (SELECT max(id) FROM lot) WHERE entry_id = :row"
        " AND lot_id = (SELECT min(lot_id) FROM lot_use WHERE entry_id = :row)"),
    ),
    "a lot that expired before its time": (
        "I6", "lot", "SELECT id FROM lot WHERE expired > 0 ORDER BY id",
        "UPDATE lot SET expires_at = '2030-06-01T00:00:00.000000Z' WHERE id = :row",
    ),
    "a cause that is not the entry's": (
        "I7", "entry", EARN, "UPDATE entry SET cause = 'prize:more' WHERE id = :row",
    ),
    "an earning of another activity": (
        "I7", "entry", EARN, "UPDATE entry SET activity_id = 'x' WHERE id = :row",
    ),
    "an account whose version ran ahead": (
        "I9", "account", POOR, "UPDATE account SET version = version + 1 WHERE id = :row",
    ),
    "an entry that is missing": (
        "I9", "account", "SELECT to_account FROM entry WHERE kind = 'earn' ORDER BY id",
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
    "a fact of tomorrow": (
        "I10", "fact", OLA,
        ("UPDATE fact SET recorded_at = '2099-01-01T00:00:00.000000Z'"
        " WHERE member_id = :row AND number = 1"),
    ),
    "an activity of tomorrow": (
        "I10", "activity", "SELECT id FROM activity ORDER BY id",
        "UPDATE activity SET recorded_at = '2099-01-01T00:00:00.000000Z' WHERE id = :row",
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
        " AND day > '0002' AND member_id = (SELECT max(id) FROM member) ORDER BY day"),
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
