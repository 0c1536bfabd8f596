"""The functions that expressions may call."""

from engine.base.types import Json

from . import dates, objects, standard, text  # noqa: F401 - each fills FUNCTIONS
from .contract import (
    FUNCTIONS,
    MAX_DEPTH,
    MAX_TEXT,
    Function,
    FunctionError,
    Parameter,
    equals,
    measure,
    spend,
    start_work,
    to_text,
    type_name,
)

__all__ = [
    "FUNCTIONS",
    "MAX_DEPTH",
    "MAX_TEXT",
    "Function",
    "FunctionError",
    "Json",
    "Parameter",
    "equals",
    "measure",
    "spend",
    "start_work",
    "to_text",
    "type_name",
]
