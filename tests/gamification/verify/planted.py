"""Differences, planted behind the program's back, and the line that shows each."""

# What was planted: (which row, the edit, the line).
PLANTED = {
    "a balance": (
        "SELECT id FROM account WHERE kind = 'available' AND member_id = :ola",
        "UPDATE account SET balance = balance + 20 WHERE id = :row",
        "account :row: balance stored 160, rebuilt 140",
    ),
    "a lifetime": (
        "SELECT id FROM account WHERE kind = 'available' AND member_id = :ola",
        "UPDATE account SET lifetime = 1 WHERE id = :row",
        "account :row: lifetime stored 1, rebuilt 1940",
    ),
    "a balance of the programme": (
        "SELECT id FROM account WHERE kind = 'redeemed' AND balance = 900",
        "UPDATE account SET balance = 7 WHERE id = :row",
        "account :row: balance stored 7, rebuilt 900",
    ),
    "what remains of a lot": (
        "SELECT min(id) FROM lot WHERE remaining = 0 AND spent > 50",
        "UPDATE lot SET remaining = 50, spent = spent - 50 WHERE id = :row",
        "lot :row: remaining stored 50, rebuilt 0",
    ),
    "what is spent of a lot": (
        "SELECT min(id) FROM lot WHERE expired > 0 AND spent = 0",
        "UPDATE lot SET spent = spent + 1, expired = expired - 1 WHERE id = :row",
        "lot :row: spent stored 1, rebuilt 0",
    ),
    "when a lot expires": (
        "SELECT max(id) FROM lot",
        "UPDATE lot SET expires_at = '2029-01-01T00:00:00.000000Z' WHERE id = :row",
        "lot :row: expiry stored 2029-01-01 00:00:00+00:00, rebuilt 2028-05-08 22:00:00+00:00",
    ),
    "a lot that is gone": (
        "SELECT entry_id FROM lot WHERE id = (SELECT max(id) FROM lot)",
        "DELETE FROM lot WHERE entry_id = :row",
        "entry :row: lot stored nothing, rebuilt one of 10",
    ),
    "the amount of an entry": (
        "SELECT max(id) FROM entry WHERE kind = 'earn'",
        "UPDATE entry SET amount = 11 WHERE id = :row",
        "entry :row: amount stored 11, rebuilt 10",
    ),
    "an entry that no rule makes": (
        "SELECT max(id) FROM entry WHERE kind = 'earn'",
        "UPDATE entry SET cause = cause || 'more' WHERE id = :row",
        "entry :row: amount stored 10, rebuilt nothing",
    ),
    "what the part of a purchase counted": (
        "SELECT id FROM activity WHERE amount_minor = 7000",
        "UPDATE activity SET effects = '[]' WHERE id = :row",
        (
            "activity :row: effects stored [], rebuilt"
            " [['spend', '2026-03-02', -7000], ['big_baskets', '2026-03-02', -1]]"
        ),
    ),
    "points that were adjusted by nobody": (
        "SELECT min(id) FROM entry WHERE kind = 'adjust'",
        "DELETE FROM adjustment WHERE id = (SELECT substr(cause, 8) FROM entry WHERE id = :row)",
        "entry :row: points stored 40, rebuilt nothing",
    ),
    "an adjustment that took more": (
        "SELECT max(id) FROM entry WHERE kind = 'adjust'",
        "UPDATE adjustment SET points = -16 WHERE points = -15",
        "entry :row: points stored -15, rebuilt -16",
    ),
    "an adjustment that moved nothing": (
        "SELECT max(id) FROM adjustment",
        "DELETE FROM entry WHERE cause = 'adjust:' || :row",
        "entry adjust::row: points stored nothing, rebuilt -15",
    ),
    "the effects of an activity": (
        "SELECT max(id) FROM activity",
        """UPDATE activity SET effects = '[["spend", "2027-05-08", 5]]' WHERE id = :row""",
        ("activity :row: effects stored [['spend', '2027-05-08', 5]], rebuilt"
        " [['spend', '2027-05-08', 1000], ['visits', '2027-05-08', 1],"
        " ['weekends', '2027-05-08', 1]]"),
    ),
    "a bucket": (
        "SELECT :ola",
        ("UPDATE bucket SET amount = 1 WHERE member_id = :row AND day = '0001-01-01'"
        " AND measure = 'spend'"),
        "bucket :row spend 0001-01-01: amount stored 1, rebuilt 15000",
    ),
    "a bucket that is gone": (
        "SELECT :ola",
        "DELETE FROM bucket WHERE member_id = :row AND measure = 'pastries' AND day > '0002-01-01'",
        "bucket :row pastries 2027-04-07: amount stored 0, rebuilt 5",
    ),
    "an award that nobody won": (
        ("SELECT id FROM award WHERE goal = 'badge:patron' AND level = 1 AND withdrawn_at IS NULL"
        " AND member_id = :ola"),
        "UPDATE award SET level = 3 WHERE id = :row",
        "award :row: badge:patron level 3 (ever) stored held, rebuilt nothing",
    ),
    "an award that was taken away": (
        "SELECT id FROM award WHERE goal = 'challenge:pastry_month' AND member_id = :ola",
        "UPDATE award SET withdrawn_at = recorded_at WHERE id = :row",
        "award :row: challenge:pastry_month level 1 (2027-04) stored withdrawn, rebuilt held",
    ),
    "an award that is gone": (
        "SELECT :ola",
        "DELETE FROM award WHERE goal = 'challenge:pastry_month' AND member_id = :row",
        ("award of member :row: challenge:pastry_month level 1 (2027-04) stored nothing,"
        " rebuilt held"),
    ),
    "a challenge that was joined in silence": (
        "SELECT :ola",
        ("INSERT INTO participation SELECT max(id), 'challenge:hundred_coffees', '2027',"
        " '2027-04-07T11:00:00.000000Z' FROM member"),
        "participation :row challenge:hundred_coffees 2027: joining stored joined, rebuilt nothing",
    ),
    "a challenge that was left": (
        "SELECT :ola",
        "DELETE FROM participation WHERE member_id = :row AND goal = 'challenge:pastry_month'",
        ("participation :row challenge:pastry_month 2027-04: joining stored nothing,"
        " rebuilt joined"),
    ),
    "a tier that was not reached": (
        ("SELECT member_id || ' ' || min(number) FROM fact WHERE kind = 'TIER_REACHED'"
        " AND member_id = :ola GROUP BY member_id"),
        ("""UPDATE fact SET params = '{"tier": "symphony", "before": "prelude"}'"""
        " WHERE member_id || ' ' || number = :row"),
        "fact :row: tier stored TIER_REACHED symphony, rebuilt TIER_REACHED serenade",
    ),
}  # fmt: skip
