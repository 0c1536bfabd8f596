"""Requests to a flow's `/test` address: each is stored as a sample of the draft."""

import re

import orjson

from engine.base.types import Json
from engine.runs.plan import Plan

from .answers import IntakeAnswer
from .services import IntakeServices

_NAME = re.compile(r"[\w.:\- ]{1,200}", re.ASCII)


async def store_sample(services: IntakeServices, plan: Plan, event: Json) -> IntakeAnswer:
    """Store an event as a sample; the answer with its name."""
    name = await services.capture_sample(plan.project_id, plan.flow_id, sample_name(event), event)
    return 200, [(b"content-type", b"application/json")], orjson.dumps({"sample": name})


def sample_name(event: Json) -> str:
    """A name for a captured event: its action or type when the body names one."""
    body = event.get("body")
    if isinstance(body, dict):
        for field in ("action", "type", "event", "event_type", "event_name", "object_kind"):
            value = body.get(field)
            if isinstance(value, str) and _NAME.fullmatch(value):
                return value
    return "captured"
