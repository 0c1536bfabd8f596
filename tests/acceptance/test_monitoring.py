"""Real monitoring from Debian sends to flows: Prometheus with Alertmanager, syslog-ng, collectd, Nagios."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.conftest import Instance
from tests.support import monitoring
from tests.support.receiver import receiving
from tests.support.serving import served
from tests.support.waiting import DEADLINE, stored, until
from ui.flows.sender_lines import lines

pytestmark = pytest.mark.process

SAMPLE = Path(__file__).parents[2] / "sample_flows" / "alerts_by_severity.json"
ALERTS = {
    "DiskFull": {"team": "storage", "severity": "critical"},
    "QueriesSlow": {"team": "storage", "severity": "warning"},
    "CheckoutDown": {"team": "web", "severity": "critical"},
}
SLOWEST = 3 * DEADLINE


@pytest.fixture
async def place(serve: Any, tmp_path: Path) -> AsyncIterator[Instance]:
    async with serve(tmp_path / "data", egress_allow=(ip_network("127.0.0.0/8"),)) as instance:
        yield instance


def need(*programs: str) -> None:
    if reason := monitoring.missing(*programs):
        pytest.skip(reason)


class Surroundings:
    """The metrics that Prometheus reads, and a way to a flow on which the first answer to each notification
    is lost."""

    def __init__(self) -> None:
        self.firing: set[str] = set()
        self.notifications: list[Any] = []
        """Each one once, oldest first."""
        self.lost = 0
        self._answered: Counter[bytes] = Counter()
        self._to = ""
        self.app = Starlette(
            routes=[
                Route("/metrics", self._metrics),
                Route("/hook", self._hook, methods=["POST"]),
            ]
        )

    def lead_to(self, url: str) -> None:
        self._to = url

    async def _metrics(self, request: Request) -> Response:
        lines = [f'trouble{{alert="{name}"}} {int(name in self.firing)}\n' for name in ALERTS]
        return PlainTextResponse("".join(lines))

    async def _hook(self, request: Request) -> Response:
        body = await request.body()
        async with httpx.AsyncClient(timeout=DEADLINE) as http:
            answer = await http.post(self._to, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 202, answer.text
        self._answered[body] += 1
        if self._answered[body] == 1:
            self.notifications.append(json.loads(body))
            self.lost += 1
            return Response(status_code=502)  # as a gateway says that lost the answer
        return Response(answer.content, answer.status_code)

    @property
    def settled(self) -> bool:
        """Whether every notification was sent again."""
        return all(count > 1 for count in self._answered.values())

    def critical(self) -> list[Any]:
        """The notifications in which a critical alert fires."""
        return [
            one for one in self.notifications
            if any((a["status"], a["labels"]["severity"]) == ("firing", "critical") for a in one["alerts"])
        ]  # fmt: skip


async def test_each_notification_with_a_firing_critical_alert_pages_once(
    place: Instance, tmp_path: Path
) -> None:
    need("prometheus", "prometheus-alertmanager")
    flow = json.loads(SAMPLE.read_text("utf-8"))
    flow["triggers"][0]["input"]["verify"] = {"scheme": "none"}
    around = Surroundings()
    async with receiving() as pager, served(around.app) as origin, served(place.app) as switchyard:
        page = flow["steps"]["page"]
        page["input"] |= {"url": pager.url, "expect": ["200"]}
        del page["connection"]
        for name in ("tell", "write"):  # to Slack and by mail
            compose = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}}
            flow["steps"][name] = {**compose, "next": flow["steps"][name]["next"]}
        flow_id = (await place.publish(flow))["id"]
        around.lead_to(f"{switchyard}/webhooks/{flow_id}")

        async def notified(of: set[str]) -> None:
            """Wait until the last notification of each group says what fires."""

            def said() -> bool:
                last = {one["groupLabels"]["team"]: one for one in around.notifications}
                alerts = [a for one in last.values() for a in one["alerts"]]
                return {a["labels"]["alertname"] for a in alerts if a["status"] == "firing"} == of

            around.firing = of
            await until(lambda: said() and around.settled, SLOWEST)

        with monitoring.prometheus(tmp_path, origin.removeprefix("http://"), ALERTS, f"{origin}/hook"):
            await notified({"QueriesSlow"})
            await notified({"QueriesSlow", "DiskFull", "CheckoutDown"})
            await notified({"DiskFull", "CheckoutDown"})
            await notified({"CheckoutDown"})
            await notified(set())
        runs = (await place.api("GET", f"/runs?flow_id={flow_id}&limit=200"))["data"]
        for run in runs:
            assert (await place.ended(run["id"]))["status"] == "succeeded"

    assert len(around.critical()) >= 3
    assert len(around.notifications) > len(around.critical())
    assert around.lost == len(around.notifications) == len(runs)
    pages = [json.loads(request.body) for request in pager.requests]
    wanted = Counter(one["groupKey"] for one in around.critical())
    assert Counter(page["alias"] for page in pages) == wanted
    assert {page["message"] for page in pages} == {"DiskFull is in trouble", "CheckoutDown is in trouble"}


def open_flow(**input: Any) -> Any:
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch"}
    compose = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    return {
        "format": 1, "name": "Plain", "start": "step", "steps": {"step": compose},
        "triggers": [{**trigger, "input": {"verify": {"scheme": "none"}, **input}}],
    }  # fmt: skip


async def first_event(place: Instance, flow_id: str) -> Any:
    """The event of the flow's first run, once there is one."""
    return (await first_events(place, flow_id, 1))[0]


async def first_events(place: Instance, flow_id: str, count: int) -> list[Any]:
    """The events of the flow's first runs, oldest first, once there are so many."""

    async def ask() -> Any:
        runs = (await place.api("GET", f"/runs?flow_id={flow_id}"))["data"]
        return runs if len(runs) >= count else None

    runs = await stored(place.sy.db, ask, SLOWEST)
    return [(await place.ended(run["id"]))["trigger"]["event"] for run in runs[: -count - 1 : -1]]


async def test_a_line_of_a_log_arrives_by_syslog_ng(place: Instance, tmp_path: Path) -> None:
    need("syslog-ng", "/usr/lib/syslog-ng/*/libhttp.so")
    flow_id = (await place.publish(open_flow()))["id"]
    async with served(place.app) as origin:
        with monitoring.syslog_ng(tmp_path, f"{origin}/webhooks/{flow_id}") as messages:
            messages.write_text('<11>1 2026-03-03T10:15:30Z db-1 backup 17 - - Disk "/var" full\n')
            event = await first_event(place, flow_id)
    assert event["body"]["MESSAGE"] == 'Disk "/var" full'
    assert (event["body"]["HOST"], event["body"]["PROGRAM"]) == ("db-1", "backup")
    assert event["body"]["severity"] == "err"


async def test_each_value_of_collectd_starts_a_run(place: Instance, tmp_path: Path) -> None:
    need("collectd", "/usr/lib/*/libyajl.so.2")
    flow_id = (await place.publish(open_flow(split="body")))["id"]
    async with served(place.app) as origin:
        with monitoring.collectd(tmp_path, f"{origin}/webhooks/{flow_id}"):
            event = await first_event(place, flow_id)
    assert (event["body"]["host"], event["body"]["plugin"]) == ("db-1", "uptime")
    assert event["batch"]["index"] == 0


async def test_nagios_notifies_with_the_commands_that_the_flow_shows(place: Instance, tmp_path: Path) -> None:
    need("nagios4", "curl")
    flow_id = (await place.publish(open_flow()))["id"]
    async with served(place.app) as origin:
        shown = {line.key: line.text for line in lines(f"{origin}/webhooks/{flow_id}", {"scheme": "none"})}
        names = {"host": "notify-host-switchyard", "service": "notify-service-switchyard"}
        with monitoring.nagios(tmp_path, shown["nagios"], **names):
            events = await first_events(place, flow_id, 2)
    assert sorted((event["body"] for event in events), key=lambda body: body["host"]) == [
        {"type": "PROBLEM", "host": "db-1", "state": "DOWN", "output": "no route to host"},
        {
            "type": "PROBLEM", "host": "web-1", "service": "disk", "state": "CRITICAL",
            "output": "C:\\ is 97% full",
        },
    ]  # fmt: skip
