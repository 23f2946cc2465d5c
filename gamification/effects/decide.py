"""What an activity sets off, by the programme's rules. Pure."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from gamification.activities.rules import COUNTED_MAX, Activity, MemberFacts, context_of
from gamification.effects.decision import Decision
from gamification.effects.earning import Earner, Failed, earnings
from gamification.effects.values import NewAward, NewFact, NewVoucher
from gamification.expressions import Context, Expression, ExpressionFailed
from gamification.facts import FactKind
from gamification.goals.rules import badge_goal, challenge_goal, stamps_goal
from gamification.points.rules import EntryKind
from gamification.programme.values import Programme
from gamification.progress import Counts, count_key, counted, with_effects
from gamification.rewards.rules import Reward
from gamification.stamps.rules import CARDS_AT_ONCE_MAX, StampCard
from gamification.tiers.rules import Tier
from gamification.windows import EVER

NewCode = Callable[[], str]
_EVER = EVER.span(date.min)


def count_activity(decision: Decision, activity: Activity) -> Context:
    """Count the activity. Returns what the programme's expressions see of it.

    A measure that fails counts nothing.
    """
    decision.activity = activity
    context = seen_by_rules(decision, activity, tier=_tier(decision))
    decision.effects = []
    for measure, amount in amounts_of(decision.programme, activity, context).items():
        if isinstance(amount, Failed):
            decision.faults.append({"rule": amount.rule, "reason": amount.reason})
        elif amount > 0:
            decision.effects.append((measure, activity.local_date, amount))
    return context


def decide_activity(
    decision: Decision, activity: Activity, context: Context, *, new_code: NewCode
) -> None:
    """Earn the points of an activity that was counted, and award what it reaches."""
    state, tier = decision.state, _tier(decision)
    _earn(decision, activity, context, tier=tier)
    after = with_effects(state.counts, decision.effects)
    tell_tier_change(decision, state.counts, after, at=activity.occurred_at)
    award_reached(decision, after, at=activity.occurred_at, new_code=new_code)


def _tier(decision: Decision) -> Tier:
    """The tier in which the member stands before anything is decided."""
    today = decision.day_of(decision.now)
    return decision.programme.ladder.standing(decision.state.counts, today=today)


def seen_by_rules(decision: Decision, activity: Activity, *, tier: Tier) -> Context:
    """What the programme's expressions see of an activity of a member who stands in a tier."""
    programme, member = decision.programme, decision.state.member
    return context_of(
        activity,
        MemberFacts(tier=tier.id, joined_at=member.joined_at, locale=member.locale),
        zone=programme.zone,
        categories=programme.categories,
        products=programme.products,
        attributes=programme.attributes_of(activity),
    )


def amounts_of(
    programme: Programme, activity: Activity, context: Context
) -> dict[str, int | Failed]:
    """What each measure that is about such an activity counts of it, by id."""
    found: dict[str, int | Failed] = {}
    for measure in programme.measures.values():
        if activity.kind not in measure.kinds:
            continue
        try:
            if measure.condition is None or measure.condition.truth(context):
                found[measure.id] = max(_limited(measure.amount, context), 0)
        except ExpressionFailed as failed:
            found[measure.id] = Failed(rule=f"measure:{measure.id}", reason=str(failed))
    return found


def _limited(amount: Expression, context: Context) -> int:
    found = amount.whole(context)
    if found > COUNTED_MAX:
        raise ExpressionFailed(f"`{amount.source}` gave {found}, more than {COUNTED_MAX}")
    return found


def _earn(decision: Decision, activity: Activity, context: Context, *, tier: Tier) -> None:
    placing = decision.state.placing
    decision.faults += [
        {"rule": f"segment:{segment}", "reason": reason} for segment, reason in placing.failed
    ]
    earner = Earner(tier=tier, segments=placing.segments, today=activity.local_date)
    parts: list[tuple[str, int]] = []
    before = len(decision.movements)
    for each in earnings(decision.programme, activity, context, earner):
        if isinstance(each, Failed):
            decision.faults.append({"rule": each.rule, "reason": each.reason})
            continue
        earned = decision.earn(
            each.points,
            kind=EntryKind.EARN,
            cause=f"earn:{activity.id}:{each.rule}",
            rule=each.rule,
            at=activity.occurred_at,
            parts=each.parts,
            cool_off_days=each.cool_off_days,
        )
        if earned:
            parts.append((each.rule, earned))
    if parts:
        fact = decision.tell(
            FactKind.POINTS_EARNED,
            at=activity.occurred_at,
            points=sum(amount for _, amount in parts),
            parts=[list(part) for part in parts],
            tier=tier.id,
        )
        decision.link(fact, since=before)


def tell_tier_change(decision: Decision, before: Counts, after: Counts, *, at: datetime) -> None:
    """A fact when the standing rose or fell by what was just counted."""
    ladder, today = decision.programme.ladder, decision.day_of(decision.now)
    old = ladder.standing(before, today=today)
    new = ladder.standing(after, today=today)
    if new is not old:
        rose = ladder.rank(new) > ladder.rank(old)
        kind = FactKind.TIER_REACHED if rose else FactKind.TIER_LOST
        decision.tell(kind, at=at, tier=new.id, before=old.id)


def award_reached(decision: Decision, after: Counts, *, at: datetime, new_code: NewCode) -> None:
    """Award all that the counts reach and that is not held yet: badges, challenges, stamp cards."""
    programme, held = decision.programme, decision.state.held
    day = decision.day_of(at)
    for badge in programme.badges:
        span = badge.window.span(day)
        goal = badge_goal(badge.id)
        for level in range(1, badge.level_at(counted(after, measure=badge.measure, span=span)) + 1):
            if (goal, level, span.cycle) not in held.awards:
                award = _award(decision, goal, level=level, cycle=span.cycle, at=at)
                fact = decision.tell(
                    FactKind.BADGE_AWARDED, at=at, badge=badge.id, level=level, points=badge.points
                )
                _prize(decision, award, fact, points=badge.points)
    for challenge in programme.challenges:
        span = challenge.goal.window.span(day)
        goal = challenge_goal(challenge.id)
        amount = counted(after, measure=challenge.goal.measure, span=span)
        joined = {*held.joined, *decision.joined}
        if (
            amount < challenge.goal.target
            or (goal, span.cycle) not in joined
            or (goal, 1, span.cycle) in held.awards
            or not span.covers(day)
        ):
            continue
        award = _award(decision, goal, level=1, cycle=span.cycle, at=at)
        fact = decision.tell(
            FactKind.CHALLENGE_COMPLETED,
            at=at,
            challenge=challenge.id,
            points=challenge.points,
            reward=challenge.reward_id,
        )
        _prize(decision, award, fact, points=challenge.points)
        if reward := programme.reward(challenge.reward_id or ""):
            issue_voucher(decision, reward, cost=0, award_id=award.id, at=at, new_code=new_code)
    for card, numbers in cards_filled(decision, after):
        if len(numbers) > CARDS_AT_ONCE_MAX:
            reason = f"{len(numbers)} cards at once; the first {CARDS_AT_ONCE_MAX} of them count"
            decision.faults.append({"rule": stamps_goal(card.id), "reason": reason})
        for number in numbers[:CARDS_AT_ONCE_MAX]:
            _fill(decision, card, number, at=at, new_code=new_code)


def _fill(
    decision: Decision, card: StampCard, number: int, *, at: datetime, new_code: NewCode
) -> None:
    goal, cycle = stamps_goal(card.id), card.cycle(number)
    if (goal, 1, cycle) not in decision.state.held.awards:
        award = _award(decision, goal, level=1, cycle=cycle, at=at)
        fact = decision.tell(
            FactKind.STAMPS_FILLED,
            at=at,
            stamps=card.id,
            points=card.points,
            reward=card.reward_id,
        )
        _prize(decision, award, fact, points=card.points)
        if reward := decision.programme.reward(card.reward_id or ""):
            issue_voucher(decision, reward, cost=0, award_id=award.id, at=at, new_code=new_code)


def cards_filled(decision: Decision, after: Counts) -> list[tuple[StampCard, range]]:
    """The stamp cards with the numbers that fill up; `after` are the counts by then."""
    before = decision.state.counts
    keys = [(card, count_key(card.measure, _EVER)) for card in decision.programme.stamps]
    return [(card, card.filled(before[key], after[key])) for card, key in keys]


def issue_voucher(
    decision: Decision,
    reward: Reward,
    *,
    cost: int,
    award_id: str | None,
    at: datetime,
    new_code: NewCode,
) -> NewVoucher:
    """A voucher for a reward, bought (`cost` points) or won (0)."""
    voucher = NewVoucher(
        id=decision.new_id(),
        code=new_code(),
        reward_id=reward.id,
        cost=cost,
        issued_at=at,
        # What was won late can still be used: its days begin when it is handed out.
        expires_at=max(at, decision.now) + timedelta(days=reward.voucher_days),
        award_id=award_id,
    )
    decision.vouchers.append(voucher)
    return voucher


def _prize(decision: Decision, award: NewAward, fact: NewFact, *, points: int) -> None:
    before = len(decision.movements)
    decision.earn(
        points,
        kind=EntryKind.PRIZE,
        cause=f"prize:{award.id}",
        rule=award.goal,
        at=award.awarded_at,
    )
    decision.link(fact, since=before)


def _award(decision: Decision, goal: str, *, level: int, cycle: str, at: datetime) -> NewAward:
    award = NewAward(
        id=decision.new_id(),
        goal=goal,
        level=level,
        cycle=cycle,
        awarded_at=at,
        activity_id=decision.activity_id,
    )
    decision.awards.append(award)
    return award
