"""How every mutation answers: its success, or a problem."""

from collections.abc import Callable
from typing import Any, TypeVar

from gamification.database import Connection
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from schema.context import Context
from schema.problems import Problem
from schema.refusals import problem_of
from schema.why.wording import Speaker, speaker

T = TypeVar("T")


async def answer(context: Context, effect: Callable[[Connection], T]) -> Any:
    """Run the effect in one write transaction. A refusal undoes it and becomes a typed problem."""
    says: Speaker | None = None

    def told(connection: Connection) -> T:
        nonlocal says
        try:
            done = effect(connection)
        except Refusal:
            says = _speaker(context, connection)
            raise
        if isinstance(done, Problem):
            done.says = _speaker(context, connection)
        return done

    try:
        return await context.write(told)
    except Refusal as refusal:
        problem = problem_of(refusal)
        problem.says = says
        return problem


def _speaker(context: Context, connection: Connection) -> Speaker:
    """Speaks to the member who asks in their language, to staff in the programme's."""
    member = context.member(connection)
    return speaker(context.programme, member.locale if member else context.programme.locale)


def settled(done: Answer, success: Callable[[], T]) -> Any:
    """The success of an answer, or the problem that was stored under its key.

    The stored refusal is returned and not raised, so that the transaction commits it.
    """
    try:
        done.result()
    except Refusal as refusal:
        return problem_of(refusal)
    return success()
