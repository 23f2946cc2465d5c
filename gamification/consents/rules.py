"""The kinds of messages, and the ways, that consent is asked for. All are off until granted."""

MARKETING = "marketing"
"""What is near, and what there is to come back for."""

REMINDERS = "reminders"
"""What a member has and is about to lose."""

CATEGORIES = (MARKETING, REMINDERS)

PUSH = "push"

KNOWN = frozenset((category, PUSH) for category in CATEGORIES)
"""The categories and channels that something is sent in."""
