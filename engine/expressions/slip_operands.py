"""The tokens of an expression as operands: what stands on either side of a word, the arguments of a call, and
which bracket closes which."""

from dataclasses import dataclass, field

from .lexer import Token
from .slip_rules import Slip

_NAMES = frozenset({"unquoted_identifier", "quoted_identifier"})
_BASES = _NAMES | {"literal", "number", "variable", "root", "current", "star"}
_OPENING = {"lparen": "rparen", "lbracket": "rbracket", "filter": "rbracket", "lbrace": "rbrace"}


@dataclass
class Operands:
    """The tokens of an expression, and which bracket closes which."""

    text: str
    tokens: list[Token]
    pairs: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        opened: list[int] = []
        for at, token in enumerate(self.tokens):
            if token["type"] in _OPENING:
                opened.append(at)
            elif opened and token["type"] == _OPENING[self.kind(opened[-1])]:
                first = opened.pop()
                self.pairs[first], self.pairs[at] = at, first

    def kind(self, at: int) -> str:
        return str(self.tokens[at]["type"]) if 0 <= at < len(self.tokens) else ""

    def word(self, at: int) -> str:
        return str(self.tokens[at]["value"]).lower() if self.kind(at) == "unquoted_identifier" else ""

    def begin(self, at: int) -> int | None:
        """The first token of the operand that ends with this one."""
        while True:
            if self.kind(at) in ("rparen", "rbracket", "rbrace"):
                if (first := self.pairs.get(at)) is None:
                    return None
                at = first
                if self._follows(at - 1, at) and self.kind(at) != "lbrace":
                    at -= 1
                    continue
            elif self.kind(at) == "flatten" and self._follows(at - 1, at):
                at -= 1
                continue
            elif self.kind(at) not in _BASES:
                return None
            if self.kind(at - 1) != "dot":
                return at
            at -= 2

    def _follows(self, at: int, next: int) -> bool:
        ends = _BASES | {"rparen", "rbracket", "flatten"}
        return self.kind(at) in ends and self.tokens[at]["end"] == self.tokens[next]["start"]

    def end(self, at: int) -> int | None:
        """The last token of the operand that begins with this one."""
        while self.kind(at) in ("not", "minus"):
            at += 1
        if self.kind(at) in _OPENING:
            if (at := self.pairs.get(at, -1)) < 0:
                return None
        elif self.kind(at) not in _BASES:
            return None
        while True:
            if self.kind(at + 1) == "dot" and self.kind(at + 2) in _BASES | {"lbracket", "lbrace"}:
                at += 2
                at = self.pairs.get(at, -1) if self.kind(at) in _OPENING else at
            elif self.kind(at + 1) in ("lparen", "lbracket", "filter") and self._follows(at, at + 1):
                at = self.pairs.get(at + 1, -1)
            elif self.kind(at + 1) == "flatten":
                at += 1
            else:
                return at
            if at < 0:
                return None

    def source(self, first: int, last: int) -> str:
        return self.text[self.tokens[first]["start"] : self.tokens[last]["end"]]

    def put(self, first: int, last: int, text: str, hint: str, *, doubtful: bool = False) -> Slip:
        return Slip(self.tokens[first]["start"], self.tokens[last]["end"], text, hint, doubtful)

    def arguments(self, opening: int) -> list[str] | None:
        """What stands between the commas of a call."""
        last = self.pairs.get(opening)
        if last is None or last == opening + 1:
            return None if last is None else []
        parts, first, at = [], opening + 1, opening + 1
        while at < last:
            if self.kind(at) == "comma":
                parts.append(self.source(first, at - 1))
                first = at + 1
            at = self.pairs.get(at, at) + 1
        return [*parts, self.source(first, last - 1)]
