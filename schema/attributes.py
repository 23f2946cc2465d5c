"""What an activity tells of itself, in requests and in answers."""

from collections.abc import Mapping, Sequence

import strawberry

from gamification.activities.kinds import ATTRIBUTES_MAX, Value
from gamification.errors import Refusal
from schema.fields import field


@strawberry.input(one_of=True, description="The value of an attribute: exactly one of these.")
class AttributeValueInput:
    """See the description."""

    whole: int | None = strawberry.field(
        default=strawberry.UNSET, description="Of the type `whole`."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of the type `text`, or `choice`."
    )
    flag: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Of the type `flag`."
    )


@strawberry.input(description="An attribute that the programme gives this kind of activity.")
class AttributeInput:
    """See the description."""

    name: str = field("Its id in the programme.")
    value: AttributeValueInput = field("Of the attribute's type.")


@strawberry.type(description="An attribute as it was told: one of its values is not null.")
class Attribute:
    """See the description."""

    name: str = field("Its id in the programme.")
    whole: int | None = field("Of the type `whole`.")
    text: str | None = field("Of the type `text`, or `choice`.")
    flag: bool | None = field("Of the type `flag`.")


def check_length(given: Sequence[object], *, field: str, minimum: int, maximum: int) -> None:
    """Raises Refusal LIST_LENGTH."""
    if not minimum <= len(given) <= maximum:
        raise Refusal("LIST_LENGTH", field=field, minimum=minimum, maximum=maximum)


def attributes_of(given: Sequence[AttributeInput]) -> Mapping[str, Value]:
    """By name. Raises Refusal ATTRIBUTE_TWICE or LIST_LENGTH."""
    check_length(given, field="attributes", minimum=0, maximum=ATTRIBUTES_MAX)
    attributes: dict[str, Value] = {}
    for each in given:
        if each.name in attributes:
            raise Refusal("ATTRIBUTE_TWICE", field="attributes")
        value = each.value
        attributes[each.name] = next(
            v for v in (value.whole, value.text, value.flag) if v not in {None, strawberry.UNSET}
        )
    return attributes


def attribute_types(told: Mapping[str, Value]) -> list[Attribute]:
    """By name, in the order in which they were told."""
    return [
        Attribute(
            name=name,
            whole=value if type(value) is int else None,
            text=value if isinstance(value, str) else None,
            flag=value if isinstance(value, bool) else None,
        )
        for name, value in told.items()
    ]
