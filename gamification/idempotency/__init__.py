"""One effect and one answer per key."""
