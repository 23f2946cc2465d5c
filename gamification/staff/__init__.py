"""Who works there, and their keys."""
