"""Every sample flow as people get it: canonical, without a problem, its stored cases passing; and the
longer stories of some of them, told by the real executor and pieces to receivers in this process."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from email import message_from_bytes
from email.policy import default as email_policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP

import pieces
from engine.base.ids import new_id
from engine.base.journal import Journal, Record
from engine.expressions import ExpressionError, compile, compile_value
from engine.flow import ActionStep, Flow, RouterStep, check, dumps, parse
from engine.runs.executor import Run, StepFailed, Suspended, execute
from engine.runs.flow_tests import run_case
from engine.runs.plan import PlannedAction, compile_plan
from engine.runs.service import as_event, trigger_of
from pieces.testing import MemoryStore, context

FOLDER = Path(__file__).parents[2] / "sample_flows"
FILES = sorted(FOLDER.glob("*.json"))
FLOWS: dict[str, Flow] = {file.stem: parse(file.read_text("utf-8")) for file in FILES}
CASES = [(name, case.name) for name, flow in FLOWS.items() for case in flow.tests]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")


def test_there_are_flows_for_the_promised_uses() -> None:
    assert FLOWS.keys() >= {
        "failed_run_alert", "sign_in_alert", "failed_delivery_digest", "github_to_slack", "health_check",
        "alerts_by_severity",
    }  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_file_is_canonical(file: Path) -> None:
    text = file.read_text("utf-8")
    assert dumps(parse(text)) == text


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_has_no_problem_and_says_what_it_does(name: str) -> None:
    flow = FLOWS[name]
    assert check(flow, pieces.registry(), connections(flow)) == []
    assert flow.description.endswith(".") and flow.notes and len(flow.tests) >= 2
    for step in flow.steps.values():
        assert step.title
        assert not isinstance(step, RouterStep) or step.otherwise is not None  # nothing is lost


@pytest.mark.parametrize("name", FLOWS)
def test_every_branch_and_every_step_is_in_some_case(name: str) -> None:
    flow = FLOWS[name]
    taken = {entry for case in flow.tests for entry in case.expect.path or []}
    seen = {entry.rpartition(".")[2] for entry in taken}
    # What follows a failure cannot stand in a case without effects; the stories below go there.
    unseen = {"mail_instead", "change:Went down", "mail_down", "remember"}
    for step_name, step in flow.steps.items():
        if isinstance(step, RouterStep):
            ways = {f"{step_name}:{branch.name}" for branch in step.branches} | {f"{step_name}:otherwise"}
            assert ways - seen <= unseen
        elif isinstance(step, ActionStep):
            assert step_name in seen | unseen


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_a_stored_case_passes(name: str, case: str) -> None:
    flow = FLOWS[name]
    assert await run_case(flow, next(each for each in flow.tests if each.name == case)) == []


def hostile(value: Any) -> Any:
    """The value with a mention of everybody, as a stranger may write one, in each of its texts."""
    if isinstance(value, dict):
        return {key: hostile(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return f"{value} <!channel> & co" if isinstance(value, str) else value


TO_SLACK = [
    (name, step_name)
    for name, flow in FLOWS.items()
    for step_name, step in flow.steps.items()
    if isinstance(step, ActionStep) and step.piece == "slack"
]


@pytest.mark.parametrize(("name", "step_name"), TO_SLACK)
def test_no_event_mentions_anybody_in_slack(name: str, step_name: str) -> None:
    flow = FLOWS[name]
    step = flow.steps[step_name]
    assert isinstance(step, ActionStep)
    text = compile_value(step.input["text"])
    summary = {**hostile({"names": "DiskFull", "lines": "FIRING"}), "counts": "1 firing", "severity": "info"}
    more = {"steps": {"sum_up": {"output": summary}}, "loop": {"item": hostile({"name": "Ann"})}}
    told = []
    for sample in flow.samples.values():
        with suppress(ExpressionError):  # it goes another way, and has no such fields
            told.append(text.resolve({"trigger": hostile(sample), **more}, []))
    assert not any("<!" in one or " & " in one for one in told)
    assert any("&lt;!channel&gt; &amp; co" in one for one in told)


def connections(flow: Flow) -> set[str]:
    steps = [step.connection for step in flow.steps.values() if isinstance(step, ActionStep)]
    proofs = [trigger.input.get("verify", {}).get("connection") for trigger in flow.triggers]
    return {name for name in [*steps, *proofs] if name}


class Outside:
    """Everything that the flows reach: Slack, web services, a mail server, the store."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.mails: list[Any] = []
        self.store = MemoryStore()
        self.port = 0
        self.down: set[str] = set()  # hosts that answer 503

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host in self.down:
            return httpx.Response(503)
        if request.url.host == "slack.com":
            return httpx.Response(200, json={"ok": True, "ts": "1710000000.000100", "channel": "C1"})
        return httpx.Response(202 if request.method == "POST" else 200, json={})

    def texts(self) -> list[str]:
        return [json.loads(r.content)["text"] for r in self.requests if r.url.host == "slack.com"]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=email_policy))
        return "250 OK"

    def subjects(self) -> list[str]:
        return [str(mail["subject"]) for mail in self.mails]

    # -- the host of a run ------------------------------------------------------------------------

    async def context(self, run: Run, step: PlannedAction, key: str, resume: Any) -> pieces.Context:
        mail = {"host": "mail.test", "port": str(self.port), "security": "none", "from": "sy@example.com"}
        auth = {"slack": {"bot_token": "xoxb-1"}, "email": mail}.get(step.piece, {})
        return context(
            pieces.registry().pieces[step.piece],
            self.answer,
            auth=auth,
            store=self.store,
            idempotency_key=f"{run.id}:{key}",
            resume=resume,
            now=1_772_532_930,
            evaluate=lambda expression, data: compile(expression).value(data),
        )

    def context_at_once(self, run: Run, step: Any, key: str) -> None:
        """Nothing: each step is called in the same way here."""

    async def checkpoint(self, run: Run) -> None:
        run.journal.take()

    def used_connection(self, run: Run, name: str, error: str | None) -> None:
        """Nobody looks at connections here."""

    def step_begins(self, run: Run, record: Record) -> None:
        return None

    def step_done(self, run: Run, record: Record) -> None:
        return None

    async def send(self, flow: Flow, sample: str, **changes: Any) -> tuple[str, list[str]]:
        """Run one event to its end; waits are over at once. The status and the path."""
        ids: dict[str, Any] = {"flow_id": "f", "project_id": "p", "version_id": "v", "version": 1}
        plan = compile_plan(flow, pieces.registry(), **ids)
        event = as_event({**flow.samples[sample], **changes})
        trigger = trigger_of(event, [trigger.name for trigger in flow.triggers])
        run = Run(new_id("run"), plan, event, trigger, Journal())
        while True:
            run.marked = True
            try:
                await execute(run, self)
            except Suspended:
                for record in run.journal.records():
                    if record["status"] == "waiting":
                        record["resume_at"] = 0
                continue
            except StepFailed:
                return "failed", run.path
            assert [w for record in run.journal.records() for w in record.get("warnings", ())] == []
            return "succeeded", run.path


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    made = Outside()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(made, hostname="mail.test", loop=loop), "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await server.wait_closed()


async def test_a_failed_run_is_told_in_slack_and_by_mail_when_slack_is_down(outside: Outside) -> None:
    flow = FLOWS["failed_run_alert"]
    await outside.send(flow, "failed")
    assert outside.texts()[0].startswith(":rotating_light: *Lead intake to CRM* ended as FAILED")
    assert not outside.mails
    outside.down.add("slack.com")
    status, path = await outside.send(flow, "out of memory")
    assert (status, path[-2:]) == ("succeeded", ["tell", "mail_instead"])
    assert outside.subjects() == ["Run failed: Lead intake to CRM"]
    assert "503" in outside.mails[0].get_content()
    assert len(outside.requests) == 1 + 4  # it was tried four times


async def test_only_the_fifth_refused_sign_in_of_an_hour_is_told(outside: Outside) -> None:
    for _ in range(7):
        await outside.send(FLOWS["sign_in_alert"], "sign-in refused")
    assert len(outside.texts()) == 1 and "ann@example.com" in outside.texts()[0]
    await outside.send(FLOWS["sign_in_alert"], "password replaced")
    assert str(outside.mails[0]["to"]) == "ann@example.com"
    assert "03 March 2026 at 10:15 UTC" in outside.mails[0].get_content()


async def test_the_digest_collects_sends_and_starts_anew(outside: Outside) -> None:
    flow = FLOWS["failed_delivery_digest"]
    for _ in range(3):
        await outside.send(flow, "message given up")
    await outside.send(flow, "morning")
    await outside.send(flow, "morning")
    assert outside.subjects() == ["3 webhook messages were given up"]
    lines = outside.mails[0].get_content().strip().splitlines()
    assert len(lines) == 3 and "status 500" in lines[0]


async def test_the_digest_keeps_its_list_when_the_mail_fails(outside: Outside) -> None:
    flow, port = FLOWS["failed_delivery_digest"], outside.port
    await outside.send(flow, "message given up")
    outside.port = 1  # nobody listens there
    assert (await outside.send(flow, "morning"))[0] == "failed"
    outside.port = port
    await outside.send(flow, "morning")
    assert outside.subjects() == ["1 webhook messages were given up"]


async def test_a_service_that_goes_down_and_comes_back_makes_two_mails(outside: Outside) -> None:
    flow, sample = FLOWS["health_check"], "five minutes are over"
    for down in (False, True, True, True, False, False):
        outside.down = {"shop.example.com"} if down else set()
        await outside.send(flow, sample)
    assert outside.subjects() == ["The shop is down", "The shop is back"]
    assert "503" in outside.mails[0].get_content()
    assert "It was down since 20" in outside.mails[1].get_content()


async def test_a_critical_alert_reaches_everyone_even_when_one_of_them_is_down(outside: Outside) -> None:
    outside.down.add("slack.com")
    status, _ = await outside.send(FLOWS["alerts_by_severity"], "critical")
    assert status == "failed"
    page = next(r for r in outside.requests if r.url.host == "api.opsgenie.com")
    assert json.loads(page.content)["message"] == "The disk of db-1 is 97 % full"
    assert outside.subjects() == ["1 firing: DiskAlmostFull"]


async def test_a_group_pages_for_each_notification_in_which_a_critical_alert_fires(outside: Outside) -> None:
    flow = FLOWS["alerts_by_severity"]
    pages = []
    for sample in ("two alerts", "half resolved", "warning", "critical", "resolved"):
        outside.requests.clear()
        status, _ = await outside.send(flow, sample)
        assert status == "succeeded"
        pages += [json.loads(r.content) for r in outside.requests if r.url.host == "api.opsgenie.com"]
    assert [page["message"] for page in pages] == ["The disk of db-1 is 97 % full"] * 2
    assert {page["alias"] for page in pages} == {'{}:{team="storage"}'}
    assert outside.subjects()[:2] == [
        "2 firing: DiskAlmostFull, QueriesSlow", "1 firing, 1 resolved: DiskAlmostFull, QueriesSlow",
    ]  # fmt: skip


async def test_the_channel_reads_how_many_alerts_fire_and_the_worst_of_their_severities(
    outside: Outside,
) -> None:
    await outside.send(FLOWS["alerts_by_severity"], "half resolved")
    assert outside.texts() == [
        "*1 firing, 1 resolved* (warning): DiskAlmostFull, QueriesSlow\n"
        "RESOLVED DiskAlmostFull The disk of db-1 is 97 % full\n"
        "FIRING QueriesSlow Queries on db-1 take 4 s"
    ]


async def test_the_escalation_stops_with_whoever_takes_it(outside: Outside) -> None:
    flow = FLOWS["escalation"]
    await outside.send(flow, "triggered")
    assert [json.loads(r.content)["channel"] for r in outside.requests] == ["U0ANN", "U0BEN", "U0CLEO"]
    assert outside.subjects() == ["Nobody took: Checkout answers 500"]
    await outside.send(flow, "acknowledged")
    outside.requests.clear()
    _, path = await outside.send(flow, "triggered")
    assert len(outside.requests) == 1 and path[-1] == "answered:otherwise"
    assert len(outside.mails) == 1


async def test_github_and_stripe_messages_read_well(outside: Outside) -> None:
    for name in ("github_to_slack", "stripe_payments"):
        for sample in FLOWS[name].samples:
            status, _ = await outside.send(FLOWS[name], sample)
            assert status == "succeeded"
    told = "\n".join([*outside.texts(), *(mail.get_content() for mail in outside.mails)])
    assert "v1.4.0" in told and "2900 EUR" in told and "15 March 2026" in told
    for sign_of_a_gap in ("None", "null", "{{", "}}", "  "):
        assert sign_of_a_gap not in told
