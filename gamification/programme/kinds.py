"""From the tables of a programme file: the kinds of activities that the programme names."""

from collections.abc import Mapping

from gamification.activities.kinds import (
    ATTRIBUTES_MAX,
    OCCASIONS,
    PICTURE,
    PICTURE_CHARACTERS_MAX,
    PRODUCT,
    RATING,
    TEXT,
    TEXT_CHARACTERS_MAX,
    WHOLE_MAX,
    Attribute,
    Kind,
    Recorder,
    ValueType,
)
from gamification.activities.rules import ActivityKind
from gamification.programme.table import Table, check_id, read_window, unique
from gamification.reviews.rules import PRODUCT_CHARACTERS_MAX, STARS
from gamification.windows import WindowKind

# A refund takes back what its purchase counted, so no rule may count refunds again.
KNOWN = (ActivityKind.PURCHASE.value, ActivityKind.VISIT.value)

TEXTS_OF_REVIEW = {
    PRODUCT: PRODUCT_CHARACTERS_MAX,
    TEXT: TEXT_CHARACTERS_MAX,
    PICTURE: PICTURE_CHARACTERS_MAX,
}
"""Those of its attributes that are texts, with the most characters of each."""


def read_kinds(root: Table, *, locale: str) -> Mapping[str, Kind]:
    """Read every `[[activity]]`."""
    kinds: dict[str, Kind] = {}
    for table in root.tables("activity", required=False):
        kind = Kind(
            id=unique(table, kinds, what="activity"),
            name=table.text("name", locale=locale),
            recorded_by=_recorders(table),
            attributes=_attributes(table),
            once=read_window(table, "once") if table.has("once") else None,
            is_review=table.flag("is_review", default=False),
        )
        if kind.id in list(ActivityKind):
            table.fault("id", f"every programme has `{kind.id}` already: take another name")
        told = [each.id for each in kind.attributes.values() if not each.is_optional]
        if told and not kind.recorded_by.isdisjoint(OCCASIONS):
            table.fault("recorded_by", f"by itself it tells nothing: make `{told[0]}` optional")
        if kind.once and kind.once.kind in {WindowKind.ROLLING, WindowKind.DATES}:
            # Dates would count what is done outside of them as done inside.
            table.fault("once", "`once` has no rolling windows and no dates: write `each month`")
        if kind.is_review:
            _check_review(table, kind.attributes)
            if kind.once:
                table.fault("once", "a review counts once for each product: leave out `once`")
        table.finish()
        kinds.setdefault(kind.id, kind)
    return kinds


def read_activities(table: Table, named: Mapping[str, Kind]) -> frozenset[str]:
    """The kinds of activities that a rule is about."""
    return table.some_of("activities", [*KNOWN, *named], what="activity")


def _recorders(table: Table) -> frozenset[Recorder]:
    known = [each.value for each in Recorder]
    named = table.some_of("recorded_by", known, what="recorder")
    return frozenset(Recorder(name) for name in named)


def _check_review(table: Table, told: Mapping[str, Attribute]) -> None:
    product, rating = told.get(PRODUCT), told.get(RATING)
    stars = (rating.low, rating.high, rating.is_optional) if rating else None
    if stars != (*STARS, False):
        low, high = STARS
        table.fault(
            "is_review", f"a review needs a whole `{RATING}` from {low} to {high}, not optional"
        )
    if product is None or product.is_optional:
        table.fault("is_review", f"a review needs a `{PRODUCT}` that is not optional")
    for name, most in TEXTS_OF_REVIEW.items():
        text = told.get(name)
        if text and (text.type is not ValueType.TEXT or text.characters_max > most):
            reason = f"`{name}` of a review must be a text of at most {most} characters"
            table.fault("is_review", reason)


def _attributes(table: Table) -> Mapping[str, Attribute]:
    attributes: dict[str, Attribute] = {}
    for inner in table.tables("attribute", required=False):
        attribute = _attribute(inner, unique(inner, attributes, what="attribute of this activity"))
        inner.finish()
        attributes.setdefault(attribute.id, attribute)
    if len(attributes) > ATTRIBUTES_MAX:
        reason = f"`attribute` stands here {len(attributes)} times; at most {ATTRIBUTES_MAX} fit"
        table.fault("attribute", reason)
    return attributes


def _attribute(table: Table, attribute_id: str) -> Attribute:
    name = table.among("type", [each.value for each in ValueType], what="type")
    kind = ValueType(name) if table.sound("type") else ValueType.FLAG
    low = high = characters_max = 0
    choices: tuple[str, ...] = ()
    match kind:
        case ValueType.WHOLE:
            low = table.whole("from", low=0, high=WHOLE_MAX)
            high = table.whole("to", low=low, high=WHOLE_MAX)
        case ValueType.TEXT:
            characters_max = table.whole("characters", low=1, high=TEXT_CHARACTERS_MAX)
        case ValueType.CHOICE:
            choices = tuple(table.strings("choices"))
            for choice in choices:
                check_id(choice, key="choices", fault=table.fault)
        case ValueType.FLAG:
            pass
    return Attribute(
        id=attribute_id,
        type=kind,
        is_optional=table.flag("optional", default=False),
        low=low,
        high=high,
        characters_max=characters_max,
        choices=choices,
    )
