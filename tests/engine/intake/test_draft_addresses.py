"""The draft addresses of a flow act for its editors, for senders that a trigger verifies, and for nobody else
unless the flow itself takes events from anyone."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from engine.access.users import get_user
from engine.base.actor import Actor, Role
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.intake import captures
from engine.signatures import sign
from pieces import AuthError, Context, Json, Piece, WebhookRequest
from pieces._registry import Origin
from tests.engine.factories import Harness, Probe, compose, flow, registry, webhook
from tests.support.clock import ManualClock
from ui.app import intake_routes

pytestmark = pytest.mark.asyncio(loop_scope="module")

VARIANTS = ("/draft", "/draft/sync", "/test")
OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
SIGNED = {"scheme": "github", "connection": "signing"}
SECRET = "a-signing-secret"


def desk_piece() -> Piece:
    """Triggers of a piece: one that verifies who sends, and one that does not."""
    piece = Piece("desk")

    @piece.webhook
    async def open(ctx: Context, request: WebhookRequest) -> list[Json]:
        """Start for each ticket."""
        return [request.body]

    @piece.webhook
    async def checked(ctx: Context, request: WebhookRequest) -> list[Json]:
        """Start for each signed ticket."""
        return [request.body]

    @checked.on_verify
    async def signed(ctx: Context, request: WebhookRequest) -> None:
        if request.headers.get("x-desk") != "signed":
            raise AuthError("the signature is wrong")

    return piece


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    probe = Probe()
    known = registry(probe)
    known.pieces["desk"], known.origins["desk"] = desk_piece(), Origin("desk", "1")
    sy = Switchyard(Settings(data_dir=tmp_path_factory.mktemp("data"), durability="fast"), known)
    await sy.start()
    try:
        (project,) = await sy.access.projects.list(Actor.system())
        actor = Actor.system(project.id)
        await sy.connections.create(actor, "signing", "webhook", {"secret": SECRET})
        transport = httpx.ASGITransport(Starlette(routes=intake_routes(sy)))
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
            yield Harness(sy, actor, http, probe)
    finally:
        await sy.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def place(here: Harness) -> Harness:
    here.before = {}
    here.before = await here.rows()
    return here


async def key_of(place: Harness, role: Role, project: str = "") -> dict[str, str]:
    actor = Actor.system(project or place.project)
    _, token = await place.sy.access.keys.create(actor, "test", role)
    return {"Authorization": f"Bearer {token}"}


async def cookie_of(place: Harness, email: str, role: Role, project: str = "") -> dict[str, str]:
    actor = Actor.system(project or place.project)
    user, _ = await place.sy.access.users.create(actor, email, "")
    await place.sy.access.projects.add_member(actor, email, role)
    token = await place.sy.db.write(
        lambda tx: place.sy.access.sessions.add(tx, get_user(tx, user.id), Actor(), "")
    )
    return {"Cookie": f"theme=dark; switchyard_session={token}"}


async def desk(place: Harness, trigger: str) -> str:
    started_by = {"name": "webhook", "piece": "desk", "trigger": trigger, "input": {}}
    return await place.draft(flow(triggers=[started_by], a=compose(1)))


async def disabled(place: Harness, published: Json, draft: Json | None = None) -> str:
    """A flow that was published with a trigger and disabled; `draft` is the trigger of its draft."""
    flow_id = await place.publish(flow(triggers=[published], a=compose(1)))
    if draft is not None:
        await redraft(place, flow_id, draft)
    await place.sy.flows.disable(place.actor, flow_id)
    return flow_id


async def redraft(place: Harness, flow_id: str, trigger: Json) -> None:
    seen = await place.sy.flows.get(place.project, flow_id)
    made = flow(triggers=[trigger], a=compose(2))
    await place.sy.flows.save_draft(place.actor, flow_id, made, seen.revision)


async def runs_and_samples(place: Harness, flow_id: str) -> tuple[int, int]:
    record = await place.sy.flows.get(place.project, flow_id)
    return (await place.rows())["runs"], len(record.definition.get("samples") or {})


# -- nobody in particular ---------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("state", ["unpublished", "disabled", "edited", "of a piece"])
async def test_a_draft_that_verifies_nothing_does_nothing_for_anybody(
    place: Harness, state: str, variant: str
) -> None:
    match state:
        case "unpublished":
            flow_id = await place.draft(flow(a=compose(1)))
        case "disabled":
            flow_id = await disabled(place, webhook())
        case "edited":  # its own address verifies; the draft's trigger does not any more
            flow_id = await place.publish(flow(triggers=[webhook(SIGNED)], a=compose(1)))
            await redraft(place, flow_id, webhook())
        case _:
            flow_id = await desk(place, "open")
    refused = await place.post(flow_id, {"a": 1}, variant)
    assert refused.status_code == 401, refused.text
    assert refused.headers["www-authenticate"] == "Bearer"
    error = refused.json()["error"]
    assert error["code"] == "not_signed_in"
    assert "Send the API key of an editor (`Authorization: Bearer sk_…`)" in error["message"]
    assert ("Capture a request" in error["message"]) == (variant == "/test")
    assert await runs_and_samples(place, flow_id) == (0, 0)


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
)  # fmt: skip
async def test_no_method_gets_around_it(place: Harness, method: str) -> None:
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    flow_id = await place.draft(flow(triggers=[webhook(methods=methods)], a=compose(1)))
    for variant in VARIANTS:
        answer = await place.http.request(method, f"/webhooks/{flow_id}{variant}")
        assert answer.status_code == 401
    assert await runs_and_samples(place, flow_id) == (0, 0)


async def test_no_handshake_is_answered_for_nobody(place: Harness) -> None:
    await place.sy.connections.create(place.actor, "asana", "webhook", {"username": "x"})
    trigger = webhook({"scheme": "none", "connection": "asana"}, handshake={"preset": "asana"})
    flow_id = await place.draft(flow(triggers=[trigger], a=compose(1)))
    for headers in ({}, {"Access-Control-Request-Method": "POST"}):
        answer = await place.http.request(
            "OPTIONS", f"/webhooks/{flow_id}/draft", headers={"X-Hook-Secret": "s" * 20, **headers}
        )
        assert answer.status_code == (204 if headers else 401)
        assert "x-hook-secret" not in answer.headers
    assert "secret" not in await place.sy.connections.secret(place.project, "asana", "webhook")


async def test_a_browser_may_ask_what_a_page_may_send(place: Harness) -> None:
    trigger = webhook(allowed_origins=["https://app.example.com"])
    flow_id = await place.draft(flow(triggers=[trigger], a=compose(1)))
    asked = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
    answer = await place.http.options(f"/webhooks/{flow_id}/draft", headers=asked)
    assert (answer.status_code, answer.headers["access-control-allow-methods"]) == (204, "POST, PUT, PATCH")
    refused = await place.post(flow_id, 1, "/draft", headers={"Origin": "https://app.example.com"})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://app.example.com"


# -- whom a trigger verifies -------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_verified_sender_needs_no_key(place: Harness, variant: str) -> None:
    flow_id = await disabled(place, webhook(SIGNED))
    body = json.dumps({"action": "opened"}).encode()
    headers = {"content-type": "application/json", **sign("github", SECRET, body, now=0)}
    answer = await place.http.post(f"/webhooks/{flow_id}{variant}", content=body, headers=headers)
    assert answer.status_code in (200, 202), answer.text
    wrong = await place.http.post(f"/webhooks/{flow_id}{variant}", content=body + b" ", headers=headers)
    assert wrong.status_code == 401


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_sender_whom_a_piece_verifies_needs_no_key(place: Harness, variant: str) -> None:
    flow_id = await desk(place, "checked")
    answer = await place.post(flow_id, {"id": 1}, variant, headers={"x-desk": "signed"})
    assert answer.status_code in (200, 202), answer.text
    refused = await place.post(flow_id, {"id": 1}, variant)
    assert refused.status_code == 401 and "the signature is wrong" in refused.json()["error"]["message"]


@pytest.mark.parametrize("variant", VARIANTS)
async def test_the_draft_is_no_more_closed_than_the_flow_itself(place: Harness, variant: str) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    assert (await place.post(flow_id, 1, variant)).status_code in (200, 202)


# -- editors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("role", list(Role))
async def test_a_key_opens_drafts_from_the_editor_role_on(place: Harness, role: Role, variant: str) -> None:
    key = await key_of(place, role)
    for flow_id in (await place.draft(flow(a=compose(1))), await desk(place, "open")):
        answer = await place.post(flow_id, {"action": "x"}, variant, headers=key)
        if role is Role.viewer:
            assert answer.status_code == 403
            assert answer.json()["error"]["message"] == "This needs the editor role in this project."
        else:
            assert answer.status_code in (200, 202), answer.text
    text = str(await place.sql("SELECT payload FROM run_payloads")) + str(
        await place.sql("SELECT draft FROM flows")
    )
    assert key["Authorization"].removeprefix("Bearer ") not in text


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_session_opens_drafts_from_our_own_pages_only(place: Harness, variant: str) -> None:
    trigger = webhook(methods=["GET", "POST"])
    flow_id = await place.draft(flow(triggers=[trigger], a=compose(1)))
    address = f"/webhooks/{flow_id}{variant}"
    name = variant.strip("/").replace("/", "-")
    editor = await cookie_of(place, f"editor-{name}@example.com", Role.editor)
    for method in ("GET", "POST"):
        for site in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
            refused = await place.http.request(method, address, headers={**editor, **site})
            assert refused.status_code == 403, (method, site)
        taken = await place.http.request(method, address, headers={**editor, **OUR_PAGE})
        assert taken.status_code in (200, 202), taken.text
    viewer = await cookie_of(place, f"viewer-{name}@example.com", Role.viewer)
    assert (await place.http.post(address, headers={**viewer, **OUR_PAGE})).status_code == 403
    nobody = {"Cookie": f"switchyard_session={'a' * 43}"}
    assert (await place.http.post(address, headers={**nobody, **OUR_PAGE})).status_code == 401
    cookie = editor["Cookie"].rpartition("=")[2]
    stored = await place.sql("SELECT payload FROM run_payloads") + await place.sql("SELECT draft FROM flows")
    assert cookie not in str(stored)


async def test_an_editor_of_another_project_finds_nothing(place: Harness) -> None:
    other = (await place.sy.access.projects.create(place.actor, "Other")).id
    flow_id = await place.draft(flow(a=compose(1)))
    key = await key_of(place, Role.admin, other)
    cookie = await cookie_of(place, "stranger@example.com", Role.admin, other)
    for headers in (key, {**cookie, **OUR_PAGE}):
        for variant in VARIANTS:
            answer = await place.post(flow_id, 1, variant, headers=headers)
            assert answer.status_code == 404
            assert "no flow at this address" in answer.json()["error"]["message"]
    assert await runs_and_samples(place, flow_id) == (0, 0)


@pytest.mark.parametrize("given", ["Bearer", "Bearer sk_", "Basic YTpi", "Bearer sk_" + "a" * 43])
async def test_what_is_no_key_opens_nothing(place: Harness, given: str) -> None:
    flow_id = await place.draft(flow(a=compose(1)))
    for variant in VARIANTS:
        assert (await place.post(flow_id, 1, variant, headers={"Authorization": given})).status_code == 401


# -- capturing ---------------------------------------------------------------------------------------


async def test_anyone_may_send_a_sample_while_an_editor_waits_for_one(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await place.draft(flow(a=compose(1)))
    place.sy.captures.open(flow_id)
    assert (await place.post(flow_id, {"action": "x"}, "/test")).json() == {"sample": "x"}
    assert (await place.post(flow_id, 1, "/draft")).status_code == 401  # it would act
    other: Any = await place.draft(flow(a=compose(1)))
    assert (await place.post(other, 1, "/test")).status_code == 401
    clock.advance(captures.WINDOW - 1)
    assert (await place.post(flow_id, 1, "/test")).status_code == 200
    clock.advance(2)
    assert (await place.post(flow_id, 1, "/test")).status_code == 401


async def test_windows_that_are_over_are_forgotten(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captures, "_MAX_OPEN", 3)
    known = captures.Captures()
    for flow_id in ("a", "b", "c"):
        known.open(flow_id)
    clock.advance(captures.WINDOW + 1)
    for flow_id in ("c", "d"):
        known.open(flow_id)
    assert [one for one in "abcd" if known.is_open(one)] == ["c", "d"]
    assert len(known._open) <= 3
