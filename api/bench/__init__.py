"""The benchmark: what the API can take, beside the same answer written by hand."""
