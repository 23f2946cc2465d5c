"""Use cases, one a file: gather, decide, apply."""
