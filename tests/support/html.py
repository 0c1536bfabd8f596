"""Pages as a reader sees them."""

import re


def flat(page: str) -> str:
    """A page without the line breaks of its templates: none beside a tag, otherwise a space for each."""
    return re.sub(r"\s+", " ", re.sub(r"(?<=>)\s*\n\s*|\s*\n\s*(?=<)", "", page))
