"""What one evaluation may cost."""

MAX_WORK = 1_000_000
"""Elements that one evaluation may visit or make; ends what would copy lists without end."""


class FunctionError(Exception):
    """A function cannot do what it is asked. `column` is filled in by the call that raised it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.column: int | None = None


# What the evaluation in progress may still visit. Evaluation is synchronous and never nests, so one
# cell will do; two threads that evaluate at once only make the bound less exact.
_left = [MAX_WORK]


def start_work() -> None:
    """Begin an evaluation with the whole allowance."""
    _left[0] = MAX_WORK


def spend(elements: int) -> None:
    """Count elements visited; raises FunctionError when the evaluation has had its share."""
    _left[0] -= elements
    if _left[0] < 0:
        raise FunctionError(f"this works through more than {MAX_WORK:,} values; take fewer")
