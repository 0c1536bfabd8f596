"""Admins are mailed what happened, once in a quiet period, with a digest of what followed."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base.actor import Actor, Role
from engine.store import notice_store
from engine.store.notice_store import KINDS
from tests.conftest import Instance, Serve
from tests.support.clock import ManualClock
from tests.support.mail_server import MailServer, mail_server
from tests.support.waiting import stored, until

ADMIN = "ada@example.com"


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as made:
        yield made


@pytest.fixture
async def place(
    serve: Serve, tmp_path: Path, mail: MailServer, clock: ManualClock
) -> AsyncIterator[Instance]:
    """An instance that sends mail, with an admin and a viewer of its project."""
    given = {"smtp_url": f"smtp://127.0.0.1:{mail.port}", "mail_from": "yard@example.com"}
    async with serve(tmp_path, **given) as made:
        await made.cookie_of(ADMIN, Role.admin)
        await made.cookie_of("vic@example.com", Role.viewer)
        yield made


FAILING: dict[str, Any] = {
    "format": 1,
    "name": "Page the team",
    "triggers": [
        {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
    ],
    "start": "stop",
    "steps": {
        "stop": {
            "type": "action", "piece": "http", "action": "request",
            "input": {"method": "GET", "url": "https://127.0.0.1/{{ trigger.body.n }}"},  # private: never
        }
    },
}  # fmt: skip
ROUTED: dict[str, Any] = {
    **FAILING,
    "name": "Sort",
    "start": "by_kind",
    "steps": {
        "by_kind": {
            "type": "router",
            "key": "trigger.body.kind",
            "branches": [{"name": "Known", "case": ["known"], "ignore": True}],
        }
    },
}


async def happen(place: Instance, flow_id: str, count: int = 1) -> None:
    """Send events, and wait until their runs ended and are counted."""
    for n in range(count):
        answer = await place.send(flow_id, {"n": n, "kind": "new"})
        await place.ended(answer.json()["run_id"])


async def pending(place: Instance) -> dict[str, int]:
    found = await place.sy.db.read(notice_store.pending)
    return {one.kind: one.pending for one in found}


def look(place: Instance) -> Callable[[], Any]:
    return place.sy._notifier.look


async def test_the_first_failure_is_mailed_and_what_follows_comes_as_a_digest(
    place: Instance, mail: MailServer, clock: ManualClock
) -> None:
    flow = await place.publish(FAILING)
    await happen(place, flow["id"])
    await look(place)()
    (first,) = mail.received
    assert (first["To"], first["Subject"]) == (ADMIN, "[Default] Page the team: 1 run failed")
    text = first.get_content()
    assert "Last error: step stop: " in text and "127.0.0.1" in text
    assert (
        f"{place.sy.settings.base_url}/p/{place.project.id}/runs?flow={flow['id']}&status=failed_or_timed_out"
        in text
    )

    await happen(place, flow["id"], 3)
    clock.advance(59 * 60)
    await look(place)()
    assert len(mail.received) == 1, "the quiet period is not over"
    clock.advance(2 * 60)
    await look(place)()
    assert mail.received[1]["Subject"] == "[Default] Page the team: 3 runs failed"
    clock.advance(3 * 3600)
    await look(place)()
    assert len(mail.received) == 2, "nothing happened since"
    shown = await place.api("GET", "/notifications")
    assert shown["last_sent"] == "2026-03-03T11:16:30.000Z" and shown["last_error"] == ""


async def test_it_looks_by_itself(place: Instance, mail: MailServer, clock: ManualClock) -> None:
    flow = await place.publish(FAILING)
    await happen(place, flow["id"])
    clock.advance(16)
    await until(lambda: mail.received)
    assert len(mail.received) == 1


async def test_unrouted_events_and_rejected_requests_are_mailed_too_in_one_mail(
    place: Instance, mail: MailServer
) -> None:
    flow = await place.publish(ROUTED)
    await happen(place, flow["id"], 2)
    refused = await place.http.post(
        f"/webhooks/{flow['id']}", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == 400

    async def noted() -> bool:
        return (await pending(place)).get("rejected") == 1

    await stored(place.sy.db, noted)
    await look(place)()
    (one,) = mail.received
    assert one["Subject"] == "[Default] Sort: 1 request was rejected and 2 events matched no branch"
    assert f"/rejected?flow={flow['id']}" in one.get_content()
    assert f"/unrouted?flow={flow['id']}" in one.get_content()


async def test_several_flows_come_in_one_mail(place: Instance, mail: MailServer) -> None:
    for name in ("First", "Second"):
        flow = await place.publish(FAILING | {"name": name})
        await happen(place, flow["id"])
    await look(place)()
    (one,) = mail.received
    assert one["Subject"] == "[Default] 2 flows need attention"
    lines = one.get_content().splitlines()
    assert [lines[lines.index(name) + 1][:15] for name in ("First", "Second")] == ["  1 run failed "] * 2


async def test_runs_of_a_test_and_runs_that_succeed_are_no_news(place: Instance, mail: MailServer) -> None:
    flow = await place.publish(FAILING)
    answer = await place.http.post(
        f"/webhooks/{flow['id']}/draft", json={}, headers={"Authorization": f"Bearer {place.key}"}
    )
    await place.ended(answer.json()["run_id"])
    assert await pending(place) == {}
    await look(place)()
    assert mail.received == []


async def test_a_project_is_told_only_of_what_it_chose(
    place: Instance, mail: MailServer, clock: ManualClock
) -> None:
    await place.api("PUT", "/notifications", {"kinds": ["rejected"], "quiet_minutes": 5})
    flow = await place.publish(FAILING)
    await happen(place, flow["id"], 2)
    await look(place)()
    assert mail.received == [] and await pending(place) == {}
    await place.api("PUT", "/notifications", {"kinds": [*KINDS], "quiet_minutes": 5})
    await happen(place, flow["id"])
    await look(place)()
    assert mail.received[0]["Subject"] == "[Default] Page the team: 1 run failed"
    assert "next mail comes in 5 minutes" in mail.received[0].get_content()


async def test_a_mail_that_is_refused_is_sent_later_and_loses_no_count(
    place: Instance, mail: MailServer, clock: ManualClock
) -> None:
    mail.refuse[ADMIN] = "451 try again later"
    flow = await place.publish(FAILING)
    await happen(place, flow["id"])
    await look(place)()
    assert mail.received == []
    shown = await place.api("GET", "/notifications")
    assert "451 try again later" in shown["last_error"] and shown["last_sent"] is None
    await happen(place, flow["id"])
    mail.refuse.clear()
    await look(place)()
    assert mail.received == [], "it is tried again after a while"
    clock.advance(31)
    await look(place)()
    assert mail.received[0]["Subject"] == "[Default] Page the team: 2 runs failed"
    assert (await place.api("GET", "/notifications"))["last_error"] == ""


async def test_what_nobody_could_be_told_for_a_day_is_dropped(
    place: Instance, mail: MailServer, clock: ManualClock
) -> None:
    mail.refuse[ADMIN] = "550 no such mailbox"
    flow = await place.publish(FAILING)
    await happen(place, flow["id"])
    clock.advance(25 * 3600)
    await look(place)()
    assert await pending(place) == {}


async def test_a_restart_forgets_neither_counts_nor_quiet_periods(
    serve: Serve, tmp_path: Path, mail: MailServer, clock: ManualClock
) -> None:
    given = {"smtp_url": f"smtp://127.0.0.1:{mail.port}", "mail_from": "yard@example.com"}
    async with serve(tmp_path, **given) as made:
        await made.cookie_of(ADMIN, Role.admin)
        flow = await made.publish(FAILING)
        await happen(made, flow["id"])
        await look(made)()
        await happen(made, flow["id"])
    async with serve(tmp_path, **given) as made:
        await look(made)()
        assert len(mail.received) == 1
        clock.advance(3600)
        await look(made)()
        assert mail.received[1]["Subject"] == "[Default] Page the team: 1 run failed"


async def test_a_project_without_admins_tells_those_of_the_platform(
    serve: Serve, tmp_path: Path, mail: MailServer, clock: ManualClock
) -> None:
    given = {"smtp_url": f"smtp://127.0.0.1:{mail.port}", "mail_from": "yard@example.com"}
    async with serve(tmp_path, **given) as made:
        await made.cookie_of("boss@example.com", platform=True)
        project = await made.sy.access.projects.create(Actor.system(), "Other")
        other = await made.sy.notifications.get(project.id)
        assert other.recipients == ["boss@example.com"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kinds": ["everything"], "quiet_minutes": 5}, "kinds"),
        ({"kinds": [], "quiet_minutes": 0}, "quiet_minutes"),
        ({"kinds": [], "quiet_minutes": 10_081}, "quiet_minutes"),
        ({"quiet_minutes": 5}, "kinds"),
        ({"kinds": "failed"}, "kinds"),
        ({"kinds": ["failed"], "quiet_minutes": "soon"}, "quiet_minutes"),
    ],
)
async def test_a_choice_that_cannot_be_is_refused(place: Instance, body: dict[str, Any], field: str) -> None:
    refused = await place.api("PUT", "/notifications", body, 422)
    assert refused["error"]["field"].startswith(field)
    assert (await place.api("GET", "/notifications"))["kinds"] == [*KINDS]
