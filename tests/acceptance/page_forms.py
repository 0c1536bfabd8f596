"""What each form of the pages sends when all is well. A `{name}` in a value is the id of a thing there is."""

Fields = dict[str, str]

FILE = '{"format": 1, "name": "Good", "triggers": [], "start": null, "steps": {}}'
CATALOGUE = '{"title": "Mine", "discriminator": "type", "events": [{"name": "a", "sample": {"type": "a"}}]}'
AUDIT = {"name": "Told", "kind": "topic", "url.topic": "told", "format": "raw", "event": "piece.broken"}
FLOW, STEP = "/flows/{flow_id}", "/flows/{flow_id}/steps/{step}"
TO = "/destinations/{destination_id}"

FORMS: dict[str, Fields] = {
    "/sign-in": {"email": "member@example.com", "password": "{password}", "next": "/"},
    "/sign-out": {},
    "/setup/{token}": {
        "email": "{email}", "name": "X", "password": "quite unusual 42", "again": "quite unusual 42",
    },
    "/theme": {"theme": "dark", "next": "/"},
    "/account/profile": {"name": "Boss", "time_zone": "Europe/Berlin", "theme": "dark"},
    "/account/password": {"current": "{password}", "password": "{password}", "again": "{password}"},
    "/sign-in/code": {"code": "123456", "next": "/"},
    "/account/second-factor": {"current": "{password}"},
    "/account/second-factor/confirm": {"code": "123456"},
    "/account/second-factor/codes": {"current": "{password}"},
    "/account/second-factor/off": {"current": "{password}"},
    "/users/{user_id}/second-factor/off": {},
    "/account/sessions/end": {"which": "others"},
    "/account/sessions/{session_id}/end": {},
    "/users": {"email": "{fresh}@example.com", "name": "Fresh", "platform_admin": "yes"},
    "/users/{user_id}": {"name": "Renamed"},
    "/users/{user_id}/reset": {},
    "/users/{user_id}/enabled": {"enabled": "no"},
    "/users/{user_id}/admin": {"admin": "yes"},
    "/users/{user_id}/delete": {"sure": "yes"},
    "/settings/mail": {},
    "/api-keys": {"name": "one more"},
    "/api-keys/{key_id}/delete": {},
    "/invitations/{token}": {"name": "X", "password": "quite unusual 42", "again": "quite unusual 42"},
    "/settings/invitations/{invitation_id}/delete": {},
    "/projects": {"name": "Another"},
    "/settings/name": {"name": "Default"},
    "/settings/members": {"email": "{guest}", "role": "viewer"},
    "/settings/members/{user_id}": {"role": "editor"},
    "/settings/keys": {"name": "one more", "role": "viewer"},
    "/settings/keys/{key_id}/delete": {},
    "/notifications": {"kinds": "failed", "quiet_minutes": "15"},
    "/folders": {"name": "Made"},
    "/folders/{folder_id}": {"name": "Renamed"},
    "/folders/{folder_id}/delete": {},
    f"{FLOW}/arrange": {"folder": "{folder_id}", "tags": "a, b"},
    "/templates/{template}": {},
    "/flows": {"name": "Made"},
    "/flows/import": {"text": FILE},
    "/flows/restore": {"flow": "{deleted_id}", "q": "a", "status": "", "folder": "", "tag": ""},
    "/flows/bulk": {"do": "add_tag", "flow": "{flow_id}", "with": "c", "to": "", "sure": "", "q": "a"},
    f"{FLOW}/json": {"definition": FILE, "revision": "{revision}", "do": "save"},
    f"{FLOW}/publish": {"revision": "{revision}", "note": "n", "enable": "yes"},
    f"{FLOW}/enabled": {"enabled": "yes", "next": "/"},
    f"{FLOW}/duplicate": {},
    f"{FLOW}/delete": {},
    f"{FLOW}/versions/{{number}}/take": {"revision": "{revision}"},
    f"{FLOW}/history/undo": {"revision": "{revision}"},
    f"{FLOW}/history/redo": {"revision": "{revision}"},
    f"{FLOW}/undo": {"revision": "{revision}", "here": "step=x"},
    f"{FLOW}/redo": {"revision": "{revision}", "here": "step=x"},
    f"{FLOW}/unsaved": {"revision": "{revision}", "panel": "step:x", "title": "Half a title"},
    f"{FLOW}/unsaved/discard": {"revision": "{revision}", "panel": "step:x"},
    f"{FLOW}/samples": {"name": "t", "event": '{"body": 1}'},
    f"{FLOW}/samples/rename": {"sample": "s", "new_name": "u"},
    f"{FLOW}/samples/delete": {"sample": "s"},
    f"{FLOW}/test": {"sample": "s", "event": '{"body": 1}'},
    f"{FLOW}/expression": {
        "text": "trigger.b", "cursor": "9", "step": "x", "kind": "expression", "sample": "s",
        "field": "value",
    },
    f"{FLOW}/triggers/{{trigger}}": {
        "revision": "{revision}", "as.in.sample": "json", "in.sample": '{"a": 1}',
    },
    STEP: {
        "revision": "{revision}", "title": "T", "note": "N", "name": "x", "has.skip": "1", "skip": "1",
        "timeout": "9", "on_error": "continue", "retry.attempts": "2", "retry.first_delay": "1", "switch": "",
        "retry.factor": "2", "retry.max_delay": "60", "in.value": "1", "pick": "", "row": "", "plain": "",
    },
    f"{STEP}/branches/{{branch}}": {
        "revision": "{revision}", "name": "A", "has.case": "1", "case": '"a"', "case.new": "b",
        "row.0.0.field": "trigger.body.n",
        "row.0.0.operator": "number_is_greater_than", "row.0.0.value": "1", "do": "rows",
    },
    f"{STEP}/branches/{{branch}}/truth": {
        "row.0.0.field": "trigger.body.n", "row.0.0.operator": "number_is_greater_than", "row.0.0.value": "1",
    },
    f"{STEP}/connection": {"revision": "{revision}", "name": "{fresh}", "field.bot_token": "xoxb-1"},
    f"{STEP}/reconnect": {
        "revision": "{revision}", "connection": "{desk_id}", "field.kind": "bearer", "field.secret": "t",
        "field.hosts": "127.0.0.1:1",
    },
    f"{FLOW}/drift": {"run": "{run_id}", "router": "r", "sample": "seen"},
    "/keys": {"do": "save", "next": "/", "key.delete_steps": "F9"},
    "/handler-flows/new": {
        "catalogue": "deck", "name": "H", "scheme": "none", "connection": "", "header": "", "secret": "",
        "event": "agent.created",
    },
    "/runs": {"do": "retry", "run": "{run_id}", "next": "/p/{project_id}/runs?q=a"},
    "/runs/{run_id}/retry": {"version": "same"},
    "/runs/{run_id}/cancel": {},
    "/runs/{run_id}/branch": {"step": "r"},
    "/runs/{run_id}/sample": {"name": "kept", "replace": "1"},
    "/rejected": {"do": "admit", "request": "{rejected_id}", "next": "/p/{project_id}/rejected?state=open"},
    "/rejected/{rejected_id}/admit": {},
    "/rejected/{rejected_id}/admit-unverified": {},
    "/rejected/{rejected_id}/delete": {},
    "/held/flows/{flow_id}/release": {},
    "/held/flows/{flow_id}/discard": {},
    "/connections": {"piece": "webhook", "name": "{fresh}", "field.secret": "s"},
    "/connections/{connection_id}": {"field.secret": "s", "field.username": "u"},
    "/connections/{connection_id}/test": {},
    "/connections/{connection_id}/delete": {"sure": "yes"},
    "/topics": {"topic": "news", "body": '{"hello": "world"}'},
    "/topics/{topic}/replay": {"since": "2099-01-01T00:00:00Z", "flow": "{flow_id}"},
    "/catalogues/new": {
        "way": "samples", "name": "{fresh}", "title": "T", "text": '{"type": "a"}', "discriminator": "type",
        "flow": "", "do": "add",
    },
    "/catalogues/{catalogue}/edit": {"definition": CATALOGUE},
    "/catalogues/{catalogue}/delete": {"sure": "yes"},
    "/destinations/new": {
        **AUDIT, "verification": "none", "option.concurrency": "4", "option.rate_per_s": "",
        "pattern": "piece.*",  # of what does not happen here: none is told of what the others do
        "option.timeout_s": "15", "option.disable_after_h": "120", "option.batch_size": "100",
        "option.order_key": "data.flow.id", "header_name": "", "header_value": "", "sample": "", "do": "",
        "group": "Platform",
    },
    f"{TO}/edit": {
        **AUDIT, "kind": "file", "url.file": "new-{fresh}.jsonl", "option.concurrency": "5",
        "option.order_key": "", "sample": "", "do": "",
    },
    f"{TO}/signing": {"overlap_h": "24"},
    f"{TO}/delete": {},
    f"{TO}/verify": {},
    f"{TO}/release": {},
    f"{TO}/discard": {"sure": "yes"},
    f"{TO}/enabled": {"enabled": "no"},
    f"{TO}/test": {"sample": "flow.created"},
    f"{TO}/replay": {"since": "2020-01-01T00:00", "until": "", "only": "all"},
    f"{TO}/deliveries/{{delivery_id}}/resend": {"next": "/"},
    "/events/retention": {"days": "365"},
}  # fmt: skip
"""By the end of the address: what follows the project or the platform. Without fields: it takes none."""

COMMANDS: dict[str, Fields] = {
    "put": {"add": "start", "pick": "data.compose"},
    "move_selected": {"steps": "x"},
    "delete_steps": {"step": "y"},
    "delete_selected": {"steps": "y"},
    "duplicate_step": {"step": "x"},
    "duplicate_selected": {"steps": "x"},
    "set_skip": {"step": "x"},
    "skip_selected": {"steps": "x"},
    "move": {"moved": "y", "place": "start"},
    "paste": {
        "place": "start",
        "clipboard": '{"switchyard": "steps", "roots": ["z"], '
        '"steps": {"z": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}}}}',
    },
    "move_up": {"step": "y"},
    "move_down": {"step": "x"},
    "add_branch": {"step": "r"},
    "add_otherwise": {"step": "r"},
    "duplicate_branch": {"branch": "r/0"},
    "delete_branch": {"branch": "r/0"},
    "branch_earlier": {"branch": "r/1"},
    "branch_later": {"branch": "r/0"},
    "delete_trigger": {"trigger": "subscribe"},
    "save_flow": {
        "name": "Other", "description": "d", "timeout": "9", "concurrency": "2", "dedupe": "trigger.body.id",
        "order_key": "",
    },
    "save_note": {"text": "n", "beside": "x", "color": "", "note": "new"},
    "delete_note": {"note": "0"},
}  # fmt: skip
"""What the buttons of the drawing send, besides the revision."""

CONSUMES = (
    "/delete", "/cancel", "/restore", "/undo", "/redo", "/setup/{token}", "/drift", "/branch", "/rename",
    "/json",
    "/take", "/members/{user_id}", "/commands/{command}", "/steps/{step}", "/branches/{branch}",
    "/sessions/{session_id}/end", "/sessions/end", "/samples", "/connection", "/connections",
    "/edit", "/enabled", "/keys", "/members", "/new", "/users", "/users/{user_id}", "/reset",
    "/rejected", "/admit", "/admit-unverified", "{flow_id}/release", "{flow_id}/discard",
    "/invitations/{token}",
)  # fmt: skip
"""After these the thing is gone, or not as it was."""


def own_part(path: str) -> str:
    """What follows the project or the platform in a route's path, in which the forms are looked up."""
    return path.removeprefix("/p/{project_id}").removeprefix("/platform")
