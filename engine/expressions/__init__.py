"""Expressions and templates: the only language in which users compute. There is no code in it.

JMESPath over the scope `{trigger, steps, loop, run, flow, project, vars}`, with the functions of
`engine.expressions.functions`; in texts between `{{` and `}}`.
"""

from .building import truth
from .errors import ExpressionError
from .expression import Expression, compile, paths, rename_step
from .json_text import parse_json_text
from .template import Resolver, compile_value, rename_in_value, scan

__all__ = [
    "Expression",
    "ExpressionError",
    "Resolver",
    "compile",
    "compile_value",
    "parse_json_text",
    "paths",
    "rename_in_value",
    "rename_step",
    "scan",
    "truth",
]
