"""The docstrings of fields are their descriptions in the JSON Schema."""

from pydantic import BaseModel, Field

from engine.base.described import Described


class Inner(Described, BaseModel):
    """A part."""

    size: int = 0
    """In bytes."""


class Outer(Inner):
    """The whole."""

    name: str = Field(alias="called")
    """What people
    call it."""
    own: str = Field("", description="Its own.")
    """Not this."""
    plain: int = 0
    parts: list[Inner] = Field(default_factory=list)
    """What it has."""


def test_the_docstring_of_a_field_describes_it() -> None:
    schema = Outer.model_json_schema()
    described = {name: field.get("description") for name, field in schema["properties"].items()}
    assert described == {
        "size": "In bytes.",
        "called": "What people\ncall it.",
        "own": "Its own.",
        "plain": None,
        "parts": "What it has.",
    }
    assert schema["description"] == "The whole."
    assert schema["$defs"]["Inner"]["properties"]["size"]["description"] == "In bytes."
