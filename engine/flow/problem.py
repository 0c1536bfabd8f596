"""What a check finds."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from engine.expressions import Mend

Severity = Literal["error", "warning"]
Code = Literal["shape", "syntax", "graph", "branch", "reference", "piece", "connection", "missing", "test"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or doubtful, in a definition.

    `pointer` is a JSON pointer (RFC 6901) to the place, also of a field that is missing. An *error*
    blocks publishing, a *warning* does not. `code` says which rule spoke:

    * `shape`: not the JSON that a flow is made of (types, unknown or missing fields, names, limits)
    * `syntax`: an expression that cannot be read, an unknown function
    * `graph`: ways that lead nowhere, twice to a step, in a circle; steps that nothing leads to
    * `branch`: a router whose branches do not make sense
    * `reference`: an expression reads what is not there
    * `piece`, `connection`: unknown ones, missing ones, input that the piece refuses
    * `missing`: something is still to be filled in
    * `test`: a stored case that cannot be run
    """

    pointer: str
    message: str
    severity: Severity = "error"
    code: Code = "shape"
    mend: Mend | None = None
    """The likely correction: `text` is to stand at `pointer` instead of what stands there."""

    @property
    def blocks_saving(self) -> bool:
        """Whether not even a draft can hold it: `parse` refuses what has such a problem."""
        return self.code in ("shape", "syntax") and self.severity == "error"

    def to_json(self) -> dict[str, Any]:
        """As the API has it; `mend` is there only where there is one."""
        found = asdict(self)
        if self.mend is None:
            del found["mend"]
        return found


def pointer(*parts: str | int) -> str:
    """A JSON pointer of these keys and indexes."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
