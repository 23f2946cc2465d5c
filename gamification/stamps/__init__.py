"""Stamp cards: a prize for every so many of something."""
