"""Their date formats (https://day.js.org/docs/en/display/format) as those of `format_date`."""

import re

from .finding import Unconvertible

USUAL = "ddd MMM DD YYYY HH:mm:ss"
"""What is used where no format is chosen."""
_TOKENS = {
    "YYYY": "%Y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "DD": "%d", "D": "%e", "dddd": "%A",
    "ddd": "%a", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "A": "%p", "X": "%s", "ZZ": "%z",
}  # fmt: skip


def pattern(shape: str) -> str:
    """The format with our marks. Raises `Unconvertible` for one with a mark that has no equivalent."""

    def mark(match: re.Match[str]) -> str:
        word = match[0]
        if word.startswith("["):
            return word[1:-1].replace("%", "%%")
        if not word.isalpha() or word == "T":  # the T of ISO 8601 is no mark of theirs
            return word.replace("%", "%%")
        if word not in _TOKENS:
            raise Unconvertible(f"the date format {shape[:60]!r} has no equivalent")
        return _TOKENS[word]

    if "'" in shape or "\\" in shape:
        raise Unconvertible(f"the date format {shape[:60]!r} has no equivalent")
    return re.sub(r"\[[^\]]*\]|([A-Za-z])\1*|[^A-Za-z\[]+|\[", mark, shape)
