"""Stamp cards that a write passes: read when there are any, which is seldom."""

from dataclasses import replace

from gamification.database import Connection
from gamification.effects.decide import cards_passed
from gamification.effects.decision import Decision
from gamification.goals import store as goals
from gamification.goals.rules import stamps_goal


def look_at_cards(connection: Connection, decision: Decision) -> None:
    """See which of the cards are held that the decision's counting passes, up or down."""
    state = decision.state
    passed = [(stamps_goal(card.id), card.cycle(number)) for card, number in cards_passed(decision)]
    if passed:
        found = goals.held(connection, state.member.id, passed)
        held = replace(state.held, awards={**state.held.awards, **found.awards})
        decision.state = replace(state, held=held)
