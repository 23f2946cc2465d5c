"""Enumerations of the inputs."""

from enum import Enum

import strawberry


@strawberry.enum(description="What kind of address a push goes to.")
class AddressKind(Enum):
    """See the description."""

    TOKEN = "token"  # noqa: S105 -- a kind of address
    FID = "fid"


@strawberry.enum(description="What a phone runs on.")
class Platform(Enum):
    """See the description."""

    ANDROID = "android"
    IOS = "ios"
    WEB = "web"


@strawberry.enum(description="What kind of messages consent is about.")
class ConsentCategory(Enum):
    """See the description."""

    MARKETING = "marketing"


@strawberry.enum(description="By which way messages go.")
class ConsentChannel(Enum):
    """See the description."""

    PUSH = "push"
