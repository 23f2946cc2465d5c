"""Register a device: where a member's pushes go."""

from dataclasses import dataclass
from typing import get_args

from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.occasion import Occasion
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.members import store as members
from gamification.referrals import store as referrals
from notifications import store
from notifications.rules import AddressKind

ADDRESS_CHARACTERS_MAX = 4096
"""FCM's tokens are some 160 characters and have grown; beyond this something else was pasted."""

PLATFORMS = frozenset({"android", "ios", "web"})

DEVICES_MAX = 10
"""A member's phones and tablets; more are left-overs of apps installed again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceToRegister:
    """A device of the member who asks. `address_kind` is `token` or `fid`."""

    member_id: str
    address_kind: str
    address: str
    platform: str


def register_device(
    connection: Connection,
    request: DeviceToRegister,
    occasion: Occasion,
) -> str:
    """Give the device's id; the same address is the same device, whoever holds it now.

    Beyond `DEVICES_MAX` the device registered longest ago is forgotten. A further one is told of.
    Raises Refusal DEVICE_ADDRESS or TEXT_LENGTH.
    """
    _check(request)
    now = occasion.now
    known = store.device_at(connection, address_kind=request.address_kind, address=request.address)
    if known is not None:
        device_id = str(known.id)
        if known.member_id != request.member_id:
            referrals.share_device(connection, known.member_id, request.member_id)
        store.move_device(
            connection,
            device_id,
            member_id=request.member_id,
            platform=request.platform,
            now=now,
        )
    else:
        device_id = occasion.new_id()
        _tell_of_another(connection, request, occasion)
        store.add_device(
            connection,
            {
                "id": device_id,
                "member_id": request.member_id,
                "address_kind": request.address_kind,
                "address": request.address,
                "platform": request.platform,
                "registered_at": now,
            },
        )
    _forget_beyond_limit(connection, request.member_id, keep=device_id)
    return device_id


def _tell_of_another(connection: Connection, request: DeviceToRegister, occasion: Occasion) -> None:
    """Somebody else may have taken over the member's account: a second device is news."""
    member = members.by_id(connection, request.member_id)
    if member is not None and store.devices_of(connection, [member.id]):
        decision = begin(connection, member, occasion)
        decision.tell(FactKind.DEVICE_REGISTERED, at=occasion.now, platform=request.platform)
        apply(connection, decision, announce=occasion.announce)


def _check(request: DeviceToRegister) -> None:
    if request.address_kind not in get_args(AddressKind):
        raise Refusal("DEVICE_ADDRESS", field="addressKind")
    if not 0 < len(request.address) <= ADDRESS_CHARACTERS_MAX:
        raise Refusal("TEXT_LENGTH", field="address", minimum=1, maximum=ADDRESS_CHARACTERS_MAX)
    # Tokens and installation ids are printable ASCII without spaces.
    if not all("!" <= character <= "~" for character in request.address):
        raise Refusal("DEVICE_ADDRESS", field="address")
    if request.platform not in PLATFORMS:
        raise Refusal("DEVICE_ADDRESS", field="platform")


def _forget_beyond_limit(connection: Connection, member_id: str, *, keep: str) -> None:
    devices = store.devices_of(connection, [member_id]).get(member_id, [])
    others = [device.id for device in devices if device.id != keep]
    store.drop_devices(connection, others[DEVICES_MAX - 1 :])
