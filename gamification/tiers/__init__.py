"""Standing, by what was spent lately."""
