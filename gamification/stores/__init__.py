"""Where purchases happen."""
