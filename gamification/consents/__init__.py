"""Consents: what members allowed to be told, and how."""
