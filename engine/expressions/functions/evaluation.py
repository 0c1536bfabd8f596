"""One evaluation: what it may cost, what it started from, and what it could not decide.

Cost is counted in units of work. A unit is an element visited or compared, or 16 characters read: about
0.2 µs. What is built costs more, because it takes memory: a text one unit for 4 characters, so that the
whole allowance comes to some 40 MB. Nothing here looks at a clock while an evaluation is cheap.
"""

import time
from typing import ClassVar

from engine.base.types import Json

from ..errors import ExpressionError, Mend

MAX_WORK = 10_000_000
"""Units of work of one expression's evaluation: about two seconds."""
LOOP_WORK = 25_000
"""Units of work of one step on the event loop: about five milliseconds."""
MAX_SECONDS = 5.0
"""Seconds of processor time that the expressions of one step may take off the event loop."""

_HINT = "take fewer or smaller values"
_SLICE = 2_500  # units between two looks at the clock, off the event loop
_PAUSE = 0.000_05  # seconds: long enough that a thread which waits for the interpreter gets it


class FunctionError(Exception):
    """A function cannot do what it is asked. `column` is filled in by the call that raised it."""

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class Costly(Exception):
    """The evaluation needs more than it may take on the event loop: begin again in a thread.

    Raised by an `OnLoop` evaluation only, and no ExpressionError: nothing is wrong with the expression.
    """


class Evaluation:
    """What the closures of an expression share while they run; on its own, an allowance of `MAX_WORK`.

    `root` is what `$` stands for, `variables` holds the values bound by `let`. One evaluation can serve
    several expressions in turn; each begins with a whole allowance. `notes` collects what could not be
    decided, at most once for each expression in `noted`.
    """

    __slots__ = ("_stock", "doubt", "left", "noted", "notes", "root", "variables")

    ALLOWANCE: ClassVar[int] = MAX_WORK

    def __init__(self, noted: set[str] | None = None) -> None:
        """`noted` holds the expressions (on one line) of which a note was taken before."""
        self.left, self._stock = self.ALLOWANCE, 0
        self.root: Json = None
        self.variables: list[Json] = []
        self.doubt = ""
        self.notes: list[ExpressionError] = []
        self.noted: set[str] = set() if noted is None else noted

    def begin(self) -> None:
        """Give the next expression its allowance."""
        self.left, self._stock = MAX_WORK, 0

    def spend(self, units: int) -> None:
        """Count work; raises FunctionError when the evaluation has had its share."""
        self.left -= units
        if self.left < 0:
            self.draw()

    def draw(self) -> None:
        """Get on with a used-up slice, or raise FunctionError when nothing is left of the allowance."""
        raise FunctionError(f"this takes more than {MAX_WORK:,} units of work; {_HINT}")

    def note(self, text: str, column: int, message: str, mend: Mend | None = None) -> None:
        """Remember what an expression could not decide; only the first note of an expression counts."""
        error = ExpressionError(text, column, message, mend)
        if self.is_first(error):
            self.notes.append(error)

    def is_first(self, error: ExpressionError) -> bool:
        """Whether nothing was noted of this expression before."""
        if error.line in self.noted:
            return False
        self.noted.add(error.line)
        return True

    def begin_run(self) -> None:
        """What follows is about another event: nothing was noted of that yet."""
        self.noted.clear()
        self.notes = []

    def take_notes(self) -> list[ExpressionError]:
        """The notes since the last call."""
        notes, self.notes = self.notes, []
        return notes


class Silent(Evaluation):
    """For expressions that do no work to speak of, where nobody asks what they could not decide."""

    __slots__ = ()

    def note(self, text: str, column: int, message: str, mend: Mend | None = None) -> None:
        """Nothing: nobody would read it."""


SILENT = Silent()


class OnLoop(Evaluation):
    """An evaluation on the event loop: all expressions of one step share `LOOP_WORK`, then it is Costly."""

    __slots__ = ("_new", "_used")

    ALLOWANCE = LOOP_WORK

    def __init__(self, noted: set[str] | None = None) -> None:
        super().__init__(noted)
        self._used = 0
        self._new: list[str] = []  # what this step noted

    def begin(self) -> None:
        """Nothing: the allowance is that of the step."""

    def begin_step(self) -> None:
        """Give the next step its allowance."""
        self._used += LOOP_WORK - self.left
        self._new.clear()
        if self.notes:  # of an expression that failed
            self.notes = []
        self.left = LOOP_WORK

    def is_due(self) -> bool:
        """Whether others should get the event loop, after many steps that were cheap one by one."""
        if self._used < LOOP_WORK:
            return False
        self._used = 0
        return True

    def is_first(self, error: ExpressionError) -> bool:
        first = super().is_first(error)
        if first:
            self._new.append(error.line)
        return first

    def undo_step(self) -> None:
        """The step is evaluated again from the start: what it noted so far will be noted again."""
        self.noted.difference_update(self._new)
        self.notes = []

    def draw(self) -> None:
        """Raises Costly."""
        self.undo_step()
        raise Costly


class Apart(Evaluation):
    """An evaluation in a thread beside the event loop; to be created on that thread.

    It lets go of the interpreter every half millisecond, so that the event loop does not wait for it, and
    ends after `MAX_SECONDS` of processor time, over all expressions that it serves.
    """

    __slots__ = ("_until",)

    def __init__(self, noted: set[str] | None = None) -> None:
        self._until = time.thread_time() + MAX_SECONDS
        super().__init__(noted)
        self.begin()

    def begin(self) -> None:
        self.left, self._stock = _SLICE, MAX_WORK - _SLICE

    def draw(self) -> None:
        if time.thread_time() > self._until:
            raise FunctionError(f"this takes more than {MAX_SECONDS:g} seconds; {_HINT}")
        if self.left + self._stock < 0:
            super().draw()
        granted = min(self._stock, _SLICE - self.left)
        self._stock -= granted
        self.left += granted
        time.sleep(_PAUSE)  # noqa: TID251 - a thread's, so that the event loop goes first
