"""How a chain grows, travels and is cut."""

from typing import Any

import httpx
import pytest

from engine.base.ids import new_id
from engine.http.lineage import HEADER, MAX_FLOWS, MAX_HEADER, Lineage, cut, grown
from pieces import Piece, PieceError
from pieces.testing import context
from tests.engine.factories import Call, Harness, action, compose, flow, probe, step

A, B = new_id("flw"), new_id("flw")
KEY = b"k" * 32


def lineage(base_url: str = "https://hooks.example.com") -> Lineage:
    return Lineage(KEY, base_url, "127.0.0.1", 8000)


def test_only_an_edge_that_closes_a_circle_is_cut() -> None:
    assert cut((), A) == ""
    assert cut(grown((), A), B) == ""
    assert "circle" in cut(grown((A,), B), A)
    assert "circle" in cut((A,), A)


def test_a_chain_has_an_end() -> None:
    chain = tuple(new_id("flw") for _ in range(MAX_FLOWS))
    assert cut(chain, A) == ""
    assert "More than" in cut((*chain, B), A)


def test_a_chain_comes_back_from_its_header() -> None:
    run = new_id("run")
    assert lineage().read(lineage().header((A, B), run)) == ((A, B), run)
    assert lineage().read(lineage().header((A,))) == ((A,), "")
    assert lineage().read(lineage().header(())) == ((), "")


def test_the_longest_chain_fits_into_the_header() -> None:
    chain = tuple(new_id("flw") for _ in range(MAX_FLOWS + 1))
    header = lineage().header(chain, new_id("run"))
    assert len(header) <= MAX_HEADER
    assert lineage().read(header).chain == chain


@pytest.mark.parametrize(
    "forge",
    [
        lambda header: None,
        lambda header: "",
        lambda header: ".",
        lambda header: header + "x",
        lambda header: "x" + header,
        lambda header: header.partition(".")[0],
        lambda header: header.partition(".")[0] + "." + "A" * 43,
        lambda header: header.upper(),
        lambda header: header + ", " + header,
        lambda header: "é" + header,
        lambda header: header + " " * MAX_HEADER,
        lambda header: Lineage(b"x" * 32, "https://hooks.example.com").header((A,)),
    ],
)
def test_a_header_that_is_not_ours_is_not_believed(forge: Any) -> None:
    assert lineage().read(forge(lineage().header((A,)))) == ((), "")


@pytest.mark.parametrize("ids", ["' OR 1", "flw_short", "flw_" + "A" * 26])
def test_what_is_no_id_is_not_read_even_when_signed(ids: str) -> None:
    assert lineage().read(lineage().header((ids,))) == ((), "")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://hooks.example.com/webhooks/{A}", True),
        ("https://hooks.example.com/webhooks/{A}/sync?x=1", True),
        ("https://hooks.example.com/webhooks/{A}/draft", True),
        ("https://hooks.example.com/webhooks/{A}/draft/sync", True),
        ("https://hooks.example.com/webhooks/{A}/test", False),  # stores a sample, starts nothing
        ("HTTPS://HOOKS.example.com:443/webhooks/{A}#top", True),
        ("http://hooks.example.com/webhooks/{A}", True),
        ("https://hooks.example.com./webhooks/{A}", True),
        ("https://ann:pw@hooks.example.com/webhooks/{A}", True),
        ("https://hooks.example.com//webhooks/{A}", True),
        ("https://hooks.example.com/%77ebhooks/{A}", True),
        ("https://hooks.example.com:8443/webhooks/{A}", False),
        ("https://example.com/webhooks/{A}", False),
        ("https://hooks.example.com.evil.example/webhooks/{A}", False),
        ("https://hooks.example.com/x/webhooks/{A}", False),
        ("https://hooks.example.com/webhooks/{A}/more", False),
        ("https://hooks.example.com/webhooks/", False),
        ("http://127.0.0.1:8000/webhooks/{A}", True),
        ("http://localhost:8000/webhooks/{A}", True),
        ("http://127.0.0.1:9000/webhooks/{A}", False),
        ("http://[::1/webhooks/{A}", False),
        ("https://hooks.example.com:99999/webhooks/{A}", False),
        ("ftp://hooks.example.com/webhooks/{A}", False),
        ("", False),
    ],
)
def test_our_own_webhooks_are_known_however_they_are_written(url: str, found: bool) -> None:
    assert lineage().flow_at(url.replace("{A}", A)) == (A if found else None)


@pytest.mark.parametrize(
    ("variant", "plain"), [("", True), ("?x=1", True), ("/sync", False), ("/draft", False)]
)
def test_the_address_that_takes_events_is_told_from_its_variants(variant: str, plain: bool) -> None:
    url = f"https://hooks.example.com/webhooks/{A}{variant}"
    assert lineage().flow_at(url) == A
    assert lineage().webhook_at(url) == (A if plain else None)


def test_the_public_address_may_have_a_path() -> None:
    ours = lineage("https://example.com/switchyard")
    assert ours.flow_at(f"https://example.com/switchyard/webhooks/{A}") == A
    assert ours.flow_at(f"https://example.com/webhooks/{A}") is None


# -- at the intake ---------------------------------------------------------------------------------------


async def test_a_request_that_would_close_a_circle_starts_nothing_and_is_seen(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    sender = await place.start(flow_id)
    header = place.sy.lineage.header((A, flow_id), sender)
    answer = await place.post(flow_id, 1, headers={HEADER: header})
    assert answer.status_code == 202
    assert answer.json()["run_id"] is None
    assert "circle" in answer.json()["cut"]
    assert (await place.rows())["runs"] == 1
    (shown,) = (await place.get(sender))["cuts"]
    assert (shown["flow_id"], shown["via"], shown["reason"]) == (flow_id, "webhook", answer.json()["cut"])
    assert shown["flow_name"] == "A flow"


@pytest.mark.parametrize("variant", ["", "/sync", "/draft"])
async def test_a_request_carries_on_the_chain_that_led_to_it(place: Harness, variant: str) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    answer = await place.post(flow_id, 1, variant, headers={HEADER: place.sy.lineage.header((A, B))})
    assert (await place.ended(answer.json()["run_id"]))["lineage"] == [A, B]


async def test_a_forged_chain_keeps_no_event_away(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    forged = Lineage(KEY, "https://elsewhere.example").header((flow_id,))
    run = await place.ended(await place.start(flow_id, 1, headers={HEADER: forged}))
    assert (run["status"], run["lineage"], run["cuts"]) == ("succeeded", [], [])


async def test_another_project_learns_nothing_of_a_cut(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    other = await place.fresh()
    theirs = await other.publish(flow(a=compose(1)))
    sender = await place.start(flow_id)
    await place.post(theirs, 1, headers={HEADER: place.sy.lineage.header((theirs,), sender)})
    assert (await place.get(sender))["cuts"] == []


# -- at a step that calls us -----------------------------------------------------------------------------


async def test_a_step_that_calls_a_webhook_of_its_own_chain_is_cut_and_says_why(place: Harness) -> None:
    base = place.sy.settings.base_url
    flow_id = await place.draft(flow(a=action("http", "request", input={"url": base})))
    call = action("http", "request", input={"url": f"{base}/webhooks/{flow_id}", "method": "POST"})
    await place.republish(flow_id, flow(a=call))
    run = await place.ended(await place.start(flow_id))
    assert run["status"] == "failed"
    assert "circle" in run["error"]["message"]
    assert "circle" in step(run, "a")["error"]["message"]


async def test_only_our_own_webhooks_are_told_of_the_chain() -> None:
    seen: dict[str, str | None] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen[str(request.url)] = request.headers.get(HEADER)
        if request.url.path == "/moved":
            return httpx.Response(307, headers={"location": f"https://hooks.example.com/webhooks/{B}"})
        if request.url.path == f"/webhooks/{B}":
            return httpx.Response(307, headers={"location": "https://elsewhere.example/"})
        return httpx.Response(200)

    inner = context(Piece("x"), answer).outside
    assert inner is not None
    run = new_id("run")
    client = lineage().outside(inner, (A,), run).client()
    await client.post("https://elsewhere.example/x", headers={HEADER: "forged"})
    await client.post("https://elsewhere.example/moved", follow_redirects=True)
    ours = f"https://hooks.example.com/webhooks/{B}"
    assert lineage().read(seen.pop(ours)) == ((A,), run)
    assert set(seen.values()) == {None}
    with pytest.raises(PieceError, match="circle"):
        await client.post(f"https://hooks.example.com/webhooks/{A}/sync")
    assert len(seen) == 3


async def test_a_step_whose_request_comes_back_to_us_starts_a_run_with_its_chain(place: Harness) -> None:
    callee = await place.publish(flow(a=compose(1)))
    chain: list[str] = []

    async def call(call: Call) -> Any:
        header = place.sy.lineage.header((call.ctx.run.flow_id,), call.ctx.run.id)
        chain.append((await place.post(callee, 1, headers={HEADER: header})).json()["run_id"])

    place.probe.react = call
    caller = await place.publish(flow(a=probe(1)))
    await place.ended(await place.start(caller))
    assert (await place.ended(chain[0]))["lineage"] == [caller]
