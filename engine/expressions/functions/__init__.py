"""The functions that expressions may call."""

from engine.base.types import Json

from . import dates, encodings, objects, patterns, standard, text  # noqa: F401 - each fills FUNCTIONS
from .contract import FUNCTIONS, Closure, Function, Parameter
from .evaluation import MAX_WORK, SILENT, Apart, Costly, Evaluation, FunctionError, OnLoop
from .values import (
    MAX_DEPTH,
    MAX_TEXT,
    equals,
    measure,
    plain_number,
    read_number,
    size_of,
    to_text,
    type_name,
)

__all__ = [
    "FUNCTIONS",
    "MAX_DEPTH",
    "MAX_TEXT",
    "MAX_WORK",
    "SILENT",
    "Apart",
    "Closure",
    "Costly",
    "Evaluation",
    "Function",
    "FunctionError",
    "Json",
    "OnLoop",
    "Parameter",
    "equals",
    "measure",
    "plain_number",
    "read_number",
    "size_of",
    "to_text",
    "type_name",
]
