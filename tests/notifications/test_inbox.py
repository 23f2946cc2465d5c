"""What a member has read, and what they archived; of others nothing changes."""

import pytest

from gamification.errors import Refusal
from notifications import inbox
from notifications.actions.archive_inbox_line import archive_inbox_line
from notifications.actions.mark_inbox_read import LinesToRead, mark_inbox_read
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    go_round,
    near_tier_and_coffee,
    nudges,
    plan,
    willing_member,
)

NONE = "0" * 32


@pytest.fixture
def ola(world):
    """Has two lines: of a tier, and of a reward a day later. Ewa has one."""
    member = willing_member(world)
    near_tier_and_coffee(world, member)
    go_round(world, RecordingSender())
    world.pass_time(days=1)
    world.buy(member, "1.00")
    world.buy(willing_member(world, "Ewa"), NEAR_COFFEE)
    go_round(world, RecordingSender())
    return member


def page(world, member, *, before="~", most=10):
    return world.read(lambda c: inbox.page(c, member.id, before=before, most=most))


def read_times(world, member):
    return [line.read_at for line in page(world, member).lines]


def mark(world, member, line_id, *, and_older=False):
    request = LinesToRead(member_id=member.id, line_id=line_id, and_older=and_older)
    return world.write(lambda c: mark_inbox_read(c, request, now=world.now))


def archive(world, member, line_id):
    return world.write(
        lambda c: archive_inbox_line(c, member_id=member.id, line_id=line_id, now=world.now)
    )


def others(world, member):
    return [nudge for nudge in nudges(world) if nudge.member_id != member.id]


def test_what_is_unread_is_counted_on_every_page_even_an_empty_one(world, ola):
    first = page(world, ola, most=1)
    assert (len(first.lines), first.unread) == (1, 2)
    empty = page(world, ola, before=NONE)
    assert (empty.lines, empty.unread) == ([], 2)
    nobody = page(world, world.enrol("Jan"))
    assert (nobody.lines, nobody.unread) == ([], 0)


def test_a_line_is_read_when_it_was_first_opened(world, ola):
    newest, _ = page(world, ola).lines
    opened = world.now
    assert mark(world, ola, newest.id) == 1
    world.pass_time(minutes=5)
    assert mark(world, ola, newest.id) == 1
    assert read_times(world, ola) == [opened, None]


def test_all_lines_up_to_a_cursor_are_read_at_once(world, ola):
    newest, oldest = page(world, ola).lines
    assert mark(world, ola, oldest.id, and_older=True) == 1
    opened = world.now
    world.pass_time(minutes=5)
    assert mark(world, ola, newest.id, and_older=True) == 0
    assert read_times(world, ola) == [world.now, opened]
    assert [nudge.read_at for nudge in others(world, ola)] == [None]


def test_an_archived_line_is_in_the_list_no_more_and_counts_no_more(world, ola):
    newest, oldest = page(world, ola).lines
    before = others(world, ola)
    archived = world.now
    assert archive(world, ola, newest.id) == 1
    world.pass_time(minutes=5)
    assert archive(world, ola, newest.id) == 1
    assert [line.id for line in page(world, ola).lines] == [oldest.id]
    assert {nudge.archived_at for nudge in nudges(world) if nudge.id == newest.id} == {archived}
    assert mark(world, ola, newest.id) == 1
    assert others(world, ola) == before


@pytest.mark.parametrize("line_id", [NONE, "", "x\0", "'" * 32])
def test_a_line_that_is_none_is_refused(world, ola, line_id):
    for refused in (archive, mark):
        with pytest.raises(Refusal, match="INBOX_LINE_UNKNOWN"):
            refused(world, ola, line_id)


def test_a_line_of_somebody_else_and_one_that_is_not_told_yet_are_no_lines(world, ola):
    ewas = next(nudge.id for nudge in others(world, ola))
    jan = willing_member(world, "Jan")
    world.buy(jan, NEAR_COFFEE)
    plan(world)
    waiting = next(nudge.id for nudge in nudges(world) if nudge.member_id == jan.id)
    for member, line_id in ((ola, ewas), (jan, waiting)):
        for refused in (archive, mark):
            with pytest.raises(Refusal, match="INBOX_LINE_UNKNOWN"):
                refused(world, member, line_id)
    assert page(world, ola).unread == 2


def test_what_is_no_cursor_is_refused(world, ola):
    for text in ("", "x\0", "~"):
        with pytest.raises(Refusal, match="CURSOR_UNKNOWN"):
            mark(world, ola, text, and_older=True)
    assert page(world, ola).unread == 2
