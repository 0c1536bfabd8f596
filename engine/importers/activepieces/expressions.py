"""Their `{{ JavaScript }}` as our `{{ JMESPath }}`: paths to values, literals, and text around them.

`{{step_1['body']['id']}}` becomes `{{ steps.step_1.output.body.id }}`. Calls and operators have no
equivalent. An expression of theirs that fails gives an empty text; ours gives null, which a text leaves out.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.base.types import Json
from engine.expressions import ExpressionError, compile, unparse
from engine.expressions.unparse import literal

from .finding import Unconvertible, excerpt
from .tree import SourceStep, free_name

Part = str | int

# From schemaVersion 21 on a step in scope is `{output, error}`; before, it was its output.
WRAPPED_SINCE = 21
_NAME = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_DOT = re.compile(r"\s*\??\.\s*([A-Za-z_$][\w$]*)", re.ASCII)
_OPEN = re.compile(r"\s*(?:\?\.)?\s*\[\s*")
_CLOSE = re.compile(r"\s*\]")
_INDEX = re.compile(r"\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?", re.ASCII)
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|`((?:[^`\\$]|\\.)*)`", re.DOTALL)
_ESCAPE = re.compile(r"\\(u\{[0-9A-Fa-f]{1,6}\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None, "undefined": None}
_FORMULA = "ap-formula-v1::"


@dataclass(slots=True)
class Source:
    """What a name in their expressions stands for. `renamed` are fields of its output that are elsewhere
    here, None for those that are nowhere."""

    base: str
    kind: str = "step"
    """`step`, `trigger`, `loop` or `router`."""
    renamed: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    missing: str = ""
    """Why nothing can be read here; empty when something can."""


@dataclass(slots=True)
class Scope:
    """What the expressions of one flow can read."""

    schema: int
    sources: dict[str, Source] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    """Names of steps that the conversion adds."""
    kept_items: dict[str, str] = field(default_factory=dict)
    """Loops whose item is read within an inner loop, and the step that is to keep it for that."""

    def names(self) -> set[str]:
        """The steps' names that are taken."""
        return {source.base.removeprefix("steps.") for source in self.sources.values()} | self.added

    def keep_item(self, loop: str) -> str:
        """Ask for a step that keeps the item of an outer loop; its name."""
        name = free_name(f"{self.sources[loop].base.removeprefix('steps.')[:55]}_item", self.names())
        self.kept_items[loop] = name
        self.added.add(name)
        return name


class Reader:
    """Converts the expressions of one step; `remarks` collects what people should know of them."""

    def __init__(self, scope: Scope, node: SourceStep) -> None:
        self._scope = scope
        self._node = node
        self.remarks: list[str] = []

    # -- values ------------------------------------------------------------------------------------

    def value(self, value: Json) -> Json:
        """Any JSON with every text's expressions converted. Raises `Unconvertible`."""
        if isinstance(value, str):
            return self._template(value)
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value

    def expression(self, value: Json) -> str:
        """One JMESPath expression for a value that may hold templates, to stand within a larger one."""
        if not isinstance(value, str):
            made = self.value(value)
            if made != value:
                raise Unconvertible("a list or object with expressions in it cannot be compared")
            return literal(value)
        parts = self._parts(value)
        if len(parts) == 1 and parts[0][1]:
            return parts[0][0]
        if not any(is_expression for _text, is_expression in parts):
            return literal(value)
        texts = [f"to_string(not_null({text}, ''))" if is_e else literal(text) for text, is_e in parts]
        return self._compiled(f"join('', [{', '.join(texts)}])", value)

    def text(self, value: Json) -> str:
        """Like `expression`, for its text as they compare it: null and what is missing are empty."""
        if isinstance(value, str) and "{{" not in value:
            return literal(value)
        return f"to_string(not_null({self.expression(value)}, ''))"

    def _template(self, text: str) -> str:
        parts = self._parts(text)
        made = ""
        for number, (part, is_expression) in enumerate(parts):
            if is_expression:
                made += f"{{{{ {part} }}}}"
            else:
                made += escape(part)
                if part.endswith("{") and made.endswith("{") and number + 1 < len(parts):
                    made = made[:-1] + "{{ '{' }}"
        return made

    def _parts(self, text: str) -> list[tuple[str, bool]]:
        """The text in parts: (plain text, False) and (JMESPath, True)."""
        if _FORMULA in text:
            raise Unconvertible("it computes with a formula, and formulas have no equivalent")
        parts: list[tuple[str, bool]] = []
        at = 0
        # As they read it: from {{ to the next }}, whatever stands between.
        while (start := text.find("{{", at)) >= 0 and (end := text.find("}}", start + 2)) >= 0:
            if start > at:
                parts.append((text[at:start], False))
            parts.append((self.javascript(text[start + 2 : end]), True))
            at = end + 2
        if at < len(text):
            parts.append((text[at:], False))
        return parts

    # -- one expression ----------------------------------------------------------------------------

    def javascript(self, text: str) -> str:
        """The JMESPath of what stands between `{{` and `}}`. Raises `Unconvertible`."""
        code = text.strip()
        constant = _constant(code)
        if constant is not None:
            return self._compiled(constant, code)
        root = _NAME.match(code)
        if root is None:
            raise _beyond(code)
        path = _path(code, root.end())
        if path is None:
            raise _beyond(code)
        return self._compiled(self._reading(root[0], path, code), code)

    def _compiled(self, expression: str, told: str) -> str:
        try:
            compile(expression)
        except ExpressionError as error:
            raise Unconvertible(f"`{excerpt(told)}` cannot be read: {error.message}") from None
        return expression

    def _reading(self, root: str, path: list[Part], code: str) -> str:
        if root == "connections":
            raise Unconvertible(
                f"`{excerpt(code)}` reads a connection's secret, which no expression can here"
            )
        if root == "variables" and path and isinstance(path[0], str):
            self.remarks.append(
                f"reads the project variable {excerpt(path[0])!r}, which is empty until it is set here"
            )
            return dotted("vars", path)
        source = self._scope.sources.get(root)
        if source is None:
            raise Unconvertible(f"`{excerpt(code)}` reads `{root[:60]}`, which is no step of this flow")
        path, field = self._unwrapped(source, path, code)
        if source.missing:
            self.remarks.append(f"`{excerpt(code)}` reads {source.missing}: the value will be null")
        if field == "error":
            return dotted(f"{source.base}.error", path)
        if source.kind == "loop":
            return self._of_loop(root, path, code)
        if source.kind == "router":
            raise Unconvertible(f"`{excerpt(code)}` reads which branches a router took")
        base = source.base if source.kind == "trigger" else f"{source.base}.output"
        return dotted(base, _renamed(source, path, code))

    def _unwrapped(self, source: Source, path: list[Part], code: str) -> tuple[list[Part], str]:
        """The path within the output or the error of a step."""
        if self._scope.schema < WRAPPED_SINCE:
            return path, "output"
        if path[:1] == ["output"]:
            return path[1:], "output"
        if path[:1] == ["error"] and source.kind == "step":
            return path[1:], "error"
        if self._scope.schema > WRAPPED_SINCE and path:
            self.remarks.append(f"`{excerpt(code)}` is read without ['output'], which gave nothing there")
        return path, "output"

    def _of_loop(self, root: str, path: list[Part], code: str) -> str:
        if path[:1] not in (["item"], ["index"]):
            raise Unconvertible(f"`{excerpt(code)}` reads what a loop has gone through")
        if root not in self._node.loops:
            raise Unconvertible(f"`{excerpt(code)}` reads the item of a loop that it is not in")
        if root == self._node.loops[-1]:
            # Theirs counts from 1.
            return "sum([loop.index, `1`])" if path == ["index"] else dotted("loop", path)
        kept = self._scope.kept_items.get(root) or self._scope.keep_item(root)
        return dotted(f"steps.{kept}.output", path)


# -- texts -----------------------------------------------------------------------------------------


def escape(value: Json) -> Json:
    """The value with every `{{` of its texts said by an expression, so that it stays what it is."""
    if isinstance(value, str):
        return value.replace("{{", "{{ '{{' }}")
    if isinstance(value, dict):
        return {key: escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape(item) for item in value]
    return value


def dotted(base: str, path: list[Part]) -> str:
    """`base` followed by the path."""
    further = unparse.path(path)
    return f"{base}{further}" if not further or isinstance(path[0], int) else f"{base}.{further}"


# -- JavaScript ------------------------------------------------------------------------------------


def _constant(code: str) -> str | None:
    """The JMESPath of a JavaScript literal; None for anything else."""
    if code in _WORDS:
        return literal(_WORDS[code])
    if _NUMBER.fullmatch(code):
        return literal(json.loads(code))
    quoted = _QUOTED.fullmatch(code)
    return literal(_unquoted(quoted)) if quoted else None


def _path(code: str, at: int) -> list[Part] | None:
    """The names and indexes behind the root, to the end of the code; None when there is more to it."""
    path: list[Part] = []
    while at < len(code):
        dot = _DOT.match(code, at)
        if dot:
            path.append(dot[1])
            at = dot.end()
            continue
        opening = _OPEN.match(code, at)
        inner = opening and (_QUOTED.match(code, opening.end()) or _INDEX.match(code, opening.end()))
        closing = inner and _CLOSE.match(code, inner.end())
        if not inner or not closing:
            return None
        path.append(_unquoted(inner) if inner.re is _QUOTED else int(inner[0]))
        at = closing.end()
    # Of a list it is a number, of an object perhaps a field; which, only the value could say.
    return None if path[-1:] == ["length"] and re.search(r"\.\s*length$", code) else path


def _unquoted(match: re.Match[str]) -> str:
    text = next(group for group in match.groups() if group is not None)

    def unescaped(found: re.Match[str]) -> str:
        what = found[1]
        if what[0] in "ux" and len(what) > 1:
            number = int(what[1:].strip("{}"), 16)
            return chr(number) if number < 0x110000 else "�"
        return _ESCAPES.get(what, what)

    made = _ESCAPE.sub(unescaped, text)
    try:
        # JavaScript writes characters beyond 16 bits as two halves.
        return made.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        raise Unconvertible(f"the text {excerpt(text)!r} is not valid Unicode") from None


def _beyond(code: str) -> Unconvertible:
    if not code:
        return Unconvertible("an expression is empty")
    return Unconvertible(f"`{excerpt(code)}` is more than a path to a value")


def _renamed(source: Source, path: list[Part], code: str) -> list[Part]:
    if not path or path[0] not in source.renamed:
        return path
    there = source.renamed[str(path[0])]
    if there is None:
        raise Unconvertible(f"`{excerpt(code)}` reads `{path[0]}`, which does not exist here")
    return [*there, *path[1:]]
