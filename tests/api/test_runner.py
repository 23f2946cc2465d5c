import pytest
from sqlalchemy import bindparam, select

from api.database import Database
from gamification.database import table_of
from gamification.stores.tables import Store

_store = table_of(Store)
_BY_ID = select(_store.c.id).where(_store.c.id == bindparam("store_id"))


def test_a_parameter_that_is_missing_is_an_error_and_no_null(database: Database) -> None:
    with pytest.raises(KeyError, match="store_id"):
        database.read_now(lambda connection: connection.all(_BY_ID, store="centre"))
