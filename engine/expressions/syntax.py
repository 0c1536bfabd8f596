"""From the text of an expression to its syntax tree. The one door to the `jmespath` package.

The library's own lexer and parser do the work; here they learn to say where a name and a call stand,
to refuse what has no meaning, and to stop before hostile text exhausts the stack.
Grammar: https://jmespath.org/specification.html#grammar
"""

import json
from typing import Any, NamedTuple

from jmespath import exceptions
from jmespath.lexer import Lexer
from jmespath.parser import Parser

from .errors import ExpressionError

MAX_LENGTH = 4_096
"""Characters of one expression."""
MAX_NESTING = 64
"""Levels of brackets, operators and projections in one expression."""

_OPENS = frozenset({"lparen", "lbracket", "lbrace", "filter", "not", "expref"})
_CLOSES = frozenset({"rparen", "rbracket", "rbrace"})
_PREFIXES = frozenset({"not", "expref"})
_CHAINS = frozenset({"or_expression", "and_expression", "pipe"})
_SEQUENCES = frozenset({"subexpression", "index_expression"})


class Node(NamedTuple):
    """A node of the tree: the library's node types, with chains of `||`, `&&`, `|` and `.` laid flat.

    `value` is a field's or function's name, a literal, an index or a slice; `start` and `end` are
    the place of a field's or function's name in the text.
    """

    kind: str
    value: Any
    children: tuple["Node", ...]
    start: int
    end: int


def parse(text: str) -> Node:
    """The tree of an expression; raises ExpressionError."""
    if not isinstance(text, str):
        raise ExpressionError(str(text)[:80], 0, "an expression is a text")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(text[:80], 80, f"the expression is longer than {MAX_LENGTH:,} characters")
    if not text.strip():
        raise ExpressionError(text, 0, "the expression is empty")
    try:
        text.encode()
        return _tidy(_Parser().tree(text), text, 0)
    except UnicodeEncodeError as error:
        raise ExpressionError(text, error.start, "the expression is not valid Unicode") from None
    except exceptions.IncompleteExpressionError:
        raise ExpressionError(text, len(text), "the expression ends too early") from None
    except exceptions.LexerError as error:
        raise ExpressionError(text, error.lexer_position, _lexer_words(error)) from None
    except exceptions.ParseError as error:
        raise ExpressionError(text, error.lex_position, _parser_words(error)) from None
    except RecursionError:
        raise ExpressionError(text, 0, _TOO_DEEP) from None
    except (exceptions.JMESPathError, ValueError, IndexError, KeyError, TypeError) as error:
        raise ExpressionError(text, 0, f"the expression cannot be read: {error}") from None


_TOO_DEEP = f"the expression is nested deeper than {MAX_NESTING} levels"


# The package's type stubs show only its outside.
_LibraryLexer: Any = Lexer
_LibraryParser: Any = Parser


class _Lexer(_LibraryLexer):  # type: ignore[misc]
    def _consume_literal(self) -> dict[str, Any]:
        # The library takes `foo` for 'foo' with a deprecation warning; JEP-12 ended that.
        start: int = self._position
        lexeme = self._consume_until("`").replace("\\`", "`")
        try:
            value = json.loads(lexeme, parse_constant=_refuse, parse_int=_integer, parse_float=_float)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, UnicodeError, OverflowError):
            message = "between backticks stands JSON; for a text write '…'"
            raise exceptions.LexerError(start, lexeme, message) from None
        return {"type": "literal", "value": value, "start": start, "end": self._end()}

    def _consume_quoted_identifier(self) -> dict[str, Any]:
        token: dict[str, Any] = super()._consume_quoted_identifier()
        try:
            token["value"].encode()
        except UnicodeError:
            message = "the name is not valid Unicode"
            raise exceptions.LexerError(token["start"], token["value"], message) from None
        return {**token, "end": self._end()}

    def _end(self) -> int:
        # At the end of the text the library's lexer stays on the last character.
        return len(self._expression) if self._current is None else int(self._position)


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


class _Parser(_LibraryParser):  # type: ignore[misc]
    """Parses afresh (the library keeps 512 trees of its own), and notes places."""

    # The library reads !a.b as (!a).b, which is null whatever a is, and !a[?x] and !a[] likewise.
    # Here ! takes in all that follows up to the next operator, as everyone who writes it means.
    BINDING_POWER = {**_LibraryParser.BINDING_POWER, "not": 8}  # noqa: RUF012 - the library's own attribute

    def tree(self, text: str) -> dict[str, Any]:
        self._tokens = list(_Lexer().tokenize(text))
        self._index = 0
        _check_nesting(self._tokens)
        tree: dict[str, Any] = self._expression(binding_power=0)
        if self._current_token() != "eof":
            self._raise_parse_error_for_token(self._lookahead_token(0), "unexpected")
        return tree

    def _token_nud_unquoted_identifier(self, token: dict[str, Any]) -> Any:
        return self._place(super()._token_nud_unquoted_identifier(token), token)

    def _token_nud_quoted_identifier(self, token: dict[str, Any]) -> Any:
        if self._current_token() == "lparen":
            self._raise_parse_error_for_token(token, "a function's name has no quotes")
        return {**self._place(super()._token_nud_quoted_identifier(token), token), "quoted": True}

    def _token_led_lparen(self, left: dict[str, Any]) -> Any:
        name = self._lookahead_token(-2)
        if name["type"] != "unquoted_identifier":
            self._raise_parse_error_for_token(self._lookahead_token(-1), "unexpected")
        return self._place(super()._token_led_lparen(left), name)

    def _parse_slice_expression(self) -> Any:
        first = self._lookahead_token(0)
        node = super()._parse_slice_expression()
        if node["children"][2] == 0:
            self._raise_parse_error_for_token(first, "a slice cannot go in steps of 0")
        return node

    @staticmethod
    def _place(node: dict[str, Any], token: dict[str, Any]) -> dict[str, Any]:
        return {**node, "start": token["start"], "end": token["end"]}


def _check_nesting(tokens: list[dict[str, Any]]) -> None:
    depth = prefixes = 0
    for token in tokens:
        kind = token["type"]
        prefixes = prefixes + 1 if kind in _PREFIXES else 0
        depth += (kind in _OPENS and kind not in _PREFIXES) - (kind in _CLOSES)
        if depth > MAX_NESTING or prefixes > MAX_NESTING:
            raise exceptions.ParseError(token["start"], token["value"], kind, _TOO_DEEP)


def _tidy(node: dict[str, Any], text: str, depth: int) -> Node:
    if depth > MAX_NESTING:
        raise ExpressionError(text, 0, _TOO_DEEP)
    kind = node["type"]
    children = list(node["children"])
    value = node.get("value")
    if kind == "slice":
        value, children = slice(*children), []
    elif kind in _CHAINS:
        children = _spine(node, kind)
    elif kind in _SEQUENCES:
        kind = "sequence"
    made = tuple(_tidy(child, text, depth + 1) for child in children)
    return Node(kind, value, made, node.get("start", 0), node.get("end", 0))


def _spine(node: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    # a || b || c parses as (a || b) || c, as deep as it is long.
    children = []
    while node["type"] == kind:
        left, right = node["children"]
        children.append(right)
        node = left
    return [node, *reversed(children)]


def _lexer_words(error: exceptions.LexerError) -> str:
    message = str(error.message)
    if message.startswith("Unclosed"):
        return f"this {error.lexer_value[:1]} is never closed"
    if message == "Unknown token '='":
        return "unexpected =; write == to compare"
    if message.startswith("Unknown token"):
        return f"unexpected {error.lexer_value}"
    return message


def _parser_words(error: exceptions.ParseError) -> str:
    message = str(error.msg)
    if " " in message and not message.startswith(("Expecting", "Invalid", "invalid", "syntax")):
        return message
    return f"unexpected {error.token_value}" if error.token_value != "" else "the expression ends too early"
