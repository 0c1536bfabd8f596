"""The pages of the documentation, read once and rendered."""

import posixpath
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ui.shared.markdown import Heading, article

DOCS = Path(__file__).parent / "docs"
INDEX = "README.md"
_ENTRY = re.compile(r"^## (?P<group>.+)$|^\* \[[^\]]+\]\((?P<file>[\w./-]+\.md)\)", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """The text under one heading."""

    heading: str
    anchor: str
    """Empty for the text at the top of a page."""
    text: str


@dataclass(frozen=True)
class Page:
    """One page. `slug` is its name in `/help/{slug}`; the index has an empty one."""

    slug: str
    title: str
    group: str
    html: str
    headings: tuple[Heading, ...]
    """Of levels 2 and 3: the table of contents."""
    sections: tuple[Section, ...]

    @property
    def path(self) -> str:
        return f"/help/{self.slug}" if self.slug else "/help"


@dataclass(frozen=True)
class Library:
    """All pages: the index first, then in the order of the index."""

    pages: tuple[Page, ...]

    def find(self, slug: str) -> Page | None:
        return next((page for page in self.pages if page.slug == slug), None)

    def neighbors(self, page: Page) -> tuple[Page | None, Page | None]:
        """The previous and the next page."""
        at = self.pages.index(page)
        return (
            self.pages[at - 1] if at else None,
            self.pages[at + 1] if at + 1 < len(self.pages) else None,
        )


@cache
def library(folder: Path = DOCS) -> Library:
    """Read and render all pages. It takes a moment; call it in a thread. Raises ValueError if two pages have
    the same slug."""
    files: dict[str, str] = {INDEX: ""}
    group = ""
    for entry in _ENTRY.finditer((folder / INDEX).read_text("utf-8")):
        if entry["file"]:
            files[entry["file"]] = group
        else:
            group = entry["group"]
    slugs = {file: "" if file == INDEX else Path(file).stem for file in files}
    if len(set(slugs.values())) != len(slugs):
        raise ValueError("Two pages of the documentation have the same name.")
    return Library(tuple(_page(folder, file, group, slugs) for file, group in files.items()))


def _page(folder: Path, file: str, group: str, slugs: dict[str, str]) -> Page:
    def link(target: str) -> str | None:
        """Where a link of this file leads in Help; None for files that are not part of it."""
        path, _, anchor = target.partition("#")
        suffix = f"#{anchor}" if anchor else ""
        if not path:
            return suffix
        slug = slugs.get(posixpath.normpath(posixpath.join(posixpath.dirname(file), path)))
        return None if slug is None else f"/help{'/' + slug if slug else ''}{suffix}"

    written = article((folder / file).read_text("utf-8"), link)
    title = next((each.text for each in written.headings if each.level == 1), file)
    contents = tuple(each for each in written.headings if each.level in (2, 3))
    sections = tuple(
        Section(heading.text, heading.anchor if heading.level > 1 else "", text)
        for heading, text in written.sections
    )
    return Page(slugs[file], title, group, written.html, contents, sections)
