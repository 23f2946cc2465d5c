"""What names or reaches a person, planted wherever it can enter, and looked for byte by byte."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(kw_only=True)
class Planted:
    """Identifiers by what they are. `stored` ones must be seen in the database before."""

    stored: dict[str, str] = field(default_factory=dict)
    passing: dict[str, str] = field(default_factory=dict)

    def keep(self, what: str, identifier: str) -> str:
        """An identifier that the program stores."""
        assert what not in self.stored, what
        self.stored[what] = identifier
        return identifier

    def mention(self, what: str, identifier: str) -> str:
        """An identifier in a request that stores nothing: no log may have it either."""
        assert what not in self.passing, what
        self.passing[what] = identifier
        return identifier

    @property
    def all(self) -> Mapping[str, str]:
        """Every one of them."""
        return {**self.stored, **self.passing}


def forms(identifier: str) -> Iterator[bytes]:
    """How an identifier may stand in a file: as it is, escaped, in hex, in base64 (all in lower
    case, as `found` looks for them)."""
    for text in {identifier, identifier.replace(" ", "")}:
        raw = text.encode()
        yield raw.lower()
        yield json.dumps(text)[1:-1].encode().lower()
        yield raw.hex().encode()
        # Of three bytes base64 makes four letters: what it looks like depends on where it begins,
        # and the letters at both ends on its neighbours.
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + raw)
            yield whole[4 if before else 0 : -4].lower()


def found(identifiers: Mapping[str, str], files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Which identifiers stand in which of the files."""
    return [
        (what, name)
        for name, content in files.items()
        for what, identifier in identifiers.items()
        if any(form in content for form in forms(identifier) if len(form) >= FORM_BYTES_MIN)
    ]


FORM_BYTES_MIN = 8  # anything shorter stands somewhere by chance


def content_of(path: Path) -> bytes:
    """A file's bytes in lower case; nothing for one that is not there."""
    return path.read_bytes().lower() if path.exists() else b""
