"""Catalogues of vendors' events, and the flows that handle them."""

from typing import Any, Literal

from pydantic import Field

from .. import catalogues
from ..access import Actor, Permission
from ..catalogues import Catalogue
from ..paging import Page
from . import shapes
from .operation import operation
from .services import Services
from .shapes import Answer, Body, JsonObject, Name


class CatalogueRow(Answer):
    name: str
    title: str
    vendor: str
    events: int = Field(description="How many there are")


class CatalogueEvent(Answer):
    name: str
    label: str
    group: str
    description: str
    sample: Any = Field(description="An example of the body")
    variants: JsonObject = Field(description="Further example bodies")


class CatalogueFacts(Answer):
    name: str
    title: str
    vendor: str
    discriminator: str = Field(description="JMESPath over the body that gives the event's name")
    verify: JsonObject = Field(description="How the vendor's requests are verified")
    verify_note: str
    events: list[CatalogueEvent]


class HandlerBody(Body):
    """What to handle; without `verify` the vendor's preset."""

    catalogue: str = Field(max_length=100, examples=["activepieces"])
    events: list[str] | Literal["all"] = Field(examples=[["flow.run.finished"]])
    name: Name | None = None
    verify: JsonObject | None = Field(
        None,
        description="`scheme` and its settings; the name of a saved `connection` or the `secret` to save: "
        "without either a new secret is made. `none` lets anyone send.",
        examples=[{"scheme": "none"}],
    )
    publish: bool = Field(False, description="Publish and enable the flow at once")


class HandlerFlow(Answer):
    flow: shapes.Flow
    webhook_url: str
    verify: JsonObject = Field(
        description="`scheme`, `connection`, `header` where there is one; `secret` once, if it was made here"
    )


@operation("GET", "/catalogues", Permission.view, answer=shapes.List[CatalogueRow])
async def list_catalogues() -> Page[dict[str, Any]]:
    """List the catalogues."""
    return Page([_row(catalogues.get(name)) for name in catalogues.names()])


@operation("GET", "/catalogues/{name}", Permission.view, answer=CatalogueFacts)
async def read_catalogue(name: str) -> dict[str, Any]:
    """Read a catalogue with a sample of each event."""
    found = catalogues.get(name)
    return {
        "name": found.name,
        "title": found.title,
        "vendor": found.vendor,
        "discriminator": found.discriminator,
        "verify": dict(found.verify),
        "verify_note": found.verify_note,
        "events": [
            {
                "name": event.name,
                "label": event.label,
                "group": event.group,
                "description": event.description,
                "sample": event.sample,
                "variants": dict(event.variants),
            }
            for event in found.events.values()
        ],
    }


@operation("POST", "/handler-flows", Permission.edit, answer=HandlerFlow, status=201, errors=(409,))
async def generate_handler_flow(sy: Services, actor: Actor, body: HandlerBody) -> object:
    """Generate a handler flow.

    A flow whose router has one branch for each event, with a stored sample of each. What the sender needs
    stands in the answer: the address, and how to sign.
    """
    return await sy.flows.generate_handler(
        actor, body.catalogue, body.events, body.name, body.verify, publish=body.publish
    )


def _row(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "name": catalogue.name,
        "title": catalogue.title,
        "vendor": catalogue.vendor,
        "events": len(catalogue.events),
    }


OPERATIONS = (list_catalogues, read_catalogue, generate_handler_flow)
