"""The catalogues that a project adds."""

from typing import Any

import pytest

from engine import catalogues
from engine.base.errors import BadInput, Conflict, NotFound
from engine.base.redaction import MASK
from tests.engine.factories import Harness, compose, flow

SHOP: Any = {
    "title": "Shop",
    "discriminator": "type",
    "events": [
        {"name": "order.created", "sample": {"type": "order.created", "total": 5}},
        {"name": "order.paid", "sample": {"type": "order.paid"}},
    ],
}


async def test_an_added_catalogue_is_used_like_those_that_ship(place: Harness) -> None:
    made = await place.sy.catalogues.create(place.actor, "shop", SHOP, "samples")
    found = await place.sy.catalogues.get(place.project, "shop")
    assert (made.name, list(found.events)) == ("shop", ["order.created", "order.paid"])
    generated = await place.sy.flows.generate_handler(
        place.actor, found, "all", verify={"scheme": "none"}, publish=True
    )
    run = await place.ended(await place.start(generated.flow.id, {"type": "order.paid"}))
    assert run["path"][:-1] == ["by_event:Order paid"]
    assert generated.flow.catalogue == "shop"
    names = [one.name for one in await place.sy.catalogues.all(place.project)]
    assert names == ["shop", *catalogues.names()]


async def test_what_a_catalogue_masks_is_hidden_in_its_samples_and_in_the_runs_of_its_handler_flows(
    place: Harness,
) -> None:
    body = {"type": "order.paid", "card": {"number": "4111-1111"}, "note": "card 4111-1111"}
    events = [{"name": "order.paid", "sample": body, "variants": [{"name": "other", "sample": body}]}]
    given = {**SHOP, "events": events, "mask": [" body.card.number "]}
    await place.sy.catalogues.create(place.actor, "shop", given, "samples")
    found = await place.sy.catalogues.get(place.project, "shop")
    assert found.mask == ("body.card.number",)
    shown = {"type": "order.paid", "card": {"number": MASK}, "note": f"card {MASK}"}
    assert found.events["order.paid"].sample == shown == found.events["order.paid"].variants["other"]
    verify = {"scheme": "none"}
    generated = await place.sy.flows.generate_handler(place.actor, found, "all", verify=verify, publish=True)
    assert generated.flow.definition["triggers"][0]["input"]["mask"] == ["body.card.number"]
    run = await place.ended(await place.start(generated.flow.id, body))
    assert run["path"][:-1] == ["by_event:Order paid"] and run["trigger"]["event"]["body"] == shown
    assert "4111-1111" not in str(await place.sql("SELECT definition FROM catalogues"))


@pytest.mark.parametrize(
    ("mask", "field"),
    [("body.a", "mask"), ([1], "mask"), (["body.a", "card"], "mask.1"), (["x"] * 101, "mask")],
)
async def test_mask_paths_that_cannot_be_read_are_refused(place: Harness, mask: Any, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        await place.sy.catalogues.create(place.actor, "shop", {**SHOP, "mask": mask}, "samples")
    assert refused.value.field == field


async def test_changing_and_deleting_say_so(place: Harness) -> None:
    await place.sy.catalogues.create(place.actor, "shop", SHOP, "samples")
    await place.sy.catalogues.update(place.actor, "shop", {**SHOP, "title": "Store"})
    assert (await place.sy.catalogues.get(place.project, "shop")).title == "Store"
    await place.sy.catalogues.delete(place.actor, "shop")
    with pytest.raises(NotFound):
        await place.sy.catalogues.get(place.project, "shop")
    said = await place.sql("SELECT action FROM events WHERE action LIKE 'catalogue.%' ORDER BY position")
    assert [action for (action,) in said] == ["catalogue.created", "catalogue.updated", "catalogue.deleted"]


async def test_a_catalogue_is_its_projects_own(place: Harness) -> None:
    await place.sy.catalogues.create(place.actor, "shop", SHOP, "samples")
    other = await place.fresh()
    with pytest.raises(NotFound):
        await other.sy.catalogues.get(other.project, "shop")
    with pytest.raises(NotFound):
        await other.sy.catalogues.delete(other.actor, "shop")
    await other.sy.catalogues.create(other.actor, "shop", SHOP, "samples")
    with pytest.raises(Conflict):
        await other.sy.catalogues.create(other.actor, "shop", SHOP, "samples")


@pytest.mark.parametrize("name", ["", "Shop", "1shop", "a b", "x" * 64, "deck", "switchyard"])
async def test_a_name_that_cannot_be_one_is_refused(place: Harness, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        await place.sy.catalogues.create(place.actor, name, SHOP, "samples")
    assert refused.value.field == "name"


async def test_what_ships_is_not_changed(place: Harness) -> None:
    with pytest.raises(Conflict):
        await place.sy.catalogues.update(place.actor, "deck", SHOP)
    with pytest.raises(Conflict):
        await place.sy.catalogues.delete(place.actor, "deck")


async def test_a_catalogue_is_learned_from_what_a_webhook_received(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    with pytest.raises(BadInput):
        await place.sy.catalogues.learn(place.project, flow_id, "Learned")
    for kind in ("made", "sent", "made"):
        await place.ended(await place.start(flow_id, {"kind": kind, "n": 1}))
    await place.ended(await place.start(flow_id, [1]))
    learned = await place.sy.catalogues.learn(place.project, flow_id, "Learned")
    assert learned["discriminator"] == "trigger.body.kind"
    assert sorted(event["name"] for event in learned["events"]) == ["made", "sent"]
    other = await place.fresh()
    with pytest.raises(BadInput):
        await other.sy.catalogues.learn(other.project, flow_id, "Learned")


async def test_a_flow_is_offered_what_its_catalogue_gained(place: Harness) -> None:
    sy = place.sy
    await sy.catalogues.create(place.actor, "shop", SHOP, "samples")
    shop = await sy.catalogues.get(place.project, "shop")
    made = await sy.flows.generate_handler(place.actor, shop, ["order.paid"], verify={"scheme": "none"})
    missing = await sy.catalogues.missing(place.project, made.flow.id)
    assert missing is not None and missing.gained == []
    assert [event.name for event in missing.left_out] == ["order.created"]

    sent: Any = {"name": "order.sent", "sample": {"type": "order.sent"}}
    await sy.catalogues.update(place.actor, "shop", {**SHOP, "events": [*SHOP["events"], sent]})
    missing = await sy.catalogues.missing(place.project, made.flow.id)
    assert missing is not None and [event.name for event in missing.gained] == ["order.sent"]

    await sy.catalogues.leave_out(place.actor, made.flow.id)
    missing = await sy.catalogues.missing(place.project, made.flow.id)
    assert missing is not None and missing.gained == []
    assert [event.name for event in missing.left_out] == ["order.created", "order.sent"]


async def test_what_was_not_generated_or_has_lost_its_catalogue_is_offered_nothing(place: Harness) -> None:
    sy = place.sy
    plain = await sy.flows.create(place.actor, flow(a=compose(1)))
    assert await sy.catalogues.missing(place.project, plain.id) is None
    await sy.catalogues.create(place.actor, "shop", SHOP, "samples")
    shop = await sy.catalogues.get(place.project, "shop")
    made = await sy.flows.generate_handler(place.actor, shop, ["order.paid"], verify={"scheme": "none"})
    other = await place.fresh()
    assert await other.sy.catalogues.missing(other.project, made.flow.id) is None
    for actor, flow_id in ((other.actor, made.flow.id), (place.actor, plain.id), (place.actor, "flow_none")):
        with pytest.raises(NotFound):
            await sy.catalogues.leave_out(actor, flow_id)
    await sy.catalogues.delete(place.actor, "shop")
    assert await sy.catalogues.missing(place.project, made.flow.id) is None


@pytest.mark.parametrize("name", catalogues.names())
async def test_what_ships_is_offered_to_flows_of_it(place: Harness, name: str) -> None:
    first, *others = catalogues.get(name).events
    made = await place.sy.flows.generate_handler(place.actor, name, [first], verify={"scheme": "none"})
    missing = await place.sy.catalogues.missing(place.project, made.flow.id)
    assert missing is not None and missing.gained == []
    assert [event.name for event in missing.left_out] == others
