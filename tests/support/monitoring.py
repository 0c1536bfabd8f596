"""Real monitoring for tests, from Debian: Prometheus and Alertmanager, syslog-ng, collectd, Nagios.

Each runs on free ports with all its files in one directory.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import answers, free_ports, running

_START_S = 60
_UNPACKED = Path(__file__).parents[2] / ".venv" / "system"


def missing(*needed: str) -> str:
    """Why a test that needs these programs and files (a pattern each) is skipped; empty if all are there."""
    absent = [
        name
        for name in needed
        if not (any(Path("/").glob(name[1:])) if name.startswith("/") else program(name))
    ]
    return f"not installed: {', '.join(absent)} (`make test` installs it as root on Debian)" if absent else ""


def program(name: str) -> str:
    """The path of a program that is installed, or that `requirements/system.sh` unpacked; or empty."""
    unpacked = sorted(str(path) for path in _UNPACKED.glob("*/usr/sbin"))
    path = ":".join(["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", *unpacked])
    return shutil.which(name, path=path) or ""


@contextmanager
def prometheus(
    directory: Path, target: str, alerts: Mapping[str, Mapping[str, str]], url: str
) -> Iterator[None]:
    """Prometheus and an Alertmanager that notifies `url`, grouped by team.

    Each of `alerts`, by its name, fires while the metric `trouble{alert="…"}` of `target` (host and port)
    is 1; its labels go with it.
    """
    prom_port, manager_port = free_ports(2)
    rules = [
        {
            "alert": name,
            "expr": f'trouble{{alert="{name}"}} == 1',
            "labels": dict(labels),
            "annotations": {"summary": f"{name} is in trouble"},
        }
        for name, labels in alerts.items()
    ]
    _write(directory / "rules.yml", {"groups": [{"name": "demo", "interval": "1s", "rules": rules}]})
    _write(
        directory / "prometheus.yml",
        {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{manager_port}"]}]}]},
            "scrape_configs": [{"job_name": "demo", "static_configs": [{"targets": [target]}]}],
        },
    )
    _write(
        directory / "alertmanager.yml",
        {
            "route": {
                "receiver": "switchyard",
                "group_by": ["team"],
                "group_wait": "1s",
                "group_interval": "4s",
                "repeat_interval": "4h",
            },
            "receivers": [{"name": "switchyard", "webhook_configs": [{"url": url, "send_resolved": True}]}],
        },
    )
    manager = [
        "prometheus-alertmanager", "--config.file=alertmanager.yml", f"--storage.path={directory / 'am'}",
        f"--web.listen-address=127.0.0.1:{manager_port}", "--cluster.listen-address=",
    ]  # fmt: skip
    prom = [
        "prometheus", "--config.file=prometheus.yml", f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{prom_port}", "--rules.alert.resend-delay=1s",
    ]  # fmt: skip
    with running(manager, directory):
        answers(manager_port, _START_S)
        with running(prom, directory):
            answers(prom_port, _START_S)
            yield


def _write(path: Path, value: object) -> None:
    """A configuration in YAML, of which JSON is a part."""
    path.write_text(json.dumps(value))


@contextmanager
def syslog_ng(directory: Path, url: str) -> Iterator[Path]:
    """A syslog-ng that sends each line of a file to `url` as JSON; the file."""
    source = directory / "messages"
    source.touch()
    (directory / "syslog-ng.conf").write_text(
        '@version: 3.38\n@include "scl.conf"\noptions { keep-hostname(yes); };\n'
        f'source s {{ file("{source}" flags(syslog-protocol) follow-freq(1)); }};\n'
        f'destination d {{ http(url("{url}") method("POST") headers("Content-Type: application/json") '
        'body("$(format-json --scope rfc5424 --pair severity=$LEVEL)")); };\n'
        "log { source(s); destination(d); };\n"
    )
    files = {"cfgfile": "syslog-ng.conf", "persist-file": "persist", "pidfile": "pid", "control": "control"}
    options = [f"--{name}={directory / file}" for name, file in files.items()]
    with running(["/usr/sbin/syslog-ng", "--foreground", "--no-caps", *options], directory):
        yield source


@contextmanager
def collectd(directory: Path, url: str) -> Iterator[None]:
    """A collectd that sends its uptime to `url` each second."""
    (directory / "collectd.conf").write_text(
        f'Hostname "db-1"\nFQDNLookup false\nInterval 1\nBaseDir "{directory}"\n'
        f'PIDFile "{directory / "pid"}"\nTypesDB "/usr/share/collectd/types.db"\n'
        "LoadPlugin uptime\nLoadPlugin write_http\n"
        f'<Plugin write_http>\n<Node "switchyard">\nURL "{url}"\nFormat "JSON"\nBufferSize 1024\n'
        "</Node>\n</Plugin>\n"
    )
    with running(["/usr/sbin/collectd", "-f", "-C", str(directory / "collectd.conf")], directory):
        yield


@contextmanager
def nagios(directory: Path, commands: str, *, host: str, service: str) -> Iterator[None]:
    """A Nagios whose host `db-1` is down, and whose host `web-1` is up with a critical service `disk`.

    It notifies by two of the commands that `commands` defines, which `host` and `service` name.
    """
    (directory / "objects.cfg").write_text(
        "define timeperiod {\n timeperiod_name always\n alias always\n"
        + "".join(f" {day} 00:00-24:00\n" for day in _DAYS)
        + "}\n"
        + "".join(
            f"define command {{\n command_name {name}\n command_line /bin/sh -c '{line}'\n}}\n"
            for name, line in _CHECKS.items()
        )
        + f"{commands}\n"
        "define contact {\n contact_name ops\n host_notifications_enabled 1\n"
        " service_notifications_enabled 1\n"
        " host_notification_period always\n service_notification_period always\n"
        " host_notification_options d,u,r\n service_notification_options w,u,c,r\n"
        f" host_notification_commands {host}\n service_notification_commands {service}\n}}\n"
        + _host("db-1", "down")
        + _host("web-1", "up")
        + "define service {\n host_name web-1\n service_description disk\n check_command disk\n"
        " max_check_attempts 1\n check_interval 1\n check_period always\n"
        " notification_period always\n contacts ops\n notification_interval 60\n}\n"
    )
    paths = {
        "cfg_file": "objects.cfg", "log_file": "nagios.log", "status_file": "status",
        "check_result_path": "checks", "object_cache_file": "cache", "command_file": "command",
        "lock_file": "lock", "temp_file": "temp", "state_retention_file": "retention",
        "query_socket": "query",
    }  # fmt: skip
    (directory / "checks").mkdir()
    (directory / "nagios.cfg").write_text(
        "".join(f"{name}={directory / file}\n" for name, file in paths.items())
        + f"nagios_user={os.getuid()}\nnagios_group={os.getgid()}\n"
        f"temp_path={directory}\ninterval_length=1\nillegal_macro_output_chars=`~$&|'\"<>\n"
        "enable_notifications=1\nexecute_host_checks=1\nexecute_service_checks=1\n"
        "check_external_commands=0\n"
    )
    with running([program("nagios4"), str(directory / "nagios.cfg")], directory):
        yield


def _host(name: str, check: str) -> str:
    return (
        f"define host {{\n host_name {name}\n address 127.0.0.1\n check_command {check}\n"
        " max_check_attempts 1\n check_interval 1\n check_period always\n notification_period always\n"
        " contacts ops\n notification_interval 60\n}\n"
    )


_CHECKS = {
    "down": "echo no route to host && exit 2",
    "up": "echo pong",
    "disk": 'printf "%s" "C:\\\\ is 97% full" && exit 2',
}
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
