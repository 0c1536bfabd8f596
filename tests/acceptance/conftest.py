"""What all tests of refusals need: hostile texts, and an ear on the log."""

import logging
from collections.abc import Iterator

import pytest

HOSTILE = {
    "a path": "../../etc/passwd",
    "a path, encoded": "..%2f..%2fetc%2fpasswd",
    "a tag": "<script>alert(1)</script>",
    "an attribute": '" autofocus onfocus="alert(1)',
    "a NUL": "a\0b",
    "a line end": "a\r\nSet-Cookie: x=1",
    "10 kB": "x" * 10_000,
    "SQL": "'; DROP TABLE runs; --",
    "SQL, twice": '" OR ""="',
    "a pattern": "%_%",
    "an expression": "{{ trigger.body }}",
    "a template": "{% for x in cycler.__init__.__globals__ %}{{ x }}{% endfor %}",
    "a format": "{0.__class__} %s %n ${x}",
    "right to left": "invoice\u202etxt.exe",
    "isolated": "\u2066admin\u2069",
    "not shaped": "e\u0301\u0301\u0301\u200d\ufeff",
    "beyond the first plane": "🚂𐍈",
    "a lone half": "\ud800",
    "nothing": "",
    "space": " \t ",
    "a number": "-1",
    "null": "null",
}


@pytest.fixture(scope="session")
def hostile() -> dict[str, str]:
    """Texts that a caller may send instead of a name, by what they try."""
    return HOSTILE


@pytest.fixture(autouse=True)
def _no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a caller sends, it is never our own failure: the log stays free of errors and tracebacks."""
    yield
    loud = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not loud
    assert not [record for record in caplog.get_records("call") if record.exc_info]
