"""A shop with its servers running, staff at the till, and guests who join."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from api.clock import SystemClock
from api.identity import issue_demo_token
from api.keys import demo_token_key
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from gamification.verify.violations import Violation
from tests.drills.client import Connection
from tests.drills.databases import FLEETS, DatabaseUnderTest
from tests.drills.phones import Phones
from tests.drills.processes import Fleet, Installation

TOKEN_LIFE_S = 7 * 86_400  # longer than any drill
NOON = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Guest:
    """A member, as their app and the till know them."""

    subject: str
    number: str
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """`system_key` records purchases by number, `clerk_key` scans, `manager_key` adjusts."""

    database: DatabaseUnderTest
    installation: Installation
    fleet: Fleet
    phones: Phones
    programme: Programme
    system_key: str
    clerk_key: str
    manager_key: str

    @classmethod
    @contextmanager
    def opened(
        cls,
        database: DatabaseUnderTest,
        phones: Phones,
        folder: Path,
        programme_file: Path,
        *,
        commands: Sequence[Sequence[str]] | None = None,
    ) -> "Iterator[Shop]":
        """A shop whose servers run until the block ends."""
        data = folder / "installation"
        data.mkdir()
        installation = Installation(
            folder=data,
            database_url=database.url,
            phones_url=phones.url,
            programme_file=programme_file,
        )
        installation.run("migrate")
        fleet = Fleet(installation=installation, commands=commands or FLEETS[database.name])
        shop = cls(
            database=database,
            installation=installation,
            fleet=fleet,
            phones=phones,
            programme=load_programme(programme_file),
            system_key=installation.add_staff("system"),
            clerk_key=installation.add_staff("clerk"),
            manager_key=installation.add_staff("manager"),
        )
        try:
            fleet.start()
            yield shop
        finally:
            fleet.kill(list(fleet.running))

    def token(self, subject: str) -> str:
        """What a member's app signs in with."""
        return issue_demo_token(
            demo_token_key(self.installation.folder),
            subject=subject,
            now=SystemClock().now(),
            ttl_s=TOKEN_LIFE_S,
        )

    async def enrol(
        self, connection: Connection, subject: str, *, brought_by: str | None = None
    ) -> Guest:
        """Let somebody join, perhaps whom the member of a number brought; also once more."""
        token = self.token(subject)
        given = {"displayName": subject, "locale": "en", "timeZone": daytime_zone()}
        if brought_by is not None:
            given["referredBy"] = brought_by
        answer = await connection.run("Enrol", {"input": given}, token=token)
        assert answer["__typename"] == "MemberEnrolled", answer
        return Guest(subject=subject, number=answer["member"]["number"], token=token)

    async def allow_pushes(self, connection: Connection, guest: Guest) -> None:
        """Register the guest's phone, at an address of their name; it may be done again."""
        variables = {
            "device": {"addressKind": "TOKEN", "address": guest.subject, "platform": "IOS"},
            "consent": {
                "category": "MARKETING",
                "channel": "PUSH",
                "granted": True,
                "textVersion": "1",
            },
        }
        answer = await connection.run("Device", variables, token=guest.token)
        assert answer["__typename"] == "DeviceRegistered", answer

    async def visit(self, connection: Connection, guest: Guest) -> str:
        """The id of a visit of a guest whose card is scanned now."""
        home = await connection.run("Home", token=guest.token)
        variables = {"code": home["member"]["card"]["code"]["text"]}
        scanned = await connection.run("Scan", variables, token=self.clerk_key)
        assert scanned["__typename"] == "CardScanned", scanned
        return str(scanned["visit"]["id"])

    def violations(self) -> list[Violation]:
        """What breaks a promise of the ledger now."""
        return self.database.violations(self.programme)


def daytime_zone() -> str:
    """A time zone where it is noon now: pushes ring at once, and for the next hours."""
    hour = (SystemClock().now() + timedelta(minutes=30)).hour
    hours_east = (NOON - hour + 11) % 24 - 11  # -11 to 12, and both are there
    return f"Etc/GMT{-hours_east:+d}"  # whose sign is the other way round
