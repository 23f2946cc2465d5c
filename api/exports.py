"""Everything that is kept about one member, as JSON for the person who asks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO

import orjson

from api.kept_words import LEFT_OUT, WORDS
from gamification.actions.targets import by_number
from gamification.database import Connection
from gamification.members import store as members
from gamification.members.rules import MemberRecord, grouped_number
from gamification.reads.kept import KEPT, kept_rows
from gamification.staff.rules import Role, principal_of
from notifications import store as notifications

SECTIONS = {**KEPT, **notifications.KEPT}
_INDENT = "  "


def find(connection: Connection, number: str) -> MemberRecord:
    """The member of a number as typed. Raises Refusal NUMBER_MISTYPED or MEMBER_UNKNOWN."""
    return by_number(connection, number)


def write_export(
    connection: Connection, member: MemberRecord, out: TextIO, *, now: datetime
) -> int:
    """Write one JSON object with a list for each kind of row, a row at a time; how many rows.

    The keys are words, times are in UTC.
    """
    subject = members.subject_of(connection, member.id)
    principal = None if subject is None else principal_of(Role.MEMBER, subject)
    out.write("{\n")
    out.write(f'{_INDENT}"what this is": "everything that is kept about one member",\n')
    out.write(f'{_INDENT}"member number": {_json(grouped_number(member.number))},\n')
    out.write(f'{_INDENT}"written at": {_json(now)}')
    count = 0
    for table, (title, words) in WORDS.items():
        rows = kept_rows(connection, SECTIONS[table], member_id=member.id, principal=principal)
        count += _write_list(out, title, (_told(table, words, row) for row in rows))
    out.write("\n}\n")
    return count


def _told(table: str, words: dict[str, str], row: Any) -> dict[str, Any]:
    values = row._asdict()
    return {words[name]: values[name] for name in values if (table, name) not in LEFT_OUT}


def _write_list(out: TextIO, title: str, rows: Iterator[dict[str, Any]]) -> int:
    out.write(f",\n{_INDENT}{_json(title)}: [")
    count = 0
    for count, row in enumerate(rows, start=1):
        out.write(f"{',' if count > 1 else ''}\n{_INDENT * 2}{_json(row)}")
    out.write(f"\n{_INDENT}]" if count else "]")
    return count


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
