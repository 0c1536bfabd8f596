"""All commands, in the order in which people look for them."""

from .branches import (
    add_branch,
    add_otherwise,
    delete_branch,
    duplicate_branch,
    move_branch,
    remove_otherwise,
    rename_branch,
    set_case,
    set_ignore,
    set_key,
    set_match,
    set_parallel,
    set_when,
)
from .cases import add_test, delete_test
from .clipboard import paste
from .command import Command
from .flow_fields import set_description, set_name, set_settings
from .loops import set_loop
from .notes import add_note, delete_note, update_note
from .samples import add_sample, delete_sample, rename_sample
from .step_fields import (
    set_connection,
    set_fail_on_null,
    set_input,
    set_note,
    set_on_error,
    set_retry,
    set_skip,
    set_timeout,
    set_title,
)
from .steps import add_step, delete_steps, duplicate_step, move_steps, rename_step, replace_step
from .triggers import (
    add_trigger,
    delete_trigger,
    rename_trigger,
    replace_trigger,
    set_trigger_connection,
    set_trigger_identity,
    set_trigger_input,
    set_trigger_mask,
    set_trigger_split,
    set_trigger_summary,
)

_STEPS = (
    add_step, replace_step, move_steps, duplicate_step, delete_steps, paste, rename_step, set_title, set_note,
    set_skip, set_input, set_connection, set_retry, set_on_error, set_timeout,
    set_fail_on_null,
)  # fmt: skip
_ROUTER = (
    add_branch, rename_branch, move_branch, duplicate_branch, delete_branch, set_case, set_when, set_key,
    set_match, set_parallel, set_ignore, add_otherwise, remove_otherwise,
)  # fmt: skip
_TRIGGERS = (
    add_trigger, replace_trigger, delete_trigger, rename_trigger, set_trigger_input, set_trigger_connection,
    set_trigger_split, set_trigger_identity, set_trigger_summary, set_trigger_mask,
)  # fmt: skip
_REST = (
    add_note, update_note, delete_note, set_name, set_description, set_settings,
    add_sample, rename_sample, delete_sample, add_test, delete_test,
)  # fmt: skip

COMMANDS: dict[str, Command] = {
    command.name: command for command in (*_STEPS, *_ROUTER, set_loop, *_TRIGGERS, *_REST)
}
"""Every command by its name."""
