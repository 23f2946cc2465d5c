"""Where an action begins that moves points: gather, and a decision about what is due alone."""

from dataclasses import replace
from datetime import date

from gamification.database import Connection
from gamification.effects.decision import Decision
from gamification.effects.due import see_to_due_lots
from gamification.effects.occasion import Occasion
from gamification.effects.placing import place
from gamification.effects.state import gather
from gamification.members.rules import MemberRecord


def begin(
    connection: Connection,
    member: MemberRecord,
    occasion: Occasion,
    *,
    day: date | None = None,
    kind: str | None = None,
) -> Decision:
    """Lock a member and read their state. `day` is another day whose windows matter too.

    `kind` is that of an activity that is to be decided: its points may depend on segments.
    """
    programme = occasion.programme
    state = gather(connection, member, programme, now=occasion.now, day=day)
    if kind is not None and programme.rules_by_segment(kind):
        state = replace(state, placing=place(connection, member.id, programme, now=occasion.now))
    decision = Decision(state=state, programme=programme, now=occasion.now, new_id=occasion.new_id)
    see_to_due_lots(decision)
    return decision
