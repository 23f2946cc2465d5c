"""Addresses of what is no database for us: one line, without the password."""

import os
import socketserver
import struct
import threading
from collections.abc import Iterator

import pytest

from api.database import DatabaseRefused, database_at
from tests import postgresql

PASSWORD = "hush"
WANTS_ENCRYPTION = {80877103, 80877104}  # requests for TLS and for GSSAPI
WRONG_PASSWORD = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "anna"\0\0'


class _Refusing(socketserver.StreamRequestHandler):
    """A server of PostgreSQL's protocol that takes nobody."""

    def handle(self) -> None:
        while True:
            length, code = struct.unpack("!II", self.rfile.read(8))
            if code not in WANTS_ENCRYPTION:
                break
            self.wfile.write(b"N")
        self.rfile.read(length - 8)
        self.wfile.write(b"E" + struct.pack("!I", len(WRONG_PASSWORD) + 4) + WRONG_PASSWORD)


@pytest.fixture
def refusing_port() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def refusal_of(url: str) -> str:
    with pytest.raises(DatabaseRefused) as refused:
        database_at(url)
    line = str(refused.value)
    assert "\n" not in line
    assert PASSWORD not in line
    return line


def test_a_wrong_password_is_told_and_not_shown(refusing_port: int) -> None:
    line = refusal_of(f"postgresql://anna:{PASSWORD}@127.0.0.1:{refusing_port}/shop")
    assert line.startswith(f"postgresql://anna:***@127.0.0.1:{refusing_port}/shop: ")
    assert 'password authentication failed for user "anna"' in line


@pytest.mark.parametrize(
    "address",
    [
        "anna:{0}@127.0.0.1:1/shop",
        "anna@127.0.0.1:1/shop?password={0}",
        "anna:{0}@/shop?host=/nowhere",
        "anna:{0}@127.0.0.1:99999/shop",
        "anna:{0}@127.0.0.1/shop?sslmode=sideways",
        "anna:{0}@127.0.0.1/shop?nonsense=1",
    ],
)
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_server_that_is_not_there_is_told_in_one_line(scheme: str, address: str) -> None:
    line = refusal_of(f"{scheme}://{address.format(PASSWORD)}")
    assert line.startswith("postgresql://anna")
    assert "/shop" in line


def test_a_database_that_is_not_there_is_told_in_one_line() -> None:
    postgresql.demand_or_skip()
    line = refusal_of(postgresql.address_of("regulars_test_nothing"))
    assert 'database "regulars_test_nothing" does not exist' in line


def test_a_database_that_cannot_hold_every_name_is_refused() -> None:
    postgresql.demand_or_skip()
    with postgresql.new_database(
        f"regulars_test_{os.getpid()}_latin",
        "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    ) as url:
        assert refusal_of(url).endswith("its encoding is LATIN1, and names need UTF8")


def test_an_open_database_is_named_without_its_password(migrated_url: str) -> None:
    database = database_at(migrated_url.replace("@", f":{PASSWORD}@", 1))
    database.close()
    assert PASSWORD not in database.name
    assert database.name.startswith("postgresql://")
