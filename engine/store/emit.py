"""How a service raises an event in the transaction of its change, without knowing who listens.

The events themselves, their shapes and the outbox are `engine.events`, which passes `outbox.emit`.
"""

from collections.abc import Callable
from typing import Any

from engine.base.actor import Actor

from .tx import Tx

Emit = Callable[[Tx, str, Any, Actor | None, str | None], None]
"""`emit(tx, action, data, actor, project_id)`: raise an event in the transaction of the change."""


def emit_nothing(_tx: Tx, _action: str, _data: Any, _actor: Actor | None, _project_id: str | None) -> None:
    """Raise nothing: for tests and tools without an outbox."""
