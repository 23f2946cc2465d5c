"""The root of all mutations; each stands in a file of its own."""

from types import ModuleType

import strawberry
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from schema.mutations import (
    adjust_points,
    archive_inbox_line,
    capture_voucher,
    claim_activity,
    decide_adjustment,
    decide_claim,
    enrol_member,
    join_challenge,
    look_up_member,
    mark_inbox_read,
    record_activity,
    record_purchase,
    record_visit,
    redeem_reward,
    refund_purchase,
    register_device,
    scan_card,
    set_consent,
    tag_member,
    update_profile,
)

MUTATIONS: dict[ModuleType, str] = {
    enrol_member: "Enrol the holder of the token; repeating it gives the same member.",
    join_challenge: "Join a challenge that runs now.",
    claim_activity: "Say what you did besides buying; it counts when staff approve it.",
    redeem_reward: "Buy a reward with points: it gives a voucher.",
    update_profile: "Change what you said of yourself.",
    register_device: "Tell where pushes can go.",
    set_consent: "Allow or refuse messages.",
    mark_inbox_read: "Mark lines of the inbox as read.",
    archive_inbox_line: "Take a line off the inbox.",
    scan_card: "Staff: use a card's code up and open a visit.",
    look_up_member: "Staff: open a visit by number, for a stated reason.",
    record_purchase: "Staff: record what was bought.",
    record_visit: "Staff: record that somebody came by without buying.",
    record_activity: "Staff and systems: record what members did besides, up to 500 at once.",
    refund_purchase: "Staff: undo a purchase, whole.",
    decide_claim: "Clerks and managers: approve or refuse what a member says they did.",
    capture_voucher: "Staff: hand a reward over.",
    adjust_points: "Managers: give points, or take some, for a stated reason.",
    decide_adjustment: "Managers: approve or refuse what another manager proposed.",
    tag_member: "Managers and systems: put a tag on a member, or take it off.",
}


def _field(module: ModuleType, description: str) -> StrawberryField:
    """The mutation of a file: its `resolve`, under the file's name."""
    field: StrawberryField = strawberry.mutation(resolver=module.resolve, description=description)
    field.python_name = module.__name__.rpartition(".")[2]
    (argument,) = field.arguments
    argument.description = "The whole request."
    return field


Mutation = create_type(
    "Mutation",
    [_field(module, description) for module, description in MUTATIONS.items()],
    description="What can be done. Each answers its success or a typed problem.",
)
