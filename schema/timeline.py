"""The timeline as a connection."""

from collections.abc import Mapping, Sequence
from typing import Any

from gamification.programme.values import Programme
from schema.connections import Fact, FactConnection, FactEdge, PageInfo
from schema.facts import fact_points, fact_text
from schema.scalars import BigInt
from schema.why.entries import why_moved
from schema.why.wording import speaker

Entries = Mapping[str, Any]
"""What was read of the entries that facts tell of, by id; nothing if nobody asks why."""


def fact_type(row: Any, programme: Programme, locale: str, entries: Entries) -> Fact:
    """A stored fact in a language."""
    says = speaker(programme, locale)
    return Fact(
        number=BigInt(row.number),
        kind=row.kind,
        text=fact_text(kind=row.kind, params=row.params, programme=programme, locale=locale),
        points=fact_points(row.kind, row.params),
        occurred_at=row.occurred_at,
        why=[why_moved(entries[entry], says) for entry in row.entries or () if entry in entries],
    )


def fact_connection(
    rows: Sequence[Any], *, first: int, programme: Programme, locale: str, entries: Entries
) -> FactConnection:
    """A page of `first` facts; a row more than that tells that there are others."""
    edges = [
        FactEdge(cursor=str(row.number), node=fact_type(row, programme, locale, entries))
        for row in rows[:first]
    ]
    return FactConnection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=len(rows) > first, end_cursor=edges[-1].cursor if edges else None
        ),
    )
