"""What the rows of each table are called when a person asks what is kept about them."""

from api.kept_words_of_points import ACTIVITY, ID, LEDGER, MEMBER, VERSION

_STORE, _STAFF, _VISIT = "store", "served by", "visit"

WORDS: dict[str, tuple[str, dict[str, str]]] = {
    "person": (
        "who you are",
        {
            "member_id": MEMBER,
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
            "id": ID,
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
            "member_id": MEMBER,
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
            "id": ID,
            "member_id": MEMBER,
            "address_kind": "kind of address",
            "address": "address for pushes",
            "platform": "platform",
            "registered_at": "registered at",
        },
    ),
    "consent": (
        "consents",
        {
            "member_id": MEMBER,
            "category": "to what",
            "channel": "by which way",
            "granted": "granted",
            "text_version": "version of the wording",
            "source": "where it was given",
            "decided_at": "decided at",
        },
    ),
    "referral": (
        "who brought you",
        {
            "friend_id": "you",
            "referrer_id": "who brought you",
            "made_at": "since",
            "state": "state",
            "reason": "reason",
            "times": "times rewarded",
        },
    ),
    "shared_device": (
        "devices that somebody else used too",
        {"member_id": "one of the two", "other_id": "the other"},
    ),
    "tag": ("tags", {"member_id": MEMBER, "tag": "tag"}),
    "activity": (
        "activities",
        {
            "id": ID,
            "member_id": MEMBER,
            "kind": "kind",
            "occurred_at": "when",
            "recorded_at": "recorded at",
            "local_date": "day that it counts for",
            "amount_minor": "amount in minor units of the currency",
            "currency": "currency",
            "lines": "what was bought or given back",
            "receipt_key": "receipt",
            "once_key": "counts once as",
            "attributes": "what it tells",
            "channel": "channel",
            "store_id": _STORE,
            "staff_id": _STAFF,
            "visit_id": _VISIT,
            "refund_of": "refund of",
            "effects": "what it counted",
            "faults": "rules that failed",
            "programme_version": VERSION,
        },
    ),
    "adjustment": (
        "points given or taken by hand",
        {
            "id": ID,
            "member_id": MEMBER,
            "staff_id": "by",
            "points": "points (below 0: taken)",
            "reason": "reason",
            "recorded_at": "recorded at",
        },
    ),
    "proposal": (
        "points proposed to be given or taken",
        {
            "id": ID,
            "member_id": MEMBER,
            "staff_id": "by",
            "points": "points (below 0: to be taken)",
            "reason": "reason",
            "proposed_at": "proposed at",
            "state": "state",
            "decided_by": "decided by",
            "decided_at": "decided at",
        },
    ),
    "claim": (
        "what you said that you did",
        {
            "id": ID,
            "member_id": MEMBER,
            "kind": "kind",
            "attributes": "what it tells",
            "claimed_at": "claimed at",
            "state": "state",
            "decided_by": "decided by",
            "decided_at": "decided at",
            "activity_id": ACTIVITY,
        },
    ),
    "review": (
        "reviews",
        {
            "activity_id": ACTIVITY,
            "member_id": MEMBER,
            "product": "product",
            "rating": "stars",
            "text": "text",
            "picture": "address of the picture",
            "reviewed_at": "when",
        },
    ),
    **LEDGER,
    "bucket": (
        "what was counted",
        {
            "member_id": MEMBER,
            "measure": "what",
            "day": "day (0001-01-01 is all of them)",
            "amount": "amount",
        },
    ),
    "award": (
        "awards",
        {
            "id": ID,
            "member_id": MEMBER,
            "goal": "for",
            "level": "level",
            "cycle": "round",
            "awarded_at": "awarded at",
            "recorded_at": "recorded at",
            "activity_id": ACTIVITY,
            "withdrawn_at": "withdrawn at",
            "programme_version": VERSION,
        },
    ),
    "participation": (
        "challenges joined",
        {
            "member_id": MEMBER,
            "goal": "challenge",
            "cycle": "round",
            "joined_at": "joined at",
        },
    ),
    "voucher": (
        "vouchers",
        {
            "id": ID,
            "member_id": MEMBER,
            "code": "code",
            "reward_id": "reward",
            "cost": "points",
            "state": "state",
            "award_id": "prize of",
            "issued_at": "issued at",
            "expires_at": "good until",
            "closed_at": "closed at",
            "visit_id": _VISIT,
            "programme_version": VERSION,
        },
    ),
    "fact": (
        "timeline",
        {
            "member_id": MEMBER,
            "number": "number",
            "kind": "what happened",
            "params": "details",
            "activity_id": ACTIVITY,
            "occurred_at": "when",
            "recorded_at": "recorded at",
            "entries": "points that it tells of",
            "programme_version": VERSION,
        },
    ),
    "timeline": (
        "where the timeline stands",
        {
            "member_id": MEMBER,
            "last_number": "number of the newest line",
            "fresh_since": "not looked at since",
        },
    ),
    "visit": (
        "visits",
        {
            "id": ID,
            "member_id": MEMBER,
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
            "id": ID,
            "member_id": MEMBER,
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
            "programme_version": VERSION,
        },
    ),
    "attention_claim": (
        "days on which a push was sent",
        {"member_id": MEMBER, "local_day": "day", "nudge_id": "message"},
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
