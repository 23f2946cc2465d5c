"""What can be wrong with a file: with all of it, or with one line."""


class ImportRefused(Exception):  # noqa: N818 -- one clear line for whoever runs the command
    """The file cannot be imported; the message is `FILE: reason` or `FILE:LINE: reason`."""

    def __init__(self, message: str) -> None:
        super().__init__(_one_line(message))


class LineFault(Exception):  # noqa: N818 -- an answer about a line, not a fault of the program
    """One line is refused and the others go on. `kind` groups such lines in the report."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = _one_line(reason)


def _one_line(text: str) -> str:
    # What stands in a file may hold line breaks and worse; a message is one line.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
