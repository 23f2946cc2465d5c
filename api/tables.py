"""Every table of the application: importing this registers them all."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from gamification.activities import tables as _activities  # noqa: F401 -- registers its tables
from gamification.adjustments import tables as _adjustments  # noqa: F401 -- as above
from gamification.cards import tables as _cards  # noqa: F401 -- as above
from gamification.claims import tables as _claims  # noqa: F401 -- as above
from gamification.consents import tables as _consents  # noqa: F401 -- as above
from gamification.goals import tables as _goals  # noqa: F401 -- as above
from gamification.idempotency import tables as _idempotency  # noqa: F401 -- as above
from gamification.members import tables as _members  # noqa: F401 -- as above
from gamification.points import tables as _points  # noqa: F401 -- as above
from gamification.referrals import tables as _referrals  # noqa: F401 -- as above
from gamification.reviews import tables as _reviews  # noqa: F401 -- as above
from gamification.staff import tables as _staff  # noqa: F401 -- as above
from gamification.stores import tables as _stores  # noqa: F401 -- as above
from gamification.tags import tables as _tags  # noqa: F401 -- as above
from gamification.timeline import tables as _timeline  # noqa: F401 -- as above
from gamification.visits import tables as _visits  # noqa: F401 -- as above
from gamification.vouchers import tables as _vouchers  # noqa: F401 -- as above
from notifications import tables as _notifications  # noqa: F401 -- as above

METADATA: MetaData = SQLModel.metadata
