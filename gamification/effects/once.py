"""An action once per idempotency key."""

from collections.abc import Callable
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

    The request is a dataclass; all its fields must be the same when it comes again.
    Raises Refusal IDEMPOTENCY_KEY_REQUIRED, IDEMPOTENCY_CONFLICT, and what `effect` raises.
    """
    asked = request_for(
        principal=occasion.actor.principal,
        operation=operation,
        key=request.idempotency_key,
        values=request,
    )
    return idempotency.once(connection, asked, effect, now=occasion.now)
