"""Types that every package uses."""

from pieces import Json as Json

__all__ = ["Json"]
