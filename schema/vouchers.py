"""Vouchers."""

from datetime import datetime
from typing import Any

import strawberry

from gamification.programme.values import Programme
from gamification.reads.standing import Standing
from gamification.texts import text_in
from schema.fields import field
from schema.ids import NodeKind, global_id
from schema.node import Node


@strawberry.type(description="A claim to a reward, captured by staff at the till.")
class Voucher(Node):
    """See the description."""

    code: str = field("What the member reads out, as `ABCD-EFGH`.")
    reward_id: str = field("The reward's name in the programme file.")
    reward_name: str = field("Its name in the viewer's language.")
    state: str = field("`open`, `captured`, `lapsed` or `withdrawn`.")
    issued_at: datetime = field("When it was bought or won.")
    expires_at: datetime = field("When it lapses.")


def voucher_type(row: Any, programme: Programme, locale: str) -> Voucher:
    """A stored voucher in a language."""
    reward = programme.reward(row.reward_id)
    return Voucher(
        id=strawberry.ID(global_id(NodeKind.VOUCHER, row.id)),
        code=f"{row.code[:4]}-{row.code[4:]}",
        reward_id=row.reward_id,
        reward_name=text_in(reward.name, locale) if reward else row.reward_id,
        state=row.state,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
    )


def voucher_types(standing: Standing, programme: Programme, locale: str) -> list[Voucher]:
    """The vouchers that can be captured now, oldest first."""
    return [voucher_type(row, programme, locale) for row in standing.vouchers or ()]
