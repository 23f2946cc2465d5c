"""The kinds of messages, and the ways, that consent is asked for."""

MARKETING = "marketing"
"""The category of consent that nudges need."""

PUSH = "push"
"""The channel of consent that nudges need."""

KNOWN = frozenset({(MARKETING, PUSH)})
"""The categories and channels that something is sent in."""
