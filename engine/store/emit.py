"""How a service raises an event in the transaction of its change, without knowing who listens.

The events themselves, their shapes and the outbox are `engine.events`, which passes `outbox.emit`.
"""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from engine.base.actor import Actor

Emit = Callable[[Session, str, Any, Actor | None, str | None], None]
"""`emit(session, action, data, actor, project_id)`: raise an event in the transaction of the change."""


def emit_nothing(
    _session: Session, _action: str, _data: Any, _actor: Actor | None, _project_id: str | None
) -> None:
    """Raise nothing: for tests and tools without an outbox."""
