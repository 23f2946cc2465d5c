"""Kinds of activities that a programme names itself, with their typed attributes. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gamification.errors import Refusal
from gamification.texts import Text, check_text
from gamification.windows import Window

ATTRIBUTES_MAX = 20  # of one kind: more is a document, which belongs elsewhere
TEXT_CHARACTERS_MAX = 2_000  # a long review
WHOLE_MAX = 2**31 - 1  # what GraphQL's Int can send

Value = int | str | bool

# What a review says of a product.
PRODUCT, RATING, TEXT, PICTURE = "product", "rating", "text", "picture"
PICTURE_CHARACTERS_MAX = 500
# A name of a host, perhaps a port, and what RFC 3986 allows behind it. No user: `a@b` is no host.
_PICTURE_ADDRESS = re.compile(
    r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?"
)


class Recorder(StrEnum):
    """Who or what records a kind of activity."""

    STAFF = "staff"
    SYSTEM = "system"
    MEMBER = "member"  # who claims it, until staff approve
    JOINING = "joining"
    PROFILE = "profile"
    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"
    REFERRER = "referrer"
    REFERRED = "referred"


# By itself, on an occasion: nobody tells anything then.
OCCASIONS = frozenset(
    {
        Recorder.JOINING,
        Recorder.PROFILE,
        Recorder.BIRTHDAY,
        Recorder.ANNIVERSARY,
        Recorder.REFERRER,
        Recorder.REFERRED,
    }
)


class ValueType(StrEnum):
    """What an attribute holds."""

    WHOLE = "whole"
    TEXT = "text"
    FLAG = "flag"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """Something that an activity tells of itself.

    A whole number is from `low` to `high`, a text has up to `characters_max` characters, a choice
    is one of `choices`.
    """

    id: str
    type: ValueType
    is_optional: bool = False
    low: int = 0
    high: int = 0
    characters_max: int = 0
    choices: Sequence[str] = ()

    @property
    def nothing(self) -> Value:
        """What an expression sees where an optional attribute was left out."""
        return {ValueType.WHOLE: 0, ValueType.FLAG: False}.get(self.type, "")

    def least(self) -> Value:
        """The smallest value there is."""
        match self.type:
            case ValueType.WHOLE:
                return self.low
            case ValueType.FLAG:
                return False
            case ValueType.CHOICE:
                return self.choices[0]
            case ValueType.TEXT:
                return "-"

    def most(self) -> Value:
        """The largest value there is."""
        match self.type:
            case ValueType.WHOLE:
                return self.high
            case ValueType.FLAG:
                return True
            case ValueType.CHOICE:
                return self.choices[-1]
            case ValueType.TEXT:
                return "-" * self.characters_max

    @property
    def wanted(self) -> str:
        """What a value must be, in words."""
        match self.type:
            case ValueType.WHOLE:
                return f"a whole number from {self.low} to {self.high}"
            case ValueType.FLAG:
                return "true or false"
            case ValueType.CHOICE:
                return f"one of {', '.join(self.choices)}"
            case ValueType.TEXT:
                return f"a text of 1 to {self.characters_max} characters"

    def check(self, value: Value) -> None:
        """Raises Refusal ATTRIBUTE_WRONG, TEXT_LENGTH or TEXT_UNPRINTABLE."""
        where = f"attributes.{self.id}"
        fits = {
            ValueType.WHOLE: lambda: type(value) is int and self.low <= value <= self.high,
            ValueType.TEXT: lambda: isinstance(value, str),
            ValueType.FLAG: lambda: isinstance(value, bool),
            ValueType.CHOICE: lambda: value in self.choices,
        }
        if not fits[self.type]():
            raise Refusal("ATTRIBUTE_WRONG", field=where, wanted=self.wanted)
        if self.type is ValueType.TEXT:
            check_text(str(value), field=where, maximum=self.characters_max)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of activity: what it is called, who records it, what it tells.

    `once` is the window in which a member's activities of this kind count once; None: each counts.
    One that `is_review` has PRODUCT and RATING, and may have TEXT and PICTURE; it has no `once`,
    since each product counts once.
    """

    id: str
    name: Text
    recorded_by: frozenset[Recorder]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    once: Window | None = None
    is_review: bool = False

    def check(self, given: Mapping[str, Value]) -> None:
        """Refuse attributes that this kind does not have, and those that are missing or wrong.

        Raises Refusal ATTRIBUTE_UNKNOWN, ATTRIBUTE_MISSING, ATTRIBUTE_WRONG, TEXT_LENGTH or
        TEXT_UNPRINTABLE.
        """
        for name in given:
            if name not in self.attributes:
                known = ", ".join(self.attributes) or "none"
                raise Refusal("ATTRIBUTE_UNKNOWN", field="attributes", kind=self.id, known=known)
        for attribute in self.attributes.values():
            if attribute.id in given:
                attribute.check(given[attribute.id])
            elif not attribute.is_optional:
                raise Refusal(
                    "ATTRIBUTE_MISSING",
                    field=f"attributes.{attribute.id}",
                    kind=self.id,
                    wanted=attribute.wanted,
                )
        picture = given.get(PICTURE)
        if self.is_review and picture is not None and not _is_picture_address(str(picture)):
            raise Refusal(
                "ATTRIBUTE_WRONG",
                field=f"attributes.{PICTURE}",
                wanted=f"an https address of at most {PICTURE_CHARACTERS_MAX} characters",
            )

    def filled(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """What expressions see: every attribute, with nothing where it was left out."""
        return {a.id: given.get(a.id, a.nothing) for a in self.attributes.values()}


def _is_picture_address(text: str) -> bool:
    return len(text) <= PICTURE_CHARACTERS_MAX and bool(_PICTURE_ADDRESS.fullmatch(text))


def kept_attributes(kind: Kind | None, given: Mapping[str, Value]) -> dict[str, Value]:
    """What stays of a forgotten member's attributes: nothing that somebody may have typed.

    Of a kind that the programme no longer has, numbers and flags.
    """
    typed = {} if kind is None else kind.attributes
    return {
        name: value
        for name, value in given.items()
        if not isinstance(value, str)
        or (name in typed and typed[name].type is ValueType.CHOICE and value in typed[name].choices)
    }
