"""Names and docstrings, read as labels and help."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_CAPITALS = {"api", "bcc", "cc", "html", "http", "id", "ip", "json", "sms", "smtp", "sql", "ts", "url", "xml"}
_ARGUMENT = re.compile(r"(\w+)(?: \([^)]*\))?:\s*(.*)")
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass
class Doc:
    """A docstring in parts: first sentence, the rest, and what its `Args:` section says of each parameter."""

    summary: str = ""
    help: str = ""
    arguments: dict[str, str] = field(default_factory=dict)


def title_of(name: str) -> str:
    """`open_ticket` → "Open ticket", `base_url` → "Base URL"."""
    words = [word.upper() if word in _CAPITALS else word for word in name.strip("_").split("_")]
    words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(words)


def doc_of(function: Callable[..., Any]) -> Doc:
    """Take a function's docstring apart."""
    text = inspect.getdoc(function) or ""
    summary, _, rest = text.partition("\n\n")
    body, _, arguments = f"\n{rest}".partition("\nArgs:\n")
    listed, after = _arguments(arguments)
    return Doc(" ".join(summary.split()), "\n\n".join(part for part in (body.strip(), after) if part), listed)


def _arguments(section: str) -> tuple[dict[str, str], str]:
    """The indented `name: text` lines of an `Args:` section, and whatever follows it."""
    found: dict[str, str] = {}
    lines = section.splitlines()
    indent = next((len(line) - len(line.lstrip()) for line in lines if line.strip()), 0)
    name = ""
    for number, line in enumerate(lines):
        depth = len(line) - len(line.lstrip())
        if line.strip() and (depth < indent or indent == 0):
            return found, "\n".join(lines[number:]).strip()
        match = _ARGUMENT.fullmatch(line.strip()) if depth == indent else None
        if match:
            name = match.group(1)
            found[name] = match.group(2)
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found, ""
