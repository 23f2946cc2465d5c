"""The stamp cards that a write fills or may empty: read when there are any, which is seldom."""

from collections.abc import Mapping
from dataclasses import replace

from gamification.database import Connection
from gamification.effects.decide import cards_filled
from gamification.effects.decision import Decision
from gamification.goals import store as goals
from gamification.goals.rules import Award, stamps_goal
from gamification.progress import with_effects
from gamification.stamps.rules import CARDS_AT_ONCE_MAX


def look_at_filled_cards(connection: Connection, decision: Decision) -> None:
    """See which of the cards that the decision's counting fills are held already."""
    after = with_effects(decision.state.counts, decision.effects)
    filled = [
        (stamps_goal(card.id), card.cycle(number))
        for card, numbers in cards_filled(decision, after)
        for number in numbers[:CARDS_AT_ONCE_MAX]
    ]
    if filled:
        _hold(decision, goals.held(connection, decision.state.member.id, filled).awards)


def look_at_full_cards(connection: Connection, decision: Decision) -> None:
    """See all cards that are held of what the decision counts back, however many there are."""
    lowered = {measure for measure, _, _ in decision.effects}
    of = [stamps_goal(card.id) for card in decision.programme.stamps if card.measure in lowered]
    if of:
        _hold(decision, goals.awards_of(connection, decision.state.member.id, of))


def _hold(decision: Decision, awards: Mapping[tuple[str, int, str], Award]) -> None:
    state = decision.state
    held = replace(state.held, awards={**state.held.awards, **awards})
    decision.state = replace(state, held=held)
