"""From the tables of a programme file: segments of members."""

from collections.abc import Mapping

from gamification.activities.rules import Measure
from gamification.expressions import MEMBER_FIELDS
from gamification.programme.table import Table, unique
from gamification.progress import Unit
from gamification.segments.rules import Segment, Segments

MEMBERS = "[[segment]]"  # what a segment's expression is tried on; no activity has such an id


def read_segments(root: Table, measures: Mapping[str, Measure], *, locale: str) -> Segments:
    """Read `[segments]` and every `[[segment]]`; without either there are none."""
    named: dict[str, Segment] = {}
    for table in root.tables("segment", required=False):
        segment = Segment(
            id=unique(table, named, what="segment"),
            name=table.text("name", locale=locale),
            condition=table.expression(
                "when", gives="truth", kinds=(MEMBERS,), fields=MEMBER_FIELDS
            ),
        )
        table.finish()
        named.setdefault(segment.id, segment)
    if not named and not root.has("segments"):
        root.take("segments", optional=True)
        return Segments()
    head = root.table("segments", what="[segments]")
    spend = head.among("spend", measures, what="measure")
    visits = head.among("visits", measures, what="measure")
    for key, measure, unit in (("spend", spend, Unit.MONEY), ("visits", visits, Unit.COUNT)):
        if measure in measures and measures[measure].unit is not unit:
            head.fault(key, f"`{key}` must be a measure of the unit `{unit}`")
    head.finish()
    return Segments(spend=spend, visits=visits, named=named)
