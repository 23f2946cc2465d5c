"""Tries hostile expressions in a process that survives them or dies of them.

Run as a module with two numbers it tries those from the first to before the second: it writes the
number of each before it is tried, and in the end a line of JSON with what came of them. So whoever
reads the lines knows of which one it died.
"""

import json
import re
import sys
import threading
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gamification.activities.rules import Activity, ActivityKind, Line, MemberFacts, context_of
from gamification.expressions import (
    BASKET_LINES_MAX,
    Context,
    ExpressionFailed,
    ExpressionFault,
    compile_expression,
)
from tests.gamification.hostile import hostile

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
STACK_BYTES = 512 * 1024  # a thread's on some systems

# How a refusal begins: with the limit that was passed, or with what is wrong.
REFUSED = re.compile(
    r"(has \d+ characters; at most|is nested \d+ deep; at most|has \d+ macros; at most"
    r"|has a macro of more than \d+|has a macro inside another|names the whole basket \d+ times"
    r"|looks at the whole basket|puts the whole basket|has a (text|comment).+[a-z]"
    r"|is no valid CEL: .+|(uses|calls) `.*`(; did you mean|; known are| each| line|, )"
    r"|calls each line|cannot use `\w+`)",
    re.DOTALL,
)


def basket(lines: int) -> Context:
    """What expressions see of a purchase of so many lines."""
    pastry = Line(name="Bun" + "x" * 110, category="pastry", quantity=2, amount_minor=300)
    return context_of(
        Activity(
            id="a",
            member_id="m",
            kind=ActivityKind.PURCHASE,
            occurred_at=NOW,
            local_date=NOW.date(),
            amount_minor=300 * lines,
            lines=[pastry] * lines,
        ),
        MemberFacts(tier="first", joined_at=NOW, locale="en"),
        zone=ZoneInfo("Europe/Warsaw"),
        categories=["pastry", "coffee"],
        products=[],
        attributes={},
    )


def try_all(first: int, last: int) -> None:
    """Compile each, run what was accepted, and say what came of it."""
    full = basket(BASKET_LINES_MAX)
    counts = dict.fromkeys(("refused", "failed", "gave"), 0)
    slowest_s, slowest, unreasoned = 0.0, first, []
    for number in range(first, last):
        source = hostile(number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        began_s = time.perf_counter()
        try:
            compile_expression(source).truth(full)
            outcome = "gave"
        except ExpressionFault as fault:
            outcome = "refused"
            if not REFUSED.match(str(fault)):
                unreasoned.append([number, str(fault)])
        except ExpressionFailed as failed:
            outcome = "failed"
            if len(str(failed)) < len(source) + len("``: x"):
                unreasoned.append([number, str(failed)])
        counts[outcome] += 1
        took_s = time.perf_counter() - began_s
        if took_s > slowest_s:
            slowest_s, slowest = took_s, number
    sys.stdout.write(
        json.dumps({**counts, "slowest": [slowest_s, slowest], "no_reason": unreasoned})
    )


if __name__ == "__main__":
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=try_all, args=(int(sys.argv[1]), int(sys.argv[2])))
    thread.start()
    thread.join()
