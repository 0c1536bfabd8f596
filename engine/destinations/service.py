"""`Destinations`: all that can be asked of destinations and deliveries."""

from . import store
from .keeper import Keeper


class Destinations(Keeper):
    """The destinations of all projects and of the platform, and what is delivered to them."""

    async def start(self) -> None:
        """Learn who listens to what."""
        for row in await self._db.read(store.everything):
            if row.status != store.GONE:
                self._changed(row)
