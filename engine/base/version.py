"""The version of this installation, as pyproject.toml has it."""

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """The version of the installed distribution; `unknown` where the code runs without being installed."""
    try:
        return metadata.version("switchyard-flow")
    except metadata.PackageNotFoundError:
        return "unknown"
