"""An action once per idempotency key."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.idempotency import store as idempotency
from gamification.idempotency.rules import Answer, request_for


def once(
    connection: Connection,
    request: Any,
    occasion: Occasion,
    effect: Callable[[], dict[str, Any]],
    *,
    operation: str,
) -> Answer:
    """Run `effect` unless the request's `idempotency_key` was used by this actor before.

    The request is a dataclass; all its fields but the key must be the same when it comes again.
    Raises Refusal IDEMPOTENCY_KEY_REQUIRED, IDEMPOTENCY_CONFLICT, and what `effect` raises.
    """
    values = asdict(request)
    asked = request_for(
        principal=occasion.actor.principal,
        operation=operation,
        key=values.pop("idempotency_key"),
        values=values,
    )
    return idempotency.once(connection, asked, effect, now=occasion.now)
