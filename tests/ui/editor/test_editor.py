"""The editor over HTTP: commands as plain forms, and what is answered to stale and wrong ones."""

import html
import json
import re
from typing import Any, get_args

import httpx
import pytest
from starlette.datastructures import FormData

from engine.base.errors import BadInput
from engine.flow import Problem
from pieces import Option, Property
from pieces._props import Kind
from ui.editor import fields as editor_fields
from ui.shared.forms import Form
from ui.shared.render import environment, icon

Site = Any  # of conftest, which cannot be imported
HTMX = {"HX-Request": "true", "HX-Target": "aside#panel"}


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow of its own."""
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    return str(made.headers["location"])


def revision(client: httpx.Client, path: str) -> str:
    found = re.search(r'id="revision" name="revision" value="(\d+)"', client.get(path).text)
    assert found is not None
    return found[1]


def do(client: httpx.Client, path: str, command: str, **data: Any) -> httpx.Response:
    data = {"revision": revision(client, path), **data}
    return client.post(f"{path}/commands/{command}", data=data)


def steps(client: httpx.Client, path: str) -> dict[str, Any]:
    return dict(client.get(f"{path}/export").json()["steps"])


def test_a_command_without_script_leads_back_to_the_page(client: httpx.Client, flow: str) -> None:
    answer = do(client, flow, "put", add="after:greet", pick="data.compose")
    assert answer.status_code == 303 and "?step=data_compose" in answer.headers["location"]
    assert steps(client, flow)["greet"]["next"] == "data_compose"


def test_a_command_for_htmx_answers_with_blocks_and_the_address(client: httpx.Client, flow: str) -> None:
    data = {"revision": revision(client, flow), "step": "greet"}
    answer = client.post(f"{flow}/commands/duplicate_step", data=data, headers=HTMX)
    assert answer.status_code == 200 and "<html" not in answer.text
    assert re.findall(r'hx-target="#(\w+)" hx-swap="outerMorph"', answer.text) == ["bar", "plan", "panel"]
    assert "?step=greet_2" in answer.headers["HX-Push-Url"]


def test_a_stale_change_is_refused_with_what_differs(client: httpx.Client, flow: str) -> None:
    old = revision(client, flow)
    assert do(client, flow, "set_skip", step="greet").status_code == 303
    answer = client.post(f"{flow}/commands/delete_steps", data={"revision": old, "step": "each"})
    assert answer.status_code == 409 and "Changed by someone else" in answer.text
    assert "each" in steps(client, flow)
    form = answer.text.partition('id="conflict"')[2].partition("</form>")[0]
    again = dict(re.findall(r'name="(\w+)" value="(\w*)"', form))
    assert again["step"] == "each" and again["revision"] == revision(client, flow)


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("nonsense", {}),
        ("put", {"add": "after:nobody", "pick": "data.compose"}),
        ("put", {"add": "after:greet", "pick": "nobody.nothing"}),
        ("put", {"add": "in:by_kind:branches/9", "pick": "router"}),
        ("move", {"moved": "greet", "place": "elsewhere"}),
        ("move_up", {"step": "by_kind"}),
        ("delete_branch", {"branch": "by_kind/x"}),
        ("paste", {"place": "start", "clipboard": "{"}),
        ("paste", {"place": "start", "clipboard": "{}"}),
    ],
)
def test_a_wrong_command_is_refused_and_changes_nothing(
    client: httpx.Client, flow: str, command: str, data: dict[str, str]
) -> None:
    before = client.get(f"{flow}/export").text
    answer = do(client, flow, command, **data)
    assert answer.status_code in (400, 422), answer.text[:500]
    assert client.get(f"{flow}/export").text == before


def test_undo_and_redo_give_the_same_text_back(client: httpx.Client, flow: str) -> None:
    before = client.get(f"{flow}/export").text
    do(client, flow, "delete_steps", step="by_kind")
    after = client.get(f"{flow}/export").text
    assert client.post(f"{flow}/undo", data={"revision": revision(client, flow)}).status_code == 303
    assert client.get(f"{flow}/export").text == before
    client.post(f"{flow}/redo", data={"revision": revision(client, flow)})
    assert client.get(f"{flow}/export").text == after != before


def test_a_step_is_renamed_with_its_references(client: httpx.Client, flow: str) -> None:
    data = {"revision": revision(client, flow), "name": "say", "title": "Say it", "in.value": "x"}
    answer = client.post(f"{flow}/steps/greet", data=data)
    assert "?step=say" in answer.headers["location"]
    say = steps(client, flow)["say"]
    assert say["title"] == "Say it" and say["input"] == {"value": "x"}


def test_a_broken_expression_is_not_saved_and_keeps_what_was_typed(client: httpx.Client, flow: str) -> None:
    data = {"revision": revision(client, flow), "in.value": "{{ trigger.body. }} & more"}
    answer = client.post(f"{flow}/steps/greet", data=data)
    assert answer.status_code == 422 and "Not saved" in answer.text
    assert "trigger.body.who" in json.dumps(steps(client, flow)["greet"])


def test_what_is_refused_in_one_field_stays_there_and_the_rest_is_saved(
    client: httpx.Client, flow: str
) -> None:
    form = {"revision": revision(client, flow), "in.value": "Hi {{ trigger.body + }}", "title": "Say hi"}
    answer = client.post(f"{flow}/steps/greet", data=form, headers=HTMX)
    assert answer.status_code == 422 and "Hi {{ trigger.body + }}" in answer.text
    assert (
        "the expression ends too early in <code>trigger.body +</code>" in answer.text
        and "/steps/greet" not in re.sub(r'(action|hx-post)="[^"]*"', "", answer.text)
    )
    saved = steps(client, flow)["greet"]
    assert saved["title"] == "Say hi" and "+" not in json.dumps(saved["input"])


def test_help_with_an_expression_completes_and_previews(client: httpx.Client, flow: str) -> None:
    data = {"text": "trigger.body.wh", "kind": "expression", "step": "greet", "cursor": "15"}
    told = client.post(f"{flow}/expression", data=data).json()
    assert [item["insert"] for item in told["items"]] == ["who"]
    told = client.post(f"{flow}/expression", data={**data, "text": "trigger.body.who", "cursor": "16"}).json()
    assert told["preview"]["shown"] == "Ada"


def test_the_data_of_a_step_goes_by_the_title_of_its_card(client: httpx.Client, flow: str) -> None:
    assert do(client, flow, "put", add="after:by_kind", pick="store.get").status_code == 303
    assert do(client, flow, "put", add="after:store_get", pick="store.put").status_code == 303
    told = client.get(f"{flow}/data?step=store_put").text
    assert "<b>Get</b>" in told and "<b>Say &lt;b&gt;hello" in told and "Store get" not in told


def test_a_connection_is_chosen_only_for_what_uses_one(client: httpx.Client, flow: str) -> None:
    assert do(client, flow, "put", add="after:by_kind", pick="webhook.respond").status_code == 303
    assert do(client, flow, "put", add="after:by_kind", pick="http.request").status_code == 303
    assert 'id="f-connection"' not in client.get(f"{flow}?step=webhook_respond").text
    assert 'id="f-connection"' in client.get(f"{flow}?step=http_request").text


def test_copied_steps_are_pasted(client: httpx.Client, flow: str) -> None:
    text = client.get(f"{flow}/copy?steps=each").text
    assert do(client, flow, "paste", place="after:by_kind", clipboard=text).status_code == 303
    assert {"each_2", "one_2"} <= set(steps(client, flow))


PROPERTIES = [
    Property("text", "Text", "text", False, ""),
    Property("size", "Size", "number", False, None, whole=True),
    Property("on", "On", "checkbox", False, False),
    Property("any", "Any", "json", False, None),
    Property("pairs", "Pairs", "key_value", False, None),
    Property("list", "List", "list", False, None),
    Property("mode", "Mode", "static_dropdown", False, None, options=(Option(1, "One"), Option(2, "Two"))),
    Property("part", "Part", "object", False, None, fields=(Property("name", "Name", "text", True),)),
    Property("parts", "Parts", "objects", False, None, fields=(Property("name", "Name", "text", True),)),
]
VALUES = {
    "text": "{{ trigger.body }} x", "size": 3, "on": True, "any": {"a": [1, "2"]}, "pairs": {"k": "v"},
    "list": ["a", "{{ b }}"], "mode": 2, "part": {"name": "n"}, "parts": [{"name": "p"}, {"name": "q"}],
}  # fmt: skip


def sent(fields: list[editor_fields.Field]) -> list[tuple[str, str]]:
    """What a browser sends of these fields."""
    pairs: list[tuple[str, str]] = []
    for one in fields:
        if one.expression:
            pairs += [(f"as.{one.path}", "1"), (one.path, one.text)]
        elif one.kind == "checkbox":
            pairs += [(f"has.{one.path}", "1"), *([(one.path, "true")] if one.checked else [])]
        elif one.children:
            pairs += sent(one.children)
        elif one.items:
            pairs += [pair for row in one.items for pair in sent(row)]
        else:
            pairs.append((one.path, one.text))
    return pairs


@pytest.mark.parametrize("values", [VALUES, {}, {"size": "{{ a }}", "list": "{{ b }}", "any": "{{ c }}"}])
def test_a_form_gives_back_the_values_it_was_made_of(values: dict[str, Any]) -> None:
    shown = editor_fields.fields(PROPERTIES, values)
    assert editor_fields.read(PROPERTIES, Form(FormData(sent(shown))), values) == values


def test_what_a_form_shows_by_itself_is_no_change(client: httpx.Client, flow: str) -> None:
    assert do(client, flow, "put", add="after:by_kind", pick="store.put").status_code == 303
    form = {"title": "Keep", "in.key": "k", "in.value": "1", "in.scope": "flow"}
    for title in ("Keep", "Keep it"):
        sent = {**form, "title": title, "revision": revision(client, flow)}
        assert client.post(f"{flow}/steps/store_put", data=sent).status_code == 303
        assert steps(client, flow)["store_put"]["input"] == {"key": "k", "value": 1}
    sent = {**form, "in.scope": "project", "revision": revision(client, flow)}
    assert client.post(f"{flow}/steps/store_put", data=sent).status_code == 303
    assert steps(client, flow)["store_put"]["input"]["scope"] == "project"


@pytest.mark.parametrize(
    "value", ["5", "true", "plain", '"quoted"', "[x", "{{ a }}", 5, None, [], {"a": None}, " x "]
)
def test_json_text_is_read_back(value: Any) -> None:
    text = editor_fields.json_text(value)
    assert (editor_fields.json_value(text, "x") if text else None) == value


def test_what_is_no_json_is_refused_at_its_field() -> None:
    with pytest.raises(BadInput) as caught:
        editor_fields.json_value('{"a": ', "in.any")
    assert caught.value.field == "in.any"


# -- corrections ---------------------------------------------------------------------------------------


def picks(page: str) -> list[str]:
    """What the buttons of corrections send."""
    return [html.unescape(found) for found in re.findall(r'name="pick" value="([^"]*)"', page)]


def test_a_text_that_was_refused_is_corrected_with_one_click(client: httpx.Client, flow: str) -> None:
    form = {"revision": revision(client, flow), "in.value": "{{ trigger.body.n and trigger.body.who }}"}
    refused = client.post(f"{flow}/steps/greet", data=form, headers=HTMX)
    (pick,) = picks(refused.text)
    assert refused.status_code == 422 and pick == "in.value={{ trigger.body.n && trigger.body.who }}"
    typed = {**form, "title": "Say hi", "pick": pick}
    assert client.post(f"{flow}/steps/greet", data=typed, headers=HTMX).status_code == 200
    saved = steps(client, flow)["greet"]
    assert saved["input"] == {"value": "{{ trigger.body.n && trigger.body.who }}"}
    assert saved["title"] == "Say hi", "what else was typed is saved with it"


def test_a_doubtful_text_of_the_draft_is_corrected_with_one_click(client: httpx.Client, flow: str) -> None:
    form = {"revision": revision(client, flow), "in.value": "{{ trigger.body.who == true }}"}
    assert client.post(f"{flow}/steps/greet", data=form).status_code == 303
    (pick,) = picks(client.get(f"{flow}?step=greet").text)
    form = {"revision": revision(client, flow), "in.value": form["in.value"], "pick": pick}
    assert client.post(f"{flow}/steps/greet", data=form).status_code == 303
    assert steps(client, flow)["greet"]["input"] == {"value": "{{ trigger.body.who == `true` }}"}
    assert picks(client.get(f"{flow}?step=greet").text) == []


def test_the_key_of_a_router_is_corrected_with_one_click(client: httpx.Client, flow: str) -> None:
    form = {"revision": revision(client, flow), "key": "body.kind"}
    assert client.post(f"{flow}/steps/by_kind", data=form).status_code == 303
    (pick,) = picks(client.get(f"{flow}?step=by_kind").text)
    form = {"revision": revision(client, flow), "key": "body.kind", "pick": pick}
    assert client.post(f"{flow}/steps/by_kind", data=form).status_code == 303
    assert steps(client, flow)["by_kind"]["key"] == "trigger.body.kind"


def test_a_condition_is_corrected_with_one_click(client: httpx.Client, flow: str) -> None:
    path = f"{flow}/steps/by_kind/branches/1"
    form = {"revision": revision(client, flow), "name": "Many", "when": "trigger.body.n > 5"}
    refused = client.post(path, data=form, headers=HTMX)
    (pick,) = picks(refused.text)
    assert refused.status_code == 422 and pick == "when=trigger.body.n > `5`"
    assert client.post(path, data={**form, "pick": pick}, headers=HTMX).status_code == 200
    assert steps(client, flow)["by_kind"]["branches"][1]["when"] == "trigger.body.n > `5`"


def test_the_identity_of_events_is_corrected_with_one_click(client: httpx.Client, flow: str) -> None:
    form = {"revision": revision(client, flow), "dedupe": "{{ trigger.body.id }}"}
    refused = client.post(f"{flow}/commands/save_flow?", data={**form, "here": "tab=settings"})
    (pick,) = picks(refused.text)
    assert refused.status_code == 422 and pick == "dedupe=trigger.body.id"
    assert client.post(f"{flow}/commands/save_flow", data={**form, "pick": pick}).status_code == 303
    assert client.get(f"{flow}/export").json()["settings"] == {"dedupe": "trigger.body.id"}


def test_a_row_reads_its_field_as_a_number_on_request(site: Site, client: httpx.Client) -> None:
    text = json.dumps({**site.small_flow(), "samples": {"text": {"body": {"n": "7"}}}})
    flow = str(client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"])
    row = a_row("trigger.body.n", "number_is_greater_than", "3")
    path, form = (
        f"{flow}/steps/by_kind/branches/1",
        {"revision": revision(client, flow), "name": "Many", **row},
    )
    assert client.post(path, data=form).status_code == 303
    assert 'value="numbers:0:0"' in client.get(f"{flow}?step=by_kind&branch=1").text
    form = {**form, "revision": revision(client, flow), "do": "numbers:0:0"}
    assert client.post(path, data=form).status_code == 303
    when = steps(client, flow)["by_kind"]["branches"][1]["when"]
    assert when == "to_number(trigger.body.n) > `3`"
    assert 'value="numbers:0:0"' not in client.get(f"{flow}?step=by_kind&branch=1").text


# -- events that are ignored on purpose ------------------------------------------------------------------


def test_the_events_of_an_empty_branch_are_ignored_on_purpose(site: Site, client: httpx.Client) -> None:
    definition = site.small_flow()
    definition["steps"]["by_kind"]["branches"].append(
        {"name": "None", "when": "trigger.body.x", "next": None}
    )
    text = json.dumps(definition)
    flow = str(client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"])
    path, form = f"{flow}/steps/by_kind/branches/2", {"name": "None", "has.ignore": "1", "ignore": "true"}
    assert "its events are dropped" in client.get(f"{flow}?step=by_kind&branch=2").text
    assert client.post(path, data={**form, "revision": revision(client, flow)}).status_code == 303
    assert steps(client, flow)["by_kind"]["branches"][2]["ignore"] is True
    shown = client.get(f"{flow}?step=by_kind&branch=2").text
    assert "its events are dropped" not in shown and 'name="ignore" value="true" checked' in shown
    filled = do(client, flow, "put", add="in:by_kind:branches/2", pick="data.compose")
    assert filled.status_code == 303
    assert "ignore" not in steps(client, flow)["by_kind"]["branches"][2], "it is not empty any more"


def test_the_events_that_no_branch_takes_are_ignored_on_purpose(client: httpx.Client, flow: str) -> None:
    form = {"has.otherwise": "1", "otherwise": "true", "has.ignore": "1"}
    for more, otherwise in (
        ({}, {"next": None}),
        ({"ignore": "true"}, {"ignore": True, "next": None}),
        ({}, {"next": None}),
    ):
        data = {"revision": revision(client, flow), **form, **more}
        assert client.post(f"{flow}/steps/by_kind", data=data).status_code == 303
        assert steps(client, flow)["by_kind"]["otherwise"] == otherwise


def test_what_null_does_is_chosen_on_the_step(client: httpx.Client, flow: str) -> None:
    for chosen, rule in (("fail", True), ("go on", False), ("", None)):
        data = {"revision": revision(client, flow), "fail_on_null": chosen}
        assert client.post(f"{flow}/steps/greet", data=data).status_code == 303
        assert steps(client, flow)["greet"].get("fail_on_null") is rule
        assert f'<option value="{chosen}" selected>' in client.get(f"{flow}?step=greet").text


# -- what an unsaved condition makes of the samples ----------------------------------------------------


def unsaved(client: httpx.Client, flow: str, **form: str) -> httpx.Response:
    data = {"revision": revision(client, flow), "name": "Many", **form}
    shown = {**HTMX, "HX-Current-URL": f"http://x{flow}?step=by_kind&branch=1"}
    return client.post(f"{flow}/steps/by_kind/branches/1/truth", data=data, headers=shown)


def a_row(field: str, operator: str, value: str, at: str = "0.0") -> dict[str, str]:
    return {f"row.{at}.field": field, f"row.{at}.operator": operator, f"row.{at}.value": value}


def test_an_unsaved_condition_is_judged_on_each_sample(client: httpx.Client, flow: str) -> None:
    before = client.get(f"{flow}/export").text
    rows = {
        **a_row("trigger.body.kind", "text_contains", "hell"),
        **a_row("trigger.body.who", "text_exactly_matches", "Grace", "0.1"),
    }
    told = unsaved(client, flow, **rows).text
    assert 'id="holds-row-0-0"' in told and "1 of 1" in told and "0 of 1" in told
    assert 'siding:nth-child(2) &gt; .way"' in told
    assert 'id="truth"' in told and 'id="panel"' not in told
    assert client.get(f"{flow}/export").text == before


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (a_row("trigger.body.kind", "text_contains", ""), "Fill in the row"),
        (a_row("trigger.body.[", "text_contains", "x"), ""),
        (a_row("trigger.body.kind", "no_such_operator", "x"), ""),
        ({"when": "trigger.body.["}, ""),
        ({"when": "trigger.body.kind == 'hello'"}, ""),
        ({}, ""),
    ],
)
def test_a_half_written_condition_is_no_error(
    client: httpx.Client, flow: str, form: dict[str, str], said: str
) -> None:
    answer = unsaved(client, flow, **form)
    assert answer.status_code == 200 and 'id="truth"' in answer.text and said in answer.text


def test_a_branch_that_is_not_there_has_no_truth(client: httpx.Client, flow: str) -> None:
    for path in ("by_kind/branches/9", "by_kind/branches/x", "greet/branches/0", "none/branches/0"):
        assert client.post(f"{flow}/steps/{path}/truth", data={"revision": "1"}).status_code == 404


# -- the fields of a form --------------------------------------------------------------------------------

CONTROLS = {
    "text": '<input id="f-in-x"', "long_text": "<textarea", "number": 'inputmode="decimal"',
    "checkbox": 'type="checkbox"', "json": "<textarea", "key_value": 'name="in.x.0.key"',
    "list": 'name="in.x.0"', "objects": 'name="in.x.0.a"', "object": 'name="in.x.a"',
    "dropdown": "data-combo", "static_dropdown": "<select", "multi_dropdown": 'type="checkbox"',
    "date_time": 'type="datetime-local"', "file": 'type="file"', "color": 'type="color"',
    "markdown": "<strong>bold</strong>",
}  # fmt: skip


async def no_options(_ctx: Any) -> list[Option]:
    return []


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_property_has_its_control_and_can_be_an_expression(kind: Any) -> None:
    options: Any = no_options if kind == "dropdown" else (Option("1", "One"),) if "dropdown" in kind else None
    inner = (Property("a", "A", "text", False),)
    prop = Property("x", "X", kind, True, help="**bold**", options=options, fields=inner)
    module = environment().get_template("editor/_fields.html").make_module({})
    html = str(module.one(editor_fields.fields([prop], {})[0], "step"))  # type: ignore[attr-defined]
    assert CONTROLS[kind] in html
    textual = (*editor_fields.TEXTUAL, "markdown", "json")
    assert ('name="switch"' in html) is (kind not in textual)
    written = editor_fields.fields([prop], {"x": "{{ trigger.body }}"})[0]
    if kind not in textual:
        assert 'name="as.in.x"' in str(module.one(written, "step"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("severity", "name"), [("error", "circle-alert"), ("warning", "triangle-alert")])
def test_a_warning_of_a_field_looks_like_one_and_does_not_make_it_invalid(severity: Any, name: str) -> None:
    prop = Property("x", "X", "text", True)
    problems = {"in.x": [Problem("/triggers/0/input/x", "anyone may send", severity)]}
    (field,) = editor_fields.fields([prop], {"x": "1"}, problems)
    module = environment().get_template("editor/_fields.html").make_module({"mends": {}})
    html = str(module.one(field, "step"))  # type: ignore[attr-defined]
    assert f'<p class="wrong" data-severity="{severity}">' in html and str(icon(name)) in html
    assert ('aria-invalid="true"' in html) is (severity == "error")
    assert f'aria-describedby="e-{field.id}"' in html and f'id="e-{field.id}"' in html


def test_a_problem_within_a_field_is_shown_once_there() -> None:
    inner = (Property("scheme", "Scheme", "text", True),)
    prop = Property("verify", "Verify", "object", True, fields=inner)
    problem = Problem("/triggers/0/input/verify/scheme", "anyone may send", "warning")
    problems = {"in.verify": [problem], "in.verify.scheme": [problem]}
    (field,) = editor_fields.fields([prop], {"verify": {"scheme": "none"}}, problems)
    assert (field.problems, field.children[0].problems) == ([], [problem])


ROWS = {"in.x.0.a": "one", "in.x.1.a": "two", "in.x.1.b": "too", "in.x.2.a": "three", "in.xy.1": "other"}


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("up:in.x.1", ["two", "one", "three"]),
        ("down:in.x.1", ["one", "three", "two"]),
        ("drop:in.x.1", ["one", "three"]),
        ("up:in.x.one", ["one", "two", "three"]),
        ("sideways:in.x.1", ["one", "two", "three"]),
        ("", ["one", "two", "three"]),
    ],
)
def test_rows_are_put_in_order_and_taken_away(button: str, expected: list[str]) -> None:
    inner = (Property("a", "A", "text", False), Property("b", "B", "text", False))
    prop = Property("x", "X", "objects", False, fields=inner)
    form = editor_fields.arranged(Form(FormData(ROWS)), button)
    rows = editor_fields.read([prop], form, {})["x"]
    assert [row["a"] for row in rows] == expected and form.text("in.xy.1") == "other"
    assert all(row.get("b") == ("too" if row["a"] == "two" else None) for row in rows)


def test_a_file_is_uploaded_into_the_flow(client: httpx.Client, flow: str) -> None:
    assert do(client, flow, "put", add="after:greet", pick="email.send").status_code in (303, 422)
    name = next((n for n, s in steps(client, flow).items() if s.get("piece") == "email"), "")
    assert name, "the e-mail piece has no such action"
    page = client.get(f"{flow}?step={name}").text
    assert 'enctype="multipart/form-data"' in page and 'name="file.in.attachments.0"' in page
    data = {"revision": revision(client, flow), "do": "save"}
    for content, encoding in ((b"plain", "text"), (b"\x89PNG\x00\xff", "base64")):
        sent = {"file.in.attachments.0": ("a.bin", content, "application/octet-stream")}
        answer = client.post(f"{flow}/steps/{name}", data=data, files=sent)
        assert answer.status_code == 303, answer.text
        kept = steps(client, flow)[name]["input"]["attachments"][0]
        assert (kept["filename"], kept["encoding"]) == ("a.bin", encoding)
        data["revision"] = revision(client, flow)
    sent = {"file.in.attachments.0": ("big", b"x" * (editor_fields.MAX_FILE + 1), "text/plain")}
    answer = client.post(f"{flow}/steps/{name}", data=data, files=sent)
    assert answer.status_code == 422 and "500,001 bytes" in answer.text
