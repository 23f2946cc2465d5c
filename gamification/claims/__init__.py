"""What members say they did, until staff decide."""
