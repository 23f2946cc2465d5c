"""Streams: what happens to a member, told to their open app as it happens."""
