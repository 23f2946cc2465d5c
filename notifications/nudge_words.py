"""Puts a nudge into words: for the push, and for its line in the inbox."""

from collections.abc import Mapping

from gamification.programme.values import Programme
from gamification.progress import Unit
from gamification.texts import text_in
from notifications.messages import Rendered, format_money, format_points, negotiate, render


def words_of(
    *,
    target_kind: str,
    target_id: str,
    params: Mapping[str, int],
    programme: Programme,
    locale: str,
) -> Rendered | None:
    """The title and body in the member's language; None when the programme lost the target.

    `params` holds `remaining`: points for a reward, what the ladder counts for a tier.
    """
    # Names and sentences in the same language, whatever tag the phone gave.
    language = negotiate(locale)
    remaining = params["remaining"]
    if target_kind == "reward":
        reward = programme.reward(target_id)
        if reward is None:
            return None
        return render(
            "near_reward",
            locale=language,
            params={"reward": text_in(reward.name, language), "remaining": remaining},
        )
    tier = programme.ladder.tier(target_id)
    if tier is None:
        return None
    return render(
        "near_tier",
        locale=language,
        params={
            "tier": text_in(tier.name, language),
            "remaining": _amount(remaining, programme, language),
        },
    )


def _amount(remaining: int, programme: Programme, language: str) -> str:
    if programme.measures[programme.ladder.measure].unit is Unit.MONEY:
        return format_money(
            remaining, programme.currency, language, digits=programme.currency_digits
        )
    return format_points(remaining, language)
