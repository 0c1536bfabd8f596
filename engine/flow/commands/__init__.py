"""Every way to edit a flow: one table of commands, each a pure function from flow to flow. No I/O.

    change = apply(flow, "rename_step", {"step": "send", "name": "tell_team"})
    change.flow, change.sentence, change.names

From the table come the addresses of the API, the editor's forms, keys and palette, the audit log and the
steps of undo. A command keeps the flow's structure whole, or refuses with `BadInput`.
"""

from collections.abc import Mapping
from typing import Any

from engine.base.errors import BadInput
from engine.flow import Flow
from pieces import Registry

from .clipboard import Clipboard, copy
from .command import Args, Change, Command
from .table import COMMANDS

__all__ = ["COMMANDS", "Args", "Change", "Clipboard", "Command", "apply", "copy", "find"]


def find(name: str) -> Command:
    """A command by its name. Raises `BadInput`."""
    command = COMMANDS.get(name)
    if command is None:
        raise BadInput("There is no such command.", field="command")
    return command


def apply(flow: Flow, name: str, args: Mapping[str, Any], pieces: Registry | None = None) -> Change:
    """A flow changed by a command. Raises `BadInput`; see `Command.apply`."""
    return find(name).apply(flow, args, pieces)
