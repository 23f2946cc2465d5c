"""Expressions: the conditions and amounts of a programme, in CEL, checked before compiling.

CEL (the Common Expression Language) can hang or kill the process: a long chain of operators or
brackets overflows its stack, and macros inside each other, or over lists that macros made, run
for minutes. So an expression is looked at as a row of tokens first, and refused if it is too
long, too deep, or could take more than a moment over the largest basket.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import cel

CHARACTERS_MAX = 500  # 28 kB of `1+1+…` overflows the compiler's stack
NESTING_MAX = 16  # 250 brackets overflow a thread's stack of 512 KiB
MACROS_MAX = 2  # each runs over a whole basket
MACRO_CHARACTERS_MAX = 200  # what is done for one line: a hundred `[l]+` took 0.6 s
BASKETS_MAX = 2  # mentions of the whole basket: longer lists are made by adding it to itself
BASKET_LINES_MAX = 100  # what a macro may run over

Fields = Mapping[str, frozenset[str]]  # what a variable has, by its name

# What an expression may know; `activities.rules.context_of` fills it in.
FIELDS: Fields = {
    "activity": frozenset(
        {"kind", "amount", "channel", "store", "hour", "weekday", "lines", "attributes"}
        | {"quantity", "amount_of"}  # of each category
        | {"product_quantity", "product_amount"}  # of each product
    ),
    "member": frozenset({"tier", "days", "locale"}),
    "now": frozenset(),
}
# What a segment may know; `segments.rules.context_of` fills it in. Its lists are short.
MEMBER_FIELDS: Fields = {
    "member": frozenset(
        {"tier", "days", "locale", "spend", "spend_90", "spend_365"}
        | {"visits", "visits_90", "visits_365", "days_since_visit", "interval_days"}
        | {"tags", "consents"}
    ),
    "now": frozenset(),
}
MACROS = frozenset({"all", "exists", "exists_one", "filter"})
FUNCTIONS = frozenset(
    {"has", "size", "contains", "startsWith", "endsWith"}
    | {"int", "double", "string", "timestamp", "duration"}
)
# What CEL has and a programme does not get, with the reason.
REFUSED = {
    "map": "cannot use `map`, which can make lists that take minutes; use `exists` or `filter`",
    # One pattern can take 70 ms to compile, and is compiled again for every line.
    "matches": "cannot use `matches`; use `contains`, `startsWith` or `endsWith`",
    # Their hour and day are those of UTC, and their months begin at 0.
    "getHours": "cannot use `getHours`, which is in UTC; use `activity.hour`",
    "getDayOfWeek": "cannot use `getDayOfWeek`, which is in UTC; use `activity.weekday`",
}

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*')"""
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<comment>//)"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<quote>[\"'])|(?P<other>\S)"
)
_ESCAPE = re.compile(r"\\(.)")
ESCAPES = frozenset("\\'\"nt")  # after any other the compiler may lose where a text ends
_LITERAL = {"[": 1, "{": 1, "]": -1, "}": -1}
_SYNTAX = re.compile(r"ERROR: <input>:\d+:(\d+): (?:Syntax error: )?(.*)")


class ExpressionFault(ValueError):  # noqa: N818 -- a fault is the word for what a file has
    """An expression that is refused before it can run. The message names the limit."""


class ExpressionFailed(Exception):  # noqa: N818 -- an event of run time that is recorded
    """An expression that failed on one activity: its rule is refused, the activity stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """A compiled expression and the text it came from."""

    source: str
    program: cel.Program

    def truth(self, context: "Context") -> bool:
        """The value of a condition. Raises ExpressionFailed, also when it is no truth value."""
        value = self._value(context)
        if not isinstance(value, bool):
            raise ExpressionFailed(
                f"`{self.source}` gave {type(value).__name__}, not true or false"
            )
        return value

    def whole(self, context: "Context") -> int:
        """The value of an amount. Raises ExpressionFailed, also when it is no whole number."""
        value = self._value(context)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ExpressionFailed(
                f"`{self.source}` gave {type(value).__name__}, not a whole number"
            )
        return value

    def _value(self, context: "Context") -> Any:
        try:
            return self.program.execute(context.cel)
        except (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError) as error:
            reason = f"no {error}" if isinstance(error, LookupError) else _first_line(error)
            raise ExpressionFailed(f"`{self.source}`: {reason}") from error
        except BaseException as error:
            # A panic of the Rust core is no Exception; it is caught by its name.
            if type(error).__name__ != "PanicException":
                raise
            raise ExpressionFailed(f"`{self.source}` broke the evaluator") from error


class Context:
    """What the expressions of one activity see. Built once per activity, for all rules."""

    __slots__ = ("cel",)

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.cel = cel.Context(variables=dict(variables))


def compile_expression(source: str, *, fields: Fields = FIELDS) -> Expression:
    """Check and compile. Raises ExpressionFault with everything that is wrong.

    `fields` are all that it may know.
    """
    if len(source) > CHARACTERS_MAX:
        raise ExpressionFault(f"has {len(source)} characters; at most {CHARACTERS_MAX} are allowed")
    tokens = list(_TOKEN.finditer(source))
    if faults := [*_unreadable(tokens), *_limits_broken(tokens)]:
        raise ExpressionFault("; ".join(dict.fromkeys(faults)))
    try:
        program = cel.compile(source)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ExpressionFault(f"is no valid CEL: {_syntax_reason(error)}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ExpressionFault("is no valid CEL: the compiler gave up on it") from error
    # A misspelt name is found now, and not at the till.
    if faults := list(_unknown(tokens, program, fields)):
        raise ExpressionFault("; ".join(dict.fromkeys(faults)))
    return Expression(source=source, program=program)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason")


def _syntax_reason(error: Exception) -> str:
    # The compiler repeats the expression, and then marks each error with its position.
    found = _SYNTAX.search(str(error))
    if found is None:
        return _first_line(error)
    reason = "it ends too early" if "'<EOF>'" in found[2] else found[2].split(" expecting ")[0]
    return f"at character {found[1]}, {reason}"


def _unreadable(tokens: Sequence[re.Match[str]]) -> Iterator[str]:
    """What would let brackets hide from the count: kinds of text that end elsewhere."""
    end, kind = -1, None
    for token in tokens:
        if token.lastgroup == "quote":
            yield "has a text that is not closed"
        elif token.lastgroup == "comment":
            yield "has a comment; write notes outside the quotes, after #"
        elif token.lastgroup == "text" and token.start() == end and kind in {"text", "name"}:
            yield "has a text of a special kind (raw, bytes or triple quotes); use \"…\" or '…'"
        if token.lastgroup == "text" and (odd := set(_ESCAPE.findall(token.group())) - ESCAPES):
            yield f"has a text with `\\{min(odd)}`; behind it may stand n, t, a quote or `\\`"
        end, kind = token.end(), token.lastgroup


def _limits_broken(tokens: Sequence[re.Match[str]]) -> Iterator[str]:
    depths = [0, *accumulate({"open": 1, "close": -1}.get(t.lastgroup or "", 0) for t in tokens)]
    macros = [i for i in range(len(tokens)) if _is_called(tokens, i, MACROS)]
    baskets = [i for i in range(len(tokens)) if _is_basket(tokens, i)]
    literals = [0, *accumulate(_LITERAL.get(t.group(), 0) for t in tokens)]
    if max(depths) > NESTING_MAX:
        yield f"is nested {max(depths)} deep; at most {NESTING_MAX} is allowed"
    if len(macros) > MACROS_MAX:
        yield f"has {len(macros)} macros; at most {MACROS_MAX} are allowed"
    if len(baskets) > BASKETS_MAX:
        yield f"names the whole basket {len(baskets)} times; at most {BASKETS_MAX} are allowed"
    if any(literals[basket] > 0 for basket in baskets):
        yield "puts the whole basket into a list, which may run too long"
    for macro in macros:
        # It ends with the bracket that brings the depth back to where it began.
        last = len(tokens) - 1
        end = next((i for i in range(macro + 2, last) if depths[i + 1] <= depths[macro]), last)
        if tokens[end].end() - tokens[macro].start() > MACRO_CHARACTERS_MAX:
            yield f"has a macro of more than {MACRO_CHARACTERS_MAX} characters"
        if any(macro < other <= end for other in macros):
            yield "has a macro inside another macro, which may run too long"
        if any(macro < basket <= end for basket in baskets):
            yield "looks at the whole basket for each of its lines, which may run too long"


def _after(tokens: Sequence[re.Match[str]], index: int) -> str:
    return tokens[index].group() if index < len(tokens) else ""


def _is_called(
    tokens: Sequence[re.Match[str]], index: int, names: Collection[str] | None = None
) -> bool:
    token = tokens[index]
    known = names is None or token.group() in names
    return token.lastgroup == "name" and known and _after(tokens, index + 1) == "("


def _is_basket(tokens: Sequence[re.Match[str]], index: int) -> bool:
    """`activity.lines`, or anything that might be it: `activity` without a plain field."""
    if tokens[index].group() != "activity" or tokens[index].lastgroup != "name":
        return False
    field = _after(tokens, index + 2) if _after(tokens, index + 1) == "." else ""
    return field not in FIELDS["activity"] - {"lines"}


def _unknown(
    tokens: Sequence[re.Match[str]], program: cel.Program, fields: Fields
) -> Iterator[str]:
    bound = {
        _after(tokens, index + 2)
        for index in range(len(tokens))
        if _is_called(tokens, index, MACROS | {"map"})
    }
    for name in sorted(bound & set(fields)):
        yield f"calls each line `{name}`, which is the name of something else"
    for name in sorted(set(program.variables()) - bound - set(fields)):
        yield f"uses `{name}`{_closest(name, fields)}"
    for index, token in enumerate(tokens):
        # Macros are expanded before the program lists its functions, so the tokens are asked.
        if _is_called(tokens, index):
            name = token.group()
            if name in REFUSED:
                yield REFUSED[name]
            elif name not in FUNCTIONS | MACROS:
                yield f"calls `{name}`{_closest(name, FUNCTIONS | MACROS)}"
        known = fields.get(token.group(), frozenset())
        field = _after(tokens, index + 2)
        if known and _after(tokens, index + 1) == "." and field not in known:
            yield f"uses `{token.group()}.{field}`{_closest(field, known)}"


def _closest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else f"; known are {', '.join(sorted(known))}"
