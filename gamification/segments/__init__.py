"""Segments: members who have something in common, by expressions over facts about them."""
