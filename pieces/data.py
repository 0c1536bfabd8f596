"""Data: put values together and take them apart."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from ._action import Finding
from ._context import Context
from ._piece import Piece
from ._props import Example, Json, LongText

data = Piece("data", icon="braces")


@data.action(pure=True)
async def compose(ctx: Context, value: Json) -> Json:
    """Compose a value.

    Use it to build once what several later steps refer to.

    Args:
        value: Any JSON; expressions inside it are filled in.
    """
    return value


@data.action(pure=True)
async def transform(
    ctx: Context,
    expression: Annotated[str, LongText(3), Example("items[?price > `10`].{id: id, name: name}")],
    input: Json = None,
) -> Json:
    """Transform a value with a JMESPath expression.

    Args:
        expression: JMESPath, applied to the input.
        input: What the expression looks at.
    """
    return await ctx.evaluate(expression, input)


@transform.check
def _looks_at_something(values: Mapping[str, Any]) -> Iterable[Finding]:
    if values.get("input") is None:
        hint = "the expression looks at nothing: give it an input, such as {{ trigger.body }}"
        yield Finding("/input", hint, warning=True)
