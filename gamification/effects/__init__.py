"""What one activity sets off: points, progress, prizes and facts."""
