"""Pieces whose effects do nothing: for the tests stored in flow files."""

from typing import Any

import pieces
from engine.base.types import Json


def muted(registry: pieces.Registry, given: dict[str, Json]) -> pieces.Registry:
    """The registry with every effect replaced: the step succeeds with what is given under its name."""
    return MutedRegistry(registry, given)


class MutedRegistry(pieces.Registry):
    """Pure actions as they are; others give what the case says."""

    def __init__(self, registry: pieces.Registry, given: dict[str, Json]) -> None:
        super().__init__(dict(registry.pieces), list(registry.broken), dict(registry.origins))
        self._given = given

    def action(self, piece: str, action: str) -> Any:
        real = super().action(piece, action)
        return real if real.pure else MutedAction(real, self._given)


class MutedAction:
    """Validates the input as the real action does, and then does nothing."""

    def __init__(self, real: Any, given: dict[str, Json]) -> None:
        self._real = real
        self._given = given
        self.title = real.title
        self.form = real.form
        self.gate = real.gate
        self.pure = self.internal = False

    async def run(self, ctx: pieces.Context, values: Json) -> Json:
        self._real.form.read(values)
        given = self._given.get(ctx.run.step)
        if self.gate and isinstance(given, dict) and given.get("passed") is False:
            ctx.stop("The test says that the event does not pass.")
        return given
