"""Which column of a file is what: by its header, or as `--map` says."""

from collections.abc import Mapping, Sequence

from api.imports.faults import ImportRefused
from gamification.programme.notes import closest, shown

REQUIRED = ("member", "date", "amount")
HEADERS: Mapping[str, frozenset[str]] = {
    "member": frozenset({"member", "member_id", "customer", "customer_id", "client_id"}),
    "date": frozenset({"date", "datetime", "date_time", "occurred_at", "timestamp"}),
    "amount": frozenset({"amount", "total", "dollars"}),
    "receipt": frozenset({"receipt", "receipt_id", "receipt_number", "order_id"}),
    "store": frozenset({"store", "store_id"}),
    "category": frozenset({"category"}),
    "quantity": frozenset({"quantity", "units", "qty"}),
    "currency": frozenset({"currency"}),
    # A bare "name" is as often the product's as the customer's; `--map` can say which.
    "name": frozenset({"display_name", "customer_name", "member_name"}),
}
DELIMITERS = ",;\t"
COLUMNS_MAX = 200  # a header beyond it is no purchase log


def delimiter_of(header: str) -> str:
    """What separates the columns: whichever of comma, semicolon and tab a header has most."""
    return max(DELIMITERS, key=header.count)


def find_columns(header: Sequence[str], mapping: str | None, *, file: str) -> dict[str, int]:
    """The position of each column that is known, e.g. {"member": 0, "date": 1, "amount": 3}.

    `mapping` is `member=customer_id,date=date`. Raises ImportRefused for columns that are missing,
    unknown or not to be told apart.
    """
    names = [_normal(name) for name in header]
    if len(names) > COLUMNS_MAX:
        raise ImportRefused(f"{file}:1: {len(names)} columns; at most {COLUMNS_MAX} are read")
    found = {
        what: _position(column, header, names, file=file)
        for what, column in _mapped(mapping).items()
    }
    if len(set(found.values())) < len(found):
        raise ImportRefused("--map: one column is named twice")
    for what, known in HEADERS.items():
        if what in found:
            continue
        fitting = [at for at, name in enumerate(names) if name in known]
        exact = [at for at in fitting if names[at] == what]
        fitting = [at for at in exact or fitting if at not in found.values()]
        if len(fitting) > 1:
            these = " and ".join(shown(header[at]) for at in fitting)
            raise ImportRefused(f"{file}:1: {these} could be the {what}; say which: --map {what}=…")
        if fitting:
            found[what] = fitting[0]
    missing = [what for what in REQUIRED if what not in found]
    if missing:
        there = ", ".join(shown(name) for name in header[:8])
        raise ImportRefused(
            f"{file}:1: the header names no {' and no '.join(missing)}; it has {there}; "
            f"say which column is what: --map {','.join(f'{what}=…' for what in missing)}"
        )
    return found


def _normal(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _mapped(mapping: str | None) -> dict[str, str]:
    mapped: dict[str, str] = {}
    if mapping is None:
        return mapped
    for part in mapping.split(","):
        what, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or not column:
            raise ImportRefused(
                f"--map: {shown(part.strip())} is not written as member=customer_id"
            )
        if what not in HEADERS:
            raise ImportRefused(f"--map: nothing is called {shown(what)}{closest(what, HEADERS)}")
        if what in mapped:
            raise ImportRefused(f"--map: {what} is named twice")
        mapped[what] = column
    return mapped


def _position(column: str, header: Sequence[str], names: Sequence[str], *, file: str) -> int:
    stripped = [name.strip() for name in header]
    if column in stripped:
        return stripped.index(column)
    if _normal(column) in names:
        return names.index(_normal(column))
    raise ImportRefused(f"{file}:1: no column {shown(column)}{closest(column, set(stripped))}")
