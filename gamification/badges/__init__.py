"""Awards in levels."""
