"""Rules that tell nobody for now, since telling did harm: every query of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update

from gamification.database import Connection, table_of, upsert_into
from notifications.tables import Pause as PauseTable

_pause = table_of(PauseTable)
_is_paused = or_(_pause.c.resumed_at.is_(None), _pause.c.resumed_at < _pause.c.paused_at)
_ALL = select(*_pause.columns).order_by(_pause.c.rule)
_PAUSED = select(_pause.c.rule).where(_is_paused)
_insert = upsert_into(PauseTable)
_PAUSE = _insert.on_conflict_do_update(
    index_elements=["rule"],
    set_={name: _insert.excluded[name] for name in ("paused_at", "reason")},
    where=_pause.c.resumed_at.is_not(None) & (_pause.c.resumed_at >= _pause.c.paused_at),
)
# Of two who resume it, the second finds it resumed.
_TAKE = _PAUSED.where(_pause.c.rule == bindparam("of_rule")).with_for_update()
_RESUME = (
    update(_pause).values(resumed_at=bindparam("now")).where(_pause.c.rule == bindparam("of_rule"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """That a rule was paused, when and why; `resumed_at` is the last time that it was resumed."""

    paused_at: datetime
    reason: str
    resumed_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether the rule tells members again."""
        return self.resumed_at is not None and self.resumed_at >= self.paused_at


def all_pauses(connection: Connection) -> Mapping[str, Pause]:
    """Every rule that was ever paused, by its id."""
    return {
        row.rule: Pause(paused_at=row.paused_at, reason=row.reason, resumed_at=row.resumed_at)
        for row in connection.all(_ALL)
    }


def paused_rules(connection: Connection) -> frozenset[str]:
    """The ids of rules that are paused now."""
    return frozenset(row.rule for row in connection.all(_PAUSED))


def pause(connection: Connection, rule: str, *, reason: str, now: datetime) -> None:
    """A rule tells nobody from now on; of one that is paused already nothing changes."""
    connection.run(_PAUSE, rule=rule, paused_at=now, reason=reason, resumed_at=None)


def resume(connection: Connection, rule: str, *, now: datetime) -> bool:
    """A rule tells members again, and is measured anew; whether it was paused."""
    if connection.first(_TAKE, of_rule=rule) is None:
        return False
    connection.run(_RESUME, of_rule=rule, now=now)
    return True
