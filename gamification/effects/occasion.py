"""The occasion of an action: who acts, when, under which programme."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gamification.programme.values import Programme
from gamification.staff.rules import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """What every action is given from outside: it reads no clock and makes no ids itself.

    `announce` is False for what lies in the past: nobody is told of it.
    """

    programme: Programme
    actor: Actor
    now: datetime
    new_id: Callable[[], str]
    new_code: Callable[[], str]
    announce: bool = True
