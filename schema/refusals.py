"""How a refusal is told: its code chooses the problem's type and the words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gamification.errors import Refusal
from gamification.money import to_major
from schema.problems import (
    AlreadyCounted,
    AlreadyDecided,
    AlreadyRefunded,
    BalanceTooLarge,
    CodeExpired,
    CodeForged,
    CodeNotYetValid,
    CodeRevoked,
    CodeUnknown,
    CodeUnreadable,
    CodeUsed,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotEnoughPoints,
    NotEnrolled,
    NotFound,
    Problem,
    ReceiptAlreadyClaimed,
    RefundTooLarge,
    TooManyClaims,
    VisitClosed,
    VisitNotMeantForThis,
    VoucherNotOpen,
)

Words = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """How a code is told: its type and its sentence."""

    type: type[Problem]
    words: str | Words


def _range(data: Mapping[str, Any]) -> str:
    low, high = data.get("minimum_minor", 0), data.get("maximum_minor")
    if high is None:
        return f"`{data['field']}` must be an amount of money from {low} up, of at most 15 digits."
    return f"`{data['field']}` must be from {low} to {high} minor units."


def _left(data: Mapping[str, Any]) -> str:
    if "line" in data:
        return f"Of line {data['line']} of this purchase {data['quantity_left']} pieces are left."
    return f"Of this purchase {data['left_minor']} minor units are left."


_NOT_FOUND = "There is no such {what}, or not one that you may see."
KINDS: dict[str, _Kind] = {
    "TEXT_LENGTH": _Kind(
        type=InvalidInput, words="`{field}` must have from {minimum} to {maximum} characters."
    ),
    "TEXT_UNPRINTABLE": _Kind(
        type=InvalidInput, words="`{field}` must not hold control characters."
    ),
    "AMOUNT_OUT_OF_RANGE": _Kind(type=InvalidInput, words=_range),
    "POINTS_OUT_OF_RANGE": _Kind(
        type=InvalidInput, words="`{field}` must be from -{maximum} to {maximum}, and not 0."
    ),
    "TOO_MANY_DECIMALS": _Kind(
        type=InvalidInput, words="`{field}` has more than {maximum} decimals."
    ),
    "QUANTITY_OUT_OF_RANGE": _Kind(
        type=InvalidInput,
        words="Quantities are from {minimum} to {maximum}, all lines of a basket together.",
    ),
    "TOO_MANY_LINES": _Kind(type=InvalidInput, words="A basket has at most {maximum} lines."),
    "LINES_DO_NOT_ADD_UP": _Kind(
        type=InvalidInput,
        words="The lines add up to {lines_minor} minor units, but the total is {total_minor}.",
    ),
    "OCCURRED_IN_FUTURE": _Kind(
        type=InvalidInput,
        words="`occurredAt` is {ahead_s} s in the future; clocks may differ by {maximum_s} s.",
    ),
    "OCCURRED_TOO_EARLY": _Kind(
        type=InvalidInput, words="`occurredAt` is more than {maximum_days} days ago."
    ),
    "CURRENCY_MISMATCH": _Kind(
        type=InvalidInput, words="This programme counts in {expected} only."
    ),
    "LIST_LENGTH": _Kind(
        type=InvalidInput, words="`{field}` must have from {minimum} to {maximum} items."
    ),
    "KIND_UNKNOWN": _Kind(
        type=InvalidInput, words="The programme names no such activity; known are: {known}."
    ),
    "ATTRIBUTE_UNKNOWN": _Kind(
        type=InvalidInput, words="`{kind}` has no such attribute; known are: {known}."
    ),
    "ATTRIBUTE_MISSING": _Kind(type=InvalidInput, words="`{kind}` needs `{field}`: {wanted}."),
    "ATTRIBUTE_WRONG": _Kind(type=InvalidInput, words="`{field}` must be {wanted}."),
    "ATTRIBUTE_TWICE": _Kind(type=InvalidInput, words="`{field}` names the same thing twice."),
    "OCCURRED_BEFORE_JOINING": _Kind(
        type=InvalidInput, words="`occurredAt` is before the member joined."
    ),
    "LOCALE_UNKNOWN": _Kind(
        type=InvalidInput, words="`locale` must be a language tag such as `pl` or `zh-Hant`."
    ),
    "EMAIL": _Kind(type=InvalidInput, words="`email` must be an address such as ola@example.org."),
    "BIRTHDAY": _Kind(type=InvalidInput, words="`birthday` must be from 1900-01-01 to today."),
    "REFERRER_UNKNOWN": _Kind(
        type=InvalidInput, words="`referredBy` is no member's number: look for a slip."
    ),
    "BIRTHDAY_STANDS": _Kind(
        type=InvalidInput, words="`birthday` was said before, and is said once."
    ),
    "TIME_ZONE_UNKNOWN": _Kind(
        type=InvalidInput, words="`timeZone` must be an IANA name such as `Europe/Warsaw`."
    ),
    "NUMBER_MISTYPED": _Kind(
        type=InvalidInput, words="This is no member number: a digit is wrong or missing."
    ),
    "IDEMPOTENCY_KEY_REQUIRED": _Kind(
        type=InvalidInput, words="`idempotencyKey` is needed: it makes a retry safe."
    ),
    "CONSENT_UNKNOWN": _Kind(
        type=InvalidInput, words="The only consent asked for is category `marketing` by `push`."
    ),
    "DEVICE_ADDRESS": _Kind(
        type=InvalidInput, words="`address` is no registration token or installation id."
    ),
    "TAG": _Kind(
        type=InvalidInput,
        words="`{field}` must be lower-case letters, digits and underscores, beginning with a"
        " letter; at most {maximum}.",
    ),
    "TOO_MANY_TAGS": _Kind(type=InvalidInput, words="A member has at most {maximum} tags."),
    "TARGET_AMBIGUOUS": _Kind(
        type=InvalidInput, words="Name the purchase by `purchaseId` or by `receipt`: exactly one."
    ),
    "MEMBER_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="member")),
    "VISIT_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="visit")),
    "VOUCHER_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="voucher")),
    "REWARD_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="reward")),
    "CHALLENGE_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="running challenge")),
    "PURCHASE_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="purchase")),
    "CLAIM_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="claim")),
    "PROPOSAL_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="adjustment")),
    "CURSOR_UNKNOWN": _Kind(type=InvalidInput, words="`{field}` is no cursor of this list."),
    "INBOX_LINE_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="line of the inbox")),
    "STORE_UNKNOWN": _Kind(type=NotFound, words=_NOT_FOUND.format(what="store")),
    "FORBIDDEN": _Kind(type=NotAllowed, words="Your role may not do this."),
    "OWN_PROPOSAL": _Kind(
        type=NotAllowed, words="You proposed this yourself: another manager has to decide."
    ),
    "NOT_ENROLLED": _Kind(type=NotEnrolled, words="Enrol first: this token has no member yet."),
    "IDEMPOTENCY_CONFLICT": _Kind(
        type=IdempotencyConflict, words="This idempotency key was used before with other input."
    ),
    "NOT_ENOUGH_POINTS": _Kind(
        type=NotEnoughPoints, words="It takes {required} points; there are {available}."
    ),
    "BALANCE_TOO_LARGE": _Kind(
        type=BalanceTooLarge,
        words="A balance may hold {maximum} points, of which {room} are still free.",
    ),
    "RECEIPT_ALREADY_CLAIMED": _Kind(
        type=ReceiptAlreadyClaimed, words="This receipt was recorded before; it counts once."
    ),
    "ALREADY_COUNTED": _Kind(
        type=AlreadyCounted, words="This was recorded before; it counts once in its time."
    ),
    "ALREADY_REFUNDED": _Kind(type=AlreadyRefunded, words="This purchase was refunded before."),
    "TOO_MANY_CLAIMS": _Kind(
        type=TooManyClaims, words="{maximum} of your claims wait already: staff will look at them."
    ),
    "CLAIM_DECIDED": _Kind(type=AlreadyDecided, words="This was approved or refused before."),
    "PROPOSAL_DECIDED": _Kind(type=AlreadyDecided, words="This was approved or refused before."),
    "PROPOSAL_LAPSED": _Kind(
        type=AlreadyDecided, words="This waited for more than {maximum_days} days: propose it anew."
    ),
    "REFUND_TOO_LARGE": _Kind(type=RefundTooLarge, words=_left),
    "REFUND_AMBIGUOUS": _Kind(
        type=InvalidInput, words="Name `lines` or an `amount`, or neither for all that is left."
    ),
    "LINE_UNKNOWN": _Kind(
        type=InvalidInput, words="Lines are counted from 1; this purchase has {lines}."
    ),
    "LINE_TWICE": _Kind(type=InvalidInput, words="`{field}` names a line twice."),
    "VISIT_CLOSED": _Kind(
        type=VisitClosed, words="The visit is over after five minutes: scan the card again."
    ),
    "CODE_NOT_MEANT_FOR_THIS": _Kind(
        type=VisitNotMeantForThis, words="This visit does not allow it: scan the card's code."
    ),
    "VOUCHER_CAPTURED": _Kind(type=VoucherNotOpen, words="The voucher was captured before."),
    "VOUCHER_LAPSED": _Kind(type=VoucherNotOpen, words="The voucher has lapsed."),
    "VOUCHER_WITHDRAWN": _Kind(type=VoucherNotOpen, words="The voucher was withdrawn."),
    "CODE_UNREADABLE": _Kind(type=CodeUnreadable, words="This is no code of a member card."),
    "CODE_FORGED": _Kind(type=CodeForged, words="This code was not signed by this programme."),
    "CODE_EXPIRED": _Kind(
        type=CodeExpired, words="This code has expired: the app shows a new one each minute."
    ),
    "CODE_NOT_YET_VALID": _Kind(
        type=CodeNotYetValid, words="This code is from the future: check the clocks."
    ),
    "CODE_USED": _Kind(
        type=CodeUsed, words="This code was used before: the app shows a new one each minute."
    ),
    "CODE_REVOKED": _Kind(type=CodeRevoked, words="This card was revoked."),
    "CODE_UNKNOWN": _Kind(type=CodeUnknown, words="This programme does not know this card."),
}
# Problems of these codes may go away by themselves or by the next try of the very same input.
_RETRYABLE = frozenset({"CODE_NOT_YET_VALID"})


def problem_of(refusal: Refusal) -> Problem:
    """The typed problem of a refusal."""
    kind, data = KINDS[refusal.code], refusal.data
    words = kind.words(data) if callable(kind.words) else kind.words.format_map(data)
    more: dict[str, Any] = {}
    if kind.type is InvalidInput:
        more["field"] = str(data.get("field", _FIELDS.get(refusal.code, "input")))
    if kind.type is NotEnoughPoints:
        available, required = int(data["available"]), int(data["required"])
        more = {"available": available, "required": required, "missing": required - available}
    if kind.type is RefundTooLarge:
        more = {
            "left": to_major(int(data["left_minor"]), digits=int(data["digits"])),
            "quantity_left": data.get("quantity_left"),
        }
    return kind.type(
        code=refusal.code,
        message=words,
        retryable=refusal.code in _RETRYABLE,
        refusal=refusal,
        **more,
    )


# Where the refusal itself does not say which part of the input it is about.
_FIELDS = {
    "QUANTITY_OUT_OF_RANGE": "lines.quantity",
    "TOO_MANY_LINES": "lines",
    "LINES_DO_NOT_ADD_UP": "lines",
    "OCCURRED_IN_FUTURE": "occurredAt",
    "OCCURRED_TOO_EARLY": "occurredAt",
    "OCCURRED_BEFORE_JOINING": "occurredAt",
    "KIND_UNKNOWN": "kind",
    "CURRENCY_MISMATCH": "currency",
    "NUMBER_MISTYPED": "number",
    "IDEMPOTENCY_KEY_REQUIRED": "idempotencyKey",
    "CONSENT_UNKNOWN": "category",
    "DEVICE_ADDRESS": "address",
    "TARGET_AMBIGUOUS": "purchaseId",
    "REFUND_AMBIGUOUS": "amount",
}
