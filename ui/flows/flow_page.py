"""What is said of a flow as a whole, beside its drawing."""

from typing import Any

from engine.authoring.flow_reader import FlowRecord
from engine.authoring.folders import Folders
from engine.triggers.service import Triggers
from pieces import Registry
from ui.drawing.parts import known_of
from ui.drawing.problem_links import ways

from . import sender_lines

Definition = dict[str, Any]


async def about_flow(
    folders: Folders, triggers: Triggers, pieces: Registry, flow: FlowRecord
) -> dict[str, Any]:
    """What the panel of a flow needs."""
    known = await folders.list(flow.project_id) if flow.folder else []
    return {
        "folder": next((one for one in known if one.id == flow.folder), None),
        "ways": ways(flow.problems, flow.definition, pieces),
        "triggers": await triggers.state(flow.project_id, flow.id),
        "unverified": unverified(flow.definition),
        "has_webhook": has_webhook(flow.definition),
        "curl": curl(flow),
        "webhook_trigger": webhook_trigger(flow.definition),
    }


def has_webhook(definition: Definition) -> bool:
    return bool(webhook_trigger(definition))


def webhook_trigger(definition: Definition) -> str:
    """The name of the first webhook trigger; empty if there is none."""
    for trigger in definition.get("triggers") or []:
        if trigger.get("piece") == "webhook":
            return str(trigger.get("name") or "")
    return ""


def unverified(definition: Definition) -> bool:
    """Whether anybody who knows the address can start the flow."""
    for trigger in definition.get("triggers") or []:
        verify = (trigger.get("input") or {}).get("verify") or {}
        if trigger.get("piece") == "webhook" and verify.get("scheme", "none") == "none":
            return True
    return False


def is_silent(definition: Definition, pieces: Registry) -> bool:
    """Whether the flow has actions, and none of them has an effect; a piece that is missing may have one."""
    actions = [step for step in (definition.get("steps") or {}).values() if step.get("type") == "action"]
    known = [known_of("action", action, pieces) for action in actions]
    return bool(known) and all(one is not None and not one.has_effect for one in known)


def curl(flow: FlowRecord, variant: str = "") -> str:
    """A command that sends an event, to a `variant` of the address such as `/test`."""
    example = sender_lines.example_of(flow.definition)
    return sender_lines.lines(f"{flow.webhook_url}{variant}", {"scheme": "none"}, example=example)[0].text
