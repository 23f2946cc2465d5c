"""Why a number is what it is, and the smallest step that would change it."""
