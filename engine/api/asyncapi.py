"""The AsyncAPI document: what we send to destinations, and what a flow's webhook takes.

https://www.asyncapi.com/docs/reference/specification/v3.1.0. Each message's payload pins its `action`, so
that whatever is sent is valid against exactly one of them.
"""

from typing import Any
from urllib.parse import urlsplit

from engine.base.version import version
from engine.events import registry as events
from engine.events import schemas

_SIGNED = {
    "webhook-id": {"type": "string", "description": "The event's id, the same on each attempt."},
    "webhook-timestamp": {"type": "string", "pattern": "^[0-9]+$", "description": "Seconds, of the attempt."},
    "webhook-signature": {
        "type": "string",
        "description": "v1 (HMAC-SHA256) and v1a (ed25519) of id.timestamp.body, with spaces between.",
    },
    "switchyard-lineage": {
        "type": "string",
        "description": "For a run's event the flows that led to it, signed: no circle closes.",
    },
}


def document(base_url: str) -> dict[str, Any]:
    """The whole document, for an instance that the outside reaches at `base_url`."""
    names = list(events.EVENTS)
    address = urlsplit(base_url)
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Switchyard",
            "version": version(),
            "description": "The events that Switchyard sends to destinations, and the webhooks of its flows.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "switchyard": {
                "host": address.netloc,
                "protocol": address.scheme,
                **({"pathname": address.path} if address.path else {}),
                "description": "This instance.",
            }
        },
        "channels": {
            "destination": {
                "address": None,
                "title": "A destination",
                "description": "The URL that was entered when the destination was created.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            },
            "flowWebhook": {
                "address": "/webhooks/{flowId}",
                "title": "The webhook of a flow",
                "servers": [{"$ref": "#/servers/switchyard"}],
                "parameters": {"flowId": {"description": "The flow's id."}},
                "messages": {"anyEvent": {"$ref": "#/components/messages/anyEvent"}},
            },
        },
        "operations": {
            "sendAuditEvent": {
                "action": "send",
                "channel": {"$ref": "#/channels/destination"},
                "summary": "Tell a destination of an event that it listens to.",
                "security": [{"$ref": "#/components/securitySchemes/webhookSignature"}],
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
                "messages": [{"$ref": f"#/channels/destination/messages/{name}"} for name in names],
            },
            "receiveWebhook": {
                "action": "receive",
                "channel": {"$ref": "#/channels/flowWebhook"},
                "summary": "Start a run of the flow, once the event is durable.",
                "description": "How a sender is verified is set on the flow's trigger; this is one way.",
                "security": [{"$ref": "#/components/securitySchemes/webhookSignature"}],
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
                "messages": [{"$ref": "#/channels/flowWebhook/messages/anyEvent"}],
            },
        },
        "components": {
            "messages": {**{name: _message(name) for name in names}, "anyEvent": _ANY},
            "schemas": {name: schemas.schema_of(name) for name in names},
            "securitySchemes": {
                "webhookSignature": {
                    "type": "httpApiKey",
                    "name": "webhook-signature",
                    "in": "header",
                    "description": "Standard Webhooks: a signature over id, timestamp and body, no key.",
                }
            },
        },
    }


_ANY: dict[str, Any] = {
    "name": "anyEvent",
    "title": "Any event",
    "summary": "Whatever a vendor sends: JSON, a form, text.",
    "payload": {"description": "Any value."},
    "examples": [{"name": "example", "payload": {"action": "order.created", "data": {"id": 1}}}],
}


def _message(action: str) -> dict[str, Any]:
    known = events.EVENTS[action]
    return {
        "name": action,
        "title": known.description,
        "summary": events.sentence(events.sample(action)),
        "tags": [{"name": known.group}],
        "headers": {"type": "object", "required": list(_SIGNED)[:3], "properties": _SIGNED},
        "payload": {"$ref": f"#/components/schemas/{action}"},
        "correlationId": {"location": "$message.header#/webhook-id"},
        "examples": [_example(action, variant) for variant in known.samples],
    }


def _example(action: str, variant: str) -> dict[str, Any]:
    event = events.sample(action, variant)
    headers = {
        "webhook-id": event["id"],
        "webhook-timestamp": "1772532930",
        "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    }
    return {"name": variant or "example", "headers": headers, "payload": event}
