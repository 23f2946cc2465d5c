"""The rules as data: parse, check and version a programme file."""
