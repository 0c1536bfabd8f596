"""From the text of an expression to its syntax tree. The only module that imports the `jmespath` package.

The library's parser does the work; here it learns to say where each part stands, to refuse what has no
meaning, to stop before hostile text exhausts the stack, and what JMESPath Community added: `let` (JEP-11a),
arithmetic (JEP-16), `$` (JEP-17) and the ternary (JEP-21).
Grammar: https://jmespath.org/specification.html#grammar,
https://github.com/jmespath-community/jmespath.spec
"""

from typing import Any, NamedTuple

from jmespath import exceptions
from jmespath.parser import Parser

from .errors import ExpressionError
from .lexer import Token, tokenize

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
    """A node of the tree: the library's node types, with chains of `||`, `&&`, `|`, `.` and of arithmetic
    laid flat; and of our own:

        let         value: the variables' names; children: what is bound to each, then the body
        variable    value: its name, without the $
        root        what `$` says
        ternary     children: condition, then, otherwise
        arithmetic  value: the operators (`+ - * / % //`), one fewer than there are children
        sign        value: `-` or `+`

    `value` is else a field's or function's name, a literal, an index or a slice. `start` and `end` are its
    place in the text, without brackets around it.
    """

    kind: str
    value: Any
    children: tuple["Node", ...]
    start: int
    end: int


def parse(text: str) -> Node:
    """The tree of an expression; raises ExpressionError."""
    if not isinstance(text, str):
        raise ExpressionError(str(text)[:80], 0, "an expression must be text")
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
_LibraryParser: Any = Parser


class _Parser(_LibraryParser):  # type: ignore[misc]
    """Parses afresh (the library keeps 512 trees of its own), and notes places."""

    BINDING_POWER = {  # noqa: RUF012 - the library's own attribute
        **_LibraryParser.BINDING_POWER,
        "assign": 0, "variable": 0, "root": 0,
        "question": 1.5,  # between | and ||
        "plus": 6, "minus": 6,  # above comparisons
        "multiply": 7, "divide": 7, "modulo": 7, "div": 7,
        # The library reads !a.b as (!a).b, which is null whatever a is, and !a[?x] and !a[] likewise.
        # Here ! takes in all that follows up to the next operator, as everyone who writes it means.
        "not": 8,
    }  # fmt: skip
    _SIGN = 7.5  # a sign in front binds closer than any operator between two values

    def tree(self, text: str) -> dict[str, Any]:
        self._tokens = list(tokenize(text))
        self._index = 0
        _check_nesting(self._tokens)
        tree: dict[str, Any] = self._expression(binding_power=0)
        if self._current_token() != "eof":
            self._raise_parse_error_for_token(self._lookahead_token(0), "unexpected")
        return tree

    def _expression(self, binding_power: float = 0) -> dict[str, Any]:
        first = self._lookahead_token(0)
        self._advance()
        nud: Any = getattr(self, f"_token_nud_{first['type']}", self._error_nud_token)
        left: dict[str, Any] = nud(first)
        left.setdefault("start", first["start"])  # what stands in brackets has its place already
        left.setdefault("end", self._end())
        while binding_power < self.BINDING_POWER[self._current_token()]:
            operator = self._lookahead_token(0)
            self._advance()
            led: Any = getattr(self, f"_token_led_{operator['type']}", self._unexpected)
            left = led(left)
            left["start"], left["end"] = first["start"], self._end()
        return left

    def _end(self) -> int:
        """Where the last token that was read ends."""
        return int(self._lookahead_token(-1)["end"])

    def _unexpected(self, _left: dict[str, Any]) -> Any:
        self._error_led_token(self._lookahead_token(-1))

    def _raise_parse_error_for_token(self, token: Token, reason: str) -> None:
        if token["type"] == "assign":
            reason = "unexpected =; write == to compare"
        super()._raise_parse_error_for_token(token, reason)

    # -- what stands in front -----------------------------------------------------------------------

    def _token_nud_unquoted_identifier(self, token: Token) -> Any:
        # `let` and `in` are names too: only a variable behind makes a keyword of the first.
        if token["value"] == "let" and self._current_token() == "variable":
            return self._let()
        return super()._token_nud_unquoted_identifier(token)

    def _token_nud_quoted_identifier(self, token: Token) -> Any:
        if self._current_token() == "lparen":
            self._raise_parse_error_for_token(token, "a function's name has no quotes")
        return {**super()._token_nud_quoted_identifier(token), "quoted": True}

    def _let(self) -> Any:
        names, parts = [], []
        while True:
            names.append(self._lookahead_token(0)["value"])
            self._match("variable")
            self._match("assign")
            parts.append(self._expression())
            following = self._lookahead_token(0)
            if following["type"] == "unquoted_identifier" and following["value"] == "in":
                break
            self._match("comma")
        self._advance()
        return {"type": "let", "value": tuple(names), "children": [*parts, self._expression()]}

    def _token_nud_variable(self, token: Token) -> Any:
        return {"type": "variable", "value": token["value"], "children": []}

    def _token_nud_root(self, token: Token) -> Any:
        return {"type": "root", "children": []}

    def _token_nud_multiply(self, token: Token) -> Any:
        if token["value"] != "*":
            return self._error_nud_token(token)
        return self._token_nud_star(token)  # behind `in`

    def _token_nud_minus(self, token: Token) -> Any:
        return {"type": "sign", "value": "-", "children": [self._expression(self._SIGN)]}

    def _token_nud_plus(self, token: Token) -> Any:
        return {"type": "sign", "value": "+", "children": [self._expression(self._SIGN)]}

    # -- what stands between ------------------------------------------------------------------------

    def _token_led_lparen(self, left: dict[str, Any]) -> Any:
        if self._lookahead_token(-2)["type"] != "unquoted_identifier":
            self._raise_parse_error_for_token(self._lookahead_token(-1), "unexpected")
        return super()._token_led_lparen(left)

    def _token_led_question(self, left: dict[str, Any]) -> Any:
        then = self._expression()
        self._match("colon")
        otherwise = self._expression(self.BINDING_POWER["question"] - 0.1)
        return {"type": "ternary", "children": [left, then, otherwise]}

    def _token_led_plus(self, left: dict[str, Any]) -> Any:
        return self._arithmetic(left, "plus")

    def _token_led_minus(self, left: dict[str, Any]) -> Any:
        return self._arithmetic(left, "minus")

    def _token_led_multiply(self, left: dict[str, Any]) -> Any:
        return self._arithmetic(left, "multiply")

    def _token_led_divide(self, left: dict[str, Any]) -> Any:
        return self._arithmetic(left, "divide")

    def _token_led_modulo(self, left: dict[str, Any]) -> Any:
        return self._arithmetic(left, "modulo")

    def _token_led_div(self, left: dict[str, Any]) -> Any:
        return self._arithmetic(left, "div")

    def _arithmetic(self, left: dict[str, Any], operator: str) -> Any:
        power = self.BINDING_POWER[operator]
        parts = [left, self._expression(power)]
        return {"type": "arithmetic", "value": ARITHMETIC[operator], "power": power, "children": parts}

    def _parse_slice_expression(self) -> Any:
        first = self._lookahead_token(0)
        node = super()._parse_slice_expression()
        if node["children"][2] == 0:
            self._raise_parse_error_for_token(first, "a slice cannot go in steps of 0")
        return node


ARITHMETIC = {"plus": "+", "minus": "-", "multiply": "*", "divide": "/", "modulo": "%", "div": "//"}
"""The operators of arithmetic as an `arithmetic` node has them."""


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
    elif kind == "arithmetic":
        value, children = _terms(node)
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


def _terms(node: dict[str, Any]) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """The operators and operands of a chain such as a + b - c, whose operators bind alike."""
    operators, operands, power = [], [], node["power"]
    while node["type"] == "arithmetic" and node["power"] == power:
        left, right = node["children"]
        operators.append(node["value"])
        operands.append(right)
        node = left
    return tuple(reversed(operators)), [node, *reversed(operands)]


def _lexer_words(error: exceptions.LexerError) -> str:
    return str(error.message)


def _parser_words(error: exceptions.ParseError) -> str:
    message = str(error.msg)
    if " " in message and not message.startswith(("Expecting", "Invalid", "invalid", "syntax")):
        return message
    return f"unexpected {error.token_value}" if error.token_value != "" else "the expression ends too early"
