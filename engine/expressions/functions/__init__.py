"""The functions that expressions may call."""

from engine.base.types import Json

from . import dates, objects, standard, text  # noqa: F401 - each fills FUNCTIONS
from .contract import FUNCTIONS, Function, Parameter
from .evaluation import FunctionError, spend, start_work
from .values import MAX_DEPTH, MAX_TEXT, equals, measure, to_text, type_name

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
