"""The lines to copy into senders: each is used as it stands."""

import html
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import monitoring
from tests.support.html import flat
from tests.support.waiting import DEADLINE
from ui.flows.sender_lines import PLAIN as NO_SAMPLE
from ui.flows.sender_lines import VARIABLE, Example, example_of, form_fields, lines

Site = Any  # of conftest, which cannot be imported

URL = "https://sy.example.com/webhooks/flow_1"
SECRET = "a-quite_long.secret"
PLAIN: list[dict[str, str]] = [
    {"scheme": "none"},
    {"scheme": "basic", "connection": "mine"},
    {"scheme": "header", "header": "X-Token", "connection": "mine"},
    {"scheme": "gitlab_token", "connection": "mine"},
]
TOOLS = [(verify, secret) for verify in PLAIN for secret in ("", SECRET)]


def text_of(key: str, url: str, verify: dict[str, str], secret: str = "") -> str:
    return next(line.text for line in lines(url, verify, secret=secret) if line.key == key)


def need(*programs: str) -> None:
    if reason := monitoring.missing(*programs):
        pytest.skip(reason)


def checked(*command: str, **environment: str) -> str:
    """What a program prints that must succeed."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def verified_flow(site: Site, client: httpx.Client, verify: dict[str, str]) -> str:
    """The id of a published flow that asks for `SECRET`."""
    scheme = verify["scheme"]
    if scheme != "none":
        form = {"piece": "webhook", "name": f"lines-{scheme}".replace("_", "-"), "field.secret": SECRET}
        form |= {"field.username": "switchyard"} if scheme == "basic" else {}
        assert client.post(f"{site.base}/connections", data=form).status_code == 303
        verify = {**verify, "connection": form["name"]}
    flow = site.small_flow() | {"name": f"Lines for {scheme}"}
    flow["triggers"][0]["input"]["verify"] = verify
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    published = client.post(f"{made}/publish", data={"revision": "1", "enable": "yes"})
    assert published.status_code == 303, published.text
    return str(made).rpartition("/")[2]


@pytest.mark.process
@pytest.mark.parametrize("verify", [*PLAIN, {"scheme": "github"}], ids=lambda one: one["scheme"])
def test_the_lines_of_shells_start_a_run(site: Site, client: httpx.Client, verify: dict[str, str]) -> None:
    need("curl", "openssl")
    flow_id = verified_flow(site, client, verify)
    url = f"{site.origin}/webhooks/{flow_id}"
    for secret in ("", SECRET):
        environment = {} if secret else {VARIABLE: SECRET}
        answer = checked("/bin/sh", "-c", text_of("curl", url, verify, secret), **environment)
        assert "run_id" in answer, answer
        if verify["scheme"] == "github":
            continue
        cron = text_of("cron", url, verify, secret).splitlines()[-1]
        assert cron.startswith("0 3 * * * /usr/local/bin/backup || ")
        command = (
            cron.removeprefix("0 3 * * * ").replace(r"\%", "%").replace("/usr/local/bin/backup", "false")
        )
        assert "run_id" in checked("/bin/sh", "-c", command, **environment)
        nagios = re.findall(r"command_line +(.*)", text_of("nagios", url, verify, secret))
        assert len(nagios) == 2
        macros = {"$USER9$": SECRET, "$NOTIFICATIONTYPE$": "PROBLEM", "$HOSTNAME$": "db-1"}
        for command in nagios:
            for macro, value in macros.items():
                command = command.replace(macro, value)
            answer = checked("/bin/sh", "-c", re.sub(r"\$[A-Z0-9]+\$", "", command))
            run = client.get(f"{site.base}/runs/{json.loads(answer)['run_id']}").text
            assert "PROBLEM" in run and "db-1" in run
    if verify["scheme"] != "none":
        wrong = text_of("curl", url, verify, "another")
        assert "run_id" not in checked("/bin/sh", "-c", wrong)


@pytest.mark.process
@pytest.mark.parametrize(("verify", "secret"), TOOLS[:4])
def test_alertmanager_accepts_its_lines(tmp_path: Path, verify: dict[str, str], secret: str) -> None:
    need("amtool")
    file = tmp_path / "alertmanager.yml"
    file.write_text("route:\n  receiver: switchyard\n" + text_of("alertmanager", URL, verify, secret))
    assert "SUCCESS" in checked("amtool", "check-config", str(file))
    with pytest.raises(AssertionError):
        file.write_text(file.read_text().replace("basic_auth", "basic").replace("webhook_configs", "webhook"))
        checked("amtool", "check-config", str(file))


@pytest.mark.process
@pytest.mark.parametrize(("verify", "secret"), TOOLS)
def test_syslog_ng_accepts_its_lines(tmp_path: Path, verify: dict[str, str], secret: str) -> None:
    need("syslog-ng", "/usr/lib/syslog-ng/*/libhttp.so")
    file = tmp_path / "syslog-ng.conf"
    head = '@version: 3.38\n@include "scl.conf"\nsource s { internal(); };\n'
    log = "log { source(s); destination(d_switchyard); };\n"
    file.write_text(head + text_of("syslog-ng", URL, verify, secret) + log)
    command = ("/usr/sbin/syslog-ng", "--syntax-only", "--no-caps", f"--cfgfile={file}")
    checked(*command, f"--control={tmp_path / 'c'}", **{VARIABLE: SECRET})


@pytest.mark.process
@pytest.mark.parametrize(("verify", "secret"), TOOLS)
def test_systemd_accepts_its_lines(tmp_path: Path, verify: dict[str, str], secret: str) -> None:
    need("systemd-analyze")
    file = tmp_path / "switchyard-failed@.service"
    file.write_text(text_of("systemd", URL, verify, secret))
    said = checked("systemd-analyze", "verify", "--man=no", str(file))
    assert file.name not in said
    command = re.search(r"ExecStart=(.*)", file.read_text())
    assert command is not None
    arguments = shlex.split(command[1])
    assert json.loads(arguments[arguments.index("--json") + 1])["state"] == "failed"
    assert arguments[-1] == URL


def test_a_secret_that_is_stored_is_named_by_its_connection_and_not_in_any_line() -> None:
    for verify in (*PLAIN[1:], {"scheme": "github", "connection": "mine"}):
        for line in lines(URL, verify):
            assert "`mine`" in line.note
            assert SECRET not in line.text
        for line in lines(URL, verify, secret=SECRET):
            assert SECRET in line.text and "`mine`" not in line.note


def test_what_could_end_a_quotation_has_no_lines() -> None:
    assert lines(URL, {"scheme": "header", "header": 'X"; rm -rf ~; "', "connection": "c"}) == []
    assert lines(URL, {"scheme": "basic", "connection": "c"}, username="a'b") == []
    assert all("'; id" not in line.text for line in lines(URL, PLAIN[1], secret="'; id"))
    assert lines(URL, {"scheme": "stripe", "connection": "c"}) == []


def test_github_s_form_has_the_address_and_says_where_the_secret_is() -> None:
    verify = {"scheme": "github", "connection": "hub"}
    fields = {one.label: one.value for one in form_fields(URL, verify)}
    assert fields["Payload URL"] == URL and fields["Content type"] == "application/json"
    assert "connection hub" in fields["Secret"]
    assert form_fields(URL, verify, secret=SECRET)[2].value == SECRET
    assert form_fields(URL, {"scheme": "none"}) == []


def test_the_trigger_s_panel_has_the_lines_and_never_the_secret(site: Site, client: httpx.Client) -> None:
    form = {"catalogue": "gitlab", "event": "push", "scheme": "gitlab_token", "name": "Panel of lines"}
    made = client.post(f"{site.base}/handler-flows/new", data=form).text
    secret = re.search(r'id="secret"[^>]*>([^<]+)<', made)
    path = re.search(r'href="([^"]+/flows/flow_\w+)"', made)
    assert secret and path
    assert f"X-Gitlab-Token: {secret[1]}" in flat(made)
    panel = client.get(f"{path[1]}?step=webhook").text
    assert secret[1] not in panel
    assert f"X-Gitlab-Token: ${VARIABLE}" in flat(panel) and "gitlab-signing" in panel
    assert f"/webhooks/{path[1].rpartition('/')[2]}" in panel


SAMPLE = {
    "body": {"action": "opened", "id": 7, "issue": {"title": "x" * 2_000}},
    "headers": {
        "X-GitHub-Event": "issues",
        "X-Hub-Signature-256": "sha256=00",
        "Host": "a",
        "X-Auth-Token": "s",
    },
}


@pytest.mark.parametrize(
    ("samples", "example"),
    [
        ({}, NO_SAMPLE),
        ({"a": {"body": "text"}, "b": {"body": {"kind": "b"}}}, Example({"kind": "b"}, {})),
        ({"a": SAMPLE}, Example({"action": "opened", "id": 7}, {"X-GitHub-Event": "issues"})),
    ],
)
def test_the_example_is_a_sample_without_what_is_long_or_secret(
    samples: dict[str, Any], example: Example
) -> None:
    assert example_of({"samples": samples}) == example


@pytest.mark.process
def test_the_command_of_a_generated_flow_sends_an_event_that_a_branch_takes(
    site: Site, client: httpx.Client
) -> None:
    need("curl", "openssl")
    form = {"catalogue": "github", "event": "issues.opened", "scheme": "github", "name": "Issues"}
    made = client.post(f"{site.base}/handler-flows/new", data=form).text
    assert "The flow is a draft" in made
    (command,) = re.findall(r'<pre[^>]+id="sender-curl"[^>]*>(.*?)</pre>', made, re.DOTALL)
    (flow,) = re.findall(rf'href="({site.base}/flows/flow_\w+)/publish"', made)
    published = client.post(f"{flow}/publish", data={"revision": "1", "enable": "yes"})
    assert published.status_code == 303, published.text
    command = re.sub(r"https?://[^\s/]+/", f"{site.origin}/", html.unescape(command))
    (run_id,) = re.findall(r'"run_id":"(\w+)"', checked("/bin/sh", "-c", command))
    run = flat(client.get(f"{site.base}/runs/{run_id}").text)
    assert "Why no branch took it" not in run and "no action" in run, "its message is only composed"
