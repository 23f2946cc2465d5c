"""A prize for something done in a window."""
