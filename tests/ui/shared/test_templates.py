"""How templates are written: one tag a line, indented by what it stands in, no line over 120 characters.

Whitespace beside text is seen, so running text is left alone. A line may hold

* one element. Its opening tag begins the line; its closing tag ends that line, or stands on one of its own.
* running text with any number of phrasing elements (`INLINE`), each of them after some text:
  `See <code>a</code> and <b>b</b>.` An expression counts as text, a statement does not. An element may also
  begin right within another one, where a line break would be seen: `<a href="…"><code>a</code></a>`.

A line is indented by two spaces for each element around it; statements (`{% if %}`) add none. A line that
goes on with a tag, a statement or an expression is indented by four more, or further. The text within `<pre>`
and `<textarea>` stands as it is.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ui.shared.assets import STATIC

TEMPLATES = STATIC.parent / "templates"
WIDTH = 120
INLINE = frozenset({"a", "abbr", "b", "br", "code", "em", "i", "kbd", "small", "span", "strong", "time"})
VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
VERBATIM = frozenset({"pre", "textarea"})

_EXPRESSION = r"""\{\{(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|[^"'}]|\}(?!\}))*+\}\}"""
_UNIT = rf"{_EXPRESSION}|\{{%.*?%\}}|\{{\#.*?\#\}}"
_TOKEN = re.compile(
    rf"""(?P<expression>{_EXPRESSION}) | (?P<statement>\{{%.*?%\}}) | (?P<comment>\{{\#.*?\#\}})
    | (?P<tag><(?P<slash>/?)(?P<name>[a-zA-Z][\w:-]*|{_EXPRESSION})
        (?:{_UNIT}|"(?:{_UNIT}|[^"])*+"|'(?:{_UNIT}|[^'])*+'|[^>"'])*+>)
    | (?P<doctype><![^>]*>) | (?P<text>[^\s<{{]+|[<{{])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass
class Token:
    kind: str  # open, void, close, expression, statement, comment, doctype, text
    start: int
    end: int
    name: str = ""
    opening: "Token | None" = None  # of a closing tag

    @property
    def is_inline(self) -> bool:
        return self.name in INLINE


@dataclass
class Template:
    """The tokens in order, the number of elements around each, and the spans that stand as they are."""

    text: str
    tokens: list[Token] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    verbatim: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        around: list[Token] = []
        at = 0
        while match := _TOKEN.search(self.text, at):
            at = match.end()
            token = _token(match)
            if token.kind == "close":
                assert around and around[-1].name == token.name, f"</{token.name}> closes {around[-1:]}"
                token.opening = around.pop()
            self.tokens.append(token)
            self.depths.append(len(around))
            if token.kind == "open":
                around.append(token)
                if token.name in VERBATIM:
                    at = self.text.index(f"</{token.name}>", at)
                    self.verbatim.append((token.end, at))
        assert not around, f"not closed: {around}"

    def line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset)


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup or ""
    name = match["name"] or ""
    if match["tag"]:
        void = name in VOID or match[0].endswith("/>")
        kind = "close" if match["slash"] else "void" if void else "open"
    return Token(kind, match.start(), match.end(), name)


def problems(text: str) -> list[str]:
    """What is not written by the rules, by line."""
    template = Template(text)
    rows: dict[int, list[tuple[Token, int]]] = {}
    for token, depth in zip(template.tokens, template.depths, strict=True):
        rows.setdefault(template.line(token.start), []).append((token, depth))
    offset, found = 0, []
    for number, line in enumerate(text.splitlines()):
        row = rows.get(number, [])
        wrong = [*_characters(line), *_tags(template, number, [token for token, _ in row])]
        if not any(start < offset <= end for start, end in template.verbatim):
            wrong += _indentation(template, line, offset, row)
        found += [f"{number + 1}: {each}: {line.strip()[:60]}" for each in wrong]
        offset += len(line) + 1
    return found


def _characters(line: str) -> list[str]:
    wrong = [f"{len(line)} characters"] if len(line) > WIDTH else []
    return (
        wrong + (["a tab"] if "\t" in line else []) + (["spaces at the end"] if line != line.rstrip() else [])
    )


def _tags(template: Template, number: int, row: list[Token]) -> list[str]:
    wrong = []
    for at, token in enumerate(row):
        before = row[at - 1] if at else None
        if token.kind in ("open", "void") and before is not None:
            within = before.kind == "open" and before.is_inline and before.end == token.start
            if not (token.is_inline and (within or _after_text(row[:at]))):
                wrong.append(f"<{token.name}> is not the first of its line")
        elif token.kind == "close" and not token.is_inline:
            opening = token.opening
            ends_here = opening is not None and template.line(opening.end - 1) == number
            if before is not None and not (ends_here or token.name in VERBATIM):
                wrong.append(f"</{token.name}> is not the first of its line")
            if at + 1 < len(row):
                wrong.append(f"more after </{token.name}>")
    return wrong


def _after_text(row: list[Token]) -> bool:
    """Whether there is text between the last tag of a line and its end."""
    for token in reversed(row):
        if token.kind in ("open", "void", "close"):
            return False
        if token.kind in ("text", "expression"):
            return True
    return False


def _indentation(template: Template, line: str, offset: int, row: list[tuple[Token, int]]) -> list[str]:
    indent = len(line) - len(line.lstrip(" "))
    around = [token for token in template.tokens if token.start < offset < token.end]
    if around:
        start = (
            template.text.rindex("\n", 0, around[0].start + 1)
            if "\n" in template.text[: around[0].start]
            else -1
        )
        begun = template.text[start + 1 : around[0].start]
        least = len(begun) - len(begun.lstrip(" ")) + (3 if around[0].kind == "comment" else 4)
        return [] if indent >= least else [f"indented by {indent}, not by {least} or more"]
    if not row:
        return []
    wanted = 2 * row[0][1]
    return [] if indent == wanted else [f"indented by {indent}, not by {wanted}"]


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_a_template_has_one_tag_a_line_and_no_long_line(path: Path) -> None:
    assert problems(path.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "<p>See <code>a</code>, {{ b }} <b>c</b> and <a href='d'>e</a>.</p>",
        '<a href="{{ a }}"><code>{{ b }}</code></a>',
        "{% block title %}A · {{ b }}{% endblock %}",
        '<input name="a"{% if b %} checked{% endif %}>',
        '<input name="a"\n    {%- if b > 1 %} checked{% endif %}>',
        '<button class="a"\n    title="b">{{ icon("c") }}</button>',
        "<ul>\n  {% for a in b %}\n  <li>{{ a }}</li>\n  {% else %}\n  <li>None</li>\n  {% endfor %}\n</ul>",
        "<p>\n  A text that goes on\n  <b>b</b>, and on\n</p>",
        '<div>\n  <textarea id="a">\n{{ b }}</textarea>\n</div>',
        "<pre>a\n  b</pre>",
        "{{ a(\n    b) }}",
        "{# A note\n   that goes on. #}",
        "<{{ level }}>{{ title }}</{{ level }}>",
        "<p>{{ '{{' }} and {{ \"}}\" }}</p>",
    ],
)
def test_what_is_well_written_is_left_alone(text: str) -> None:
    assert problems(text + "\n") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("<ul><li>a</li></ul>", "1: <li> is not the first of its line"),
        ("<p><b>a</b> <i>b</i></p>", "1: <b> is not the first of its line"),
        ("<p>a <b>b</b> <i>c</i></p>", "1: <i> is not the first of its line"),
        ("<p>a <input></p>", "1: <input> is not the first of its line"),
        ("{% if a %}<p>b</p>{% endif %}", "1: <p> is not the first of its line"),
        ("{{ a }}{% if b %}\n<p>c</p>{% endif %}", "2: more after </p>"),
        ("<p>\n  a</p>", "2: </p> is not the first of its line"),
        ("<p>a</p> b", "1: more after </p>"),
        ("<p>\na\n</p>", "2: indented by 0, not by 2"),
        ("<p>\n  {% if a %}\n    b\n  {% endif %}\n</p>", "3: indented by 4, not by 2"),
        ('<p\n  class="a">b</p>', "2: indented by 2, not by 4 or more"),
        ("{{ a(\nb) }}", "2: indented by 0, not by 4 or more"),
        ("a ", "1: spaces at the end"),
        ("\ta", "1: a tab"),
        ("a" * 121, "1: 121 characters"),
        ("<textarea>\n" + "a" * 121 + "</textarea>", "2: 132 characters"),
    ],
)
def test_what_is_not_is_named_by_its_line(text: str, wrong: str) -> None:
    found = problems(text + "\n")
    assert found and found[0].startswith(wrong), found
