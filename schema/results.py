"""How every mutation answers: its success, or a problem."""

from collections.abc import Callable
from typing import Any, TypeVar

from gamification.database import Connection
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from schema.context import Context
from schema.problems import problem_of

T = TypeVar("T")


async def answer(context: Context, effect: Callable[[Connection], T]) -> Any:
    """Run the effect in one write transaction. A refusal undoes it and becomes a typed problem."""
    try:
        return await context.write(effect)
    except Refusal as refusal:
        return problem_of(refusal)


def settled(done: Answer, success: Callable[[], T]) -> Any:
    """The success of an answer, or the problem that was stored under its key.

    The stored refusal is returned and not raised, so that the transaction commits it.
    """
    try:
        done.result()
    except Refusal as refusal:
        return problem_of(refusal)
    return success()
