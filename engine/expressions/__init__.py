"""Expressions and templates: the only language in which users compute. There is no code in it.

JMESPath over the scope `{trigger, steps, loop, run, flow, project, vars}`, with the functions of
`engine.expressions.functions`; in texts between `{{` and `}}`.
"""

from .building import truth
from .errors import ExpressionError, Mend
from .expression import (
    Expression,
    compile,
    compile_or_fail,
    corrected,
    doubts,
    hyphens,
    is_readable,
    paths,
    rename_root,
    rename_step,
    single_braces,
)
from .functions import Costly, Evaluation, OnLoop, size_of
from .headers import value_at
from .json_text import parse_json_text
from .off_loop import Work, apart, evaluated
from .references import ROOTS
from .template import Filling, NullRule, Resolver, compile_value, rename_in_value, scan, size

__all__ = [
    "ROOTS",
    "Costly",
    "Evaluation",
    "Expression",
    "ExpressionError",
    "Filling",
    "Mend",
    "NullRule",
    "OnLoop",
    "Resolver",
    "Work",
    "apart",
    "compile",
    "compile_or_fail",
    "compile_value",
    "corrected",
    "doubts",
    "evaluated",
    "hyphens",
    "is_readable",
    "parse_json_text",
    "paths",
    "rename_in_value",
    "rename_root",
    "rename_step",
    "scan",
    "single_braces",
    "size",
    "size_of",
    "truth",
    "value_at",
]
