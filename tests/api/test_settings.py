import os
from pathlib import Path

import pytest

from api.settings import EXPECTED, Settings, SettingsRefused, load_settings


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in list(os.environ):
        if variable.upper().startswith(("REGULARS_", "FIREBASE_")):
            monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)


def _faults(**overrides: object) -> list[str]:
    with pytest.raises(SettingsRefused) as refused:
        load_settings(**overrides)
    assert str(refused.value) == "\n".join(refused.value.faults)
    assert all("\n" not in line for line in refused.value.faults)
    return refused.value.faults


def test_without_variables_everything_has_a_default() -> None:
    settings = load_settings()
    assert settings.env == "production"
    assert settings.identity == "firebase"
    assert settings.data_dir == Path(".regulars")
    assert settings.database_url == "sqlite:///.regulars/regulars.sqlite"
    assert settings.programme.parts[-3:] == ("gamification", "programmes", "cafe.toml")
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.log_level == "info"


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DATA_DIR", "/srv/regulars")
    monkeypatch.setenv("REGULARS_PORT", "9000")
    monkeypatch.setenv("REGULARS_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("REGULARS_HOST", "")
    settings = load_settings()
    assert settings.database_url == "sqlite:////srv/regulars/regulars.sqlite"
    assert settings.public_url == "http://127.0.0.1:9000"
    assert settings.log_level == "debug"
    assert settings.host == "127.0.0.1"


def test_an_override_goes_before_the_variable_unless_it_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REGULARS_PORT", "9000")
    assert load_settings(port=9001).port == 9001
    assert load_settings(port=None).port == 9000


def test_an_override_of_no_setting_is_a_mistake_in_the_code() -> None:
    with pytest.raises(TypeError, match="prot"):
        load_settings(prot=1)


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


@pytest.mark.parametrize("value", ["abc", "0", "65536", "80.5", "-1"])
def test_a_wrong_port_is_named_with_its_value(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REGULARS_PORT", value)
    assert _faults() == [f"REGULARS_PORT: must be a whole number from 1 to 65535, not '{value}'"]


def test_every_fault_gets_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_PROT", "1")
    monkeypatch.setenv("REGULARS_ENV", "prod")
    monkeypatch.setenv("REGULARS_PORT", "x")
    monkeypatch.setenv("REGULARS_LOG_LEVEL", "loud")
    assert _faults() == [
        "REGULARS_PROT: there is no such setting; did you mean REGULARS_PORT?",
        "REGULARS_ENV: must be 'demo', 'production' or 'test', not 'prod'",
        "REGULARS_PORT: must be a whole number from 1 to 65535, not 'x'",
        "REGULARS_LOG_LEVEL: must be 'debug', 'info', 'warning' or 'error', not 'loud'",
    ]


def test_an_unknown_variable_alone_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_ZZZ", "hush")
    assert _faults() == ["REGULARS_ZZZ: there is no such setting"]


def test_demo_identity_is_refused_in_production_only() -> None:
    assert _faults(identity="demo")[0].startswith("REGULARS_IDENTITY: 'demo' is")
    assert load_settings(env="demo", identity="demo").identity == "demo"
    assert load_settings(env="test", identity="demo").identity == "demo"


def test_the_firebase_emulator_is_refused_in_production_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:19099")
    assert _faults()[0].startswith("FIREBASE_AUTH_EMULATOR_HOST: switches signature checks off")
    assert load_settings(env="test").env == "test"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna:hush@db/shop",
        "postgres://anna:hush@db:5432/shop",
        "postgresql+psycopg://db/shop",
        "postgresql:///shop?host=/var/run/postgresql",
    ],
)
def test_a_postgresql_address_is_kept_as_it_is(url: str) -> None:
    assert load_settings(database_url=url).database_url == url


@pytest.mark.parametrize(
    "url",
    [
        "hush",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://hush/file",
        "mysql://a:hush@h/d",
        "a:b:c",
        "postgresql://anna:hush@db",
        "postgresql+asyncpg://anna:hush@db/shop",
        "postgresql://anna@db:hush/shop",
        "postgresql://anna:hush@[::1/shop",
    ],
)
def test_an_address_of_no_database_that_can_be_served_is_refused_unquoted(url: str) -> None:
    assert _faults(database_url=url) == [
        (
            "REGULARS_DATABASE_URL: must be sqlite:/// and the path of a file,"
            " or postgresql://user@host/database"
        )
    ]


def test_a_relative_sqlite_path_is_fine() -> None:
    assert load_settings(database_url="sqlite:///shop.sqlite").database_url.endswith("shop.sqlite")


@pytest.mark.parametrize(
    "url",
    [
        "shop.example.org",
        "ftp://h",
        "https://a:hush@h",
        "http://h:hush",
        "http://[hush",
        "http://h?q",
    ],
)
def test_a_wrong_public_url_is_refused_unquoted(url: str) -> None:
    (line,) = _faults(public_url=url)
    assert line.startswith("REGULARS_PUBLIC_URL: must be an address")
    assert "hush" not in line


def test_a_public_url_loses_its_last_slash() -> None:
    assert load_settings(public_url="https://h.example/a/").public_url == "https://h.example/a"


@pytest.mark.parametrize("name", ["firebase_credentials", "programme"])
def test_a_named_file_must_exist_and_what_was_pasted_is_not_repeated(
    tmp_path: Path, name: str
) -> None:
    assert _faults(**{name: "-----BEGIN hush"}) == [
        f"REGULARS_{name.upper()}: must be the path of an existing file"
    ]
    path = tmp_path / "file"
    path.write_text("")
    assert getattr(load_settings(**{name: str(path)}), name) == path


@pytest.mark.parametrize("url", ["sqlite:///hush.sqlite", "postgresql://anna:hush@db/shop"])
def test_settings_shown_do_not_show_the_database_url(url: str) -> None:
    assert "hush" not in repr(load_settings(database_url=url))


def test_every_setting_has_words_for_its_fault() -> None:
    assert set(EXPECTED) == set(Settings.model_fields)
