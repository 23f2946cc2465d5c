"""Every query of nudges, devices and claims on a member's day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, text, update

from gamification.consents.rules import PUSH
from gamification.consents.tables import Consent
from gamification.database import (
    Connection,
    TextList,
    insert_once_into,
    one_of,
    one_pair_of,
    pairs,
    rows_of_member,
    table_of,
    upsert_into,
)
from gamification.timeline.tables import Timeline
from notifications.rules import PASSING, Reason
from notifications.tables import Device, Nudge

_nudge = table_of(Nudge)
_device = table_of(Device)
_timeline, _consent = table_of(Timeline), table_of(Consent)

# In words and not in parameters: only so does SQLite see that its partial index will do.
_IS_WAITING = text("state IN ('planned', 'queued')")

_insert_nudge = upsert_into(Nudge)
_PLAN = _insert_nudge.on_conflict_do_update(
    index_elements=["member_id", "key"],
    set_={
        **{
            name: _insert_nudge.excluded[name]
            for name in (
                "params",
                "state",
                "reason",
                "attempts",
                "not_before",
                "planned_at",
                # The rule may stand otherwise in a later programme.
                "category",
                "programme_version",
            )
        },
        "claimed_on": func.coalesce(_insert_nudge.excluded.claimed_on, _nudge.c.claimed_on),
        # Who was told once stays among those who were told.
        **{
            name: func.coalesce(_nudge.c[name], _insert_nudge.excluded[name])
            for name in ("arm", "assigned_at", "chance_ppm")
        },
    },
    # It was never sent, and what kept it back may be over: a refund undone, a consent given again.
    where=(_nudge.c.state == "suppressed")
    & or_(*(_nudge.c.reason == reason.value for reason in sorted(PASSING))),
)
_KNOWN = select(
    _nudge.c.id, _nudge.c.member_id, _nudge.c.key, _nudge.c.state, _nudge.c.reason
).where(
    one_pair_of(_nudge.c.member_id, _nudge.c.key, bindparam("pairs", type_=TextList)),
)
_DUE = (
    select(_nudge.c.id, _nudge.c.attempts, _nudge.c.not_before)
    .where(_IS_WAITING, _nudge.c.not_before <= bindparam("now"))
    .order_by(_nudge.c.not_before, _nudge.c.id)
    .limit(bindparam("most"))
)
_TAKE_DUE = _DUE.with_for_update(skip_locked=True)  # another worker has those
_QUEUE = (
    update(_nudge)
    .values(state="queued", not_before=bindparam("until"))
    .where(one_of(_nudge.c.id, bindparam("ids", type_=TextList)))
)
_QUEUED = (
    select(*_nudge.columns)
    .where(
        one_of(_nudge.c.id, bindparam("ids", type_=TextList)),
        _nudge.c.state == "queued",
        _nudge.c.not_before > bindparam("now"),
    )
    .order_by(_nudge.c.id)
)
_of_queued = (_nudge.c.id == bindparam("nudge_id")) & (_nudge.c.state == "queued")
_POSTPONE = (
    update(_nudge)
    .values(state="planned", not_before=bindparam("later"), attempts=bindparam("failed"))
    .where(_of_queued)
)
_SUPPRESS = update(_nudge).values(state="suppressed", reason=bindparam("why")).where(_of_queued)
_SEND = (
    update(_nudge)
    .values(state="sent", reason=bindparam("why"), sent_at=bindparam("now"))
    .where(_of_queued)
)
_REFRESH = (
    update(_nudge).values(params=bindparam("fresh", type_=_nudge.c.params.type)).where(_of_queued)
)
_SUPERSEDE = (
    update(_nudge)
    .values(state="suppressed", reason=Reason.OUTRANKED.value)
    .where(one_of(_nudge.c.id, bindparam("ids", type_=TextList)), _nudge.c.state == "planned")
)
_CLAIM = update(_nudge).values(claimed_on=bindparam("local_day")).where(_of_queued)
_CLAIMS = select(_nudge.c.member_id, _nudge.c.id, _nudge.c.claimed_on).where(
    one_of(_nudge.c.member_id, bindparam("member_ids", type_=TextList)),
    _nudge.c.claimed_on.is_not(None),
    _nudge.c.claimed_on >= bindparam("since"),
)
_NOT_LOOKED_AT = (
    select(_consent.c.member_id)
    .join(_timeline, _timeline.c.member_id == _consent.c.member_id)
    .where(
        _consent.c.channel == PUSH,
        _consent.c.granted.is_(True),
        _consent.c.member_id > bindparam("after"),
        or_(_timeline.c.looked_on.is_(None), _timeline.c.looked_on < bindparam("today")),
    )
    .group_by(_consent.c.member_id)
    .order_by(_consent.c.member_id)
    .limit(bindparam("most"))
)
_DEVICES = (
    select(*_device.columns)
    .where(one_of(_device.c.member_id, bindparam("member_ids", type_=TextList)))
    .order_by(_device.c.registered_at.desc(), _device.c.id.desc())
)
_DEVICE_AT = (
    select(*_device.columns)
    .where(
        _device.c.address_kind == bindparam("address_kind"),
        _device.c.address == bindparam("address"),
    )
    .with_for_update()  # nobody drops it before it is registered again
)
_ADD_DEVICE = insert_once_into(Device)
_MOVE_DEVICE = (
    update(_device)
    .values(
        member_id=bindparam("to_member"), platform=bindparam("on"), registered_at=bindparam("now")
    )
    .where(_device.c.id == bindparam("device_id"))
)
_FORGET = tuple(
    delete(table).where(table.c.member_id == bindparam("member_id")) for table in (_nudge, _device)
)
KEPT = {
    "device": rows_of_member(Device),
    "nudge": rows_of_member(Nudge),
}
_DROP_DEVICES = delete(_device).where(one_of(_device.c.id, bindparam("ids", type_=TextList)))


def known(
    connection: Connection, keys: Iterable[tuple[str, str]]
) -> Mapping[str, Mapping[str, Any]]:
    """Earlier nudges (id, state, reason) of these (member, key): by member, then by key."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    asked = pairs(keys)
    for row in connection.all(_KNOWN, pairs=asked) if asked else ():
        found[row.member_id][row.key] = row
    return found


def plan(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write nudges, planned or suppressed from the start.

    One that was suppressed for a passing reason is decided anew under its old id; of any other key
    that a member had before nothing changes.
    """
    connection.run_many(_PLAN, rows)


def supersede(connection: Connection, ids: Sequence[str]) -> None:
    """Planned nudges give way to one that matters more."""
    if ids:
        connection.run(_SUPERSEDE, ids=list(ids))


def is_any_due(connection: Connection, *, now: datetime) -> bool:
    """Whether a nudge is to be handed to the engine now."""
    return connection.first(_DUE, now=now, most=1) is not None


def take_due(connection: Connection, *, now: datetime, most: int) -> list[Any]:
    """Lock nudges (id, attempts, not_before) to hand to the engine now, longest waiting first."""
    return connection.all(_TAKE_DUE, now=now, most=most)


def queue(connection: Connection, ids: Sequence[str], *, until: datetime) -> None:
    """They are with the engine, which has until then before they count as lost."""
    connection.run(_QUEUE, ids=list(ids), until=until)


def queued(connection: Connection, ids: Sequence[str], *, now: datetime) -> list[Any]:
    """Those of the nudges that are with the engine and do not count as lost, in order of ids."""
    return connection.all(_QUEUED, ids=list(ids), now=now)


def postpone(connection: Connection, nudge_id: str, *, not_before: datetime, attempts: int) -> None:
    """A queued nudge waits again."""
    connection.run(_POSTPONE, nudge_id=nudge_id, later=not_before, failed=attempts)


def suppress(connection: Connection, nudge_id: str, *, reason: str) -> None:
    """A queued nudge is not sent."""
    connection.run(_SUPPRESS, nudge_id=nudge_id, why=reason)


def send(connection: Connection, nudge_id: str, *, reason: str | None, now: datetime) -> None:
    """A queued nudge was sent; `reason` says why to the inbox only."""
    connection.run(_SEND, nudge_id=nudge_id, why=reason, now=now)


def refresh(connection: Connection, nudge_id: str, *, params: Mapping[str, int | str]) -> None:
    """A queued nudge says these numbers from now on."""
    connection.run(_REFRESH, nudge_id=nudge_id, fresh=dict(params))


def claims(
    connection: Connection, member_ids: Sequence[str], *, since: date
) -> dict[str, dict[str, date]]:
    """The days since one that pushes other than service took: by member, then by nudge."""
    found: dict[str, dict[str, date]] = defaultdict(dict)
    for row in connection.all(_CLAIMS, member_ids=list(member_ids), since=since):
        found[row.member_id][row.id] = row.claimed_on
    return found


def claim(connection: Connection, nudge_id: str, *, local_day: date) -> None:
    """A queued nudge takes a part of the member's attention on their day."""
    connection.run(_CLAIM, nudge_id=nudge_id, local_day=local_day)


def not_looked_at(connection: Connection, *, today: date, after: str, most: int) -> list[str]:
    """Members who allow pushes and were not looked at today, in order; `after` is '' at first."""
    rows = connection.all(_NOT_LOOKED_AT, today=today, after=after, most=most)
    return [row.member_id for row in rows]


def devices_of(connection: Connection, member_ids: Sequence[str]) -> dict[str, list[Any]]:
    """The devices of each member that has any, newest first."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.all(_DEVICES, member_ids=list(member_ids)):
        found[row.member_id].append(row)
    return dict(found)


def device_at(connection: Connection, *, address_kind: str, address: str) -> Any:
    """The device with this address, or None."""
    return connection.first(_DEVICE_AT, address_kind=address_kind, address=address)


def add_device(connection: Connection, row: Mapping[str, Any]) -> None:
    """A new device."""
    connection.run(_ADD_DEVICE, **row)


def move_device(
    connection: Connection, device_id: str, *, member_id: str, platform: str, now: datetime
) -> None:
    """A device registers again, perhaps in other hands."""
    connection.run(_MOVE_DEVICE, device_id=device_id, to_member=member_id, on=platform, now=now)


def drop_devices(connection: Connection, ids: Sequence[str]) -> None:
    """Forget devices."""
    if ids:
        connection.run(_DROP_DEVICES, ids=list(ids))


def forget(connection: Connection, member_id: str) -> None:
    """Erase a member's devices and nudges."""
    for statement in _FORGET:
        connection.run(statement, member_id=member_id)
