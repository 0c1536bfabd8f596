"""Markdown as safe HTML: notes that users write, and our own documentation.

In notes: emphasis, code, lists, quotes, links to the web, and line breaks as they were written. HTML stays
text, pictures are not loaded, and a heading is a bold line, since the page has headings of its own. The
grammar is CommonMark's: https://spec.commonmark.org/.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 20_000  # characters that are read
_ALLOWED = ("http://", "https://", "mailto:")


def to_html(text: str) -> str:
    """Safe HTML of `text`."""
    parser = _parser()
    tokens = parser.parse(text[:LONGEST])
    for token in tokens:
        _tame(token)
    return str(parser.renderer.render(tokens, parser.options, {}))


@dataclass(frozen=True)
class Heading:
    """A heading of an article; `anchor` is its id."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Article:
    """A rendered document, its headings, and the plain text under each."""

    html: str
    headings: tuple[Heading, ...]
    sections: tuple[tuple[Heading, str], ...]


def article(text: str, link: Callable[[str], str | None]) -> Article:
    """Our own documentation as HTML, with headings, anchors (as GitHub makes them) and tables.

    `link` returns the address of a relative link, or None to show its text only. Wide tables and code
    can be scrolled with the keyboard.
    """
    parser = _article_parser()
    tokens = parser.parse(text)
    headings: list[Heading] = []
    texts: list[list[str]] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            words = _plain(tokens[at + 1])
            used = [heading.anchor for heading in headings]
            headings.append(Heading(int(token.tag[1]), words, _anchor(words, used)))
            texts.append([])
            token.attrSet("id", headings[-1].anchor)
        elif token.type == "inline":
            token.children = _linked(token.children or [], link)
            if texts and tokens[at - 1].type != "heading_open":
                texts[-1].append(_plain(token))
    html = str(parser.renderer.render(tokens, parser.options, {}))
    sections = (
        (heading, " ".join(" ".join(part).split())) for heading, part in zip(headings, texts, strict=True)
    )
    return Article(_scrollable(html), tuple(headings), tuple(sections))


@cache
def _article_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table")
    parser.disable(["image", "html_block", "html_inline"])
    return parser


def _plain(token: Token) -> str:
    """The text of an inline token without its marks."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content for child in token.children or ()
    )


def _anchor(text: str, used: list[str]) -> str:
    base = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    anchor, number = base, 0
    while anchor in used:
        number += 1
        anchor = f"{base}-{number}"
    return anchor


def _linked(children: list[Token], link: Callable[[str], str | None]) -> list[Token]:
    """Resolve relative links; those that lead nowhere lose their tags."""
    resolved: list[Token] = []
    dropped = False
    for child in children:
        if child.type == "link_open":
            target = str(child.attrGet("href") or "")
            if not target.startswith(("https://", "http://")):
                found = link(target)
                dropped = found is None
                child.attrSet("href", found or "")
            else:
                child.attrSet("rel", "noopener noreferrer")
            if dropped:
                continue
        elif child.type == "link_close" and dropped:
            dropped = False
            continue
        resolved.append(child)
    return resolved


def _scrollable(html: str) -> str:
    html = html.replace("<table>", '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
    html = html.replace("</table>", "</table></div>")
    return html.replace("<pre>", '<pre tabindex="0" role="group" aria-label="Code">')


@cache
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20})
    made.disable(["image", "html_block", "html_inline", "reference"])
    made.validateLink = lambda url: url.lower().startswith(_ALLOWED)  # type: ignore[method-assign]
    return made


def _tame(token: Token) -> None:
    """Headings become bold lines; links open beside the editor and tell nobody where they were followed."""
    if token.type in ("heading_open", "heading_close"):
        token.tag = "p"
        if token.type == "heading_open":
            token.attrSet("class", "loud")
    for child in token.children or ():
        if child.type == "link_open":
            child.attrSet("rel", "noopener noreferrer nofollow")
            child.attrSet("target", "_blank")
