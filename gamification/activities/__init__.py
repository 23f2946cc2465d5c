"""What members did that may count."""
