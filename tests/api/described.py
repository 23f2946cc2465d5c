"""What a database is made of, in its own words, so that two can be compared."""

import sqlite3
from collections.abc import Collection
from contextlib import closing

import psycopg
from sqlalchemy.engine import make_url

Objects = dict[tuple[str, str], Collection[str]]

OF_POSTGRESQL = """
SELECT 'column', table_name || '.' || column_name,
       concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) || ' ' || tgenabled::text
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def objects(url: str) -> Objects:
    """By kind and name: the parts of everything that a database of ours holds but rows."""
    if make_url(url).get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(make_url(url).database))) as connection:
            made = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql <> ''")
            found = {(kind, name): _parts(sql) for kind, name, sql in made}
    else:
        with psycopg.connect(url) as server:
            rows = server.execute(OF_POSTGRESQL.encode())
            found = {(kind, name): {sql} for kind, name, sql in rows}
    return {key: value for key, value in found.items() if "alembic_version" not in key[1]}


def kinds(found: Objects, *wanted: str) -> Objects:
    """Those of some kinds."""
    return {key: value for key, value in found.items() if key[0] in wanted}


def _parts(sql: str) -> set[str]:
    """The columns and constraints inside the brackets of a statement, and what stands around."""
    head, _, rest = " ".join(sql.replace('"', "").split()).partition("(")
    inside, _, tail = rest.rpartition(")")
    found, depth = [""], 0
    for character in inside:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return {part.strip() for part in (head, tail, *found)}
