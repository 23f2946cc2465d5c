"""What clients remember of their writes, and what the database must hold: each exactly once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select

from api.runner import Runner
from gamification.activities.tables import Activity
from gamification.adjustments.tables import Adjustment
from gamification.database import table_of
from gamification.idempotency.tables import Idempotency
from gamification.vouchers.tables import Voucher
from schema.ids import NodeKind, global_id
from tests.drills.client import Answer, Unavailable, body_of
from tests.drills.databases import DatabaseUnderTest

ACTIONS = {
    "Purchase": "recordPurchase",
    "Visit": "recordVisit",
    "Redeem": "redeemReward",
    "Capture": "captureVoucher",
    "Refund": "refundPurchase",
    "Adjust": "adjustPoints",
}
"""The operation of an app or till, and the name that its keys are stored under."""

_idempotency, _activity = table_of(Idempotency), table_of(Activity)
_voucher = table_of(Voucher)
_KEYS = select(_idempotency.c.operation, _idempotency.c.key, _idempotency.c.outcome).where(
    _idempotency.c.principal != "import"
)
_ACTIVITIES = select(_activity.c.id, _activity.c.kind, _activity.c.receipt_key)
_ADJUSTMENTS = select(table_of(Adjustment).c.id)
_VOUCHERS = select(_voucher.c.id, _voucher.c.state).where(_voucher.c.cost > 0)
_IMPORTED: Select[Any] = select(func.count().label("imported")).where(
    _idempotency.c.principal == "import"
)


@dataclass(kw_only=True, slots=True, eq=False)
class Write:
    """A request with its key, and its answer once it came. Some are asked more than once."""

    operation: str
    variables: Mapping[str, Any]
    token: str = field(repr=False)
    key: str
    answer: Any = None
    tries: int = 0

    def body(self) -> bytes:
        """What is sent, the same each time."""
        return body_of(self.operation, self.variables)

    @property
    def succeeded(self) -> bool:
        """Whether it was acknowledged, and not as a problem."""
        return self.answer is not None and "replayed" in self.answer


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
        self.replayed += write.answer.get("replayed") is True

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


def outcome_of(write: Write, stored: Stored) -> Mapping[str, Any] | None:
    """What the database remembers of a write."""
    return stored.get((ACTIONS[write.operation], write.key))


def _ids(writes: Iterable[Write], stored: Stored, name: str) -> list[str]:
    """The ids of what writes made, of which each is remembered."""
    return sorted(stored[ACTIONS[write.operation], write.key][name] for write in writes)


def missing(writes: Iterable[Write], stored: Stored) -> list[Write]:
    """The acknowledged writes that the database lost, or remembers otherwise."""
    return [
        write
        for write in writes
        if write.answer is not None and not _agrees(write, outcome_of(write, stored))
    ]


def assert_all_there(writes: Sequence[Write], stored: Stored) -> None:
    """See to it that what was acknowledged is remembered as it was answered."""
    lost = missing(writes, stored)
    assert not lost, (len(lost), lost[0], outcome_of(lost[0], stored))


def assert_exactly_once(diary: Diary, database: DatabaseUnderTest) -> None:
    """See to it that the database holds what was acknowledged, once, and nothing else.

    For a moment at which nothing is unanswered.
    """
    assert diary.unanswered == []

    def look(connection: Runner) -> list[list[Any]]:
        return [connection.all(each) for each in (_KEYS, _ACTIVITIES, _VOUCHERS, _ADJUSTMENTS)]

    with database.opened() as opened:
        keys, activities, vouchers, adjustments = opened.read_now(look)
    stored = {(row.operation, row.key): row.outcome for row in keys}
    assert_all_there(diary.writes, stored)
    kept = {pair for pair, outcome in stored.items() if "refusal" not in outcome}
    told = {(ACTIONS[each.operation], each.key) for each in diary.writes if each.succeeded}
    assert kept == told, kept ^ told
    ours = [row for row in activities if row.receipt_key is None]
    for operation, kind in (("Purchase", "purchase"), ("Visit", "visit"), ("Refund", "refund")):
        ids = _ids(diary.of(operation), stored, "activity_id")
        assert sorted(row.id for row in ours if row.kind == kind) == ids, operation
    assert sorted(row.id for row in adjustments) == _ids(
        diary.of("Adjust"), stored, "adjustment_id"
    )
    bought = _ids(diary.of("Redeem"), stored, "voucher_id")
    assert sorted(row.id for row in vouchers) == bought
    captured = _ids(diary.of("Capture"), stored, "voucher_id")
    assert sorted(row.id for row in vouchers if row.state == "captured") == captured


def imported_count(database: DatabaseUnderTest) -> int:
    """How many purchases came in by import."""
    return int(database.rows(_IMPORTED)[0].imported)


def _agrees(write: Write, outcome: Mapping[str, Any] | None) -> bool:
    """Whether what is stored is what was told."""
    answer = write.answer
    if outcome is None:  # only what was done, or refused for what was there before, is stored
        return answer["__typename"] in {"NotFound", "VisitClosed"}
    if "refusal" in outcome or not write.succeeded:
        return bool(outcome.get("refusal", {}).get("code") == answer.get("code"))
    return _told(write.operation, answer) == _kept(write.operation, outcome)


def _told(operation: str, answer: Mapping[str, Any]) -> tuple[object, ...]:
    if operation == "Purchase":
        return (answer["purchaseId"], answer["pointsEarned"])
    if operation in {"Redeem", "Capture"}:
        return (answer["voucher"]["id"],)
    points = {"Visit": "pointsEarned", "Refund": "pointsTakenBack", "Adjust": "points"}
    return (answer[points[operation]],)


def _kept(operation: str, outcome: Mapping[str, Any]) -> tuple[object, ...]:
    if operation == "Purchase":
        return (global_id(NodeKind.PURCHASE, outcome["activity_id"]), outcome["points"])
    if operation in {"Redeem", "Capture"}:
        return (global_id(NodeKind.VOUCHER, outcome["voucher_id"]),)
    return (outcome["points"],)
