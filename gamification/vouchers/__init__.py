"""The claim that staff capture at the till."""
