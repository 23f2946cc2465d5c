"""Capture a voucher at the till: the reward is handed over."""

from dataclasses import dataclass
from typing import Any

from gamification.actions.targets import Target, find_target
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.idempotency.rules import Answer
from gamification.vouchers import store as vouchers


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """A voucher of the visit's member, by its id or by the code that the member reads out."""

    visit_id: str
    voucher: str
    idempotency_key: str | None


def capture_voucher(connection: Connection, request: Capture, occasion: Occasion) -> Answer:
    """Outcome: `voucher_id`, `member_id`, `reward_id`.

    Refusals: VISIT_UNKNOWN, VISIT_CLOSED, CODE_NOT_MEANT_FOR_THIS, VOUCHER_UNKNOWN; sticky:
    VOUCHER_CAPTURED, VOUCHER_LAPSED, VOUCHER_WITHDRAWN.
    """
    return once(
        connection,
        request,
        occasion,
        lambda: _capture(connection, request, occasion),
        operation="captureVoucher",
    )


def _capture(connection: Connection, request: Capture, occasion: Occasion) -> dict[str, Any]:
    found = find_target(
        connection,
        Target(visit_id=request.visit_id),
        occasion.actor,
        now=occasion.now,
        needs=CodeFlag.REDEEM,
    )
    # First, since it locks the member: of two tills with one voucher, the second sees the first.
    decision = begin(connection, found.member, occasion)
    code = request.voucher.replace("-", "").replace(" ", "").upper()
    voucher = None
    if code.isalnum():  # PostgreSQL cannot even look for some of what else can be typed
        voucher = vouchers.by_id(connection, request.voucher) or vouchers.by_code(connection, code)
    if voucher is None or voucher.member_id != found.member.id:
        raise Refusal("VOUCHER_UNKNOWN")
    if voucher.state != "open":
        raise Refusal(f"VOUCHER_{voucher.state.upper()}", sticky=True, member_id=found.member.id)
    if voucher.expires_at <= occasion.now:
        raise Refusal("VOUCHER_LAPSED", sticky=True, member_id=found.member.id)
    decision.closed_vouchers.append((voucher.id, "captured", request.visit_id))
    before = len(decision.movements)
    decision.capture(voucher.cost, voucher=voucher.id, rule=f"reward:{voucher.reward_id}")
    fact = decision.tell(FactKind.VOUCHER_CAPTURED, at=occasion.now, reward=voucher.reward_id)
    decision.link(fact, since=before)
    apply(connection, decision, announce=occasion.announce)
    return {
        "voucher_id": voucher.id,
        "member_id": found.member.id,
        "reward_id": voucher.reward_id,
    }
