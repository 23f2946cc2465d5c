"""The sample programme with everything there is to tell, and what it would tell a member now."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gamification.actions.celebrate_members import celebrate_member
from gamification.actions.settle_referrals import referrals_to_settle, settle_referral
from gamification.effects.state import local_day
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from notifications.candidates import candidates_of_all
from notifications.messages import Rendered
from notifications.nudge_words import words_of
from notifications.rules import Candidate
from tests.world import World

LANGUAGES = ("en", "pl", "ru", "zh-Hant")


def with_a_challenge(market: Programme, cafe: Programme) -> Programme:
    """The sample, which has no challenge of its own, with one; nobody is held out."""
    challenge = cafe.challenge("three_a_week")
    assert challenge is not None
    return replace(market.telling_everybody(), challenges=(challenge,))


def tell_only(world: World, rule_id: str, **changed: Any) -> None:
    """Leave one rule, perhaps changed."""
    (rule,) = (rule for rule in world.programme.nudges if rule.id == rule_id)
    world.programme = replace(world.programme, nudges=(replace(rule, **changed),))


def candidates(world: World, member: MemberRecord, rule_id: str) -> Sequence[Candidate]:
    """What a rule would tell a member now."""
    found = world.read(
        lambda c: candidates_of_all(c, [member], world.programme, now=world.now)[member.id]
    )
    return [each for each in found if each.rule.id == rule_id]


def told(world: World, member: MemberRecord, rule_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The target and cycle of each candidate of a rule, and its parameters."""
    found = candidates(world, member, rule_id)
    assert all(each.key == f"{rule_id}:{each.target_id}:{each.cycle}" for each in found)
    return [(f"{each.target_id}:{each.cycle}", dict(each.params)) for each in found]


def in_words(world: World, candidate: Candidate, language: str) -> Rendered:
    words = words_of(
        rule_id=candidate.rule.id,
        target_kind=candidate.rule.target.value,
        target_id=candidate.target_id,
        params=candidate.params,
        programme=world.programme,
        locale=language,
    )
    assert words is not None
    return words


def stand_at(world: World, moment: str) -> None:
    """Move the clock to a moment in UTC."""
    world.now = world.now.fromisoformat(f"{moment}+00:00")


def celebrate(world: World, member: MemberRecord) -> list[str]:
    """What the worker does for a member's birthday; the kinds recorded."""
    day = local_day(world.now, world.programme)
    return world.write(lambda c: celebrate_member(c, member.id, world.occasion(), day=day))


def settle(world: World) -> None:
    """What the worker does for friends."""
    waiting = world.read(
        lambda c: referrals_to_settle(c, programme=world.programme, now=world.now, after="")
    )
    for each in waiting:
        world.write(lambda c, each=each: settle_referral(c, each, world.occasion()))  # type: ignore[misc]  # one friend
