"""Their pieces' actions and ours: what each of them becomes, field by field."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.base.types import Json

from . import dates
from .fields import Fields
from .finding import Unconvertible


@dataclass(slots=True)
class Made:
    """An action of ours that does what one of theirs did."""

    piece: str
    action: str
    input: dict[str, Json]
    connection: bool = False
    """Whether it needs one, even where they named none."""
    secrets: str = ""
    """What the fields held that must go into a connection; empty when nothing."""
    continues: bool = False
    retries: bool = False
    renamed: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Fields of its output that are called otherwise here."""
    notes: list[str] = field(default_factory=list)
    """Sentences on what may be different."""


Convert = Callable[[Fields], Made]
ACTIONS: dict[tuple[str, str], Convert] = {}


def _of(piece: str, *actions: str) -> Callable[[Convert], Convert]:
    """Register the conversion of a piece's action under all names that it has had."""

    def register(convert: Convert) -> Convert:
        ACTIONS.update({(piece, action): convert for action in actions})
        return convert

    return register


def plain_name(name: Json) -> str:
    """`@activepieces/piece-text-helper` → `text-helper`; what is no name is empty."""
    return str(name).removeprefix("@activepieces/").removeprefix("piece-") if isinstance(name, str) else ""


def snake(name: Json) -> str:
    """`delayFor`, `send-email` → `delay_for`, `send_email`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name) if isinstance(name, str) else ""
    return text.replace("-", "_").lower()


def _filled(**values: Json) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _computed(expression: str, renamed: Mapping[str, tuple[str, ...] | None] | None = None) -> Made:
    return Made("data", "compose", {"value": f"{{{{ {expression} }}}}"}, renamed=renamed or {})


# -- answers and requests ------------------------------------------------------------------------------


@_of("webhook", "return_response")
def _respond(fields: Fields) -> Made:
    inner = fields.raw("fields", {})
    if not isinstance(inner, dict):
        raise Unconvertible("`fields` is not an object")
    inner, kind = Fields(inner, fields.reader), fields.choice("responseType", "json")
    then = "continue" if fields.choice("respond", "stop") == "respond" else "end"
    headers = inner.pairs("headers")
    if kind == "redirect":
        inner.ignore("status")
        headers["Location"] = inner.text("body")
        return Made(
            "webhook",
            "respond",
            {"status": 301, "kind": "text", "body": "", "headers": headers, "then": then},
        )
    if kind not in ("json", "raw"):
        raise Unconvertible(f"there is no response of the type {kind[:40]!r}")
    values: dict[str, Json] = {
        "status": inner.number("status", 200),
        "kind": "json" if kind == "json" else "text",
    }
    values["body"] = inner.json("body") if kind == "json" else inner.text("body")
    return Made("webhook", "respond", {**values, **_filled(headers=headers), "then": then})


@_of("subflows", "return_response")
def _return(fields: Fields) -> Made:
    response = fields.raw("response", {})
    fields.ignore("mode")
    body = response.get("response", response) if isinstance(response, dict) else response
    return Made("webhook", "respond", {"status": 200, "kind": "json", "body": fields.reader.value(body)})


@_of("subflows", "call_flow")
def _call(fields: Fields) -> Made:
    flow, props = fields.raw("flow", fields.raw("flowId", "")), fields.raw("flowProps", {})
    target = flow.get("externalId", "") if isinstance(flow, dict) else flow
    payload = props.get("payload", props) if isinstance(props, dict) else props
    values: dict[str, Json] = {
        "flow": str(fields.reader.value(target)),
        "payload": fields.reader.value(payload),
    }
    values["wait"] = fields.flag("waitForResponse")
    fields.ignore("mode", "testingProps", "exampleData")
    return Made(
        "flow",
        "call",
        values,
        renamed={"data": ("response", "body")},
        notes=["It calls another flow by the id that it had there: choose the flow here."],
    )


@_of("http", "send_request")
def _request(fields: Fields) -> Made:
    method = fields.choice("method", "get").upper()
    if method not in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
        raise Unconvertible(f"there is no method {method[:20]!r}")
    values: dict[str, Json] = {"url": fields.text("url"), "method": method}
    values |= _filled(query=fields.pairs("queryParams"), headers=fields.pairs("headers"), **_body(fields))
    if (seconds := fields.raw("timeout")) is not None:
        values["timeout"] = Fields({"timeout": seconds}, fields.reader).number("timeout")
    if fields.flag("followRedirects") or fields.flag("follow_redirects"):
        values["follow_redirects"] = True
    if fields.flag("response_is_binary"):
        fields.reader.remarks.append(
            "the answer is a file there; here it is its content, base64 if it is not text"
        )
    if fields.flag("use_proxy"):
        raise Unconvertible("it goes through a proxy")
    fields.ignore("proxy_settings")
    kind, _secret = fields.choice("authType", "none"), fields.raw("authFields")
    mode = fields.choice("failureMode", "")
    return Made(
        "http",
        "request",
        values,
        connection=kind != "none",
        secrets=f"the sign-in ({kind.replace('_', ' ')})" if kind != "none" else "",
        continues=fields.flag("failsafe") or mode.startswith("continue"),
        retries=mode.startswith("retry"),
    )


def _body(fields: Fields) -> dict[str, Json]:
    """The body's fields. Before there was a `body_type`, the body was the JSON itself."""
    kind, body = fields.choice("body_type", ""), fields.raw("body")
    if kind == "none" or body in (None, "", {}):
        return {}
    holder = body if kind and isinstance(body, dict) else {"data": body}
    inner = Fields(holder, fields.reader)
    if kind in ("", "json"):
        return {"body_kind": "json", "body": inner.json("data")}
    if kind == "raw":
        return {"body_kind": "text", "body": inner.text("data")}
    if kind != "form_data":
        raise Unconvertible(f"there is no body of the type {kind[:40]!r}")
    return {
        "body_kind": "multipart",
        "body": [{"name": k, "value": v} for k, v in inner.pairs("data").items()],
    }


# -- messages ------------------------------------------------------------------------------------------


@_of("slack", "send_channel_message", "send_direct_message")
def _slack(fields: Fields) -> Made:
    values: dict[str, Json] = {
        "channel": fields.text("channel") or fields.text("userId"),
        "text": fields.text("text"),
    }
    values |= _filled(
        blocks=fields.json("blocks"),
        thread_ts=fields.text("threadTs"),
        username=fields.text("username"),
        icon=fields.text("iconEmoji") or fields.text("profilePicture"),
    )
    if not fields.flag("unfurlLinks", True):
        values["unfurl"] = False
    notes = [] if fields.flag("sendAsBot", True) else ["It was sent as a user; here the bot sends it."]
    if fields.flag("mentionOriginFlow"):
        notes.append("The message ended with a link to the flow; here it does not.")
    fields.ignore("info", "userId")
    return Made("slack", "send_message", values, connection=True, notes=notes)


@_of("gmail", "send_email")
def _gmail(fields: Fields) -> Made:
    body, html = fields.text("body_text"), fields.text("body_html")
    made = _mail(fields, fields.texts("receiver"), fields.texts("reply_to"), body, html)
    made.notes.append("Gmail's sign-in cannot be imported. The connection is one to an SMTP server.")
    if isinstance(name := fields.raw("sender_name"), str) and name and made.input.get("from"):
        made.input["from"] = f"{fields.reader.value(name)} <{made.input['from']}>"
    if fields.flag("draft"):
        raise Unconvertible("it writes a draft and sends nothing")
    return made


@_of("smtp", "send_email")
def _smtp(fields: Fields) -> Made:
    return _mail(fields, fields.texts("to"), fields.texts("replyTo"), "", "")


def _mail(fields: Fields, to: Json, reply_to: Json, text: str, html: str) -> Made:
    body, kind = fields.text("body"), fields.choice("body_type", "plain_text")
    text, html = (text, html or body) if kind == "html" else (text or body, html)
    if isinstance(reply_to, list):
        reply_to = reply_to[0] if reply_to else ""
    if reply_to.startswith("{{ to_array("):
        raise Unconvertible("`reply_to` is a list that an expression gives")
    values = {"to": to, "subject": fields.text("subject")}
    values |= _filled(text=text, html=html, cc=fields.texts("cc"), bcc=fields.texts("bcc"))
    values |= _filled(reply_to=reply_to, **{"from": fields.text("from")})
    return Made("email", "send", values, connection=True, notes=[] if to else ["It has no recipient yet."])


# -- waiting and keeping -------------------------------------------------------------------------------


@_of("delay", "delay_for")
def _delay_for(fields: Fields) -> Made:
    unit = fields.choice("unit", "seconds")
    if unit not in ("seconds", "minutes", "hours", "days"):
        raise Unconvertible(f"there is no unit {unit[:40]!r}")
    return Made("delay", "delay_for", {"duration": fields.number("delayFor"), "unit": unit})


@_of("delay", "delay_until")
def _delay_until(fields: Fields) -> Made:
    return Made("delay", "delay_until", {"until": fields.text("delayUntilTimestamp")})


def _stored(fields: Fields, action: str, **values: Json) -> Made:
    scope = {"collection": "project", "project": "project", "flow": "flow"}.get(
        fields.choice("store_scope", "collection")
    )
    if scope is None:
        raise Unconvertible("it keeps a value for one run only; later steps read the step that made it")
    return Made("store", action, {"key": fields.text("key"), **values, "scope": scope})


@_of("store", "get")
def _get(fields: Fields) -> Made:
    return _stored(fields, "get", **_filled(default=fields.take("defaultValue")))


@_of("store", "put")
def _put(fields: Fields) -> Made:
    return _stored(fields, "put", value=fields.take("value"))


@_of("store", "remove_value", "remove", "delete")
def _remove(fields: Fields) -> Made:
    return _stored(fields, "delete")


# -- data ----------------------------------------------------------------------------------------------


@_of("data-mapper", "advanced_mapping")
def _mapping(fields: Fields) -> Made:
    return Made("data", "compose", {"value": fields.json("mapping")})


@_of("text-helper", "concat")
def _concat(fields: Fields) -> Made:
    texts, separator = fields.raw("texts", []), fields.expression("separator", "")
    if isinstance(texts, str):
        return _computed(
            f"join({separator}, map(&to_string(@), to_array({fields.reader.expression(texts)})))"
        )
    parts = [fields.reader.text(text) for text in texts] if isinstance(texts, list) else []
    return _computed(f"join({separator}, [{', '.join(parts)}])" if parts else "''")


@_of("text-helper", "replace")
def _replace(fields: Fields) -> Made:
    searched = fields.raw("searchValue", "")
    if not isinstance(searched, str) or re.search(r"[\\^$.|?*+()\[\]{}]", searched):
        raise Unconvertible("it replaces what a regular expression finds")
    text, new = fields.reader.text(fields.raw("text", "")), fields.reader.text(fields.raw("replaceValue", ""))
    times = ", `1`" if fields.flag("replaceOnlyFirst") else ""
    return _computed(f"replace({text}, {fields.reader.expression(searched)}, {new}{times})")


@_of("text-helper", "split")
def _split(fields: Fields) -> Made:
    text, mark = fields.reader.text(fields.raw("text", "")), fields.reader.text(fields.raw("delimiter", ""))
    return _computed(f"split({text}, {mark})")


@_of("text-helper", "default_value")
def _default(fields: Fields) -> Made:
    return _computed(f"{fields.expression('value', '')} || {fields.expression('defaultString', '')}")


def _numbers(fields: Fields) -> tuple[str, Json]:
    second = fields.raw("second_number", fields.raw("secondNumber"))
    first = fields.raw("first_number", fields.raw("firstNumber"))
    return f"to_number({fields.reader.expression(first)})", second


@_of("math-helper", "addition_math")
def _addition(fields: Fields) -> Made:
    first, second = _numbers(fields)
    return _computed(f"sum([{first}, to_number({fields.reader.expression(second)})])")


@_of("math-helper", "subtraction_math")
def _subtraction(fields: Fields) -> Made:
    first, second = _numbers(fields)
    less = Fields({"second_number": second}, fields.reader).number("second_number")
    if isinstance(less, str):
        raise Unconvertible("expressions cannot subtract what another expression gives")
    return _computed(f"sum([{first}, `{-less}`])")


@_of("date-helper", "get_current_date")
def _now(fields: Fields) -> Made:
    return _dated(fields, "now()", "timeFormat", "timeZone")


@_of("date-helper", "format_date")
def _format(fields: Fields) -> Made:
    fields.ignore("inputFormat", "inputTimeZone")
    return _dated(fields, fields.expression("inputDate"), "outputFormat", "timeZone")


def _dated(fields: Fields, moment: str, pattern: str, zone: str) -> Made:
    shape, place = fields.raw(pattern, dates.USUAL), fields.raw(zone, "UTC")
    if not isinstance(shape, str) or not isinstance(place, str) or not re.fullmatch(r"[\w/+-]{1,60}", place):
        raise Unconvertible("its format or time zone is given by an expression")
    written = f"format_date({moment}, '{dates.pattern(shape)}', '{place}')"
    return Made("data", "compose", {"value": {"result": f"{{{{ {written} }}}}"}})
