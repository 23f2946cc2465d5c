"""A member at the till, for five minutes."""
