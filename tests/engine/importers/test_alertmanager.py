"""Alertmanager's routing tree as a flow, compared with Alertmanager's own `amtool`."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pieces
from engine.base.errors import BadInput
from engine.base.settings import Settings
from engine.base.types import Json
from engine.catalogues.document import read_document
from engine.expressions import compile
from engine.flow import check, to_json
from engine.importers.activepieces.finding import Unconvertible
from engine.importers.alertmanager import convert, is_alertmanager
from engine.importers.alertmanager.matchers import matchers_of
from engine.runs.local_host import LocalHost

AMTOOL = shutil.which("amtool")

EXAMPLE = """
global: {smtp_smarthost: 'localhost:25', slack_api_url: 'https://hooks.slack.example/T0/secret'}
route:
  receiver: team-X-mails
  group_by: [alertname, cluster]
  group_wait: 30s
  routes:
    - match_re: {service: ^(foo1|foo2|baz)$}
      receiver: team-X-mails
      routes:
        - match: {severity: critical}
          receiver: team-X-pager
    - matchers: ['service="files"', severity!~"info|debug"]
      receiver: team-Y-chat
      mute_time_intervals: [weekends]
      continue: true
    - matchers: ['{service="files",}']
      receiver: nobody
receivers:
  - name: nobody
  - name: team-X-mails
    email_configs: [{to: 'team-X+alerts@example.org, b@example.org'}]
  - name: team-X-pager
    email_configs: [{to: 'x@example.org'}]
    pagerduty_configs: [{service_key: very-secret, severity: '{{ .x }}'}]
  - name: team-Y-chat
    slack_configs: [{channel: '#y', api_url: 'https://hooks.slack.example/T1/secret'}]
inhibit_rules: [{source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"']}]
"""


def flow_of(text: str) -> tuple[Json, list[Any]]:
    document = read_document(text)
    assert is_alertmanager(document)
    converted = convert(document)
    return to_json(converted.flows[0]), converted.report


def receivers(definition: Json, labels: dict[str, str]) -> list[str]:
    """The titles of the actions that an alert reaches, in order."""
    steps, scope = definition["steps"], {"trigger": {"body": {"labels": labels}}}
    found: list[str] = []

    def walk(name: str | None) -> None:
        if name is None:
            return
        step = steps[name]
        if step["type"] == "action":
            found.append(step["title"])
            return
        taken = [one for one in step["branches"] if compile(one["when"]).value(scope) is True]
        for one in taken[: None if step.get("match") == "all" else 1] or [step["otherwise"]]:
            walk(one["next"])

    walk(definition["start"])
    return found


@pytest.mark.parametrize(
    ("labels", "titles"),
    [
        ({}, ["team-X-mails: Mail"]),
        ({"service": "foo1"}, ["team-X-mails: Mail"]),
        ({"service": "foo1", "severity": "critical"}, ["team-X-pager: Mail", "team-X-pager: PagerDuty"]),
        ({"service": "xfoo1", "severity": "critical"}, ["team-X-mails: Mail"]),
        ({"service": "files", "severity": "critical"}, ["team-Y-chat: Slack"]),
        ({"service": "files", "severity": "info"}, []),
    ],
)
def test_an_alert_reaches_its_receivers(labels: dict[str, str], titles: list[str]) -> None:
    assert receivers(flow_of(EXAMPLE)[0], labels) == titles


def test_what_is_left_to_do_is_reported_and_no_secret_is_taken_over() -> None:
    definition, report = flow_of(EXAMPLE)
    assert "secret" not in json.dumps(definition)
    assert definition["triggers"][0]["input"]["split"] == "body.alerts"
    notes = [step.get("note", "") for step in definition["steps"].values()]
    assert "In Alertmanager: group_by: alertname, cluster; group_wait: 30s." in notes
    assert "In Alertmanager: mute_time_intervals: weekends." in notes
    told = [(finding.severity, finding.message) for finding in report]
    assert ("error", "Choose a Slack connection, and look at the message (receiver `team-Y-chat`).") in told
    assert sum("no piece for it" in message for _, message in told) == 1
    assert sum("Inhibition rules" in message for _, message in told) == 1
    assert [one.step for one in report if "time intervals" in one.message] == ["slack"]
    problems = check(definition)
    needed = {problem.pointer for problem in problems if problem.severity == "error"}
    assert needed == {f"/steps/{name}/connection" for name in ("slack", "mail", "mail_2", "mail_3")}


async def test_the_flow_runs_each_alert_of_a_notification() -> None:
    definition, _ = flow_of(EXAMPLE)
    document = read_document(EXAMPLE)
    host = LocalHost(pieces.registry(), Settings(), given={})
    event = {
        "method": "POST",
        "headers": {},
        "query": {},
        "body": {"labels": {"service": "files"}, "status": "firing"},
    }
    try:
        run = await host.run(convert(document).flows[0], event)
    finally:
        await host.close()
    assert run["path"][0].startswith("route:") and "slack" in run["path"]
    assert definition["steps"]["slack"]["piece"] == "slack"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("foo = bar", [("foo", "=", "bar")]),
        ('foo="bar"', [("foo", "=", "bar")]),
        ('{foo="b,a}r", baz!~"x\\"y",}', [("foo", "=", "b,a}r"), ("baz", "!~", 'x"y')]),
        (r'path=~"\d+\\.\n"', [("path", "=~", "\\d+\\.\n")]),
        ('"my label"="ünïcode"', [("my label", "=", "ünïcode")]),
        ('"a\\u00e9"!="b\\x41"', [("aé", "!=", "bA")]),
        ("foö=bar", [("foö", "=", "bar")]),
        ('foo=""', [("foo", "=", "")]),
        ("", []),
        ("{}", []),
    ],
)
def test_matchers_are_read_as_alertmanager_reads_them(line: str, read: list[tuple[str, str, str]]) -> None:
    assert [tuple(one) for one in matchers_of({"matchers": [line]})] == read


@pytest.mark.parametrize("line", ["foo", '"foo"bar', 'foo="bar', '"x\\q"="y"', "=bar", 'foo=="bar" baz'])
def test_what_is_no_matcher_is_refused(line: str) -> None:
    with pytest.raises(Unconvertible):
        matchers_of({"matchers": [line]})


def test_a_configuration_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadInput, match="receiver"):
        convert({"route": {}, "receivers": []})
    deep: dict[str, Any] = {"receiver": "a"}
    for _ in range(60):
        deep = {"receiver": "a", "routes": [deep]}
    with pytest.raises(BadInput, match="levels deep"):
        convert({"route": deep, "receivers": [{"name": "a"}]})


# -- random trees against amtool ---------------------------------------------------------------------------

NAMES = st.sampled_from(["team", "severity", "env"])
VALUES = st.sampled_from(["a", "b", "ab", "", 'q"u', "b\\s", "a b"])
PATTERNS = st.sampled_from(["a|b", ".*", ".+", "", "a.?", "[^a]", "(?i)A", "b\\\\s"])


def _matcher(draw: Any) -> str:
    operator = draw(st.sampled_from(["=", "!=", "=~", "!~"]))
    value = draw(PATTERNS if "~" in operator else VALUES)
    return f"{draw(NAMES)}{operator}{json.dumps(value)}"


@st.composite
def routes(draw: Any, depth: int = 0) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if depth == 0 or draw(st.booleans()):
        made["receiver"] = draw(st.sampled_from(["r0", "r1", "r2", "r3"]))
    if depth:
        made["matchers"] = [_matcher(draw) for _ in range(draw(st.integers(0, 2)))]
        if draw(st.booleans()):
            made["match"] = {draw(NAMES): draw(VALUES)}
        if draw(st.integers(0, 4)) == 0:
            made["match_re"] = {draw(NAMES): draw(PATTERNS)}
        made["continue"] = draw(st.booleans())
    if depth < 3:
        made["routes"] = draw(st.lists(routes(depth + 1), max_size=4 - depth))
    return made


LABELS = st.dictionaries(NAMES, st.sampled_from(["a", "b", "ab", "abc", "A", "b\\s", "a b"]))


@pytest.mark.skipif(AMTOOL is None, reason="needs amtool of Debian's package prometheus-alertmanager")
@pytest.mark.process
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(route=routes(), labels=st.lists(LABELS, min_size=2, max_size=2))
def test_random_alerts_reach_the_receivers_that_amtool_names(
    tmp_path_factory: pytest.TempPathFactory, route: dict[str, Any], labels: list[dict[str, str]]
) -> None:
    hooks = [{"name": f"r{n}", "webhook_configs": [{"url": "http://localhost/"}]} for n in range(4)]
    document = {"route": route, "receivers": hooks}
    path = Path(tmp_path_factory.getbasetemp()) / "alertmanager.json"  # JSON is YAML
    path.write_text(json.dumps(document))
    definition = to_json(convert(document).flows[0])
    for each in labels:
        command = [str(AMTOOL), "config", "routes", "test", f"--config.file={path}"]
        said = subprocess.run([*command, *(f"{k}={json.dumps(v)}" for k, v in each.items())],
                              capture_output=True, text=True, check=True, timeout=20)  # fmt: skip
        ours = [title.partition(":")[0] for title in receivers(definition, each)]
        assert ours == said.stdout.strip().split(",")
