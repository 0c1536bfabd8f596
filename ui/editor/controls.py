"""The controls of a form as it is drawn: their names with the texts that a browser would send.

What somebody typed is compared with them: so every kind of field of every panel is covered, whatever draws
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_NO_TEXT = ("submit", "button", "file", "search", "color", "datetime-local", "reset", "image")


@dataclass(frozen=True)
class Controls:
    """The controls of a form, by name."""

    texts: Mapping[str, list[str]] = field(default_factory=dict)
    """What they send; a box that is not ticked is one without a text."""
    secrets: frozenset[str] = frozenset()
    """Those for passwords, which are stored nowhere but in connections."""


def read(html: str) -> Controls:
    """The controls within a piece of a page, without searches and files."""
    found = _Reader()
    found.feed(html)
    found.close()
    return Controls(found.controls, frozenset(found.secrets))


class _Reader(HTMLParser):
    """Reads controls as a browser fills a form (HTML, section 4.10.21.4)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.controls: dict[str, list[str]] = {}
        self.secrets: set[str] = set()
        self._area: list[str] | None = None
        self._name = ""
        self._options: list[tuple[str | None, bool]] = []
        self._label: list[str] | None = None
        self._in_select = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "textarea" and name:
            self._name, self._area = name, []
        elif tag == "select" and name:
            self._name, self._options, self._in_select = name, [], True
        elif tag == "option" and self._in_select:
            self._end_option()
            self._options.append((given.get("value"), "selected" in given))
            self._label = []
        elif tag == "input" and name:
            self._input(given, name)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        for text in (self._area, self._label):
            if text is not None:
                text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            self._add(self._name, "".join(self._area).removeprefix("\n"))
            self._area = None
        elif tag == "option":
            self._end_option()
        elif tag == "select" and self._in_select:
            self._end_option()
            chosen = [value or "" for value, selected in self._options if selected]
            self._add(self._name, *(chosen or [value or "" for value, _ in self._options[:1]]))
            self._in_select = False

    def _input(self, given: dict[str, str | None], name: str) -> None:
        kind = (given.get("type") or "text").lower()
        if kind == "password":
            self.secrets.add(name)
        if kind == "password" or kind in _NO_TEXT:
            return
        if kind in ("checkbox", "radio"):
            ticked = [given.get("value") or "on"] if "checked" in given else []
            self._add(name, *ticked)
        else:
            self._add(name, given.get("value") or "")

    def _end_option(self) -> None:
        if self._label is not None and self._options and self._options[-1][0] is None:
            self._options[-1] = ("".join(self._label).strip(), self._options[-1][1])
        self._label = None

    def _add(self, name: str, *texts: str) -> None:
        self.controls.setdefault(name, []).extend(texts)
