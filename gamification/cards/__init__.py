"""What a member shows."""
