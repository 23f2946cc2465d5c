"""How types declare their fields: every one has a description."""

from typing import Any

import strawberry


def field(description: str) -> Any:
    """A field that is read off the object as it stands, without a resolver."""
    return strawberry.field(description=description)
