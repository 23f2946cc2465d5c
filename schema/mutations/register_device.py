"""registerDevice: where pushes can go."""

from typing import Annotated

import strawberry

from gamification.database import Connection
from gamification.staff.rules import require_member
from notifications.actions.register_device import DeviceToRegister, register_device
from schema.context import Context
from schema.enums import AddressKind, Platform
from schema.fields import field
from schema.ids import NodeKind, global_id
from schema.problems import InvalidInput, NotAllowed, NotEnrolled
from schema.results import answer


@strawberry.input(description="A phone of the member who asks.")
class RegisterDeviceInput:
    """See the description."""

    address_kind: AddressKind = field("What kind of address it is.")
    address: str = field("What Firebase gave the app.")
    platform: Platform = field("What it runs on.")


@strawberry.type(description="Pushes can go there from now on, if consent is input.")
class DeviceRegistered:
    """See the description."""

    device_id: strawberry.ID = field("Names the device; the same address is the same device.")


RegisterDeviceResult = Annotated[
    DeviceRegistered | InvalidInput | NotAllowed | NotEnrolled,
    strawberry.union("RegisterDeviceResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: RegisterDeviceInput,  # noqa: A002 -- the one argument of every mutation
) -> RegisterDeviceResult:
    """Register a device of the member who asks."""
    context = info.context

    def effect(connection: Connection) -> DeviceRegistered:
        occasion = context.occasion(connection)
        device_id = register_device(
            connection,
            DeviceToRegister(
                member_id=require_member(occasion.actor),
                address_kind=input.address_kind.value,
                address=input.address,
                platform=input.platform.value,
            ),
            occasion,
        )
        return DeviceRegistered(device_id=strawberry.ID(global_id(NodeKind.DEVICE, device_id)))

    return await answer(context, effect)
