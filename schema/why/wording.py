"""The words of explanations. They stand in `locales/why/*.toml`."""

import functools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from gamification.programme.values import Programme
from gamification.progress import Unit
from gamification.texts import Text, text_in
from notifications.wording import (
    Texts,
    agreeing,
    format_day,
    format_factor,
    format_money,
    format_month,
    format_points,
    format_year,
    negotiate,
    read_texts,
)
from schema.facts import name_of

_LOCALES_FOLDER = Path(__file__).parents[1] / "locales/why"


@functools.cache
def texts(tag: str) -> Texts:
    """All sentences of one of the languages: what is explained, then variant."""
    return read_texts(_LOCALES_FOLDER, tag)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks of a programme in one of the languages."""

    programme: Programme
    tag: str

    def say(self, what: str, variant: str = "text", *, points: int = 0, **shown: str) -> str:
        """A sentence; `points` chooses its plural form and fills it in, whichever way they went."""
        form = agreeing(texts(self.tag)[what][variant], abs(points), tag=self.tag)
        return form.format_map({"points": format_points(abs(points), self.tag), **shown})

    def amount(self, amount: int, unit: Unit) -> str:
        """A number of a unit; points are not named as such."""
        if unit is not Unit.MONEY:
            return format_points(amount, self.tag)
        programme = self.programme
        return format_money(amount, programme.currency, self.tag, digits=programme.currency_digits)

    def day(self, day: date) -> str:
        """A day."""
        return format_day(day, self.tag)

    def month(self, day: date) -> str:
        """The month that a day is in."""
        return format_month(day, self.tag)

    def year(self, day: date) -> str:
        """The year that a day is in."""
        return format_year(day, self.tag)

    def day_of(self, moment: datetime) -> str:
        """The day of a moment, in the programme's zone."""
        return self.day(moment.astimezone(self.programme.zone).date())

    def last_day_before(self, moment: datetime) -> str:
        """The day that ends with a moment, in the programme's zone."""
        return self.day_of(moment - timedelta(microseconds=1))

    def times(self, name: str, factor: Fraction | None) -> str:
        """What multiplies, and by how much if that is known."""
        if factor is None:
            return name
        return self.say("sum", "factor", name=name, factor=format_factor(factor, self.tag))

    def noted(self, text: str, note: Text | None) -> str:
        """A sentence, and what the owner adds to it."""
        return self.say("sum", "noted", text=text, note=text_in(note, self.tag)) if note else text

    def rule(self, rule: str) -> str:
        """What the owner calls a rule, a goal or a reward; its id if the programme lost it."""
        noun, _, target_id = rule.rpartition(":")
        return name_of(noun or "earning", target_id, self.programme, self.tag)


def speaker(programme: Programme, locale: str) -> Speaker:
    """One who speaks the language that a reader of `locale` reads best."""
    return Speaker(programme, negotiate(locale))
