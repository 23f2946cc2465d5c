"""Join a challenge: from now on it can be won in this cycle."""

from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.decide import award_reached
from gamification.effects.occasion import Occasion
from gamification.effects.state import local_day
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.goals.rules import challenge_goal
from gamification.members import store as members
from gamification.staff.rules import require_member


def join_challenge(connection: Connection, challenge_id: str, occasion: Occasion) -> str:
    """The cycle that was joined. Joining again changes nothing; what was done already counts.

    Raises Refusal CHALLENGE_UNKNOWN (also when its window is not open), NOT_ENROLLED, FORBIDDEN.
    """
    member = members.by_id(connection, require_member(occasion.actor))
    challenge = occasion.programme.challenge(challenge_id)
    today = local_day(occasion.now, occasion.programme)
    span = challenge.goal.window.span(today) if challenge else None
    if challenge is None or span is None or member is None or not span.covers(today):
        raise Refusal("CHALLENGE_UNKNOWN")
    goal = challenge_goal(challenge.id)
    decision = begin(connection, member, occasion)
    if (goal, span.cycle) in decision.state.held.joined:
        return span.cycle
    decision.joined.append((goal, span.cycle))
    decision.tell(FactKind.CHALLENGE_JOINED, at=occasion.now, challenge=challenge.id)
    award_reached(decision, decision.state.counts, at=occasion.now, new_code=occasion.new_code)
    apply(connection, decision, announce=occasion.announce)
    return span.cycle
