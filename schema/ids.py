"""Global ids: opaque to clients, and unguessable since the ids inside are random."""

from enum import StrEnum


class NodeKind(StrEnum):
    """What a global id names."""

    MEMBER = "mbr"
    VOUCHER = "vch"
    VISIT = "vis"
    PURCHASE = "pur"
    DEVICE = "dev"
    ADJUSTMENT = "adj"
    CLAIM = "clm"


def global_id(kind: NodeKind, row_id: str) -> str:
    """The id that clients hold."""
    return f"{kind}_{row_id}"


def row_id(kind: NodeKind, text: str) -> str:
    """The row's id inside a global id of that kind; '' (which no row has) for anything else."""
    prefix, _, inside = text.partition("_")
    return inside if prefix == kind and inside.isalnum() else ""


def kind_of(text: str) -> NodeKind | None:
    """What a global id names, or None."""
    prefix = text.partition("_")[0]
    return NodeKind(prefix) if prefix in {kind.value for kind in NodeKind} else None
