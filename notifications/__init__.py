"""The nudge: whom to tell what, when, and how it is sent."""
