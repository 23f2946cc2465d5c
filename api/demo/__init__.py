"""The café world of `regulars demo`."""
