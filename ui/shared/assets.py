"""Static files, each under an address that changes with its content, so that a browser may store it for ever.

A JavaScript module names what it imports by a relative path. As it is served, each of these paths carries
the version of the module behind it. So a change of one module changes the address of every module that leads
to it, and no page ever mixes modules of two releases.
"""

import hashlib
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PATH = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)*", re.ASCII)
"""No `..`, and nothing hidden; one spelling for each file."""
_OURS = re.compile(r"(?!vendor/).*\.js")
_IMPORT = re.compile(r"""^(import\s+|(?:import|export)\b[^"';]*\bfrom\s+)"(\.{1,2}/[^"]+)";$""", re.MULTILINE)
"""A static import as Biome formats it; what stands between the braces may take several lines."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    content: bytes
    kind: str
    """The media type."""
    version: str
    """The beginning of the SHA-256 of `content`, in hexadecimal."""
    imports: tuple[str, ...] = ()
    """The paths of the modules that it needs, at any depth, in the order of the text."""


class Assets:
    """The files of one folder. Each is read once: content and version never differ, whatever is installed
    while the server runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Asset] = {}

    def find(self, path: str) -> Asset:
        """The file at a path of this folder. Raises FileNotFoundError."""
        return self._find(path, ())

    def url(self, path: str) -> str:
        """Where to fetch the file."""
        return f"/static/{path}?v={self.find(path).version}"

    def _find(self, path: str, importers: tuple[str, ...]) -> Asset:
        if path not in self._known:
            self._known[path] = self._read(path, importers)
        return self._known[path]

    def _read(self, path: str, importers: tuple[str, ...]) -> Asset:
        if path in importers:
            raise ValueError(f"Modules import each other: {' → '.join([*importers, path])}")
        if not _PATH.fullmatch(path):
            raise FileNotFoundError(path)
        try:
            content = (self._folder / path).read_bytes()
        except OSError:
            raise FileNotFoundError(path) from None
        imports: tuple[str, ...] = ()
        if _OURS.fullmatch(path):
            content, imports = self._link(content, path, (*importers, path))
        kind = _KINDS.get(posixpath.splitext(path)[1], "application/octet-stream")
        return Asset(content, kind, hashlib.sha256(content).hexdigest()[:12], imports)

    def _link(self, content: bytes, path: str, importers: tuple[str, ...]) -> tuple[bytes, tuple[str, ...]]:
        """The module with the version of each module it imports, and the paths of those."""
        found: dict[str, None] = {}

        def versioned(match: re.Match[str]) -> str:
            start, relative = match.groups()
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))
            imported = self._find(target, importers)
            found.update(dict.fromkeys((*imported.imports, target)))
            return f'{start}"{relative}?v={imported.version}";'

        return _IMPORT.sub(versioned, content.decode()).encode(), tuple(found)


STATIC = Path(__file__).parents[1] / "static"
ASSETS = Assets(STATIC)
