"""What a world answers to what is done in it."""

from collections.abc import Callable
from typing import Any

from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from tests.world import World


def outcome(action: Callable[[World], Any], world: World) -> Any:
    try:
        return action(world)
    except Refusal as refusal:
        return refusal.code


def works(answer: Any) -> bool:
    return isinstance(answer, Answer) and "refusal" not in answer.outcome
