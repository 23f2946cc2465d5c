import itertools
import os
import re
import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.clock import SystemClock
from api.ids import (
    CODE_ALPHABET,
    new_id,
    new_id_at,
    random_bytes,
    voucher_code,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _ms_of(text: str) -> int:
    return int(text[:12], 16)


def test_an_id_is_a_uuid_of_version_7_in_32_lower_digits() -> None:
    text = new_id()
    assert re.fullmatch(r"[0-9a-f]{32}", text)
    assert uuid.UUID(text).version == 7
    assert uuid.UUID(text).variant == uuid.RFC_4122


def test_an_id_carries_the_moment_it_was_made() -> None:
    before = int(SystemClock().now().timestamp() * 1000) - 1
    assert before <= _ms_of(new_id()) <= before + 10_000


def test_ids_ascend_even_within_a_millisecond() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert len({_ms_of(text) for text in ids}) < len(ids)
    assert ids == sorted(set(ids))


def test_ids_of_many_threads_are_all_different_and_ascend_in_each() -> None:
    lists: list[list[str]] = []

    def work() -> None:
        lists.append([new_id() for _ in range(5_000)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(ids == sorted(ids) for ids in lists)
    assert len({text for ids in lists for text in ids}) == 40_000


def test_ids_ascend_when_the_machines_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    last = new_id()
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000)
    assert new_id() > last


def test_ids_of_one_given_moment_ascend_and_carry_it() -> None:
    ids = [new_id_at(NOON) for _ in range(1_000)]
    assert ids == sorted(set(ids))
    assert {_ms_of(text) for text in ids} == {int(NOON.timestamp()) * 1000}


@given(
    st.lists(
        st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis takes bare bounds and adds the zone
        min_size=2,
    )
)
def test_ids_of_given_moments_sort_as_the_moments_do(moments: list[datetime]) -> None:
    ids = [(moment, new_id_at(moment)) for moment in moments]
    for moment, text in ids:
        for other_moment, other in ids:
            if moment + timedelta(milliseconds=1) <= other_moment:
                assert text < other


def test_a_moment_before_1970_gets_no_id() -> None:
    with pytest.raises(ValueError, match="1970"):
        new_id_at(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))


def test_a_moment_without_a_zone_gets_no_id() -> None:
    with pytest.raises(TypeError):
        new_id_at(NOON.replace(tzinfo=None))


def test_an_id_does_not_tell_the_next_one() -> None:
    tails = [int(new_id_at(NOON)[16:], 16) for _ in range(100)]
    steps = [later - earlier for earlier, later in itertools.pairwise(tails)]
    assert len(set(steps)) == len(steps)
    assert max(abs(step) for step in steps) > 2**40


def test_a_forked_process_does_not_repeat_its_parents_ids() -> None:
    new_id_at(NOON)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, new_id_at(NOON).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 32).decode() != new_id_at(NOON)
    os.close(reader)
    os.close(writer)


def test_random_bytes_have_the_length_asked_for_and_differ() -> None:
    assert len(random_bytes(8)) == 8
    assert random_bytes(16) != random_bytes(16)


def test_a_voucher_code_has_no_letter_that_is_read_as_another() -> None:
    codes = [voucher_code() for _ in range(500)]
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert not set("ILOU") & set(CODE_ALPHABET)
    assert {len(code) for code in codes} == {8}
    assert len(set(codes)) == 500


def test_the_system_clock_is_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
