"""A trial of every expression on sample activities, in a process of its own with a time limit.

What an expression gives is only known when it runs, and a process of its own is what can be
ended when it hangs or breaks.
"""

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from gamification.activities.kinds import Attribute, Value
from gamification.activities.rules import (
    COUNTED_MAX,
    Activity,
    ActivityKind,
    Line,
    MemberFacts,
    context_of,
)
from gamification.expressions import BASKET_LINES_MAX, Context, ExpressionFailed
from gamification.programme.check import check_programme, read_bytes, read_programme
from gamification.programme.faults import Fault
from gamification.programme.notes import Written
from gamification.programme.segments import MEMBERS
from gamification.programme.values import Programme
from gamification.segments import rules as segments
from gamification.segments.rules import Facts
from gamification.tags.rules import TAGS_MAX

TRIAL_S_MAX = 20.0  # starting Python takes most of it on a slow machine
SAMPLE_AT = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)  # a Monday morning
WEEKEND = timedelta(days=5, hours=8)  # later: a Saturday afternoon


def try_file(path: Path) -> tuple[Programme | None, list[Fault]]:
    """Check a file and try its expressions. The programme is None if there is any fault."""
    try:
        data = read_bytes(path)
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or error}"
        return None, [Fault(file=str(path), line=1, reason=reason)]
    faults = _faults_of_child(data, str(path))
    # What the child survived is safe to compile here.
    return (None, faults) if faults else check_programme(data, str(path))


def summary(programme: Programme) -> str:
    """What a programme holds, in one line."""
    counts = {
        "tier": programme.ladder.tiers,
        "badge": programme.badges,
        "challenge": programme.challenges,
        "stamp card": programme.stamps,
        "reward": programme.rewards,
        "earning rule": programme.earning,
    }
    held = [f"{len(c)} {what}{'' if len(c) == 1 else 's'}" for what, c in counts.items() if c]
    return f"{', '.join(held)} (version {programme.version})"


def try_expression(written: Written, samples: Mapping[str, Context]) -> str | None:
    """Run one expression on the samples; the reason why it would be refused, or None."""
    for label, context in samples.items():
        try:
            if written.gives == "truth":
                written.expression.truth(context)
                continue
            amount, gave = written.expression.whole(context), f"`{written.expression.source}` gave"
            if amount < 0:
                return f"{gave} {amount}, less than 0, on {label}"
            if written.gives == "count" and amount > COUNTED_MAX:
                return f"{gave} {amount}, more than {COUNTED_MAX}, on {label}"
        except ExpressionFailed as failed:
            return f"{failed}, on {label}"
    return None


def samples_of(programme: Programme) -> Mapping[str, Mapping[str, Context]]:
    """Activities of each kind, and members, as the programme's expressions will see them."""
    samples: dict[str, dict[str, Context]] = {
        MEMBERS: {
            label: segments.context_of(facts, now=SAMPLE_AT) for label, facts in _members(programme)
        }
    }
    for label, activity in _activities(programme):
        samples.setdefault(activity.kind, {})[label] = context_of(
            activity,
            MemberFacts(
                tier=programme.ladder.tiers[0].id,
                joined_at=SAMPLE_AT - timedelta(days=30),
                locale=next(iter(programme.name)),
            ),
            zone=programme.zone,
            categories=programme.categories,
            products=programme.products,
            attributes=programme.attributes_of(activity),
        )
    return samples


def _members(programme: Programme) -> Iterator[tuple[str, Facts]]:
    locale = next(iter(programme.name))
    first, last = programme.ladder.tiers[0].id, programme.ladder.tiers[-1].id
    yield "a member who joined today", Facts(tier=first, days=0, locale=locale)
    yield (
        "a member of ten years",
        Facts(
            tier=last,
            days=3650,
            locale=locale,
            spend=1_000_000,
            spend_90=50_000,
            spend_365=200_000,
            visits=1_000,
            visits_90=40,
            visits_365=150,
            days_since_visit=2,
            interval_days=2,
            tags=[f"tag_{number}" for number in range(TAGS_MAX)],
            consents=["marketing:push"],
        ),
    )


def _activities(programme: Programme) -> Iterator[tuple[str, Activity]]:
    def purchase(lines: int, at: datetime) -> Activity:
        basket = [
            Line(
                name="A sample",
                category=programme.categories[index % len(programme.categories)],
                quantity=1 + index % 3,
                amount_minor=250,
            )
            for index in range(lines)
        ]
        return _activity(ActivityKind.PURCHASE, at, amount_minor=250 * max(lines, 1), lines=basket)

    yield "a purchase without lines", purchase(0, SAMPLE_AT)
    yield "a purchase of one line", purchase(1, SAMPLE_AT + WEEKEND)
    yield "a purchase of each category", purchase(len(programme.categories), SAMPLE_AT)
    yield "the largest basket", purchase(BASKET_LINES_MAX, SAMPLE_AT + WEEKEND)
    yield "a visit", _activity(ActivityKind.VISIT, SAMPLE_AT)
    for kind in programme.kinds.values():
        yield f"a {kind.id} with nothing told", _activity(kind.id, SAMPLE_AT)
        for what, pick in (("least", Attribute.least), ("most", Attribute.most)):
            told = {each.id: pick(each) for each in kind.attributes.values()}
            yield (
                f"a {kind.id} with the {what} told",
                _activity(kind.id, SAMPLE_AT, attributes=told),
            )


def _activity(
    kind: str,
    at: datetime,
    *,
    amount_minor: int = 0,
    lines: Sequence[Line] = (),
    attributes: Mapping[str, Value] | None = None,
) -> Activity:
    return Activity(
        id="sample",
        member_id="sample",
        kind=kind,
        occurred_at=at,
        local_date=at.date(),
        amount_minor=amount_minor,
        lines=lines,
        attributes=attributes or {},
    )


def _child(data: bytes, name: str, parent: Connection) -> None:
    """Send the line of each expression before it runs, each fault, and None at the end."""
    programme, notes = read_programme(data, name=name)
    faults = list(notes.faults)
    if programme is not None:
        samples = samples_of(programme)
        for written in notes.written:
            parent.send(written.line)
            for kind in sorted(written.kinds):
                reason = try_expression(written, samples[kind])
                if reason is not None:
                    faults.append(Fault(file=name, line=written.line, reason=reason))
                    break
    for fault in sorted(faults, key=lambda fault: fault.line):
        parent.send(fault)
    parent.send(None)


def _faults_of_child(data: bytes, name: str) -> list[Fault]:
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(data, name, sending), daemon=True)
    child.start()
    sending.close()  # so that a child's death ends the reading
    faults: list[Fault] = []
    line = 1
    try:
        while receiving.poll(TRIAL_S_MAX):
            message = receiving.recv()
            if message is None:
                return faults
            if isinstance(message, Fault):
                faults.append(message)
            else:
                line = message
        return [Fault(file=name, line=line, reason=f"the check took more than {TRIAL_S_MAX:.0f} s")]
    except EOFError:
        return [Fault(file=name, line=line, reason="the check broke off here")]
    finally:
        child.kill()
        child.join()
        receiving.close()
