import pytest

from notifications import firebase
from notifications.firebase import retry_after_s


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "86400"}, firebase.RETRY_AFTER_S_MAX),
        ({"retry-after": "9" * 5000}, firebase.RETRY_AFTER_S_MAX),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"retry-after": "Fri, 20 Nov 2026 10:01:30 GMT"}, None),
        (
            {
                "retry-after": "Fri, 20 Nov 2026 10:01:30 GMT",
                "date": "Fri, 20 Nov 2026 10:00:00 GMT",
            },
            90.0,
        ),
        (
            {
                "retry-after": "Fri, 20 Nov 2026 09:00:00 GMT",
                "date": "Fri, 20 Nov 2026 10:00:00 GMT",
            },
            0.0,
        ),
        ({"retry-after": "Fri, 20 Nov 2026 09:00:00", "date": "Fri, 20 Nov 2026 10:00 GMT"}, None),
    ],
)
def test_the_wait_is_read_as_seconds_or_as_a_date(headers, wait_s):
    assert retry_after_s(headers) == wait_s
