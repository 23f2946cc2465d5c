"""Problems: typed refusals. `schema.refusals` chooses the type and the words."""

from decimal import Decimal

import strawberry

from gamification.errors import Refusal
from schema.fields import field
from schema.why.refusals import why_refused
from schema.why.types import Why
from schema.why.wording import Speaker


class RequestRefused(Exception):  # noqa: N818 -- an answer to the caller, not a fault
    """A query that cannot be answered as asked; the message is for the caller."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@strawberry.interface(description="Why something was refused. Nothing was changed.")
class Problem:
    """See the description."""

    code: str = field("Stable, for programs.")
    message: str = field("One clear sentence, for the developer or the clerk.")
    retryable: bool = field("Whether the very same request may succeed later.")
    refusal: strawberry.Private[Refusal | None] = None
    says: strawberry.Private[Speaker | None] = None

    @strawberry.field(
        description="Where a number was the reason: what there is, and what is missing. For members"
        " to read: in the language of the one who asks, else in the programme's."
    )
    def why(self) -> Why | None:
        """Put into words only when it is asked for."""
        return why_refused(self.refusal, self.says) if self.refusal and self.says else None


@strawberry.type(description="An input that cannot be right: a limit, a format, a missing key.")
class InvalidInput(Problem):
    """See the description."""

    field: str = field("Which part of the input.")


@strawberry.type(description="No such thing, or none that you may see: the answer is the same.")
class NotFound(Problem):
    """See the description."""


@strawberry.type(description="Your role may not do this.")
class NotAllowed(Problem):
    """See the description."""


@strawberry.type(description="The token's holder is no member yet: call `enrolMember` first.")
class NotEnrolled(Problem):
    """See the description."""


@strawberry.type(description="The idempotency key was used before with other input.")
class IdempotencyConflict(Problem):
    """See the description."""


@strawberry.type(description="The available points do not pay for it.")
class NotEnoughPoints(Problem):
    """See the description."""

    available: int = field("What there is.")
    required: int = field("What it takes.")
    missing: int = field("The difference.")


@strawberry.type(description="With these points the balance would pass what it may hold.")
class BalanceTooLarge(Problem):
    """See the description."""


@strawberry.type(description="The receipt was recorded before.")
class ReceiptAlreadyClaimed(Problem):
    """See the description."""


@strawberry.type(description="The member did this before, and it counts once in its time.")
class AlreadyCounted(Problem):
    """See the description."""


@strawberry.type(description="The purchase was refunded before.")
class AlreadyRefunded(Problem):
    """See the description."""


@strawberry.type(description="As many claims wait as may: staff have to look at them first.")
class TooManyClaims(Problem):
    """See the description."""


@strawberry.type(description="Somebody decided it before, or it waited too long.")
class AlreadyDecided(Problem):
    """See the description."""


@strawberry.type(description="More than is left of the purchase, or of one of its lines.")
class RefundTooLarge(Problem):
    """See the description."""

    left: Decimal = field("The money left of the purchase, in major units.")
    quantity_left: int | None = field("How many pieces are left of the line, if it is about one.")


@strawberry.type(description="The visit is over: scan the card again.")
class VisitClosed(Problem):
    """See the description."""


@strawberry.type(description="The visit does not allow this: the card's own code is needed.")
class VisitNotMeantForThis(Problem):
    """See the description."""


@strawberry.type(description="The voucher was captured before, has lapsed or was withdrawn.")
class VoucherNotOpen(Problem):
    """See the description."""


@strawberry.type(description="Not a code of a member card.")
class CodeUnreadable(Problem):
    """See the description."""


@strawberry.type(description="A code that this programme did not sign.")
class CodeForged(Problem):
    """See the description."""


@strawberry.type(description="A code whose minute is over.")
class CodeExpired(Problem):
    """See the description."""


@strawberry.type(description="A code from the future: a clock is wrong.")
class CodeNotYetValid(Problem):
    """See the description."""


@strawberry.type(description="A code that was scanned before.")
class CodeUsed(Problem):
    """See the description."""


@strawberry.type(description="A code of a card that was revoked.")
class CodeRevoked(Problem):
    """See the description."""


@strawberry.type(description="A code of a card that this programme does not know.")
class CodeUnknown(Problem):
    """See the description."""
