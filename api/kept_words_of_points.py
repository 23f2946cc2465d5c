"""What the rows of the ledger are called when a person asks what is kept about them."""

ID, MEMBER, VERSION, ACTIVITY = "id", "member id", "version of the programme", "activity"

LEDGER: dict[str, tuple[str, dict[str, str]]] = {
    "account": (
        "points",
        {
            "id": ID,
            "kind": "account",
            "member_id": MEMBER,
            "balance": "points now",
            "lifetime": "points ever earned",
            "version": "number of movements",
            "moved_at": "last moved at",
        },
    ),
    "entry": (
        "movements of points",
        {
            "id": ID,
            "kind": "kind",
            "from_account": "from",
            "to_account": "to",
            "amount": "points",
            "from_version": "which movement of the first account",
            "to_version": "which movement of the second account",
            "cause": "cause",
            "rule": "rule",
            "programme_version": VERSION,
            "activity_id": ACTIVITY,
            "occurred_at": "when",
            "recorded_at": "recorded at",
            "parts": "what the points are made of",
        },
    ),
    "lot": (
        "points earned together",
        {
            "id": ID,
            "member_id": MEMBER,
            "entry_id": "movement",
            "activity_id": ACTIVITY,
            "original": "points",
            "remaining": "left",
            "spent": "spent",
            "expired": "expired",
            "earned_at": "earned at",
            "expires_at": "expire at",
            "due_at": "can be spent from",
            "cooling": "still cool off",
        },
    ),
    "lot_use": (
        "which points a movement used",
        {"entry_id": "movement", "lot_id": "points earned together", "amount": "points"},
    ),
}
"""As in `api.kept_words`: by table its title, and the words for its columns."""
