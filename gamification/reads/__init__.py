"""Reads that join nouns."""
