"""Reading a table of a programme file: each value is checked as it is taken.

A value with a fault is noted and a harmless one stands in for it, so that one pass finds
every fault. What was read is thrown away if there was any.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gamification.expressions import FIELDS, Expression, ExpressionFault, Fields, compile_expression
from gamification.programme.notes import (
    NUMBER_MAX,
    SHOWN_MAX,
    Notes,
    Written,
    between,
    closest,
    exact_number,
    shown,
)
from gamification.programme.source import Path
from gamification.texts import Text
from gamification.windows import EVER, Window, parse_window

ID_CHARACTERS_MAX = 40  # ids stand in rows, keys of awards and messages
NAME_CHARACTERS_MAX = 200  # a description on a phone
DECIMALS_MAX = 6  # a rate of a millionth; also keeps exact fractions small

_ID = re.compile(r"[a-z][a-z0-9_]*")
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?")
_MISSING = object()
_HARMLESS = "true"  # an expression in place of a refused one


class Table:
    """One table of the file. What nobody took is unknown: `finish` says so."""

    def __init__(self, values: Mapping[str, Any], *, path: Path, notes: Notes, what: str) -> None:
        self.values = values
        self.path = path
        self.notes = notes
        self.what = what
        self.taken: set[str] = set()
        self.faulty: set[str] = set()

    def fault(self, key: str, reason: str) -> None:
        """Note a fault of a key."""
        self.faulty.add(key)
        self.notes.fault((*self.path, key), reason)

    def fault_here(self, reason: str) -> None:
        """Note a fault of the table itself."""
        self.notes.fault(self.path, reason)

    def has(self, key: str) -> bool:
        """Whether the key is there at all."""
        return key in self.values

    def sound(self, *keys: str) -> bool:
        """Whether those keys were read without a fault."""
        return self.faulty.isdisjoint(keys)

    def take(self, key: str, *, optional: bool = False) -> Any:
        """Take a value as it is. A missing one is a fault, or None if it is optional."""
        value = self._take(key, None if optional else _MISSING)
        return None if value is _MISSING else value

    def _take(self, key: str, default: object = _MISSING) -> Any:
        self.taken.add(key)
        value = self.values.get(key, default)
        if value is _MISSING:
            self.faulty.add(key)
            self.notes.fault(self.path, f"{self.what} has no `{key}`")
        return value

    def _wrong(self, key: str, value: object, wanted: str) -> None:
        self.fault(key, f"`{key}` is {shown(value)}; it must be {wanted}")

    def finish(self) -> None:
        """Note every key that was not taken."""
        for key in self.values:
            if key not in self.taken:
                self.fault(
                    key, f"{self.what} knows no `{key[:SHOWN_MAX]}`{closest(key, self.taken)}"
                )

    def string(self, key: str, *, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self._take(key, _MISSING if default is None else default)
        if isinstance(value, str) and value.strip():
            return value
        if value is not _MISSING:
            self._wrong(key, value, "a text that is not empty")
        return ""

    def id(self, key: str = "id") -> str:
        """A name for the machine: lower-case letters, digits and underscores."""
        value = self.string(key)
        if value:
            check_id(value, key=key, fault=self.fault)
        return value

    def among(
        self, key: str, known: Collection[str], *, what: str, default: str | None = None
    ) -> str:
        """One of the ids that are known."""
        value = self.string(key, default=default)
        if value and value not in known:
            self.fault(key, f"`{key}` names no {what}: {shown(value)}{closest(value, known)}")
        return value

    def some_of(self, key: str, known: Collection[str], *, what: str) -> frozenset[str]:
        """Those of the ids that are known, at least one."""
        named = self.strings(key)
        for value in (value for value in named if value not in known):
            self.fault(key, f"{shown(value)} is no {what} here{closest(value, known)}")
        return frozenset(named) & frozenset(known)

    def text(self, key: str, *, locale: str) -> Text:
        """A text in several languages, the programme's own first. A bare text is in that."""
        value = self._take(key)
        if value is _MISSING:
            return {}
        if isinstance(value, str):
            value = {locale: value}
        if not isinstance(value, Mapping):
            self._wrong(key, value, f"a text for each language, such as {key}.{locale}")
            return {}
        if locale and locale not in value:
            self.fault(key, f"`{key}` has no text in the programme's language, `{locale}`")
        for tag, words in value.items():
            self._check_words(key, tag, words)
        return {tag: value[tag] for tag in sorted(value, key=lambda tag: tag != locale)}

    def _check_words(self, key: str, tag: str, words: object) -> None:
        reason = ""
        if not is_locale(tag):
            reason = f"{shown(tag)} is no language; write en, pl, zh-Hant and so on"
        elif not isinstance(words, str) or not words.strip():
            reason = f"`{key}.{tag}` is {shown(words)}; it must be a text that is not empty"
        elif len(words) > NAME_CHARACTERS_MAX:
            reason = f"`{key}.{tag}` has {len(words)} characters; at most {NAME_CHARACTERS_MAX} fit"
        if reason:
            self.faulty.add(key)
            self.notes.fault((*self.path, key, tag), reason)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            self._wrong(key, value, "true or false")
            return default
        return value

    def whole(
        self, key: str, *, low: int, high: int = NUMBER_MAX, default: int | None = None
    ) -> int:
        """A whole number from `low` to `high`."""
        value = self._take(key, _MISSING if default is None else default)
        if value is _MISSING:
            return low
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self._wrong(key, value, between("a whole number", low, high))
            return low
        return value

    def number(
        self,
        key: str,
        *,
        low: Fraction,
        high: Fraction,
        default: Fraction | None = None,
        above: bool = False,
        decimals: int = DECIMALS_MAX,
    ) -> Fraction:
        """An exact number from `low` (with `above`: more than `low`) to `high`."""
        value = self._take(key, _MISSING if default is None else default)
        if value is _MISSING:
            return high
        if isinstance(value, Fraction):
            return value
        exact = exact_number(value, decimals=decimals)
        if exact is None or not low <= exact <= high or (above and exact == low):
            wanted = between("a number", low, high, above=above)
            self._wrong(key, value, f"{wanted}, with at most {decimals} decimals")
            return high
        return exact

    def strings(self, key: str) -> Sequence[str]:
        """A list of texts, each once, at least one."""
        value = self._take(key)
        if value is _MISSING:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            self._wrong(key, value, "a list of texts, at least one")
            return ()
        for item, times in Counter(value).items():
            if times > 1:
                self.fault(key, f"`{key}` has {shown(item)} {times} times")
        return value

    def items(self, key: str) -> list[Any]:
        """A list of anything, at least one."""
        value = self._take(key)
        if value is _MISSING:
            return []
        if not isinstance(value, list) or not value:
            self._wrong(key, value, "a list of numbers, at least one")
            return []
        return value

    def table(self, key: str, *, what: str) -> "Table":
        """A table inside this one."""
        value = self._take(key)
        if not isinstance(value, Mapping):
            if value is not _MISSING:
                self._wrong(key, value, "a table")
            value = {}
            silent = Notes(file=self.notes.file, source=self.notes.source)
            return Table(value, path=(*self.path, key), notes=silent, what=what)
        return Table(value, path=(*self.path, key), notes=self.notes, what=what)

    def tables(self, key: str, *, required: bool) -> Iterator["Table"]:
        """Every `[[key]]`."""
        value = self._take(key, _MISSING if required else [])
        if value is _MISSING:
            return
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self._wrong(key, value, f"written as [[{key}]]")
            return
        for index, item in enumerate(value):
            yield Table(
                item, path=(*self.path, key, index), notes=self.notes, what=f"this [[{key}]]"
            )

    def expression(
        self, key: str, *, gives: str, kinds: Collection[str], fields: Fields = FIELDS
    ) -> Expression:
        """An expression, checked and compiled. `fields` are all that it may know."""
        source = self.string(key)
        if source:
            try:
                expression = compile_expression(source, fields=fields)
            except ExpressionFault as error:
                self.fault(key, f"`{key}` {error}")
            else:
                self.notes.written.append(
                    Written(
                        expression=expression,
                        line=self.notes.source.line((*self.path, key)),
                        gives=gives,
                        kinds=kinds,
                    )
                )
                return expression
        return compile_expression(_HARMLESS)

    def condition(self, key: str, *, kinds: Collection[str]) -> Expression | None:
        """A condition; None if there is none."""
        self.take(key, optional=True)
        return self.expression(key, gives="truth", kinds=kinds) if self.has(key) else None


def unique(table: Table, known: Collection[str], *, what: str) -> str:
    """The id of a table, which no table of its kind had before."""
    value = table.id()
    if value and value in known:
        table.fault("id", f"there is another {what} with the id {shown(value)}")
    return value


def read_window(table: Table, key: str) -> Window:
    """A window; EVER in place of a refused one."""
    text = table.string(key)
    if text:
        try:
            return parse_window(text)
        except ValueError as error:
            table.fault(key, f"`{key}`: {error}")
    return EVER


def is_locale(tag: str) -> bool:
    """Whether a text is the tag of a language (BCP 47: language, script, region)."""
    return _LOCALE.fullmatch(tag) is not None


def check_id(value: str, *, key: str, fault: Callable[[str, str], None]) -> None:
    """Note a fault if a value is no id."""
    if not _ID.fullmatch(value) or len(value) > ID_CHARACTERS_MAX:
        fault(
            key,
            f"{shown(value)} is no id: write lower-case letters, digits and underscores,"
            f" beginning with a letter, at most {ID_CHARACTERS_MAX}",
        )
