"""People in the programme."""
