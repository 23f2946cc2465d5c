"""Enumerations of the inputs."""

from enum import Enum
from typing import Any

import strawberry


def valued(value: str, description: str) -> Any:
    """A value of an enumeration, with its description."""
    return strawberry.enum_value(value, description=description)


@strawberry.enum(description="What kind of address a push goes to.")
class AddressKind(Enum):
    """See the description."""

    TOKEN = valued("token", "A registration token.")
    FID = valued("fid", "A Firebase installation id.")


@strawberry.enum(description="Where somebody bought.")
class Channel(Enum):
    """See the description."""

    STORE = valued("store", "At a till.")
    WEB = valued("web", "In the web shop.")
    APP = valued("app", "In the app.")


@strawberry.enum(description="What a phone runs on.")
class Platform(Enum):
    """See the description."""

    ANDROID = valued("android", "Android.")
    IOS = valued("ios", "iOS.")
    WEB = valued("web", "A browser.")


@strawberry.enum(description="What kind of messages consent is about.")
class ConsentCategory(Enum):
    """See the description."""

    MARKETING = valued("marketing", "Nudges towards rewards and tiers.")
    REMINDERS = valued("reminders", "Of points, vouchers and tiers that would be lost.")


@strawberry.enum(description="By which way messages go.")
class ConsentChannel(Enum):
    """See the description."""

    PUSH = valued("push", "Push messages.")
