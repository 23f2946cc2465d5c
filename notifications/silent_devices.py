"""Forgets devices whose app was not opened for so long that nothing reaches it any more."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select

from gamification.database import Connection, TextList, one_of, table_of
from notifications.rules import FORGOTTEN_AFTER
from notifications.tables import Device

_device = table_of(Device)
_is_silent = _device.c.registered_at <= bindparam("until")
_SILENT = select(_device.c.id).where(_is_silent).order_by(_device.c.id).limit(bindparam("most"))
# Asked again: the device may have registered meanwhile.
_FORGET = delete(_device).where(one_of(_device.c.id, bindparam("ids", type_=TextList)), _is_silent)


def forget_silent(connection: Connection, *, now: datetime, most: int) -> int:
    """Forget at most so many devices that are silent for `FORGOTTEN_AFTER`; gives how many were."""
    until = now - FORGOTTEN_AFTER
    found = [row.id for row in connection.all(_SILENT, until=until, most=most)]
    if found:
        connection.run(_FORGET, ids=found, until=until)
    return len(found)
