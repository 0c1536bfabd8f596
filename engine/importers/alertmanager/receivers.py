"""Alertmanager's receivers as steps: what we have a piece for, and placeholders for the rest."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.base.types import Json

from ..activepieces.expressions import escape

Step = dict[str, Any]

_TITLES = {
    "slack_configs": "Slack", "email_configs": "Mail", "webhook_configs": "Webhook",
    "pagerduty_configs": "PagerDuty", "opsgenie_configs": "Opsgenie", "victorops_configs": "VictorOps",
    "pushover_configs": "Pushover", "sns_configs": "Amazon SNS", "telegram_configs": "Telegram",
    "webex_configs": "Webex", "wechat_configs": "WeChat", "discord_configs": "Discord",
    "msteams_configs": "Microsoft Teams", "msteamsv2_configs": "Microsoft Teams", "jira_configs": "Jira",
    "rocketchat_configs": "Rocket.Chat", "incidentio_configs": "incident.io",
    "mattermost_configs": "Mattermost",
}  # fmt: skip
_STATUS = "[{{ upper(trigger.body.status) }}]"
_SUMMARY = "not_null(trigger.body.annotations.summary, trigger.body.annotations.description, '')"
# What a placeholder does not repeat: secrets, files that only they can read, and how they are reached.
_PRIVATE = re.compile(
    r"key|token|secret|passw|url|auth|_file|headers?$|http_config|tls_config", re.IGNORECASE
)


def integrations(receiver: Mapping[str, Json]) -> list[tuple[str, Step, str]]:
    """Title, step and what is still to be done, for each service that a receiver notifies."""
    found = []
    for kind, configs in receiver.items():
        for config in configs if kind.endswith("_configs") and isinstance(configs, list) else ():
            if isinstance(config, Mapping):
                step, missing = _MADE.get(kind, _placeholder)(config)
                if kind not in _MADE:
                    step["action"] = kind.removesuffix("_configs")[:60] or "notify"
                found.append((_title(kind), step, missing))
    return found


def _title(kind: str) -> str:
    return _TITLES.get(kind, kind.removesuffix("_configs").replace("_", " ").title())


def _slack(config: Mapping[str, Json]) -> tuple[Step, str]:
    values: dict[str, Json] = {
        "text": f"*{_STATUS} {{{{ slack_escape(trigger.body.labels.alertname) }}}}*\n"
        f"{{{{ slack_escape({_SUMMARY}) }}}}"
    }
    if channel := _plain(config.get("channel")):
        values["channel"] = channel
    return _action("slack", "send_message", values), "Choose a Slack connection, and look at the message"


def _email(config: Mapping[str, Json]) -> tuple[Step, str]:
    to = [part.strip() for part in _plain(config.get("to")).split(",") if part.strip()]
    values: dict[str, Json] = {
        **({"to": to} if to else {}),
        "subject": f"{_STATUS} {{{{ trigger.body.labels.alertname }}}}",
        "text": f"{{{{ {_SUMMARY} }}}}\n\n{{{{ to_json(trigger.body.labels) }}}}",
    }
    return _action("email", "send", values), "Choose a mail connection, and look at the message"


def _webhook(config: Mapping[str, Json]) -> tuple[Step, str]:
    url = _plain(config.get("url"))
    values: dict[str, Json] = {
        "method": "POST",
        **({"url": url} if url else {}),
        "body": "{{ trigger.body }}",
    }
    todo = "It is sent one alert, where Alertmanager sent a group: see whether the receiver reads that"
    return _action("http", "request", values), todo if url else f"Enter the address. {todo}"


def _placeholder(config: Mapping[str, Json]) -> tuple[Step, str]:
    kept = {name: value for name, value in config.items() if not _PRIVATE.search(name)}
    step = _action("alertmanager", "notify", {"settings": escape(kept)})
    return {**step, "skip": True}, "There is no piece for it: put an action in its place, such as HTTP"


def _action(piece: str, action: str, values: dict[str, Json]) -> Step:
    return {"type": "action", "piece": piece, "action": action, "input": values}


def _plain(value: Json) -> str:
    """A text of the configuration; empty for a Go template, which means nothing here."""
    return value.strip() if isinstance(value, str) and "{{" not in value and value != "<secret>" else ""


_MADE: dict[str, Callable[[Mapping[str, Json]], tuple[Step, str]]] = {
    "slack_configs": _slack,
    "email_configs": _email,
    "webhook_configs": _webhook,
}
