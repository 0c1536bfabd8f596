"""What goes wrong with an expression, and where."""


class ExpressionError(Exception):
    """An expression cannot be read, or fails on its data.

    `expression` is its text, `column` counts characters from 0, `message` is a sentence without
    the place. `pointer` (JSON pointer within the resolved value) says which template it stood in.
    """

    def __init__(self, expression: str, column: int, message: str) -> None:
        super().__init__(expression, column, message)
        self.expression = expression
        self.column = max(0, min(column, len(expression)))
        self.message = message
        self.pointer = ""

    @property
    def caret(self) -> str:
        """Two lines: the expression, and a caret under the column."""
        line = "".join(" " if character.isspace() else character for character in self.expression)
        return f"{line}\n{' ' * self.column}^"

    def __str__(self) -> str:
        return f"{self.message} (column {self.column + 1} of: {self.expression})"
