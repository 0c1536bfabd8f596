"""What goes wrong with an expression, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mend:
    """A correction that one click applies. `label` names it on a button (`Write '5'`), `text` is the whole
    corrected expression, or the whole corrected text where the expression stands in a template."""

    label: str
    text: str


class ExpressionError(Exception):
    """An expression cannot be read, fails on its data, or cannot be decided.

    `expression` is its text, `column` counts characters from 0, `message` is a sentence without
    the place. `pointer` (JSON pointer within the resolved value) says which template it stood in.
    `mend` is the likely correction, where there is one.
    """

    def __init__(self, expression: str, column: int, message: str, mend: Mend | None = None) -> None:
        super().__init__(expression, column, message)
        self.expression = expression
        self.column = max(0, min(column, len(expression)))
        self.message = message
        self.mend = mend
        self.pointer = ""

    @property
    def line(self) -> str:
        """The expression on one line."""
        return "".join(" " if character.isspace() else character for character in self.expression)

    @property
    def caret(self) -> str:
        """Two lines: the expression, and a caret under the column."""
        return f"{self.line}\n{' ' * self.column}^"

    def __str__(self) -> str:
        return f"{self.message} (column {self.column + 1} of: {self.expression})"
