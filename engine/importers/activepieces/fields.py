"""The fields of one of their steps, taken one by one and converted; what is left has no equivalent."""

import json
import re
from collections.abc import Mapping

from engine.base.types import Json
from engine.flow.shape import json_problems

from .expressions import Reader, escape
from .finding import Unconvertible, excerpt

_EXACT = re.compile(r"\{\{(?:(?!\}\}).)*\}\}", re.DOTALL)


class Fields:
    """Every method takes a field away and raises `Unconvertible` when it does not fit."""

    def __init__(self, values: Mapping[str, Json], reader: Reader) -> None:
        self._values = dict(values)
        self.reader = reader

    def raw(self, name: str, default: Json = None) -> Json:
        """As it stands in the document."""
        value = self._values.pop(name, None)
        return default if value is None else value

    def take(self, name: str, default: Json = None) -> Json:
        """Any JSON, its expressions converted."""
        return self.reader.value(self.raw(name, default))

    def text(self, name: str) -> str:
        """A text; empty when the field is."""
        return self._as_text(name, self.raw(name, ""))

    def texts(self, name: str) -> Json:
        """A list of texts; a single one becomes a list, and an expression stays to give the list."""
        value = self.raw(name)
        if isinstance(value, str) and _EXACT.fullmatch(value.strip()):
            expression = self.reader.expression(value.strip())
            return f"{{{{ to_array(not_null({expression}, `[]`)) }}}}"
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",")] if "{{" not in value else [value]
        if not isinstance(value, list | None):
            raise Unconvertible(f"`{name}` is not a list")
        return [text for text in (self._as_text(name, item) for item in value or ()) if text]

    def pairs(self, name: str) -> dict[str, str]:
        """An object of texts."""
        value = self.raw(name, {})
        if not isinstance(value, dict):
            raise Unconvertible(f"`{name}` is given by an expression, not field by field")
        return {key: self._as_text(name, item) for key, item in value.items()}

    def number(self, name: str, default: int | None = None) -> Json:
        """A number, or an expression that gives one."""
        value = self.raw(name, default)
        if isinstance(value, str) and "{{" in value:
            return f"{{{{ to_number({self.reader.expression(value)}) }}}}"
        if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,15}(\.\d{1,9})?\s*", value, re.ASCII):
            value = json.loads(value)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Unconvertible(f"`{name}` is not a number: {excerpt(value, 40)}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether a box is ticked."""
        value = self.raw(name, default)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            value = value.lower() == "true"
        if not isinstance(value, bool):
            raise Unconvertible(f"`{name}` is neither true nor false, but {excerpt(value, 40)!r}")
        return value

    def choice(self, name: str, default: str = "") -> str:
        """A constant of a drop-down, in small letters."""
        value = self.raw(name, default)
        if not isinstance(value, str) or "{{" in value:
            raise Unconvertible(f"`{name}` is chosen by an expression")
        return value.strip().lower()

    def json(self, name: str) -> Json:
        """Any JSON; a text holds it as JSON, in which expressions stand."""
        value = self.raw(name)
        if not isinstance(value, str):
            return self.reader.value(value)
        if _EXACT.fullmatch(value.strip()):
            return self.reader.value(value.strip())
        parsed = read_json(value)
        if isinstance(parsed, list | dict):
            return self.reader.value(parsed)
        if "{{" in value and re.match(r"\s*(\[|\{(?!\{))", value):
            return f"{{{{ from_json({self.reader.expression(value)}) }}}}"
        return self.reader.value(value) if parsed is None else parsed

    def expression(self, name: str, default: Json = None) -> str:
        """JMESPath for the value of a field."""
        return self.reader.expression(self.raw(name, default))

    def ignore(self, *names: str) -> None:
        """These say nothing that a conversion would have to keep."""
        for name in names:
            self._values.pop(name, None)

    def left(self) -> list[str]:
        """The fields that were filled in and that nobody took."""
        return sorted(name for name, value in self._values.items() if value not in (None, "", [], {}, False))

    def _as_text(self, name: str, value: Json) -> str:
        if isinstance(value, str):
            return str(self.reader.value(value))
        if isinstance(value, int | float) or value is None:
            return "" if value is None else json.dumps(value)
        if "{{" in json.dumps(value):
            raise Unconvertible(f"`{name}` must be a text, but is a list or object with expressions in it")
        return str(escape(json.dumps(value, ensure_ascii=False)))


def read_json(text: str) -> Json:
    """The value that a text holds as JSON; None when it holds none that can be kept."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    # Numbers and texts that no flow file can hold, and what is nested too deeply.
    return None if json_problems({"value": value}) else value
