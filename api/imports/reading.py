"""From a purchase log to its purchases, in the order of their dates."""

import csv
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson

from api.imports.columns import delimiter_of, find_columns
from api.imports.faults import ImportRefused, LineFault
from api.imports.lines import LINE_BYTES_MAX, open_lines
from api.imports.values import MomentOf, minor_of, moments, quantity_of, text_of
from gamification.activities.rules import (
    QUANTITY_MAX,
    RECEIPT_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
)
from gamification.members.rules import NAME_CHARACTERS_MAX
from gamification.programme.notes import shown
from gamification.programme.values import Programme

LINES_MAX = 2_000_000  # held in memory for sorting: some 500 bytes each
FIELD_CHARACTERS_MAX = 10_000
MEMBER_CHARACTERS_MAX = 128  # an e-mail address of a usual length fits
LINES_PER_REPORT = 20_000
DIGEST_CHARACTERS = 32  # 128 bits of SHA-256: no two purchases of a shop share them

# What no column is called, but a date or an amount looks like.
_VALUE = re.compile(r"[0-9][0-9.,:/T+ -]*")

# (line number, kind, reason, the line as it stands): what becomes of a line that is refused.
Reject = Callable[[int, str, str, str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One purchase, or a visit with an amount of 0.

    `key` stays the same in a longer file; `fingerprint` tells whether the values did too.
    """

    line: int
    moment: datetime
    member: str
    amount_minor: int
    key: str
    fingerprint: str
    receipt: str | None
    store: str | None
    category: str | None
    quantity: int
    name: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Terms:
    programme: Programme
    stores: AbstractSet[str]
    moment_of: MomentOf
    columns: Mapping[str, int]
    # How often each purchase without a receipt was seen, by the digest of its values.
    seen: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """The purchases of a file, oldest first; `lines` counts refused ones too."""

    rows: Sequence[Row]
    lines: int


def read_log(
    path: Path,
    *,
    mapping: str | None,
    programme: Programme,
    stores: AbstractSet[str],
    now: datetime,
    reject: Reject,
    at_line: Callable[[int], None],
) -> Log:
    """Read all of a file before anything is done with it. `at_line` is told how far it is.

    Raises ImportRefused when the file as a whole cannot be used.
    """
    rows: list[Row] = []
    count = 0
    with open_lines(path) as lines:
        header, delimiter = _header(next(lines, None), file=str(path))
        terms = _Terms(
            programme=programme,
            stores=stores,
            moment_of=moments(programme.zone, now),
            columns=find_columns(header, mapping, file=str(path)),
        )
        for number, raw in lines:
            if raw is not None and not raw.strip():
                continue
            count += 1
            if count > LINES_MAX:
                raise ImportRefused(
                    f"{path}:{number}: more than {LINES_MAX:,} lines; "
                    "split the file by date, and import the oldest part first"
                )
            try:
                fields = _fields(raw, delimiter=delimiter, columns=len(header))
                rows.append(_row(fields, number, terms))
            except LineFault as fault:
                reject(number, fault.kind, fault.reason, (raw or b"").decode(errors="replace"))
            if count % LINES_PER_REPORT == 0:
                at_line(count)
    rows.sort(key=lambda row: row.moment)
    return Log(rows=rows, lines=count)


def _header(first: tuple[int, bytes | None] | None, *, file: str) -> tuple[list[str], str]:
    if first is None:
        raise ImportRefused(f"{file}: the file is empty")
    raw = first[1]
    try:
        text = _text(raw)
        delimiter = delimiter_of(text)
        header = _split(text, delimiter)
    except LineFault as fault:
        raise ImportRefused(f"{file}:1: {fault.reason}") from None
    if any(_VALUE.fullmatch(name.strip()) for name in header):
        raise ImportRefused(
            f"{file}:1: the first line must name the columns, such as member,date,amount; "
            f"it is {shown(text)}"
        )
    return header, delimiter


def _text(raw: bytes | None) -> str:
    if raw is None:
        raise LineFault("shape", f"the line has more than {LINE_BYTES_MAX:,} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise LineFault(
            "encoding", f"byte {error.start + 1} of the line is not UTF-8; save the file as UTF-8"
        ) from None
    if "\0" in text:
        raise LineFault("encoding", "the line holds a NUL character")
    return text.rstrip("\r\n")


def _split(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        # One purchase stands on one line, so that a stray quote spoils one line only.
        raise LineFault("shape", "a quoted field does not end where it should") from None


def _fields(raw: bytes | None, *, delimiter: str, columns: int) -> list[str]:
    text = _text(raw)
    fields = _split(text, delimiter)
    if len(fields) != columns:
        raise LineFault("shape", f"the line has {len(fields)} fields; the header has {columns}")
    if len(text) > FIELD_CHARACTERS_MAX and max(map(len, fields)) > FIELD_CHARACTERS_MAX:
        raise LineFault("shape", f"a field has more than {FIELD_CHARACTERS_MAX:,} characters")
    return fields


def _row(fields: Sequence[str], line: int, terms: _Terms) -> Row:
    given = {what: fields[at].strip() for what, at in terms.columns.items()}
    programme = terms.programme
    member = text_of(given["member"], what="member", most=MEMBER_CHARACTERS_MAX)
    if member is None:
        raise LineFault("member", "the line names no member")
    moment, day = terms.moment_of(given["date"])
    amount = minor_of(given["amount"], programme)
    if given.get("currency", "") not in {"", programme.currency}:
        raise LineFault(
            "currency",
            f"the currency is {shown(given['currency'])}; the programme's is {programme.currency}",
        )
    store = given.get("store") or None
    if store is not None and store not in terms.stores:
        raise LineFault("store", f"no store is called {shown(store)}")
    receipt = text_of(given.get("receipt", ""), what="receipt", most=RECEIPT_CHARACTERS_MAX)
    category = text_of(given.get("category", ""), what="category", most=TEXT_CHARACTERS_MAX)
    quantity = quantity_of(given.get("quantity", "")) if category else 1
    if not 1 <= quantity <= QUANTITY_MAX:
        raise LineFault("quantity", f"the quantity is {quantity}; from 1 to {QUANTITY_MAX:,} fit")
    values = [member, day, amount, store, receipt, category, given.get("quantity", "")]
    digest = _digest(values)
    return Row(
        line=line,
        moment=moment,
        member=sys.intern(member),  # most members come often, and memory holds each once
        amount_minor=amount,
        key=_key(digest, member=member, store=store, receipt=receipt, seen=terms.seen),
        fingerprint=digest,
        receipt=receipt,
        store=store,
        category=category,
        quantity=quantity,
        name=text_of(given.get("name", ""), what="name", most=NAME_CHARACTERS_MAX),
    )


def _key(
    values: str, *, member: str, store: str | None, receipt: str | None, seen: Counter[str]
) -> str:
    # Digests only: what a shop calls a member may be an address, and keys name nobody.
    if receipt is not None:
        return f"receipt:{_digest([member, store, receipt])}"
    seen[values] += 1
    return f"line:{values}:{seen[values]}"


def _digest(values: Sequence[object]) -> str:
    return hashlib.sha256(orjson.dumps(values)).hexdigest()[:DIGEST_CHARACTERS]
