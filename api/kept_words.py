"""What the rows of each table are called when a person asks what is kept about them."""

_ID, _MEMBER, _VERSION = "id", "member id", "version of the programme"
_ACTIVITY, _STORE, _STAFF, _VISIT = "activity", "store", "served by", "visit"

WORDS: dict[str, tuple[str, dict[str, str]]] = {
    "person": (
        "who you are",
        {
            "member_id": _MEMBER,
            "subject": "sign-in",
            "external_id": "id in the shop's earlier system",
            "display_name": "name",
            "email": "e-mail",
            "birthday": "birthday",
        },
    ),
    "member": (
        "membership",
        {
            "id": _ID,
            "number": "number",
            "locale": "language",
            "time_zone": "time zone",
            "joined_at": "member since",
        },
    ),
    "card": (
        "cards",
        {
            "handle": "alias in the card's codes",
            "member_id": _MEMBER,
            "issued_at": "issued at",
            "revoked_at": "revoked at",
        },
    ),
    "scan": (
        "codes of the card that were used",
        {
            "handle": "alias in the card's codes",
            "nonce": "code",
            "visit_id": _VISIT,
            "scanned_at": "scanned at",
        },
    ),
    "device": (
        "devices",
        {
            "id": _ID,
            "member_id": _MEMBER,
            "address_kind": "kind of address",
            "address": "address for pushes",
            "platform": "platform",
            "registered_at": "registered at",
        },
    ),
    "consent": (
        "consents",
        {
            "member_id": _MEMBER,
            "category": "to what",
            "channel": "by which way",
            "granted": "granted",
            "text_version": "version of the wording",
            "source": "where it was given",
            "decided_at": "decided at",
        },
    ),
    "activity": (
        "activities",
        {
            "id": _ID,
            "member_id": _MEMBER,
            "kind": "kind",
            "occurred_at": "when",
            "recorded_at": "recorded at",
            "local_date": "day that it counts for",
            "amount_minor": "amount in minor units of the currency",
            "currency": "currency",
            "lines": "what was bought",
            "receipt_key": "receipt",
            "channel": "channel",
            "store_id": _STORE,
            "staff_id": _STAFF,
            "visit_id": _VISIT,
            "refund_of": "refund of",
            "effects": "what it counted",
            "faults": "rules that failed",
            "programme_version": _VERSION,
        },
    ),
    "adjustment": (
        "points given or taken by hand",
        {
            "id": _ID,
            "member_id": _MEMBER,
            "staff_id": "by",
            "points": "points (below 0: taken)",
            "reason": "reason",
            "recorded_at": "recorded at",
        },
    ),
    "account": (
        "points",
        {
            "id": _ID,
            "kind": "account",
            "member_id": _MEMBER,
            "balance": "points now",
            "lifetime": "points ever earned",
            "version": "number of movements",
            "moved_at": "last moved at",
        },
    ),
    "entry": (
        "movements of points",
        {
            "id": _ID,
            "kind": "kind",
            "from_account": "from",
            "to_account": "to",
            "amount": "points",
            "from_version": "which movement of the first account",
            "to_version": "which movement of the second account",
            "cause": "cause",
            "rule": "rule",
            "programme_version": _VERSION,
            "activity_id": _ACTIVITY,
            "occurred_at": "when",
            "recorded_at": "recorded at",
        },
    ),
    "lot": (
        "points earned together",
        {
            "id": _ID,
            "member_id": _MEMBER,
            "entry_id": "movement",
            "activity_id": _ACTIVITY,
            "original": "points",
            "remaining": "left",
            "spent": "spent",
            "expired": "expired",
            "earned_at": "earned at",
            "expires_at": "expire at",
        },
    ),
    "lot_use": (
        "which points a movement used",
        {"entry_id": "movement", "lot_id": "points earned together", "amount": "points"},
    ),
    "bucket": (
        "what was counted",
        {
            "member_id": _MEMBER,
            "measure": "what",
            "day": "day (0001-01-01 is all of them)",
            "amount": "amount",
        },
    ),
    "award": (
        "awards",
        {
            "id": _ID,
            "member_id": _MEMBER,
            "goal": "for",
            "level": "level",
            "cycle": "round",
            "awarded_at": "awarded at",
            "recorded_at": "recorded at",
            "activity_id": _ACTIVITY,
            "withdrawn_at": "withdrawn at",
            "programme_version": _VERSION,
        },
    ),
    "participation": (
        "challenges joined",
        {
            "member_id": _MEMBER,
            "goal": "challenge",
            "cycle": "round",
            "joined_at": "joined at",
        },
    ),
    "voucher": (
        "vouchers",
        {
            "id": _ID,
            "member_id": _MEMBER,
            "code": "code",
            "reward_id": "reward",
            "cost": "points",
            "state": "state",
            "award_id": "prize of",
            "issued_at": "issued at",
            "expires_at": "good until",
            "closed_at": "closed at",
            "visit_id": _VISIT,
            "programme_version": _VERSION,
        },
    ),
    "fact": (
        "timeline",
        {
            "member_id": _MEMBER,
            "number": "number",
            "kind": "what happened",
            "params": "details",
            "activity_id": _ACTIVITY,
            "occurred_at": "when",
            "recorded_at": "recorded at",
            "programme_version": _VERSION,
        },
    ),
    "timeline": (
        "where the timeline stands",
        {
            "member_id": _MEMBER,
            "last_number": "number of the newest line",
            "fresh_since": "not looked at since",
        },
    ),
    "visit": (
        "visits",
        {
            "id": _ID,
            "member_id": _MEMBER,
            "store_id": _STORE,
            "staff_id": _STAFF,
            "opened_by": "opened by",
            "reason": "why the card was not shown",
            "flags": "what it allowed (1 earn, 2 redeem, 4 check in)",
            "opened_at": "opened at",
            "expires_at": "closed at",
        },
    ),
    "idempotency": (
        "requests that count once",
        {
            "principal": "made by",
            "operation": "operation",
            "key": "key",
            "outcome": "answer",
            "recorded_at": "recorded at",
        },
    ),
    "nudge": (
        "messages, sent or not",
        {
            "id": _ID,
            "member_id": _MEMBER,
            "key": "key",
            "rule": "rule",
            "target_kind": "about",
            "target_id": "which",
            "params": "details",
            "state": "state",
            "reason": "reason",
            "attempts": "failed attempts",
            "not_before": "not before",
            "planned_at": "planned at",
            "sent_at": "sent at",
            "read_at": "read at",
            "programme_version": _VERSION,
        },
    ),
    "attention_claim": (
        "days on which a push was sent",
        {"member_id": _MEMBER, "local_day": "day", "nudge_id": "message"},
    ),
}
"""By table: the title of its list, and the words for its columns."""

LEFT_OUT = frozenset(
    {
        ("account", "head"),
        ("entry", "from_hash"),
        ("entry", "to_hash"),
        ("idempotency", "fingerprint"),
    }
)
"""Checksums: they say nothing about a person."""
