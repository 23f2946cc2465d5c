"""Hostile expressions in families: huge, deep, of wrong types; the same ones every time."""

import random
import re
from collections.abc import Callable, Sequence

from gamification.expressions import CHARACTERS_MAX

PARTS = [
    *("(", ")", "[", "]", "{", "}", "'", '"', "'''", '"""', "\\", "//", "\n", "r'", "b'", "rb'"),
    *("!", "-", "--", "?", ":", ".", "..", ",", "+", "*", "%", "/", "==", "&&", "||", " in "),
    *("a", "l", "x", "1", "1u", "0x", "1e309", "9223372036854775807", "null", "true", "é", "\0"),
    *("activity", "activity.lines", "activity.amount", "activity['lines']", "member", "now"),
    *(".all(l,", ".exists(l,", ".exists_one(x,", ".filter(x,", ".map(x,", "has(", "size("),
    *(".size()", "l.name", "x == x", "[x]+", "'a'.matches('", r"(\\w{60}){20}", "string("),
    *("timestamp('9999-12-31T23:59:59Z')", "duration('9999999h')", "now+", "Foo{", "{'a':"),
]
MACROS = ["all", "exists", "exists_one", "filter"]
RECEIVERS = [
    *("activity.lines", "(activity.lines+activity.lines)", "[[1,2],[3]]", "[activity]"),
    *("activity.quantity", "{'a': 1, 'b': 2}", "activity.lines.filter(y, true)", "'text'", "now"),
]
BODIES = ["x==x", "[x]", "[x,x]", "x.name+x.name", "[[x]]", "x.name.contains('xy')", "{'k':x}"]
JOINS = ["&&", "||", "+", "==", ",", "?true:", " in "]
NUMBERS = [
    *("0", "-0", "1", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808"),
    *("18446744073709551615u", "18446744073709551616u", "0x7fffffffffffffff", "1e308", "1e309"),
    *(
        "-1e309",
        "5e-324",
        "0.0",
        "-0.0",
        "1.",
        ".5",
        "1e",
        "00",
        "0x",
        "1_000",
        "9" * 400,
        "1.0e+9",
    ),
]
TYPED = [
    *("1", "1u", "1.5", "true", "null", "'1'", "b'1'", "[1]", "{'a': 1}", "now", "int", "type(1)"),
    *("duration('1h')", "activity.lines", "activity", "member.tier", "activity.amount", "[]", "{}"),
]
OPERATORS = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", " in "]
ALPHABETS = [
    *(
        "aeiou",
        "\u202e\u200b\ufeff",
        "\N{FAMILY}\N{ZERO WIDTH JOINER}",
        "żółćęś",
        "字元",
        "\0\x01\x7f",
    ),
    *("\ud7ff\ue000\uffff", "\U0001f642\U0010ffff", "\u0301\u0302\u0303", "\x85\u2028\u2029\v\f"),
    *("＋－（）［］", "ⅠⅡ①²", "'\"\\`", "\r\n\t "),
]
ESCAPES = [
    *(r"\n", r"\x41", r"\u0041", r"\U00000041", r"\101", r"\uD800", r"\U00110000", r"\xZZ", r"\q"),
    *("\\'", '\\"', "\\\\", r"\0", r"\777"),
]
MOMENTS = [
    *("2026-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00Z", "", "now"),
    *("2026-02-30T00:00:00Z", "2016-12-31T23:59:60Z", "2026-01-01T00:00:00+99:99", "-1-1-1", "0"),
    *("99999-01-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00.12345678901234567890Z"),
]
SPANS = [
    *("1h", "-1h", "9223372036s", "9223372036854775807ns", "99999999999h", "1.5h", "1h1h", "h", ""),
    *("0", "1d", "1e9s", "inf", "-9223372036854775808ns", "0.000000000000001ns", "1" * 300 + "s"),
]
HONEST = [
    "activity.lines.exists(l, l.category == 'pastry' && l.amount > activity.amount / 4)",
    "activity.quantity.pastry >= 6 ? activity.quantity.pastry * 4 : 0",
    "activity.hour < 9 && activity.weekday in ['mon', 'tue']",
    "now > timestamp('2026-01-01T00:00:00Z') && member.days > 30",
    "has(activity.amount_of) && activity.amount_of['pastry'] == 900",
    "activity.lines.filter(l, l.name.startsWith('Bun')).size() * 10 + activity.amount / 100",
]

Chance = random.Random


def soup(chance: Chance) -> str:
    return "".join(chance.choices(PARTS, k=chance.randint(1, 60)))


def one_part_many_times(chance: Chance) -> str:
    part = chance.choice(PARTS)
    size = chance.choice([chance.randint(1, CHARACTERS_MAX), 30_000])  # 28 kB overflowed the stack
    return (part * size)[:size] + chance.choice(PARTS)


def chain(chance: Chance) -> str:
    join = chance.choice(JOINS)
    link = chance.choice(["1", "true", "activity.amount", "a.b", "!true", "-1", "activity.lines"])
    return join.join([link] * chance.randint(1, CHARACTERS_MAX // (len(link) + len(join))))


def loop(chance: Chance) -> str:
    body = chance.choice(JOINS).join([chance.choice(BODIES)] * chance.randint(1, 30))
    inside = f"{body} == {chance.choice(BODIES)}"
    looped = f"{chance.choice(RECEIVERS)}.{chance.choice(MACROS)}(x, {inside})"
    return f"{looped}{chance.choice(['', '.size() > 1', '.filter(x, x == x)', f' == {looped}'])}"


def loops_in_loops(chance: Chance) -> str:
    inside = chance.choice(BODIES)
    for depth in range(chance.randint(1, 8)):
        name = chance.choice("xyl") if depth else "x"
        macro = chance.choice([*MACROS, "map"])
        inside = f"{chance.choice(RECEIVERS)}.{macro}({name},{chance.choice(['', ' '])}{inside})"
    return inside


def many_loops(chance: Chance) -> str:
    short = [f"{chance.choice(RECEIVERS)}.{chance.choice(MACROS)}(x, {chance.choice(BODIES)})"]
    return chance.choice(JOINS).join(short * chance.randint(1, 9))


def deep(chance: Chance) -> str:
    """Brackets of all kinds within each other, some of them hidden in texts, some not closed."""
    pairs = ["()", "[]", "{}", "(-)", "(!)", "size()", "string()", "{1:}", "[0,]", "('(' + )"]
    depth = chance.choice([15, 16, 17, chance.randint(1, 60), chance.randint(200, 9_000)])
    chosen = [chance.choice(pairs)] if chance.random() < 0.5 else pairs
    opened = [chance.choice(chosen) for _ in range(depth)]
    return (
        "".join(pair[:-1] for pair in opened)
        + chance.choice(["1", "", "activity.amount", "'x'"])
        + "".join(pair[-1] for pair in reversed(opened[chance.randint(0, 2) :]))
    )


def baskets(chance: Chance) -> str:
    basket = [
        "activity.lines",
        "activity",
        "activity['lines']",
        "activity [ 'lines' ]",
        "(activity)",
    ]
    basket += ["activity\n.lines", "activity.lines[0]", "{'a': activity}", "[activity.lines]"]
    return chance.choice(JOINS).join(chance.choices(basket, k=chance.randint(1, 12)))


def wrong_types(chance: Chance) -> str:
    found = chance.choice(TYPED)
    functions = ["size", "int", "double", "string", "timestamp", "duration"]
    for _ in range(chance.randint(1, 6)):
        found = chance.choice(
            [
                f"({found}){chance.choice(OPERATORS)}{chance.choice(TYPED)}",
                f"{chance.choice(functions)}({found})",
                f"({found}).{chance.choice(['name', 'size()', 'contains(1)', 'endsWith(null)'])}",
                f"({found})[{chance.choice(TYPED)}]",
                f"{chance.choice(['!', '-'])}({found})",
                f"({found}) ? {chance.choice(TYPED)} : {chance.choice(TYPED)}",
            ]
        )
    return found


def numbers(chance: Chance) -> str:
    count = chance.randint(1, 20)
    parts = [chance.choice(NUMBERS) + chance.choice(OPERATORS) for _ in range(count)]
    return "".join(parts) + chance.choice([*NUMBERS, "activity.amount"])


def texts(chance: Chance) -> str:
    quote = chance.choice(["'", '"', "'''", '"""'])
    inside = "".join(
        chance.choice([chance.choice(ESCAPES), chance.choice(chance.choice(ALPHABETS)), "(" * 20])
        for _ in range(chance.randint(0, 40))
    )
    text = f"{chance.choice(['', '', 'r', 'b', 'rb', 'R'])}{quote}{inside}{quote}"
    return chance.choice(
        [text, f"{text} == {text}", f"size({text})", f"member.tier.contains({text})"]
    )


def letters(chance: Chance) -> str:
    """Unicode where names and operators stand."""
    honest = list(chance.choice(HONEST))
    for _ in range(chance.randint(1, 6)):
        honest.insert(chance.randrange(len(honest)), chance.choice(chance.choice(ALPHABETS)))
    return "".join(honest)


def notes(chance: Chance) -> str:
    """What a comment could hide from whoever counts brackets."""
    hidden = ["// ' \n", "//", "/* ( */", "# (", "// )\n", "'//'", '"//" + ', "// \\\n", "\r// '\r"]
    core = "(" * chance.randint(1, 40) + "1" + ")" * chance.randint(1, 40)
    return "".join(chance.choice([*hidden, core, "+"]) for _ in range(chance.randint(1, 8)))


def ternaries(chance: Chance) -> str:
    condition = chance.choice(
        ["true", "activity.amount > 1", "1", "activity.lines == activity.lines"]
    )
    one, other = chance.choice(["1", "a", "'x'"]), chance.choice(["2", "null", ""])
    count = chance.randint(1, 60)
    if chance.random() < 0.5:
        return f"{condition}?{one}:" * count + other
    return f"{condition}?" * count + one + f":{other}" * count


def indexes(chance: Chance) -> str:
    start = chance.choice(
        ["activity", "activity.lines", "[[1]]", "{'a': {'a': 1}}", "member", "now"]
    )
    steps = ["[0]", "[-1]", "['a']", ".name", "[9223372036854775807]", "[1.0]", "[null]", "[true]"]
    steps += ["['lines']", ".lines", "[activity.amount]", "[[0]]", ".size()", "[0u]"]
    one = chance.choices(steps, k=1) if chance.random() < 0.5 else steps
    return start + "".join(chance.choice(one) for _ in range(chance.randint(1, 80)))


def moments(chance: Chance) -> str:
    found = "now"
    for _ in range(chance.randint(1, 14)):
        moment = f"timestamp('{chance.choice(MOMENTS)}')"
        span = f"duration('{chance.choice(SPANS)}')"
        found += chance.choice(["+", "-", "<", "==", "*"]) + chance.choice(
            [moment, span, span, "now"]
        )
    return chance.choice(
        [found, f"string({found})", f"int({found})", f"timestamp(string({found}))"]
    )


def literals(chance: Chance) -> str:
    item = chance.choice(["1", "[]", "{}", "[1,2]", "activity.amount", "'k'", "1.5", "null"])
    many = [f"{item}:{item}" if chance.random() < 0.3 else item] * chance.randint(1, 150)
    opened, closed = chance.choice(["[]", "{}", "()"])
    literal = opened + ",".join(many) + closed
    return chance.choice(
        [literal, f"{literal} == {literal}", f"{item} in {literal}", f"size({literal})"]
    )


def growth(chance: Chance) -> str:
    """Texts and lists that double, within a loop over the basket where it can be."""
    seed = chance.choice(
        ["x.name", "[x]", "'" + "z" * 60 + "'", "string(x)", "[x.name]", "x.lines"]
    )
    doubled = "+".join([seed] * chance.randint(2, 60))
    doubled = f"({doubled})+({doubled})" if chance.random() < 0.3 else doubled
    body = chance.choice(
        [f"{doubled} == {doubled}", f"size({doubled}) > 1", f"{doubled}.contains('q')"]
    )
    return chance.choice(
        [f"activity.lines.all(x, {body})", f"activity.lines.filter(x, {body}).size()", doubled]
    )


def spoilt(chance: Chance) -> str:
    """What a shop may ask, with pieces torn out, doubled and put elsewhere."""
    pieces = re.findall(r"\w+|\W", chance.choice(HONEST) + " && " + chance.choice(HONEST))
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(pieces))
        match chance.randrange(4):
            case 0:
                del pieces[at]
            case 1:
                pieces[at:at] = pieces[at : at + chance.randint(1, 12)] * chance.randint(1, 4)
            case 2:
                pieces[at] = chance.choice(PARTS)
            case _:
                other = chance.randrange(len(pieces))
                pieces[at], pieces[other] = pieces[other], pieces[at]
        pieces = pieces or ["true"]
    return "".join(pieces)


FAMILIES: Sequence[Callable[[Chance], str]] = (
    *(soup, one_part_many_times, chain, loop, loops_in_loops, many_loops, deep, baskets),
    *(wrong_types, numbers, texts, letters, notes, ternaries, indexes, moments, literals),
    *(growth, spoilt),
)


def hostile(number: int) -> str:
    """The expression of a number: families take turns."""
    chance = Chance(number)
    return FAMILIES[number % len(FAMILIES)](chance)
