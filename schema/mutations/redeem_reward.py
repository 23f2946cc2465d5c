"""redeemReward: points are set aside for a voucher."""

from typing import Annotated

import strawberry

from gamification.actions.redeem_reward import Redemption, redeem_reward
from gamification.database import Connection
from gamification.vouchers import store as vouchers
from notifications.wording import negotiate
from schema.context import Context
from schema.fields import field
from schema.members import Member, read_self
from schema.problems import (
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotEnoughPoints,
    NotEnrolled,
    NotFound,
)
from schema.results import answer, settled
from schema.selection import selection_of
from schema.vouchers import Voucher, voucher_type


@strawberry.input(description="Which reward, once per key.")
class RedeemRewardInput:
    """See the description."""

    reward_id: str = field("The reward's `id`.")
    idempotency_key: str | None = field(
        "Made by the app, one for each intention; the same again is the same redemption."
    )


@strawberry.type(description="The points are set aside, and the voucher is ready.")
class RewardRedeemed:
    """See the description."""

    voucher: Voucher = field("What to show at the till.")
    points: int = field("What it cost.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    member: Member = field("The member as they stand now.")


RedeemRewardResult = Annotated[
    RewardRedeemed
    | NotEnoughPoints
    | NotFound
    | IdempotencyConflict
    | InvalidInput
    | NotAllowed
    | NotEnrolled,
    strawberry.union("RedeemRewardResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: RedeemRewardInput,  # noqa: A002 -- the one argument of every mutation
) -> RedeemRewardResult:
    """Redeem for the member who asks."""
    context, selection = info.context, selection_of(info, "member")
    request = Redemption(reward_id=input.reward_id, idempotency_key=input.idempotency_key)

    def effect(connection: Connection) -> RewardRedeemed | NotEnoughPoints:
        occasion = context.occasion(connection)
        done = redeem_reward(connection, request, occasion)

        def success() -> RewardRedeemed:
            row = vouchers.by_id(connection, done.outcome["voucher_id"])
            member = read_self(connection, context, selection)
            return RewardRedeemed(
                voucher=voucher_type(row, context.programme, negotiate(member.locale)),
                points=done.outcome["points"],
                replayed=done.replayed,
                member=member,
            )

        return settled(done, success)

    return await answer(context, effect)
