"""The operators of visual conditions, and the expression that each stands for.

They are Activepieces' 22 and some that it lacks. A missing field is the empty text and the empty list;
no operator fails, whatever the field holds. Text operators compare other values by their JSON text;
numbers are compared with numbers only (wrap the field in `to_number(…)` to read texts as numbers).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from engine.base.types import Json

from .functions import FUNCTIONS, FunctionError
from .functions.moments import read_moment

_TEXT = "to_string(not_null({f}, ''))"
_LIST = "to_array(not_null({f}, `[]`))"
_SMALL = "[?type(@) == 'string'].lower(@)"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a condition: `{f}` is the field, `{v}` the value.

    `case_sensitive` None: the operator knows no such thing. `fits` says for which values it is written
    so. A form that is `read` only is what people write by hand: it has the same truth wherever it has a
    value at all.
    """

    text: str
    case_sensitive: bool | None = None
    fits: Callable[[Json], bool] = lambda value: True
    read: bool = False
    prefix: str = ""  # put in front of a text value


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator. `title` stands in the list to choose from, `words` between field and value in a
    sentence; `kind` is what its value is: text, number, date, list, json or none."""

    name: str
    title: str
    words: str
    kind: str
    forms: tuple[Form, ...]
    opposite: str = ""  # the one that is true exactly where this is false

    @property
    def takes_case(self) -> bool:
        """Whether it can be told to take A and a for the same."""
        return any(form.case_sensitive is False for form in self.forms)

    @property
    def takes_value(self) -> bool:
        return self.kind != "none"

    def form(self, value: Json, case_sensitive: bool) -> Form | None:
        """How a condition with this value is written; None when it cannot have that value."""
        for form in self.forms:
            if not form.read and form.case_sensitive in (None, case_sensitive) and form.fits(value):
                return form
        return None


# -- values --------------------------------------------------------------------------------------------


def is_text(value: Json) -> bool:
    return isinstance(value, str)


def is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_plain(value: Json) -> bool:
    """A text that is not the JSON text of any other value, so that a plain == will do."""
    if not isinstance(value, str) or value == "":
        return False
    try:
        json.loads(value)
    except ValueError:
        return True
    except RecursionError:
        return False
    return False


def _is_odd(value: Json) -> bool:
    return isinstance(value, str) and not is_plain(value)


def is_date(value: Json) -> bool:
    """ISO 8601 text, or Unix seconds or milliseconds."""
    return read_moment(value) is not None


def is_list(value: Json) -> bool:
    return isinstance(value, list) and bool(value)


def _is_text_list(value: Json) -> bool:
    return is_list(value) and all(map(is_text, value))


def _is_pattern(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    try:
        FUNCTIONS["matches"].check_literal(1, value)
    except FunctionError:
        return False
    return True


def _is_own_pattern(value: Json) -> bool:
    # (?i) in front is what the missing case sensitivity writes.
    return _is_pattern(value) and not value.startswith("(?i)")


# -- the table -------------------------------------------------------------------------------------------


def _pair(
    names: tuple[str, str], titles: tuple[str, str], words: tuple[str, str], kind: str, forms: list[Form]
) -> list[Operator]:
    """An operator and its opposite, which is the same with a ! in front."""
    denied = [Form(f"!{f.text}", f.case_sensitive, f.fits, f.read, f.prefix) for f in forms]
    return [
        Operator(names[0], titles[0], words[0], kind, tuple(forms), names[1]),
        Operator(names[1], titles[1], words[1], kind, tuple(denied), names[0]),
    ]


def _texts(function: str, subject: str = _TEXT, small: str = f"lower({_TEXT})") -> list[Form]:
    return [
        Form(f"{function}({subject}, {{v}})", True, is_text),
        Form(f"{function}({small}, lower({{v}}))", False, is_text),
        Form(f"{function}({{f}}, {{v}})", True, is_text, read=True),
    ]


def _exactly(sign: str) -> tuple[Form, ...]:
    return (
        Form(f"{{f}} {sign} {{v}}", True, is_plain),
        Form(f"{_TEXT} {sign} {{v}}", True, _is_odd),
        Form(f"lower({_TEXT}) {sign} lower({{v}})", False, is_text),
        Form(f"{_TEXT} {sign} {{v}}", True, is_plain, read=True),
        Form(f"{{v}} {sign} {{f}}", True, is_plain, read=True),
    )


def _compared(sign: str, mirrored: str, fits: Callable[[Json], bool]) -> tuple[Form, ...]:
    return Form(f"{{f}} {sign} {{v}}", fits=fits), Form(f"{{v}} {mirrored} {{f}}", fits=fits, read=True)


def _dated(sign: str) -> tuple[Form, ...]:
    return (Form(f"timestamp({{f}}) {sign} timestamp({{v}})", fits=is_date),)


_MANY = "contains(not_null({f}[*], " + _TEXT + "), {v})"
_MANY_SMALL = "contains(not_null({f}" + _SMALL + ", lower(" + _TEXT + ")), lower({v}))"

_ALL = [
    *_pair(
        ("text_contains", "text_does_not_contain"),
        ("Text contains", "Text does not contain"),
        ("contains", "does not contain"),
        "text",
        [
            Form(_MANY, True, is_text),
            Form(_MANY_SMALL, False, is_text),
            Form("contains({f}, {v})", True, is_text, read=True),
        ],
    ),
    Operator(
        "text_exactly_matches",
        "Text exactly matches",
        "is",
        "text",
        _exactly("=="),
        "text_does_not_exactly_match",
    ),
    Operator(
        "text_does_not_exactly_match",
        "Text does not exactly match",
        "is not",
        "text",
        _exactly("!="),
        "text_exactly_matches",
    ),
    *_pair(
        ("text_starts_with", "text_does_not_start_with"),
        ("Text starts with", "Text does not start with"),
        ("starts with", "does not start with"),
        "text",
        _texts("starts_with"),
    ),
    *_pair(
        ("text_ends_with", "text_does_not_end_with"),
        ("Text ends with", "Text does not end with"),
        ("ends with", "does not end with"),
        "text",
        _texts("ends_with"),
    ),
    *_pair(
        ("text_matches", "text_does_not_match"),
        ("Text matches (regular expression)", "Text does not match (regular expression)"),
        ("matches", "does not match"),
        "text",
        [
            Form("matches(" + _TEXT + ", {v})", True, _is_own_pattern),
            Form("matches(" + _TEXT + ", {v})", False, _is_pattern, prefix="(?i)"),
            Form("matches({f}, {v})", True, _is_own_pattern, read=True),
            Form("matches({f}, {v})", False, _is_pattern, read=True, prefix="(?i)"),
        ],
    ),
    *_pair(
        ("in", "not_in"),
        ("Is one of", "Is none of"),
        ("is one of", "is none of"),
        "list",
        [
            Form("contains({v}, {f})", True, is_list),
            Form("contains({v}[*].lower(@), lower(" + _TEXT + "))", False, _is_text_list),
        ],
    ),
    Operator(
        "number_is_greater_than", "Number is greater than", ">", "number", _compared(">", "<", is_number)
    ),
    Operator(
        "number_is_at_least", "Number is greater or equal", "≥", "number", _compared(">=", "<=", is_number)
    ),
    Operator("number_is_less_than", "Number is less than", "<", "number", _compared("<", ">", is_number)),
    Operator("number_is_at_most", "Number is less or equal", "≤", "number", _compared("<=", ">=", is_number)),
    Operator("number_is_equal_to", "Number is equal to", "=", "number", _compared("==", "==", is_number)),
    Operator("boolean_is_true", "Is true, or not empty", "", "none", (Form("{f}"),), "boolean_is_false"),
    Operator(
        "boolean_is_false", "Is false, empty or missing", "not", "none", (Form("!{f}"),), "boolean_is_true"
    ),
    Operator("date_is_before", "Date is before", "is before", "date", _dated("<")),
    Operator("date_is_equal", "Date is equal to", "is at", "date", _dated("==")),
    Operator("date_is_after", "Date is after", "is after", "date", _dated(">")),
    *_pair(
        ("list_contains", "list_does_not_contain"),
        ("List contains", "List does not contain"),
        ("has", "does not have"),
        "json",
        [
            Form("contains(" + _LIST + ", {v})", True),
            Form("contains(" + _LIST + _SMALL + ", lower({v}))", False, is_text),
            Form("contains({f}, {v})", True, lambda value: not is_text(value), read=True),
        ],
    ),
    Operator("list_is_empty", "List is empty", "is an empty list", "none", (Form("{f} == `[]`"),)),
    Operator(
        "list_is_not_empty",
        "List is not empty",
        "is not an empty list",
        "none",
        (Form("type({f} || `0`) == 'array'"),),
    ),
    Operator(
        "exists", "Exists", "exists", "none", (Form("not_null({f}, '') != ''"),), opposite="does_not_exist"
    ),
    Operator(
        "does_not_exist",
        "Does not exist",
        "does not exist",
        "none",
        (Form("not_null({f}, '') == ''"),),
        "exists",
    ),
    # Last: they take what no operator before them is for.
    Operator(
        "equals",
        "Is exactly (with its type)",
        "is",
        "json",
        _compared("==", "==", lambda value: not is_number(value) and not is_plain(value) and value != []),
        "does_not_equal",
    ),
    Operator(
        "does_not_equal",
        "Is not exactly (with its type)",
        "is not",
        "json",
        _compared("!=", "!=", lambda value: not is_plain(value)),
        "equals",
    ),
]

OPERATORS: dict[str, Operator] = {operator.name: operator for operator in _ALL}
"""Every operator by name, in the order of the list to choose from."""
