"""Tags: words of the shop's own that staff and systems put on members."""
