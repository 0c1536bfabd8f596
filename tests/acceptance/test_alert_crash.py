"""`kill -9` while steps count events: each event is counted once, and what was held back is reported once."""

import asyncio
import random
import signal
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.acceptance.test_crash import SENDERS, Server, prepared
from tests.support.waiting import DEADLINE, until

pytestmark = pytest.mark.crash

ROUNDS = 8
KEYS = 5


def alerts(**steps: Any) -> Any:
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch"}
    trigger["input"] = {"verify": {"scheme": "none"}}  # type: ignore[assignment]
    return {"format": 1, "name": "Alerts", "triggers": [trigger], "start": next(iter(steps)), "steps": steps}


def step(piece: str, next: str | None = None, **input: Any) -> Any:
    return {"type": "action", "piece": piece, "action": "events", "input": input, "next": next}


async def load(server: Server, flow_id: str, accepted: list[str]) -> None:
    """Send events from many sides until the server is gone."""
    limits = httpx.Limits(max_connections=SENDERS)
    async with httpx.AsyncClient(limits=limits, verify=False, timeout=DEADLINE) as http:

        async def sender() -> None:
            while True:
                body = {"key": random.randrange(KEYS), "item": random.random()}
                try:
                    answer = await http.post(f"{server.url}/webhooks/{flow_id}", json=body)
                except httpx.TransportError:
                    return
                assert answer.status_code == 202, answer.text
                accepted.append(answer.json()["run_id"])

        await asyncio.gather(*(sender() for _ in range(SENDERS)))


def outputs(server: Server, name: str) -> dict[str, Any]:
    """The last output of this step in each run."""
    found: dict[str, Any] = {}
    for run_id, records in server.ask("SELECT run_id, records FROM journal ORDER BY run_id, number"):
        for record in orjson.loads(records):
            if record["name"] == name and record["status"] == "succeeded":
                found[run_id] = record["output"]
    return found


async def test_kills_under_load_count_no_event_twice_and_lose_none(tmp_path: Path) -> None:
    week = {"unit": "days", "key": "{{ trigger.body.key }}", "then": "continue"}
    (flow_id,) = await prepared(
        tmp_path,
        alerts(
            once=step("deduplicate", "limit", window=7, **week),
            limit=step(
                "throttle",
                "collect",
                limit=2,
                period=7,
                summary="end",
                item="{{ trigger.body.item }}",
                **week,
            ),
            collect=step("digest", item="{{ run.id }}", count=20, then="continue"),
        ),
    )
    accepted: list[str] = []
    async with Server(tmp_path) as server:
        for _ in range(ROUNDS):
            await server.start()
            enough = len(accepted) + random.randint(10, 80)
            under_load = asyncio.create_task(load(server, flow_id, accepted))
            await until(lambda enough=enough: len(accepted) >= enough)  # type: ignore[misc]
            await server.end(signal.SIGKILL)
            await under_load
        await server.start()
        await server.until("SELECT count(*) FROM runs WHERE status IN ('queued', 'running')", [(0,)])
        (waiting,) = server.ask("SELECT count(*) FROM runs WHERE status = 'waiting'")
        assert waiting == (KEYS,)  # of each key the run that will report
        await server.end(signal.SIGKILL)
        await server.start(ahead=8 * 86400)
        await server.quiet()
        await server.end(signal.SIGTERM)
        statuses = dict(server.ask("SELECT id, status FROM runs"))
        assert {statuses[run_id] for run_id in accepted} == {"succeeded"}
        counts = defaultdict(list)
        for out in outputs(server, "once").values():
            counts[out["key"]].append((out["count"], out["passed"]))
        throttled = outputs(server, "limit")
        assert len(throttled) == len(statuses)
        sent = {
            run_id: orjson.loads(payload)["body"]
            for run_id, payload in server.ask("SELECT run_id, payload FROM run_payloads")
        }
        for key in map(str, range(KEYS)):
            of_key = [run_id for run_id, body in sent.items() if str(body["key"]) == key]
            assert sorted(counts[key]) == [(n + 1, n == 0) for n in range(len(of_key))]
            plain = [throttled[run_id] for run_id in of_key if not throttled[run_id]["summary"]]
            (report,) = [throttled[run_id] for run_id in of_key if throttled[run_id]["summary"]]
            passed = [run_id for run_id in of_key if throttled[run_id]["number"] in (1, 2)]
            assert len(passed) == 2 and sum(out["passed"] for out in plain) == 2
            held = [sent[run_id]["item"] for run_id in of_key if run_id not in passed]
            assert report["held_back"]["count"] == len(held)
            assert sorted(report["held_back"]["items"]) == sorted(held)
        digests = [out["items"] for out in outputs(server, "collect").values() if out["passed"]]
        assert [len(items) for items in digests] == [20] * (len(statuses) // 20)
        listed = [run_id for items in digests for run_id in items]
        assert len(set(listed)) == len(listed) and set(listed) <= statuses.keys()
        assert server.ask("PRAGMA integrity_check") == [("ok",)]
