"""After the last line: what has run out by a moment runs out, and everyone is counted."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from api.database import Database
from api.ids import new_id_at, voucher_code
from api.imports.figures import Figures, figures_at
from api.imports.playing import IMPORTER
from gamification.actions.sweep_points import lapse_vouchers, sweep_points
from gamification.effects.occasion import Occasion
from gamification.programme.values import Programme

MEMBERS_PER_WRITE = 200  # a tenth of a second: a till that shares the database hardly waits


def settle(
    database: Database,
    programme: Programme,
    moment: datetime,
    *,
    go_on: Callable[[int], bool],
) -> Figures | None:
    """See to points and vouchers that came due up to `moment`, tell nobody, and count all members.

    `go_on` is told how many members were settled; None when it says no.
    """
    occasion = Occasion(
        programme=programme,
        actor=IMPORTER,
        now=moment,
        new_id=partial(new_id_at, moment),
        new_code=voucher_code,
        announce=False,
    )
    done, after = 0, ""
    while ids := database.write_now(
        partial(sweep_points, occasion=occasion, after=after, most=MEMBERS_PER_WRITE)
    ):
        done, after = done + len(ids), ids[-1]
        if not go_on(done):
            return None
    while lapsed := database.write_now(
        partial(lapse_vouchers, occasion=occasion, most=MEMBERS_PER_WRITE)
    ):
        done += lapsed
        if not go_on(done):
            return None
    return database.read_now(partial(figures_at, programme=programme, moment=moment))
