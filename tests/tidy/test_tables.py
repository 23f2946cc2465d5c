"""Tables: few plain words, no hidden queries, and a name for everything that can be changed."""

from sqlalchemy import CheckConstraint, Index, Table
from sqlalchemy.schema import Constraint

from api.tables import METADATA
from tests.tidy.files import PACKAGES, ROOT, python_files, shown

# Singular words. A new table is a new word of the whole project: add it to a package's README.md.
WORDS = {
    "account",
    "activity",
    "adjustment",
    "award",
    "bucket",
    "card",
    "claim",
    "consent",
    "device",
    "entry",
    "fact",
    "idempotency",
    "lot",
    "lot_use",
    "member",
    "nudge",
    "participation",
    "pause",
    "person",
    "proposal",
    "referral",
    "review",
    "scan",
    "shared_device",
    "staff",
    "staff_key",
    "store",
    "tag",
    "timeline",
    "visit",
    "voucher",
}
NAME_LENGTH_MAX = 63  # PostgreSQL cuts longer names off, and two may become one


def names_of(table: Table) -> list[tuple[Constraint | Index, str]]:
    return [
        (thing, str(thing.name))
        for things in (table.constraints, table.indexes)
        for thing in things
    ]


def test_tables_are_singular_words_of_the_list() -> None:
    assert set(METADATA.tables) == WORDS


def test_every_word_for_a_table_is_explained_on_a_packages_page() -> None:
    pages = " ".join((ROOT / name / "README.md").read_text("utf-8") for name in PACKAGES)
    assert [word for word in sorted(WORDS) if f"`{word}`" not in pages] == []


def test_every_constraint_and_index_has_a_name_that_a_migration_can_use() -> None:
    for table in METADATA.tables.values():
        for thing, name in names_of(table):
            assert thing.name is not None, f"{table.name}: {thing!r}"
            assert len(name) <= NAME_LENGTH_MAX, name


def test_every_check_says_in_its_name_what_it_promises() -> None:
    for table in METADATA.tables.values():
        for thing, name in names_of(table):
            if isinstance(thing, CheckConstraint):
                assert name.startswith(f"ck_{table.name}_"), name
                assert len(name) > len(f"ck_{table.name}_"), name


def test_no_table_hides_a_query_behind_an_attribute() -> None:
    hiding = [
        shown(path)
        for path in python_files(*PACKAGES)
        if "Relationship(" in path.read_text("utf-8")
    ]
    assert hiding == []
