"""Refusals: what the domain answers when a request cannot be done, as data.

Words are made at the edge (`schema.problems`); a refusal carries a code and its numbers.
"""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not a fault
    """A business refusal: nothing was changed. `data` holds ids and numbers, never names."""

    def __init__(self, code: str, *, sticky: bool = False, **data: Any) -> None:
        super().__init__(code)
        self.code = code
        # A sticky refusal is stored under its idempotency key: a late retry gets it again.
        self.sticky = sticky
        self.data: Mapping[str, Any] = data
