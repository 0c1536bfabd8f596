"""`kill -9` of a server that is saturated: 64 connections send as fast as they are answered, and the HTTP
parser hands their events to the intake. Nothing that was answered 2xx is lost, and nothing runs twice.

Three kills are in the suite; `CRASH_KILLS=20` sets another number.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.acceptance.test_crash import (
    Receiver,
    Server,
    check_books_balance,
    posting,
    prepared,
    receiving,
)
from tests.support.senders import Fates, Saturation
from tests.support.waiting import until

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("CRASH_KILLS", "3"))
EVENTS = (100, 800)
"""How many events are accepted before a kill, at least and at most."""


def routed(*, responds: bool) -> dict[str, Any]:
    """A flow without effects: a router, a condition, a text; then a response, if it `responds`."""
    compose = {"type": "action", "piece": "data", "action": "compose"}
    steps: dict[str, Any] = {
        "by_action": {
            "type": "router", "key": "trigger.body.action", "next": None, "otherwise": {"next": None},
            "branches": [
                {"name": "Created", "case": ["created"], "next": None},
                {"name": "Failed", "case": ["failed"], "next": "text"},
            ],
        },
        "text": {**compose, "input": {"value": "Event {{ trigger.body.id }} failed"}, "next": None},
    }  # fmt: skip
    if responds:
        steps["respond"] = {
            "type": "action", "piece": "webhook", "action": "respond", "next": None,
            "input": {"body": {"seen": "{{ trigger.body.id }}", "text": "{{ steps.text.output }}"}},
        }  # fmt: skip
        steps["text"]["next"] = "respond"
    trigger = {
        "name": "webhook",
        "piece": "webhook",
        "trigger": "catch",
        "input": {"verify": {"scheme": "none"}},
    }
    return {
        "format": 1,
        "name": "Routes",
        "triggers": [trigger],
        "start": "by_action",
        "steps": steps,
    }


def event(number: int) -> bytes:
    return orjson.dumps({"id": number, "action": "failed", "padding": "x" * 400})


async def kills(server: Server, paths: list[str], count: int) -> dict[str, Fates]:
    """Saturate, kill in the middle of it, start again; what became of all events, by path."""
    fates = {path: Fates() for path in paths}
    first = 0
    for _ in range(count):
        await server.start()
        port = int(server.url.rpartition(":")[2])
        sending = Saturation(port, paths, event, first)
        await sending.start()
        enough = random.randint(*EVENTS)
        await until(partial(_has_accepted, sending, paths, enough))
        await server.end(signal.SIGKILL)
        await sending.ended()
        first = sending.next_number
        for path, of_path in sending.fates.items():
            fates[path].accepted |= of_path.accepted
            fates[path].refused |= of_path.refused
            fates[path].unanswered |= of_path.unanswered
    return fates


def _has_accepted(sending: Saturation, paths: list[str], enough: int) -> bool:
    return sending.accepted >= enough and all(sending.fates[path].accepted for path in paths)


async def test_kills_of_a_saturated_server_lose_nothing_that_was_accepted(tmp_path: Path) -> None:
    async with receiving() as receiver:
        routes, posts, responds = await prepared(
            tmp_path, routed(responds=False), posting(receiver.port, "one"), routed(responds=True)
        )
        paths = [f"/webhooks/{routes}", f"/webhooks/{posts}", f"/webhooks/{responds}/sync"]
        async with Server(tmp_path) as server:
            fates = await kills(server, paths, KILLS)
            await server.start()
            await server.quiet()
            await server.end(signal.SIGTERM)
        check(server, receiver, *(fates[path] for path in paths))


def check(server: Server, receiver: Receiver, routes: Fates, posts: Fates, responds: Fates) -> None:
    """Each accepted event has one run, which succeeded; its effect was had; and its sender was answered with
    what became of this very event."""
    # The kills came while events were under way.
    assert all(fates.unanswered for fates in (routes, posts, responds))
    assert set(routes.refused.values()) | set(posts.refused.values()) <= {503}
    statuses = dict(server.ask("SELECT id, status FROM runs"))
    by_event = [
        (orjson.loads(payload)["body"]["id"], run_id)
        for run_id, payload in server.ask("SELECT run_id, payload FROM run_payloads")
    ]
    run_of = dict(by_event)
    assert [number for number, runs in Counter(number for number, _ in by_event).items() if runs > 1] == []
    for fates in (routes, posts):
        answered = {number: orjson.loads(body)["run_id"] for number, body in fates.accepted.items()}
        assert {number: run_of.get(number) for number in answered} == answered
    accepted = [number for fates in (routes, posts, responds) for number in fates.accepted]
    assert [number for number in accepted if statuses.get(run_of.get(number, "")) != "succeeded"] == []
    said = {number: orjson.loads(body) for number, body in responds.accepted.items()}
    assert said == {number: {"seen": number, "text": f"Event {number} failed"} for number in said}
    assert [number for number in posts.accepted if (number, "one") not in receiver.got] == []
    # What came twice was under way during a kill, and its run says so.
    suspected = {
        run_id
        for run_id, records in server.ask("SELECT run_id, records FROM journal")
        for record in orjson.loads(records)
        if record.get("repeat")
    }
    repeated = [number for (number, _), keys in receiver.got.items() if len(keys) > 1]
    assert [number for number in repeated if run_of[int(number)] not in suspected] == []
    assert all(len(set(keys)) == 1 for keys in receiver.got.values())
    assert server.ask("PRAGMA integrity_check") == [("ok",)]
    check_books_balance(server, "http", "webhook")


async def test_the_sender_notes_the_fate_of_each_event() -> None:
    """Else the test above could not fail."""
    answers = iter(
        [
            b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}",
            b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n",
        ]
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            answer = next(answers, None)
            if answer is None:
                writer.close()
                return
            for byte in answer:  # in as many pieces as can be
                writer.write(bytes([byte]))
                await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    sending = Saturation(server.sockets[0].getsockname()[1], ["/x"], event, first=7)
    await sending.start(1)
    await sending.ended()
    server.close()
    assert sending.fates == {"/x": Fates({7: b"{}"}, {8: 503}, {9})}
    assert (sending.accepted, sending.next_number) == (1, 10)
