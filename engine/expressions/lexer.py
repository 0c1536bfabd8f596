r"""From the text of an expression to its tokens, each with its exact place.

Those of JMESPath (https://jmespath.org/specification.html#grammar) and of JMESPath Community's arithmetic,
`$`, variables and ternary. Two departures: a literal between backticks is JSON and nothing else, as JEP-12
had it before the library was lenient; and `\n` in a raw string is a line break, because a message with one
is what people want who write it. A backslash before another backslash keeps both, as the library does.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from jmespath import exceptions

Token = dict[str, Any]
"""`type`, `value`, and `start` and `end` in the text: what the library's parser reads."""

_SIGNS = {
    ".": "dot", "*": "star", "]": "rbracket", ",": "comma", ":": "colon", "@": "current", "(": "lparen",
    ")": "rparen", "{": "lbrace", "}": "rbrace", "[": "lbracket", "[]": "flatten", "[?": "filter",
    "|": "pipe", "||": "or", "&": "expref", "&&": "and", "!": "not", "!=": "ne", "<": "lt", "<=": "lte",
    ">": "gt", ">=": "gte", "==": "eq", "=": "assign", "$": "root", "?": "question", "+": "plus",
    "-": "minus", "−": "minus", "–": "minus", "×": "multiply", "/": "divide", "÷": "divide", "%": "modulo",
    "//": "div",
}  # fmt: skip
OPERANDS = frozenset({
    "unquoted_identifier", "quoted_identifier", "literal", "number", "variable", "root", "current", "rparen",
    "rbracket", "rbrace", "flatten", "star",
})  # fmt: skip
"""Tokens that end an operand: a `*` behind one of them multiplies."""

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<unquoted_identifier>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>-?[0-9]+)"
    r"|(?P<variable>\$[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<quote>['\"`])"
    r"|(?P<sign>\|\||&&|[=!<>]=|//|\[\]|\[\?|[" + re.escape("".join(s for s in _SIGNS if len(s) == 1)) + "])"
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of an expression, `eof` last. Raises the library's LexerError."""
    at, before = 0, ""
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise exceptions.LexerError(at, text[at], f"unexpected {text[at]}")
        kind, word, start = str(found.lastgroup), found[0], at
        at = found.end()
        if kind == "space":
            continue
        value: Any = word
        if kind == "quote":
            at = _closing(text, start)
            kind, value = _quoted(text[start:at], start)
        elif kind == "number":
            value = int(word)
        elif kind == "variable":
            value = word[1:]
        elif kind == "sign":
            kind = _SIGNS[word]
            if kind == "star" and before in OPERANDS:
                kind = "multiply"
        before = kind
        yield {"type": kind, "value": value, "start": start, "end": at}
    yield {"type": "eof", "value": "", "start": len(text), "end": len(text)}


def _closing(text: str, start: int) -> int:
    """Where the quote ends that begins at `start`."""
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        at += 2 if text[at] == "\\" else 1
    if at >= len(text):
        raise exceptions.LexerError(start, text[start], f"this {text[start]} is never closed")
    return at + 1


def _quoted(lexeme: str, start: int) -> tuple[str, Any]:
    if lexeme[0] == "'":
        return "literal", _ESCAPE.sub(_unescape, lexeme[1:-1])
    try:
        if lexeme[0] == '"':
            name = json.loads(lexeme)
            name.encode()
            return "quoted_identifier", name
        inner = lexeme[1:-1].replace("\\`", "`")
        value = json.loads(inner, parse_constant=_refuse, parse_int=_integer, parse_float=_float)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise exceptions.LexerError(start, lexeme, "the name is not valid Unicode") from None
    except (ValueError, OverflowError) as error:
        if lexeme[0] == '"':
            raise exceptions.LexerError(start, lexeme, str(error).split(":")[0]) from None
        message = "backticks enclose JSON; for text write '…'"
        raise exceptions.LexerError(start, lexeme, message) from None
    return "literal", value


def _unescape(found: re.Match[str]) -> str:
    return {"'": "'", "n": "\n"}.get(found[1], found[0])


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _integer(digits: str) -> int | float:
    whole = int(digits)
    return whole if -(2**63) <= whole < 2**64 else _float(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise OverflowError
    return number
