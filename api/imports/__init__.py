"""Imports of what a shop recorded before: files in, the same actions as at the till."""
