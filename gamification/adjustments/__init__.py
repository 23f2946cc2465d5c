"""Points that staff gave or took by hand."""
