"""`regulars nudges`: what each rule was worth, told to a person and to a spreadsheet."""

import csv
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.clock import SystemClock
from api.commands.nudges import HEADER, sentence
from api.database import database_at
from api.server import StartRefused
from gamification.programme.values import Programme
from notifications import pauses
from notifications.measuring import Uplift
from notifications.pauses import Pause
from notifications.report import Comparison, RuleReport
from tests.notifications.comparing import RULE, assign, comparing
from tests.world import START, World

CAFE = Path(__file__).parents[2] / "gamification/programmes/cafe.toml"


def run(folder: Path, *words: str, programme: Path = CAFE) -> str:
    environment = {
        "REGULARS_ENV": "test",
        "REGULARS_IDENTITY": "demo",
        "REGULARS_DATA_DIR": str(folder),
        "REGULARS_PROGRAMME": str(programme),
        "COLUMNS": "120",
    }
    answer = CliRunner().invoke(app, ("nudges", *words), env=environment)
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    assert answer.exit_code == 0, answer.output
    return answer.output


@pytest.fixture
def shop(migrated_file: Path, tmp_path: Path, programme: Programme) -> Iterator[World]:
    """Six members of whom some were told three weeks ago."""
    shutil.copy(migrated_file, tmp_path / "regulars.sqlite")
    database = database_at(f"sqlite:///{tmp_path / 'regulars.sqlite'}")
    world = World(database, comparing(programme), now=SystemClock().now() - timedelta(days=21))
    told, held_out = assign(world, 6)
    assert (len(told), len(held_out)) == (3, 3)
    yield world
    database.close()


def report(**changes: object) -> RuleReport:
    given = {
        "rule": RULE,
        "is_in_programme": True,
        "is_compared": True,
        "sent": 0,
        "delivered": 0,
        "opened": 0,
        "held_out": 0,
        "kept_back": {},
        "comparison": Comparison(told=300, held_out=120),
        "pause": None,
    }
    return RuleReport(**{**given, **changes})  # type: ignore[arg-type]  # as the test says


def visits(mean: float, low: float, high: float) -> dict[str, object]:
    return {"comparison": Comparison(visits=Uplift(mean=mean, low=low, high=high))}


@pytest.mark.usefixtures("shop")
def test_every_rule_is_told_in_a_sentence(tmp_path: Path) -> None:
    told = run(tmp_path, "report")
    assert f"{RULE}: too early to say, 3 told and 3 held out so far of at least 100 each.\n" in told
    assert told.endswith("\n2 rules were looked at.\n")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            report(**visits(0.41, 0.1, 0.72)),
            "brings about 0.4 visits more a member (0.1 to 0.7)",
        ),
        (
            report(**visits(-0.41, -0.72, -0.1)),
            "costs about 0.4 visits a member (0.1 to 0.7)",
        ),
        (
            report(**visits(0.1, -0.2, 0.4)),
            "no clear difference, between 0.2 visits less and 0.4 more a member",
        ),
        (
            report(is_compared=False),
            "everybody is told, so there is nobody to compare with",
        ),
        (
            report(is_in_programme=False, is_compared=False),
            "no longer in the programme; everybody is told, so there is nobody to compare with",
        ),
        (
            report(
                pause=Pause(paused_at=START, reason="-0.41 visits", resumed_at=None),
                **visits(-0.41, -0.72, -0.1),
            ),
            "paused since 2026-03-02, -0.41 visits; costs about 0.4 visits a member (0.1 to 0.7)",
        ),
    ],
)
def test_a_sentence_says_what_is_known(found: RuleReport, said: str) -> None:
    assert sentence(found) == said


@pytest.mark.usefixtures("shop")
def test_the_file_has_a_line_for_each_rule(tmp_path: Path) -> None:
    path = tmp_path / "nudges.csv"
    assert run(tmp_path, "report", "--csv", str(path)).endswith(f"lines were written to {path}.\n")
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert tuple(header) == HEADER
    (line,) = (dict(zip(header, each, strict=True)) for each in lines if each[0] == RULE)
    assert (line["paused"], line["held out"], line["told and measured"]) == ("no", "3", "3")
    assert line["visits uplift"] == ""


def test_a_programme_without_nudges_says_so(shop: World, tmp_path: Path) -> None:
    assert shop.programme.nudges
    path = tmp_path / "plain.toml"
    head, _ = CAFE.read_text(encoding="utf-8").split("# ── Nudges", 1)
    path.write_text(head, encoding="utf-8")
    with pytest.raises(StartRefused, match=r"plain\.toml: the programme has no \[\[nudge\]\]"):
        run(tmp_path, "report", programme=path)


def test_a_paused_rule_is_resumed_and_any_other_is_refused(shop: World, tmp_path: Path) -> None:
    shop.write(lambda c: pauses.pause(c, RULE, reason="-1.00 visits", now=shop.now))
    assert f"{RULE}: paused since {shop.now:%Y-%m-%d}, -1.00 visits; " in run(tmp_path, "report")
    assert run(tmp_path, "resume", RULE) == f"{RULE} tells members again from now on.\n"
    assert "paused" not in run(tmp_path, "report")
    with pytest.raises(StartRefused, match=f"'{RULE}' is no rule that is paused"):
        run(tmp_path, "resume", RULE)
