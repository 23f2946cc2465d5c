"""Expressions: what a shop may ask, and what is refused before it runs."""

import pytest

from gamification.expressions import (
    CHARACTERS_MAX,
    FIELDS,
    FUNCTIONS,
    MACRO_CHARACTERS_MAX,
    ExpressionFailed,
    ExpressionFault,
    compile_expression,
)
from tests.gamification.hostile_run import basket


@pytest.mark.parametrize(
    "source",
    [
        "activity.lines.exists(l, l.category == 'pastry' && l.amount > activity.amount / 4)",
        "activity.lines.filter(l, l.quantity > 1).size() == 3",
        "activity.quantity.pastry == 6 && activity.quantity.coffee == 0",
        "activity.hour == 7 && activity.weekday in ['mon', 'tue']",
        "activity.lines.all(l, l.name.startsWith('Bun') && !l.name.contains('(((('))",
        'activity.channel == "store" ? true : false',
        "has(activity.amount_of) && activity.amount_of['pastry'] == 900",
        "now > timestamp('2026-01-01T00:00:00Z') && now < timestamp('2027-01-01T00:00:00Z')",
        r"'it\'s \"\n\t\\' != ''",
        "activity.lines.exists_one(l, l.amount > 1000) || activity.lines.all(l, l.amount == 300)",
        "member.tier == 'first' && member.days == 0 && member.locale == \"it's\" || true",
    ],
)
def test_what_a_shop_may_ask_is_answered(source: str) -> None:
    assert compile_expression(source).truth(basket(3)) is True


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x" * (CHARACTERS_MAX + 1), "501 characters; at most 500"),
        ("(" * 17 + "1" + ")" * 17, "nested 17 deep; at most 16"),
        ("activity.lines.map(l, l.name) == []", "cannot use `map`"),
        ("'a'.matches('(a+)+$')", "cannot use `matches`"),
        ("now.getHours() < 9", "use `activity.hour`"),
        ("activity.lines.all(l, activity.lines.all(m, true))", "inside another macro"),
        ("activity.lines.all(l, l in activity.lines)", "whole basket for each"),
        ("activity.lines.all(l, activity == activity)", "whole basket for each"),
        ("activity['lines'].all(l, activity['lines'] == [l])", "whole basket for each"),
        ("activity == activity || activity == null", "3 times; at most 2"),
        ("[activity.lines].all(x, x + x + x + x == x)", "basket into a list"),
        ("{'a': activity}.a == 1", "basket into a list"),
        ("[1].all(x, true) && [1].all(x, true) && [1].all(x, true)", "3 macros; at most 2"),
        (f"[1].all(x, {' ' * MACRO_CHARACTERS_MAX}true)", "more than 200 characters"),
        ("activity.lines.all(member, true)", "the name of something else"),
        ("activity.lines.existsOne(l, true)", "did you mean `exists_one`?"),
        ("activty.amount", "did you mean `activity`?"),
        ("activity.ammount", "did you mean `amount`?"),
        ("member.level", "known are"),
        ("sizeof(activity.lines)", "calls `sizeof`"),
        ("max(1, 2)", "calls `max`"),
        ("1 +", "ends too early"),
        ("", "ends too early"),
        ("1 2", "at character 3"),
        ("'open", "not closed"),
        ("1 // note", "has a comment"),
        ("1 // ' \n + ((((((((((((((((((1)))))))))))))))))) // '", "has a comment"),
        (r"r'\' + ((((((((((((((((((1)))))))))))))))))) + r'\'", "special kind"),
        ("b'a'", "special kind"),
        ("''' ' ''' + ((((((((((((((((((1)))))))))))))))))) + ''' ' '''", "special kind"),
        ("'\n'", "not closed"),
        (r"'\xZZ' == '" + "(" * 40 + "'", r"a text with `\x`"),
        (r"'\uD800' + '" + "(" * 40 + "'", r"a text with `\u`"),
    ],
)
def test_what_could_harm_or_mislead_is_refused_with_the_reason(source: str, reason: str) -> None:
    with pytest.raises(ExpressionFault) as refused:
        compile_expression(source)
    assert reason in str(refused.value)


def test_a_sum_of_five_hundred_characters_is_fine() -> None:
    source = "1" + "+1" * 249
    assert compile_expression(source).whole(basket(0)) == 250


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("activity.amount", "gave int, not true or false"),
        ("activity.quantity.cake > 0", "no "),
        ("1 / activity.amount > 0", "division by zero"),
        ("activity.lines[0].amount > 0", ""),
        ("9223372036854775807 + 1 > 0", "overflow"),
        ("int('many') > 0", ""),
    ],
)
def test_a_failing_condition_says_which_and_why(source: str, reason: str) -> None:
    with pytest.raises(ExpressionFailed, match=r"^`") as failed:
        compile_expression(source).truth(basket(0))
    assert source in str(failed.value)
    assert reason in str(failed.value)


@pytest.mark.parametrize("source", ["true", "1.5", "'1'", "null", "[1]"])
def test_an_amount_is_a_whole_number_only(source: str) -> None:
    with pytest.raises(ExpressionFailed, match="not a whole number"):
        compile_expression(source).whole(basket(0))


@pytest.mark.parametrize("variable", ["activity", "member"])
def test_the_fields_that_are_known_are_those_that_are_there(variable: str) -> None:
    context = basket(1)
    for field in FIELDS[variable]:
        assert compile_expression(f"has({variable}.{field})").truth(context) is True


def test_every_function_that_is_known_is_there() -> None:
    tried = {
        "has": "has(activity.hour)",
        "size": "size('ab') == 2",
        "contains": "'ab'.contains('b')",
        "startsWith": "'ab'.startsWith('a')",
        "endsWith": "'ab'.endsWith('b')",
        "int": "int('2') == 2",
        "double": "double(2) == 2.0",
        "string": "string(2) == '2'",
        "timestamp": "timestamp('2026-01-01T00:00:00Z') < now",
        "duration": "now - timestamp('2026-01-01T00:00:00Z') > duration('24h')",
    }
    assert set(tried) == FUNCTIONS
    assert all(compile_expression(source).truth(basket(1)) for source in tried.values())
