import io
import logging
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest

from api.logs import VALUE_LENGTH_MAX, configure_logs
from tests.api.log_capture import captured_logs, lines_of, structured_log

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl"
NAME = "Annika Virtanen"
MAIL = "annika.virtanen@example.org"
SECRETS = (TOKEN, NAME, MAIL, "Annika", "Virtanen")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    with captured_logs() as stream:
        yield stream


def _line(out: io.StringIO) -> dict[str, Any]:
    (line,) = lines_of(out)
    return line


def test_an_event_is_one_json_line_with_its_moment_and_level(out: io.StringIO) -> None:
    structured_log().warning("nudge_sent", nudge_id="n1", count=3, ms=1.5, reason=None)
    line = _line(out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line.pop("at"))
    assert line == {
        "event": "nudge_sent",
        "level": "warning",
        "nudge_id": "n1",
        "count": 3,
        "ms": 1.5,
        "reason": None,
    }


def test_an_unknown_field_is_dropped_and_counted(out: io.StringIO) -> None:
    structured_log().info("enrolled", member_id="m1", name=NAME, email=MAIL)
    line = _line(out)
    assert line["dropped"] == 2
    assert line["member_id"] == "m1"
    assert NAME not in out.getvalue()


def test_a_long_value_is_cut_and_a_newline_begins_no_line(out: io.StringIO) -> None:
    structured_log().info("e" * 300, reason="x\ny\x1b[31m" + "z" * 300)
    line = _line(out)
    assert len(line["event"]) == len(line["reason"]) == VALUE_LENGTH_MAX
    assert line["reason"].startswith("x?y?[31mz")


def test_a_value_that_is_no_text_or_number_is_written_as_its_type(out: io.StringIO) -> None:
    class Kind(Enum):
        A = "a"

    structured_log().info(
        "tried", reason={"name": NAME}, path=[NAME], rule=ValueError(NAME), outcome=Kind.A
    )
    line = _line(out)
    assert (line["reason"], line["path"], line["rule"]) == ("dict", "list", "ValueError")
    assert line["outcome"] == "a"


def test_a_text_that_is_no_unicode_does_not_stop_the_log(out: io.StringIO) -> None:
    structured_log().info("tried", reason="a\ud800b")
    assert _line(out)["reason"] == "a?b"


def test_an_exception_is_written_by_type_and_place_but_not_by_text(out: io.StringIO) -> None:
    try:
        try:
            int(NAME)
        except ValueError as error:
            raise KeyError(MAIL) from error
    except KeyError:
        structured_log().exception("failed")
    line = _line(out)
    assert line["error"] == "KeyError"
    assert line["cause"] == "ValueError"
    assert re.search(r"test_logs:\d+$", line["where"])
    assert not [secret for secret in SECRETS if secret in out.getvalue()]


def test_a_level_below_the_one_asked_for_is_silent(out: io.StringIO) -> None:
    configure_logs(level="warning", stream=out)
    structured_log().info("quiet")
    structured_log().warning("loud")
    assert [line["event"] for line in lines_of(out)] == ["loud"]


def test_a_pretty_log_is_for_people(out: io.StringIO) -> None:
    configure_logs(level="info", pretty=True, stream=out)
    structured_log().info("started", port=8000, name=NAME)
    assert re.search(r"started +dropped=1 +port=8000|started +port=8000 +dropped=1", out.getvalue())
    assert not out.getvalue().startswith("{")


# Libraries


def test_a_librarys_warning_keeps_its_template_and_loses_what_was_filled_in(
    out: io.StringIO,
) -> None:
    logging.getLogger("some.library").warning("refused %s\nbecause of it", MAIL)
    line = _line(out)
    assert (line["level"], line["logger"]) == ("warning", "some.library")
    assert line["text"] == "refused %s"


def test_a_librarys_exception_loses_its_text(out: io.StringIO) -> None:
    try:
        int(NAME)
    except ValueError as error:
        logging.getLogger("graphql").log(logging.ERROR, error, exc_info=True)
    line = _line(out)
    assert (line["level"], line["text"], line["error"]) == ("error", "ValueError", "ValueError")
    assert NAME not in out.getvalue()


def test_libraries_chatter_is_not_written_even_when_they_set_their_level(
    out: io.StringIO,
) -> None:
    library = logging.getLogger("sqlalchemy.engine.Engine.trial")
    library.setLevel(logging.DEBUG)
    library.info("INSERT INTO person ...")
    library.debug("row")
    logging.getLogger("httpx").info("HTTP Request: GET /?token=%s", TOKEN)
    assert out.getvalue() == ""


def test_the_servers_access_log_is_off(out: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").error("GET /?token=%s", TOKEN)
    assert out.getvalue() == ""


def test_a_level_of_its_own_does_not_stop_a_librarys_line(out: io.StringIO) -> None:
    logging.getLogger("some.library").log(35, "between")
    assert _line(out)["level"] == "warning"


def test_the_engines_lines_go_with_the_rest(out: io.StringIO) -> None:
    logging.getLogger("dbos").warning("recovering")
    assert _line(out)["logger"] == "dbos"
