"""Markdown of notes as HTML: a small, safe part of it.

Emphasis, code, lists, quotes, links to the web, and line breaks as they were written. HTML stays text,
pictures are not loaded, and a heading is a bold line, since the page has headings of its own. The grammar
is CommonMark's: https://spec.commonmark.org/.
"""

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
