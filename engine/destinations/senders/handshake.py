"""Does the target want our events? Asked before the first is sent, in one of three ways.

ping          a signed event `ping` must be answered with 2xx
challenge     a signed event `challenge` must be answered with its random text, as text or as JSON
cloudevents   OPTIONS with WebHook-Request-Origin must be answered with WebHook-Allowed-Origin
              (CloudEvents HTTP web hook 1.0, section 4; the status code proves nothing there)
"""

import secrets
from dataclasses import replace
from hmac import compare_digest

import orjson

from engine.base import clock
from engine.base.ids import new_id
from engine.destinations.formats import Rendered
from engine.destinations.message import AttemptResult, Target
from engine.http.egress import USER_AGENT

from .webhook import ORIGIN, WebhookSender

_ALLOWED = "webhook-allowed-origin"


async def verify(sender: WebhookSender, target: Target, method: str, origin: str) -> AttemptResult:
    """Ask by that method; `ok` when the target wants our events. `origin` is our host name."""
    if method == "ping":
        return await _post(sender, target, "ping", {})
    if method == "challenge":
        text = secrets.token_urlsafe(24)
        answer = await _post(sender, target, "challenge", {"challenge": text})
        if answer.ok and not _echoed(answer.body, text):
            return _refused(answer, "The target did not answer with the text of the challenge.")
        return answer
    if method == "cloudevents":
        return await _ask(sender, target, origin)
    raise ValueError(f"There is no verification {method!r}.")


async def _post(sender: WebhookSender, target: Target, action: str, data: dict[str, str]) -> AttemptResult:
    """An event of no flow and no person; whatever the format, it is plain JSON."""
    id, moment = new_id("evt"), clock.now_iso()
    event = {"id": id, "created": moment, "updated": moment, "action": action, "data": data, **data}
    rendered = Rendered({"content-type": "application/json"}, orjson.dumps(event))
    return await sender.exchange(target, "POST", sender.headers(target, rendered, id), rendered.body)


def _echoed(body: bytes, text: str) -> bool:
    said = body.decode("utf-8", "replace").strip()
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = said
    if isinstance(value, dict):
        value = value.get("challenge")
    return isinstance(value, str) and compare_digest(value.encode("utf-8", "replace"), text.encode())


async def _ask(sender: WebhookSender, target: Target, origin: str) -> AttemptResult:
    headers = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
    headers |= {name.lower(): text for name, text in target.headers.items()}
    headers[ORIGIN.lower()] = origin
    if target.options.rate_per_s:
        headers["webhook-request-rate"] = str(max(1, int(target.options.rate_per_s * 60)))
    answer = await sender.exchange(target, "OPTIONS", headers)
    if answer.status is None:
        return answer
    allowed = {name.lower(): text for name, text in answer.headers.items()}.get(_ALLOWED, "")
    if allowed.strip() == "*" or origin.lower() in (one.strip().lower() for one in allowed.split(",")):
        return replace(answer, ok=True, kind="ok", error=None, gone=False)
    return _refused(answer, f"The target did not allow {origin} in {_ALLOWED}.")


def allowed_rate(answer: AttemptResult) -> float | None:
    """Requests per second that the target allows (`WebHook-Allowed-Rate` is per minute); None for any."""
    text = {name.lower(): value for name, value in answer.headers.items()}.get("webhook-allowed-rate", "")
    return int(text) / 60 if text.isascii() and text.isdigit() and 0 < len(text) < 9 and int(text) else None


def _refused(answer: AttemptResult, why: str) -> AttemptResult:
    return replace(answer, ok=False, kind="refused", error=why)
