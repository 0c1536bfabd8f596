"""What a conversion tells people, and how its parts say that they cannot convert something."""

import re
from dataclasses import dataclass
from typing import Literal

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about a flow that was converted.

    *error*: something was not converted, or is missing, and the flow is not what it was without it;
    *warning*: it was converted, but may do something else; *note*: it does the same, and looks different.
    """

    step: str
    """The step's name in the converted flow, `trigger` for the trigger, empty for the flow itself."""
    message: str
    severity: Severity = "error"
    flow: str = ""
    """The flow's name; a document may hold several."""


class Unconvertible(Exception):
    """Something has no equivalent here; the sentence says what, for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def visible(text: str, limit: int) -> str:
    """The text in one line, without the control and direction characters that no title may have."""
    return " ".join(_UNSEEN.sub(" ", text).split())[:limit]


def excerpt(text: object, limit: int = 80) -> str:
    """The beginning of a text from the document, for a sentence."""
    words = " ".join(_UNSEEN.sub(" ", str(text)).split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"
