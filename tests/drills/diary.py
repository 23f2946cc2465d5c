"""What clients remember of their writes, and what the database must hold: each exactly once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select

from api.runner import Runner
from gamification.activities.tables import Activity
from gamification.adjustments.tables import Adjustment
from gamification.claims.tables import Claim
from gamification.database import table_of
from gamification.idempotency.tables import Idempotency
from gamification.vouchers.tables import Voucher
from schema.ids import NodeKind, global_id
from tests.drills.client import Answer, Unavailable, body_of, parts_of
from tests.drills.databases import DatabaseUnderTest

ACTIONS = {
    "Purchase": "recordPurchase",
    "Visit": "recordVisit",
    "Redeem": "redeemReward",
    "Capture": "captureVoucher",
    "Refund": "refundPurchase",
    "Adjust": "adjustPoints",
    "Activity": "recordActivity",
    "Claim": "claimActivity",
    "DecideClaim": "decideClaim",
}
"""The operation of an app or till, and the name that its keys are stored under."""

KINDS = {
    "Purchase": "purchase",
    "Visit": "visit",
    "Refund": "refund",
    "Activity": "tasting",
    "DecideClaim": "photo_review",
}
"""The operations that record activities, and the kind of these. A claim may be refused."""

NOT_STORED = {"NotFound", "VisitClosed", "TooManyClaims"}
"""Refusals for what may be otherwise a moment later."""

_idempotency, _activity = table_of(Idempotency), table_of(Activity)
_voucher = table_of(Voucher)
_KEYS = select(_idempotency.c.operation, _idempotency.c.key, _idempotency.c.outcome).where(
    _idempotency.c.principal != "import"
)
_ACTIVITIES = select(_activity.c.id, _activity.c.kind, _activity.c.receipt_key)
_ADJUSTMENTS = select(table_of(Adjustment).c.id)
_CLAIMS = select(table_of(Claim).c.id)
_VOUCHERS = select(_voucher.c.id, _voucher.c.state).where(_voucher.c.cost > 0)
_IMPORTED: Select[Any] = select(func.count().label("imported")).where(
    _idempotency.c.principal == "import"
)


@dataclass(kw_only=True, slots=True, eq=False)
class Write:
    """A request with its key, and its answer once it came. Some are asked more than once.

    Those of a batch have `keys` of their own instead, and each is answered for itself.
    """

    operation: str
    variables: Mapping[str, Any]
    token: str = field(repr=False)
    key: str
    keys: Sequence[str] = ()
    answer: Any = None
    tries: int = 0

    def body(self) -> bytes:
        """What is sent, the same each time."""
        return body_of(self.operation, self.variables)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Under what the database remembers it, or each of a batch: operation and key."""
        return [(ACTIONS[self.operation], key) for key in self.keys or [self.key]]

    @property
    def answered(self) -> list[tuple[tuple[str, str], Any]]:
        """Each of `pairs` with its answer; nothing while there is none."""
        return (
            [] if self.answer is None else list(zip(self.pairs, parts_of(self.answer), strict=True))
        )

    @property
    def done(self) -> list[tuple[str, str]]:
        """Those of `pairs` that were acknowledged, and not as a problem."""
        return [pair for pair, part in self.answered if "replayed" in part]

    @property
    def succeeded(self) -> bool:
        """Whether all of it was."""
        return len(self.done) == len(self.pairs)


@dataclass(kw_only=True, slots=True)
class Diary:
    """Every write of every client. `unavailable` counts the typed answers to come again."""

    writes: list[Write] = field(default_factory=list)
    unavailable: int = 0
    lost: int = 0
    replayed: int = 0

    def note(self, write: Write, answer: Answer) -> None:
        """Keep an answer; AssertionError for one that no client should get."""
        try:
            write.answer = answer.payload
        except Unavailable:
            self.unavailable += 1
            return
        self.replayed += sum(part.get("replayed") is True for _, part in write.answered)

    @property
    def acknowledged(self) -> list[Write]:
        """Those whose answer came."""
        return [write for write in self.writes if write.answer is not None]

    @property
    def unanswered(self) -> list[Write]:
        """Those that may have been done or not."""
        return [write for write in self.writes if write.answer is None]

    def __str__(self) -> str:
        counts = (f"{len(self.of(name))} {name}" for name in ACTIONS)
        return f"{len(self.acknowledged)} ({' + '.join(counts)})"

    def of(self, operation: str) -> list[Write]:
        """The writes of one operation that succeeded."""
        return [each for each in self.writes if each.operation == operation and each.succeeded]


Stored = Mapping[tuple[str, str], Mapping[str, Any]]


def stored_outcomes(database: DatabaseUnderTest) -> Stored:
    """What the database remembers of each key, by operation and key."""
    return {(row.operation, row.key): row.outcome for row in database.rows(_KEYS)}


def _ids(writes: Iterable[Write], operation: str, stored: Stored, name: str) -> list[str]:
    """The ids of what the writes of one operation made, of which each is remembered."""
    outcomes = [
        stored[pair] for each in writes if each.operation == operation for pair in each.done
    ]
    return sorted(outcome[name] for outcome in outcomes if name in outcome)


def missing(writes: Iterable[Write], stored: Stored) -> list[Write]:
    """The acknowledged writes that the database lost, or remembers otherwise."""
    return [
        write
        for write in writes
        if not all(
            _agrees(write.operation, part, stored.get(pair)) for pair, part in write.answered
        )
    ]


def assert_all_there(writes: Sequence[Write], stored: Stored) -> None:
    """See to it that what was acknowledged is remembered as it was answered."""
    lost = missing(writes, stored)
    assert not lost, (len(lost), lost[0], [stored.get(pair) for pair in lost[0].pairs])


def assert_exactly_once(diary: Diary, database: DatabaseUnderTest) -> None:
    """See to it that the database holds what was acknowledged, once, and nothing else.

    For a moment at which nothing is unanswered.
    """
    assert diary.unanswered == []

    def look(connection: Runner) -> list[list[Any]]:
        wanted = (_KEYS, _ACTIVITIES, _VOUCHERS, _ADJUSTMENTS, _CLAIMS)
        return [connection.all(each) for each in wanted]

    with database.opened() as opened:
        keys, activities, vouchers, adjustments, claims = opened.read_now(look)
    stored = {(row.operation, row.key): row.outcome for row in keys}
    assert_all_there(diary.writes, stored)
    kept = {pair for pair, outcome in stored.items() if "refusal" not in outcome}
    told = {pair for each in diary.writes for pair in each.done}
    assert kept == told, kept ^ told
    ours = [row for row in activities if row.receipt_key is None]
    for operation, kind in KINDS.items():
        ids = _ids(diary.writes, operation, stored, "activity_id")
        assert sorted(row.id for row in ours if row.kind == kind) == ids, operation
    adjusted = _ids(diary.writes, "Adjust", stored, "adjustment_id")
    assert sorted(row.id for row in adjustments) == adjusted
    claimed = _ids(diary.writes, "Claim", stored, "claim_id")
    assert sorted(row.id for row in claims) == claimed
    bought = _ids(diary.writes, "Redeem", stored, "voucher_id")
    assert sorted(row.id for row in vouchers) == bought
    captured = _ids(diary.writes, "Capture", stored, "voucher_id")
    assert sorted(row.id for row in vouchers if row.state == "captured") == captured


def imported_count(database: DatabaseUnderTest) -> int:
    """How many purchases came in by import."""
    return int(database.rows(_IMPORTED)[0].imported)


def _agrees(operation: str, answer: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> bool:
    """Whether what is stored is what was told."""
    if outcome is None:  # only what was done, or refused for what was there before, is stored
        return answer["__typename"] in NOT_STORED
    if "refusal" in outcome or "replayed" not in answer:
        return bool(outcome.get("refusal", {}).get("code") == answer.get("code"))
    return _told(operation, answer) == _kept(operation, outcome)


def _told(operation: str, answer: Mapping[str, Any]) -> tuple[object, ...]:
    match operation:
        case "Purchase":
            return (answer["purchaseId"], answer["pointsEarned"])
        case "Redeem" | "Capture":
            return (answer["voucher"]["id"],)
        case "Refund":
            return (answer["pointsTakenBack"], *(answer[name] for name in ("refunded", "left")))
        case "Claim":
            return (answer["claimId"],)
        case "DecideClaim":
            return (answer["approved"], answer["pointsEarned"])
    return (answer["points" if operation == "Adjust" else "pointsEarned"],)


def _kept(operation: str, outcome: Mapping[str, Any]) -> tuple[object, ...]:
    match operation:
        case "Purchase":
            return (global_id(NodeKind.PURCHASE, outcome["activity_id"]), outcome["points"])
        case "Redeem" | "Capture":
            return (global_id(NodeKind.VOUCHER, outcome["voucher_id"]),)
        case "Refund":
            minor = (outcome[name] for name in ("refunded_minor", "left_minor"))
            return (outcome["points"], *(f"{each / 100:.2f}" for each in minor))
        case "Claim":
            return (global_id(NodeKind.CLAIM, outcome["claim_id"]),)
        case "DecideClaim":
            return ("activity_id" in outcome, outcome.get("points", 0))
    return (outcome["points"],)
