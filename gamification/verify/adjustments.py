"""I7 for adjustments: each moved its points by one entry, and no other entry did.

What the entry says stands under its chain: so what an adjustment says does, but for the reason, and
who approved it.
"""

from collections.abc import Iterator

from sqlalchemy import bindparam, case, func, literal, or_, select

from gamification.adjustments.rules import RULE, ProposalState
from gamification.adjustments.tables import Adjustment, Proposal
from gamification.database import table_of
from gamification.points.rules import AccountKind, EntryKind
from gamification.points.tables import Entry
from gamification.verify.violations import (
    VIOLATIONS_MAX,
    Check,
    Query,
    Subject,
    Violation,
    check_of,
)

_adjustment = table_of(Adjustment)
_proposal = table_of(Proposal)
_entry = table_of(Entry)
_CAUSE = f"{EntryKind.ADJUST}:"
_OF_PROGRAMME = f"{AccountKind.ADJUSTED}:"

_available = _adjustment.c.member_id + f":{AccountKind.AVAILABLE}"
_is_given = _adjustment.c.points > 0
_of_member = case((_is_given, _entry.c.to_account), else_=_entry.c.from_account)
# Who wanted it and, if one had to, who approved it: as `rule_of` makes it.
_rule = (
    literal(RULE)
    + _adjustment.c.staff_id
    + func.coalesce(literal(":") + _proposal.c.decided_by, literal(""))
)
_is_approved = _proposal.c.state == ProposalState.APPROVED.value
_of_programme = case((_is_given, _entry.c.from_account), else_=_entry.c.to_account)

ADJUSTMENTS = check_of(
    "I7",
    "an adjustment's points moved once, and staff adjusted what was moved as adjusted",
    Query(
        table="adjustment",
        says=(
            "is of {points} points of member {member_id} by {staff_id} at {recorded_at}; its entry"
            " moves {amount} from {from_account} to {to_account} by {rule} at {occurred_at}"
        ),
        statement=select(
            _adjustment.c.id.label("row_id"),
            _available.label("account_id"),
            _entry.c.id.label("entry_id"),
            _adjustment.c.points,
            _adjustment.c.member_id,
            _adjustment.c.staff_id,
            _adjustment.c.recorded_at,
            func.coalesce(_entry.c.amount, 0).label("amount"),
            _entry.c.from_account,
            _entry.c.to_account,
            _entry.c.rule,
            _entry.c.occurred_at,
        )
        .select_from(
            _adjustment.outerjoin(
                _entry,
                (_entry.c.cause == literal(_CAUSE) + _adjustment.c.id)
                & (_entry.c.kind == EntryKind.ADJUST.value),
            ).outerjoin(_proposal, _proposal.c.id == _adjustment.c.id)
        )
        .where(
            or_(
                _entry.c.id.is_(None),
                _entry.c.amount != func.abs(_adjustment.c.points),
                _of_member != _available,
                ~_of_programme.startswith(_OF_PROGRAMME),
                _entry.c.rule != _rule,
                _entry.c.occurred_at != _adjustment.c.recorded_at,
            )
        )
        .order_by(_adjustment.c.id),
    ),
    Query(
        table="entry",
        says="no adjustment is behind its cause {cause}",
        statement=select(
            _entry.c.id.label("row_id"),
            _entry.c.cause,
            case(
                (_entry.c.from_account.startswith(_OF_PROGRAMME), _entry.c.to_account),
                else_=_entry.c.from_account,
            ).label("account_id"),
        )
        .select_from(
            _entry.outerjoin(
                _adjustment, _adjustment.c.id == func.substr(_entry.c.cause, len(_CAUSE) + 1)
            )
        )
        .where(_entry.c.kind == EntryKind.ADJUST.value, _adjustment.c.id.is_(None))
        .order_by(_entry.c.id),
    ),
)
PROPOSALS = check_of(
    "I7",
    "what was proposed moved points when somebody else approved it, and only then",
    Query(
        table="proposal",
        says=(
            "of {points} points of member {member_id} by {staff_id} is {state} by {decided_by} at"
            " {decided_at}; the adjustment is of {adjusted} at {recorded_at}"
        ),
        statement=select(
            _proposal.c.id.label("row_id"),
            _proposal.c.points,
            _proposal.c.member_id,
            _proposal.c.staff_id,
            _proposal.c.state,
            _proposal.c.decided_by,
            _proposal.c.decided_at,
            _adjustment.c.points.label("adjusted"),
            _adjustment.c.recorded_at,
        )
        .select_from(_proposal.outerjoin(_adjustment, _adjustment.c.id == _proposal.c.id))
        .where(
            or_(
                _is_approved != _adjustment.c.id.is_not(None),
                _proposal.c.decided_by == _proposal.c.staff_id,
                _is_approved & _proposal.c.decided_by.is_(None),
                _adjustment.c.points != _proposal.c.points,
                _adjustment.c.member_id != _proposal.c.member_id,
                _adjustment.c.staff_id != _proposal.c.staff_id,
                _adjustment.c.recorded_at != _proposal.c.decided_at,
            )
        )
        .order_by(_proposal.c.id),
    ),
)

# By the limit of the present rules, only what was recorded under them can be judged.
_UNSEEN = (
    select(
        _adjustment.c.id, _adjustment.c.points, _available.label("account"), _entry.c.id.label("by")
    )
    .select_from(
        _adjustment.join(_entry, _entry.c.cause == literal(_CAUSE) + _adjustment.c.id).outerjoin(
            _proposal, (_proposal.c.id == _adjustment.c.id) & _is_approved
        )
    )
    .where(
        _proposal.c.id.is_(None),
        _entry.c.programme_version == bindparam("version"),
        func.abs(_adjustment.c.points) > bindparam("most"),
    )
    .order_by(_adjustment.c.id)
    .limit(VIOLATIONS_MAX)
)


def unseen(subject: Subject) -> Iterator[Violation]:
    """Adjustments above the programme's limit that nobody else looked at."""
    most = subject.programme.second_look_above
    if most is None:
        return
    version = subject.programme.version
    for row in subject.connection.all(_UNSEEN, version=version, most=most):
        yield Violation(
            check="I7",
            table="adjustment",
            row=row.id,
            detail=f"is of {row.points} points, above {most}, and no other manager approved it",
            account=row.account,
            entry=row.by,
        )


SECOND_LOOK = Check(
    promises={"I7": "above the programme's limit, somebody else approved an adjustment"},
    run=unseen,
)
CHECKS: tuple[Check, ...] = (ADJUSTMENTS, PROPOSALS, SECOND_LOOK)
