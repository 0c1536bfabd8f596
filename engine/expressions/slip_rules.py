"""The rules that find slips in expressions, one for each kind; what becomes of them, `slips` decides."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from jmespath import exceptions

from .functions import FUNCTIONS
from .lexer import OPERANDS, Token, tokenize
from .references import ROOTS
from .unparse import name as field_name


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip: what stands from `start` to `end`, and what to put there.

    `doubtful` ones can be read as they are, and then mean something else.
    """

    start: int
    end: int
    put: str
    hint: str
    doubtful: bool = False


_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": "'", "”": "'", "„": "'", "‚": "'"})


def dress(text: str) -> str:
    """With the quotes of the language, of the same length: word processors bend them."""
    return text.translate(_QUOTES)


def tokens_of(text: str) -> list[Token]:
    try:
        return list(tokenize(dress(text)))
    except (exceptions.JMESPathError, ValueError, RecursionError):
        return []


def find_slips(text: str) -> Iterator[Slip]:
    if dress(text) != text and "'" not in text:
        yield Slip(0, 0, "", "text goes between straight quotes: '…'")
    words = list(_backticks(text))
    yield from words
    tokens = [] if words else tokens_of(text)
    named = list(find_hyphens(tokens)) if any(t["type"] == "number" for t in tokens) else []
    yield from named
    opened: list[str] = []
    for at, token in enumerate(tokens[:-1]):
        if any(slip.start <= token["start"] < slip.end for slip in named):
            continue
        around = _Around(tokens, at, opened[-1] if opened else "")
        for rule in _RULES.get(token["type"], ()):
            slip = rule(around)
            if slip is not None:
                yield slip
                break
        if token["type"] in _OPENS:
            opened.append(_OPENS[token["type"]])
        elif token["type"] in ("rparen", "rbracket", "rbrace") and opened:
            opened.pop()


_OPENS = {"lparen": "(", "lbracket": "[", "filter": "[?", "lbrace": "{"}


@dataclass(frozen=True, slots=True)
class _Around:
    """A token and those beside it; `within` is the bracket that was opened last."""

    tokens: list[Token]
    at: int
    within: str

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def beside(self, offset: int) -> Token:
        place = self.at + offset
        return self.tokens[place] if 0 <= place < len(self.tokens) else _NOTHING

    @property
    def before(self) -> str:
        return str(self.beside(-1)["type"])

    @property
    def after(self) -> str:
        return str(self.beside(1)["type"])

    def put(self, text: str, hint: str, *, until: int = 0, doubtful: bool = False) -> Slip:
        """Replace this token, and those up to the one that stands `until` places behind."""
        return Slip(self.token["start"], self.beside(until)["end"], text, hint, doubtful)


_NOTHING: Token = {"type": "", "value": "", "start": 0, "end": 0}
_COMPARE = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})


# -- the slips -----------------------------------------------------------------------------------------


def _backticks(text: str) -> Iterator[Slip]:
    """A text between backticks, where JSON is asked for."""
    for found in re.finditer(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`([^`\\]*)`", text):
        if found[1] is None:
            continue
        try:
            json.loads(found[1])
        except RecursionError:
            continue
        except ValueError:
            word = found[1].strip().strip("'\"")
            hint = f"text goes between single quotes: '{word}'"
            yield Slip(found.start(), found.end(), f"'{word}'", hint)


def _equals_sign(here: _Around) -> Slip | None:
    if here.before == "variable":
        return None  # of a let
    if here.before in ("eq", "ne") and here.beside(-1)["end"] == here.token["start"]:
        return here.put("", "write == to compare and != for its opposite")
    return here.put("==", "write == to compare")


def _angles(here: _Around) -> Slip | None:
    if here.after == "gt" and here.token["end"] == here.beside(1)["start"]:
        return here.put("!=", "write != for “not equal”", until=1)
    return None


_WORDS = {"and": "&&", "or": "||"}


def _word(here: _Around) -> Slip | None:
    """`and`, `or` and `not` in words."""
    word = here.token["value"].lower()
    if here.before == "dot":
        return None
    if word in _WORDS and here.before in OPERANDS and here.after not in ("", "eof", "dot"):
        return here.put(_WORDS[word], f"write {_WORDS[word]} for “{word}”")
    joined = here.before not in OPERANDS or str(here.beside(-1)["value"]).lower() in _WORDS
    if word == "not" and joined and here.after in _BEGINS:
        end = here.beside(1)["start"]
        return Slip(here.token["start"], end, "!", "write ! for “not”")
    return None


_BEGINS = frozenset(
    {"unquoted_identifier", "quoted_identifier", "lparen", "literal", "not", "current", "root", "variable"}
)


def _ampersand(here: _Around) -> Slip | None:
    return here.put("&&", "write && for “and”") if here.before in OPERANDS else None


def _number(here: _Around) -> Slip | None:
    """A number without backticks. As an index and in a slice it stands without them."""
    token = here.token
    if here.within == "[" and here.before in ("lbracket", "colon") and here.after != "comma":
        return None
    if here.before == "dot" and here.beside(-2)["type"] == "number":
        return None  # behind the point of a number that was seen before
    written, until = str(token["value"]), 0
    point, fraction = here.beside(1), here.beside(2)
    if point["type"] == "dot" and fraction["type"] == "number" and fraction["start"] == point["end"]:
        written, until = f"{written}.{fraction['value']}", 2
    sign = ""
    if here.before in OPERANDS and written.startswith("-"):
        sign, written = "- ", written[1:]
    return here.put(f"{sign}`{written}`", f"numbers go between backticks: `{written}`", until=until)


def _bracket(here: _Around) -> Slip | None:
    """`a['b']` for a field called b."""
    name = here.beside(1)
    of_text = name["type"] == "quoted_identifier" or isinstance(name["value"], str)
    if here.before not in OPERANDS or here.beside(2)["type"] != "rbracket" or not of_text:
        return None
    if name["type"] not in ("literal", "quoted_identifier"):
        return None
    written = field_name(name["value"])
    hint = f"a field is named behind a point, in double quotes where it is no plain name: .{written}"
    return here.put(f".{written}", hint, until=2)


def _variable(here: _Around) -> Slip | None:
    """`$trigger`: the parts of the scope have no sign in front."""
    name = here.token["value"]
    meant = name if name in ROOTS else _VARIABLES.get(name)
    bound = any(
        one["type"] == "variable" and one["value"] == name and after["type"] == "assign"
        for one, after in pairwise(here.tokens)
    )
    return None if bound or meant is None else here.put(meant, f"write {meant} without $")


_VARIABLES = {
    "json": "trigger", "event": "trigger", "request": "trigger", "body": "trigger.body",
    "payload": "trigger.body", "headers": "trigger.headers", "query": "trigger.query",
}  # fmt: skip
"""What other products call the event, or a part of it."""


def _leading_dot(here: _Around) -> Slip | None:
    return here.put("", "an expression begins with a name") if here.at == 0 else None


_CONSTANTS = frozenset({"true", "false", "null"})


def _constant(here: _Around) -> Slip | None:
    """true, false and null without backticks name fields."""
    word = here.token["value"].lower()
    word = "null" if word in ("none", "nil", "undefined") else word
    is_name = here.after in ("dot", "lparen", "lbracket") or (here.after == "colon" and here.within == "{")
    if word not in _CONSTANTS or here.before == "dot" or is_name:
        return None
    if here.before not in _COMPARE and here.after not in _COMPARE and here.token["value"] not in _CONSTANTS:
        return None
    hint = f"`{word}` is between backticks; without them it is a field name"
    return here.put(f"`{word}`", hint, doubtful=True)


def _double_quotes(here: _Around) -> Slip | None:
    """A text in double quotes, which name a field."""
    name = here.token["value"]
    if here.before == "dot" or here.after in ("dot", "colon", "lbracket", "lparen"):
        return None
    compared = (here.before in _COMPARE and here.beside(-2)["type"] != "literal") or (
        here.after in _COMPARE and here.beside(2)["type"] != "literal"
    )
    argument = here.within == "(" and here.before in ("comma", "lparen") and here.after in ("comma", "rparen")
    if not compared and not (argument and re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)):
        return None
    text = name.replace("\\", "\\\\").replace("'", "\\'")
    hint = f"double quotes name a field; for text write '{text}'"
    return here.put(f"'{text}'", hint, doubtful=True)


_ALIASES = {
    "len": "length", "size": "length", "count": "length", "lowercase": "lower", "tolowercase": "lower",
    "uppercase": "upper", "touppercase": "upper", "includes": "contains", "startswith": "starts_with",
    "endswith": "ends_with", "indexof": "find_first", "regex": "matches", "match": "matches",
    "test": "matches", "coalesce": "not_null", "ifnull": "default", "concat": "join",
    "parse_json": "from_json",
    "tostring": "to_string", "str": "to_string", "tonumber": "to_number", "number": "to_number",
    "int": "to_number", "parseint": "to_number", "float": "to_number", "parsefloat": "to_number",
    "json": "to_json", "urlencode": "url_encode", "encodeuri": "url_encode",
    "encodeuricomponent": "url_encode", "replaceall": "replace", "date": "format_date", "md5": "hmac",
}  # fmt: skip


_NONE_NEAR = frozenset({"not", "isnull", "isempty"})  # which look like now() and not_null()


def near_function(name: str) -> str | None:
    """The function that was probably meant by a name that no function has."""
    if name.lower().replace("_", "") in _NONE_NEAR:
        return None
    known = _ALIASES.get(name.lower().replace("_", "")) or _ALIASES.get(name.lower())
    if known is not None:
        return known
    snake = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
    near = [snake] if snake in FUNCTIONS else get_close_matches(snake, FUNCTIONS, n=1)
    return near[0] if near else None


def _function(here: _Around) -> Slip | None:
    """A function that is called otherwise elsewhere, or called as a method."""
    name = here.token["value"]
    if here.after != "lparen":
        return _filter(here)
    if name not in FUNCTIONS:
        known = near_function(name)
        return None if known is None or name.lower() == "not" else here.put(known, "")
    empty = here.beside(2)["type"] == "rparen"
    if empty and not FUNCTIONS[name].takes(0) and FUNCTIONS[name].takes(1):
        hint = f"write {name}(@): @ is the value that it is called on"
        return here.put(f"{name}(@)", hint, until=2)
    return None


_FILTERS = frozenset({
    "lower", "upper", "trim", "to_string", "to_number", "to_json", "from_json", "to_array", "reverse",
    "slack_escape", "html_escape", "url_encode", "base64", "base64_decode", "sha256", "length",
})  # fmt: skip


def _filter(here: _Around) -> Slip | None:
    """`a | lower`, which asks for a field of that name."""
    ends = here.after in _COMPARE | {"pipe", "eof", "and", "or", "rparen"}
    if here.before == "pipe" and here.token["value"] in _FILTERS and ends:
        name = here.token["value"]
        return here.put(f"{name}(@)", f"to call the function write {name}(@)", doubtful=True)
    return None


def find_hyphens(tokens: Sequence[Token]) -> Iterator[Slip]:
    """Names with hyphens behind a point, without quotes: trigger.headers.x-request-id."""
    at = 0
    while at + 2 < len(tokens):
        end = at + 1
        if tokens[at]["type"] == "dot" and tokens[end]["type"] == "unquoted_identifier":
            while _goes_on(tokens, end):
                end += 2 if tokens[end + 1]["type"] == "minus" else 1
        if end > at + 1:
            name = "".join(f"{token['value']}" for token in tokens[at + 1 : end + 1])
            hint = f'a name with a hyphen needs quotes: "{name}"'
            yield Slip(tokens[at + 1]["start"], tokens[end]["end"], f'"{name}"', hint)
        at = max(end, at + 1)


def _goes_on(tokens: Sequence[Token], end: int) -> bool:
    """Whether the name goes on behind this token with a hyphen and a word, or a number, without a gap."""
    sign = tokens[end + 1]
    if sign["start"] != tokens[end]["end"]:
        return False
    if sign["type"] == "number":
        return bool(sign["value"] < 0)
    word = tokens[end + 2] if end + 2 < len(tokens) else _NOTHING
    return bool(
        sign["value"] == "-" and word["type"] == "unquoted_identifier" and word["start"] == sign["end"]
    )


_RULES: dict[str, tuple[Callable[[_Around], Slip | None], ...]] = {
    "assign": (_equals_sign,),
    "lt": (_angles,),
    "expref": (_ampersand,),
    "number": (_number,),
    "lbracket": (_bracket,),
    "dot": (_leading_dot,),
    "quoted_identifier": (_double_quotes,),
    "variable": (_variable,),
    "unquoted_identifier": (_word, _constant, _function),
}
