"""Types that every package uses."""

from typing import Any

Json = Any
"""A JSON value: what `orjson.loads` returns. `Any`, because the shape is checked where it is read."""
