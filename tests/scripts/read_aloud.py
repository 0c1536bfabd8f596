"""Texts of the product, chosen at random, to be read aloud by somebody who has not seen them.

    python -m tests.scripts.read_aloud --seed 1 [--pages 20] [--messages 20]

Fills an instance with one of everything, follows the links of its pages, and prints the text of pages, each
line once; then sentences of the code: errors, problems and the help of the command line, each with its place.
Messages of a seed are the same again as long as no message has changed.
"""

import argparse
import ast
import asyncio
import random
import re
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.acceptance.fixtures import PlatformAdmin
from tests.conftest import serve
from tests.support.loop import WatchedLoop

ROOT = Path(__file__).parents[2]
MOST_PAGES = 500
_IDS = re.compile(r"\b[a-z]{2,4}_[0-9a-z]{12,}\b|\b[0-9]+\b|\bx?[0-9a-f]{16,}\b")
_SILENT = {"script", "style", "svg", "template", "code", "pre"}
_BLOCKS = {
    "p", "li", "h1", "h2", "h3", "h4", "td", "th", "tr", "div", "section", "label", "button", "a", "option",
    "legend", "summary", "dt", "dd", "header", "nav", "form", "ul", "ol", "title", "small",
}  # fmt: skip
_SPOKEN = ("aria-label", "title", "placeholder", "alt")
_ERRORS = {"_unusable", "_error", "AttemptResult", "BrokerRefused"}
_PROBLEMS = {"Problem", "Finding", "warning", "error"}
_COMMAND_LINE = {"Option", "Argument", "Typer", "print"}
_VALUES = re.compile(r"\{[^}]*\}|`[^`]*`")
_WORD = re.compile(r"[A-Za-z']{2,}")


class Message(NamedTuple):
    """A sentence of the code; `{…}` stands for a value."""

    kind: str
    place: str
    text: str


# -- pages -------------------------------------------------------------------------------------------------


class _Lines(HTMLParser):
    """The lines of a page that people read or hear, and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.links: list[str] = []
        self._silent = 0
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _BLOCKS:
            self._end_line()
        if tag in _SILENT:
            self._silent += 1
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        self.lines += [f"[{text}]" for name in _SPOKEN if (text := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent -= 1
            self._text.append("…")
        if tag in _BLOCKS:
            self._end_line()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)

    def _end_line(self) -> None:
        line = " ".join("".join(self._text).split())
        self._text = []
        if re.search(r"[A-Za-z]{2}", line):
            self.lines.append(line)


def read(html: str) -> _Lines:
    lines = _Lines()
    lines.feed(html)
    lines.close()
    return lines


def pattern(address: str) -> str:
    """What pages of one kind have in common: the address without ids and numbers."""
    parts = urlsplit(address)
    query = "&".join(f"{name}={_IDS.sub('*', value)}" for name, value in sorted(parse_qsl(parts.query)))
    return _IDS.sub("*", parts.path) + (f"?{query}" if query else "")


async def crawl(admin: PlatformAdmin) -> AsyncIterator[tuple[str, list[str]]]:
    """Each kind of page with its lines: those of all routes, then those that they link to."""
    waiting = deque(sorted(admin.address(route) for route in admin.pages()))
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.popleft()
        if pattern(address) in seen:
            continue
        seen.add(pattern(address))
        answer = await admin.instance.http.get(address, headers=admin.headers)
        admin.instance.http.cookies.clear()
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page = read(answer.text)
        yield pattern(address), page.lines
        waiting.extend(link.partition("#")[0] for link in page.links if re.match(r"/(?!/)", link))


async def pages() -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        async with serve(Path(folder)) as instance:
            admin = await PlatformAdmin(instance).prepare()
            return {address: lines async for address, lines in crawl(admin)}


# -- messages ----------------------------------------------------------------------------------------------


def _text(node: ast.expr) -> str | None:
    """A text as it is written, with `{…}` for its values; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            f"{{{ast.unparse(part.value)}}}"
            if isinstance(part, ast.FormattedValue)
            else ast.literal_eval(part)
            for part in node.values
        )
    return None


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _of(tree: ast.Module, place: str) -> Iterator[Message]:
    raised = {id(node.exc) for node in ast.walk(tree) if isinstance(node, ast.Raise)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node)
        kind = (
            "error" if id(node) in raised or name in _ERRORS
            else "problem" if name in _PROBLEMS
            else "command line" if name in _COMMAND_LINE and place.startswith("ui/cli")
            else ""
        )  # fmt: skip
        for value in (*node.args, *(each.value for each in node.keywords)):
            text = _text(value) if kind else None
            if text and len(_WORD.findall(_VALUES.sub("", text))) > 3:
                yield Message(kind, f"{place}:{value.lineno}", " ".join(text.split()))


def messages() -> list[Message]:
    """All messages of the code, in its order."""
    found: dict[str, Message] = {}
    for package in ("engine", "pieces", "ui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            place = str(path.relative_to(ROOT))
            if "migrations/versions" not in place:
                for message in _of(ast.parse(path.read_text("utf-8")), place):
                    found.setdefault(message.text, message)
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--messages", type=int, default=20)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    if options.pages:
        with asyncio.Runner(loop_factory=WatchedLoop) as runner:
            found = runner.run(pages())
        said: set[str] = set()
        for address in chance.sample(sorted(found), options.pages):
            print(f"\n== {address}")
            for line in found[address]:
                if line not in said:
                    print(line)
                said.add(line)
        print(f"\n{options.pages} of {len(found)} pages")
    listed = messages()
    for message in sorted(chance.sample(listed, min(options.messages, len(listed)))):
        print(f"\n{message.kind}  {message.place}\n  {message.text}")
    print(f"\n{options.messages} of {len(listed)} messages")


if __name__ == "__main__":
    main()
