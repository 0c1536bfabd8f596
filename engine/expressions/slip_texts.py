"""Slips that are seen in the text, where it cannot be cut into tokens: signs of other languages, names that
need quotes, dates without them, braces inside an expression, brackets that are never closed."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .references import ROOTS
from .slip_rules import Slip

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`", re.DOTALL)
_MOST = 2_000  # characters: nobody writes more by hand
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ROOT = "|".join(ROOTS)
_NO_BRACES = "write the expression without braces here"


class _Pattern(NamedTuple):
    found: re.Pattern[str]
    put: Callable[[re.Match[str]], str]
    hint: str


_PATTERNS = (
    _Pattern(re.compile(r"=>|≥"), lambda m: ">=", "write >= and <="),
    _Pattern(re.compile(r"=<|≤"), lambda m: "<=", "write >= and <="),
    _Pattern(re.compile(r"(?<![=!<>])=!(?!=)|≠"), lambda m: "!=", "write != for “not equal”"),
    _Pattern(re.compile(r"\?\?|\?:"), lambda m: "||", "write || for another value"),
    _Pattern(
        re.compile(r"\?\.(?=[\w\"])"), lambda m: ".", "a missing field gives null by itself: write . for ?."
    ),
    _Pattern(
        re.compile(r"(?:=~|~=|~|\bmatches\b)\s*/((?:[^/\\\n\0]|\\.)+)/(i?)"),
        lambda m: f" matches '{'(?i)' if m[2] else ''}{m[1]}'",
        "write matches(text, pattern)",
    ),
    _Pattern(re.compile(r"=~|~=|~"), lambda m: " matches ", "write matches(text, pattern)"),
    _Pattern(re.compile(r"\bJSON\.parse(?=\()"), lambda m: "from_json", "write from_json(…)"),
    _Pattern(re.compile(r"\bJSON\.stringify(?=\()"), lambda m: "to_json", "write to_json(…)"),
    _Pattern(re.compile(r";+\s*\Z"), lambda m: "", "an expression ends without a semicolon"),
    _Pattern(
        re.compile(r"\A\s*(?:=(?![=~])|(?:return|if)\b(?!\s*\())\s*"),
        lambda m: "",
        "an expression is the value itself",
    ),
    _Pattern(
        re.compile(
            r"(?<![\w.`/-])\d{4}([-/])\d\d\1\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?(?![\w`/])", re.ASCII
        ),
        lambda m: f"'{m[0].replace('/', '-')}'",
        "a date is a text between single quotes",
    ),
    _Pattern(
        re.compile(r"(?<![\w.`-])-?(?=\d[\d.]*[_eE])\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w`])", re.ASCII),
        lambda m: f"`{m[0].replace('_', '')}`",
        "numbers go between backticks",
    ),
    _Pattern(re.compile(rf"\$?\{{\s*((?:{_ROOT})\.[^{{}}:,\0]+)\}}"), lambda m: m[1].strip(), _NO_BRACES),
    _Pattern(re.compile(rf"@(?=(?:{_ROOT})\.)"), lambda m: "", "an expression begins with a name"),
    _Pattern(re.compile(r"\.(?=\[\s*-?\d+\s*\])"), lambda m: "", "an element of a list is in brackets: [0]"),
    _Pattern(re.compile(r"\.{2,}(?=[\w\"])"), lambda m: ".", "one point stands between two names"),
    _Pattern(re.compile(r"(?<!\s)\s+#[^\n]*\Z"), lambda m: "", "an expression has no comments"),
    _Pattern(
        re.compile(r"(?<=\.)(?=[\w$:-]*[^\x00-\x7f$:\W]|[@$#]|\d+[^\W\d]|\w+[:$#]\w)[\w@$#][\w@$#:-]*"),
        lambda m: f'"{m[0]}"',
        "a name with other signs needs quotes",
    ),
)
_BRACES = re.compile(r"""(?P<quote>['"]?)\$?\{\{(?P<inner>[^{}]+)\}\}(?P=quote)""")


def find_texts(text: str) -> Iterator[Slip]:
    """The slips; none that stand within quotes, but for braces."""
    if len(text) > _MOST:
        return
    for found in _BRACES.finditer(text):
        inner = found["inner"].strip()
        yield Slip(found.start(), found.end(), inner, _NO_BRACES, doubtful=bool(found["quote"]))
    bare = _QUOTED.sub(lambda quoted: quoted[0][0] + "\0" * (len(quoted[0]) - 2) + quoted[0][0], text)
    if "{{" in bare:
        return
    for pattern in _PATTERNS:
        for found in pattern.found.finditer(bare):
            yield Slip(found.start(), found.end(), pattern.put(found), pattern.hint)
    yield from _brackets(bare)


def _brackets(text: str) -> Iterator[Slip]:
    opened: list[str] = []
    for at, sign in enumerate(text):
        if sign in _CLOSING:
            opened.append(_CLOSING[sign])
        elif sign in _CLOSING.values():
            if not opened:
                yield Slip(at, at + 1, "", f"this {sign} closes nothing")
                return
            if opened.pop() != sign:
                return
    if opened:
        missing = "".join(reversed(opened))
        yield Slip(len(text), len(text), missing, f"{missing} is missing at the end")
