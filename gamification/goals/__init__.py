"""Buckets, awards and participations: what was counted and what was won."""
