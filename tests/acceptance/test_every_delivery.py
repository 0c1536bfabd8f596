"""Each event of the registry, really provoked, arrives over a socket; verifiers that are not ours take it:
PyPI's `standardwebhooks` the signature, `jsonschema` the body."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook, WebhookVerificationError

from engine.base import clock
from engine.base.actor import Actor
from engine.base.ids import new_id
from engine.events import schemas
from engine.events.registry import EVENTS
from engine.mail import MailError
from tests.engine.conftest import opened
from tests.engine.events.test_every_event import DEEDS
from tests.engine.factories import Harness, compose, flow
from tests.support.receiver import Receiver, Seen, receiving
from tests.support.waiting import stored, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

Deed = Callable[[Harness], Awaitable[Any]]

# Nothing listens at port 1: a mail cannot be sent, and that is an event too.
SETTINGS = {
    "allow_http_destinations": True, "smtp_url": "smtp://127.0.0.1:1", "mail_from": "switchyard@example.com",
}  # fmt: skip


class Listener:
    """An instance whose platform is told of everything, and who is told."""

    def __init__(self, place: Harness, receiver: Receiver, secret: str) -> None:
        self.place, self.receiver, self.secret = place, receiver, secret

    async def arrived(self, action: str, since: int) -> list[Seen]:
        """The requests that told of it, once there are any, of those that came after the first `since`."""

        def found() -> list[Seen]:
            came = self.receiver.requests[since:]
            return [one for one in came if orjson.loads(one.body)["action"] == action]

        return await until(found)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def listener(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Listener]:
    folder = tmp_path_factory.mktemp("every")
    async with receiving() as receiver, opened(folder, **SETTINGS) as place:
        spec = {"name": "All", "kind": "webhook", "url": receiver.url, "events": ["*"]}
        made = await place.sy.destinations.create(Actor.system(), None, spec)
        yield Listener(place, receiver, made.secret)


# -- what the engine's own tests of events leave to others ---------------------------------------------


async def a_flow_is_brought_back(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    await place.sy.flows.delete(place.actor, flow_id)
    await place.sy.flows.restore(place.actor, flow_id)


async def a_folder_lives(place: Harness) -> None:
    made = await place.sy.folders.create(place.actor, "Alerts")
    await place.sy.folders.rename(place.actor, made.id, "Alarms")
    await place.sy.folders.delete(place.actor, made.id)


async def a_catalogue_lives(place: Harness) -> None:
    said = {"title": "Shop", "discriminator": "type",
            "events": [{"name": "sold", "sample": {"type": "sold"}}]}  # fmt: skip
    await place.sy.catalogues.create(place.actor, "shop", said, "definition")
    await place.sy.catalogues.update(place.actor, "shop", {**said, "title": "Shops"})
    await place.sy.catalogues.delete(place.actor, "shop")


async def a_destination_lives(place: Harness) -> None:
    sy, actor, project = place.sy.destinations, place.actor, place.project
    spec = {"name": "Topic", "kind": "topic", "url": "audit", "events": ["flow.created"]}
    made = (await sy.create(actor, project, spec)).record.id
    await sy.update(actor, project, made, {"name": "Audit"})
    await sy.test(actor, project, made, "flow.created")
    await sy.rotate(actor, project, made)

    async def held() -> int:
        return (await sy.get(project, made)).held

    async def sent() -> bool:
        return not (await sy.deliveries(project, made, status="pending")).data

    for settle in (sy.release, sy.discard):
        await sy.disable(actor, project, made)
        await place.draft(flow(a=compose(1)))
        await stored(place.sy.db, held)
        if settle == sy.release:
            await sy.enable(actor, project, made)
        await settle(actor, project, made)
        await stored(place.sy.db, sent)  # what is on its way when it is disabled is held only meanwhile
    await sy.delete(actor, project, made)


async def old_events_are_deleted(place: Harness) -> None:
    old = clock.now() - 90 * 86_400
    await place.sql(
        "INSERT INTO events (id, action, project_id, envelope, lineage, created) "
        "SELECT ?, action, project_id, envelope, lineage, ? FROM events ORDER BY position DESC LIMIT 1 "
        "RETURNING id",
        new_id("evt", at=old), clock.to_iso(old),
    )  # fmt: skip
    await place.draft(flow(a=compose(1)))
    await stored(place.sy.db, lambda: place.sy.audit.prune(Actor.system(), 30))  # what is undelivered stays


async def the_mail_is_tested(place: Harness) -> None:
    with pytest.raises(MailError):
        await place.sy.access.link_mail.send_test(Actor(email="ann@example.com", platform_admin=True))


MORE: dict[str, Deed] = {
    "mail.tested": the_mail_is_tested,
    "flow.restored": a_flow_is_brought_back,
    **{name: a_folder_lives for name in EVENTS if name.startswith("folder.")},
    **{name: a_catalogue_lives for name in EVENTS if name.startswith("catalogue.")},
    **{name: a_destination_lives for name in EVENTS if name.startswith("event_destination.")},
    "audit_log.pruned": old_events_are_deleted,
}
ALL = {**DEEDS, **MORE}


async def test_no_event_is_left_out() -> None:
    assert ALL.keys() == EVENTS.keys()


@pytest.mark.parametrize("action", EVENTS)
async def test_it_arrives_signed_and_shaped_as_declared(listener: Listener, action: str) -> None:
    place = await listener.place.fresh()
    since = len(listener.receiver.requests)
    await ALL[action](place)
    verifier = Webhook(listener.secret)
    for seen in await listener.arrived(action, since):
        event = verifier.verify(seen.body, seen.headers)
        assert event["id"] == seen.headers["webhook-id"]
        Draft202012Validator(schemas.schema_of(action)).validate(event)
        with pytest.raises(WebhookVerificationError):
            verifier.verify(seen.body.replace(b'"action"', b'"Action"'), seen.headers)


async def test_each_sample_arrives_the_same_way_by_test(listener: Listener) -> None:
    nobody = Actor.system()
    (record,) = await listener.place.sy.destinations.list(None)
    for action, known in EVENTS.items():
        for variant in known.samples:
            since = len(listener.receiver.requests)
            result = await listener.place.sy.destinations.test(nobody, None, record.id, action, variant)
            assert result.answer.ok
            assert any(one.body.decode() == result.body for one in listener.receiver.requests[since:])
