"""Mutations, one a file."""
