"""What an installation sets: the environment variables `REGULARS_*`, read once at the start."""

import difflib
import os
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, FilePath, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "REGULARS_"
EMULATOR_VARIABLE = "FIREBASE_AUTH_EMULATOR_HOST"

SHOWN_LENGTH_MAX = 40
"""A fault quotes this much of a wrong value: enough to find it again."""

_DATABASE_WORDS = "sqlite:/// and the path of a file, or postgresql://user@host/database"
_POSTGRESQL = ("postgresql", "postgresql+psycopg", "postgres")

DEMO_FILE = "demo.sqlite"  # never the shop's own

EXPECTED = {
    "database_url": _DATABASE_WORDS,
    "data_dir": "the path of a folder",
    "env": "'demo', 'production' or 'test'",
    "identity": "'firebase' or 'demo'",
    "firebase_credentials": "the path of an existing file",
    "firebase_project": "the id of a Firebase project",
    "programme": "the path of an existing file",
    "public_url": "an address such as https://loyalty.example.org, without user, query or fragment",
    "host": "a host name or an IP address",
    "port": "a whole number from 1 to 65535",
    "log_level": "'debug', 'info', 'warning' or 'error'",
}
"""What each setting must be, in the words of its fault."""

_QUOTABLE = {"env", "identity", "port", "log_level"}
"""The only values that a message repeats: the others may hold a password or a pasted key."""


class SettingsRefused(ValueError):  # noqa: N818 -- says what happened, as `Refusal` does
    """The settings cannot be used; `faults` holds one line each, naming the variable."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _checked_database_url(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter quotes what should be a port
        raise ValueError(f"must be {_DATABASE_WORDS}") from None
    if url.drivername in _POSTGRESQL and url.database:
        return text
    # The readers' own connections would each see an empty database in memory.
    if url.drivername != "sqlite" or url.host or url.database in {None, "", ":memory:"}:
        raise ValueError(f"must be {_DATABASE_WORDS}")
    return text


def _checked_public_url(text: str) -> str:
    refusal = ValueError(f"must be {EXPECTED['public_url']}")
    try:
        url = urlsplit(text)
        named = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:  # its text may quote a password
        raise refusal from None
    if not named or "@" in url.netloc or "?" in text or "#" in text:
        raise refusal
    return text.rstrip("/")


def _sqlite_url_in(values: dict[str, Any]) -> str:
    name = DEMO_FILE if values["env"] == "demo" else "regulars.sqlite"
    path = str(values["data_dir"] / name)
    return URL.create("sqlite", database=path).render_as_string(hide_password=False)


def _local_url(values: dict[str, Any]) -> str:
    return f"http://127.0.0.1:{values['port']}"


def _packaged_programme() -> Path:
    return Path(str(files("gamification"))) / "programmes" / "cafe.toml"


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class Settings(BaseSettings):
    """Checked settings. Every one has a default; the variable is the name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        validate_default=False,
    )

    env: Literal["demo", "production", "test"] = "production"
    identity: Literal["firebase", "demo"] = "firebase"
    data_dir: Path = Path(".regulars")
    database_url: Annotated[str, AfterValidator(_checked_database_url)] = Field(
        default_factory=_sqlite_url_in, repr=False
    )
    firebase_credentials: FilePath | None = None
    firebase_project: str | None = None
    programme: FilePath = Field(default_factory=_packaged_programme)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: Annotated[str, AfterValidator(_checked_public_url)] = Field(
        default_factory=_local_url
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = (
        "info"
    )


def load_settings(**overrides: Any) -> Settings:
    """Read the environment; an override that is not None goes before it.

    Raises `SettingsRefused` with every fault found, and TypeError for an override of no setting.
    """
    unknown = overrides.keys() - Settings.model_fields.keys()
    if unknown:
        raise TypeError(f"no such settings: {', '.join(sorted(unknown))}")
    given = {name: value for name, value in overrides.items() if value is not None}
    faults = _unknown_variables()
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SettingsRefused(faults + _lines_of(error)) from None
    faults += _contradictions(settings)
    if faults:
        raise SettingsRefused(faults)
    return settings


def variable_of(name: str) -> str:
    """Give the environment variable of a setting."""
    return PREFIX + name.upper()


def _unknown_variables() -> list[str]:
    known = Settings.model_fields.keys()
    lines = []
    for variable in sorted(os.environ):
        name = variable.lower().removeprefix(PREFIX.lower())
        if variable.upper().startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {variable_of(near[0])}?" if near else ""
            lines.append(f"{variable}: there is no such setting{hint}")
    return lines


def _lines_of(error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors():
        # A default that needs another, faulty setting was not made: that one has its line.
        if fault["type"] == "default_factory_not_called":
            continue
        name = str(fault["loc"][0])
        if fault["type"] == "value_error":
            lines.append(f"{variable_of(name)}: {fault['ctx']['error']}")
            continue
        shown = f", not {str(fault['input'])[:SHOWN_LENGTH_MAX]!r}" if name in _QUOTABLE else ""
        lines.append(f"{variable_of(name)}: must be {EXPECTED[name]}{shown}")
    return lines


def _contradictions(settings: Settings) -> list[str]:
    lines = []
    if settings.env == "production" and settings.identity == "demo":
        lines.append(
            "REGULARS_IDENTITY: 'demo' is for trying out, and is refused while"
            " REGULARS_ENV is 'production'"
        )
    if settings.env == "production" and os.environ.get(EMULATOR_VARIABLE):
        lines.append(
            f"{EMULATOR_VARIABLE}: switches signature checks off, and is refused while"
            " REGULARS_ENV is 'production'"
        )
    return lines
