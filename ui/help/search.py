"""Full-text search over headings and paragraphs of the documentation."""

import re
from dataclasses import dataclass
from heapq import nlargest

from .library import Library, Page, Section

LONGEST = 200
"""Characters of a query that are read."""
MOST = 30
"""Results that are shown."""
_WORD = re.compile(r"[\w$-]+")
_BEFORE, _AFTER = 60, 140


@dataclass(frozen=True)
class Result:
    """A section that contains every word of the query."""

    page: Page
    section: Section
    excerpt: tuple[tuple[str, bool], ...]
    """Pieces of the text around the first match, each with whether it is a match."""

    @property
    def path(self) -> str:
        return f"{self.page.path}#{self.section.anchor}" if self.section.anchor else self.page.path


def search(library: Library, query: str) -> list[Result]:
    """Sections with all words of the query as words or beginnings of words, best first: words in headings
    count more than words in text, and shorter sections more than longer ones."""
    words = list(dict.fromkeys(word.lower() for word in _WORD.findall(query[:LONGEST])))
    if not words:
        return []
    patterns = [re.compile(rf"(?<![^\W_]){re.escape(word)}", re.IGNORECASE) for word in words]
    scored: list[tuple[float, int, Page, Section]] = []
    for page in library.pages:
        for section in page.sections:
            score = _score(page, section, patterns)
            if score:
                scored.append((score, -len(scored), page, section))
    any_word = re.compile("|".join(pattern.pattern for pattern in patterns), re.IGNORECASE)
    best = nlargest(MOST, scored, key=lambda each: each[:2])
    return [Result(page, section, _excerpt(section.text, any_word)) for _, _, page, section in best]


def _score(page: Page, section: Section, patterns: list[re.Pattern[str]]) -> float:
    """0 if a word is missing."""
    score = 0.0
    for pattern in patterns:
        in_heading = bool(pattern.search(section.heading))
        in_text = len(pattern.findall(section.text))
        if not in_heading and not in_text:
            return 0.0
        score += 10 * in_heading + 4 * bool(pattern.search(page.title)) + 3 * in_text / (in_text + 2)
    if page.group == "Decisions":  # why it is so interests fewer people than how it works
        score /= 2
    return score + 100 / (100 + len(section.text))


def _excerpt(text: str, pattern: re.Pattern[str]) -> tuple[tuple[str, bool], ...]:
    found = pattern.search(text)
    first = found.start() if found else 0
    start, end = max(0, first - _BEFORE), min(len(text), first + _AFTER)
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for match in pattern.finditer(text, start, end):
        pieces += [(text[at : match.start()], False), (match[0], True)]
        at = match.end()
    pieces.append((text[at:end] + (" …" if end < len(text) else ""), False))
    return tuple(pieces)
