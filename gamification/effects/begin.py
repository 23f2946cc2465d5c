"""Where an action begins that moves points: gather, and a decision about nothing yet."""

from datetime import date

from gamification.database import Connection
from gamification.effects.decision import Decision
from gamification.effects.occasion import Occasion
from gamification.effects.state import gather
from gamification.members.rules import MemberRecord


def begin(
    connection: Connection, member: MemberRecord, occasion: Occasion, *, day: date | None = None
) -> Decision:
    """Lock a member and read their state. `day` is another day whose windows matter too."""
    return Decision(
        state=gather(connection, member, occasion.programme, now=occasion.now, day=day),
        programme=occasion.programme,
        now=occasion.now,
        new_id=occasion.new_id,
    )
