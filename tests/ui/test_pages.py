"""Pages as plain HTML over a real server: what a browser without script gets."""

import json
import re
from typing import Any

import httpx
import pytest
from markupsafe import escape

Site = Any  # of conftest, which cannot be imported

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "{% raw %}",
]


def pages(site: Site) -> list[str]:
    base, made = site.base, site.made
    flow = made["flow"]
    return [
        "/projects", f"{base}/flows", f"{base}/flows?q=greet&status=enabled", f"{base}/flows/new",
        f"{base}/handler-flows/new", f"{base}/handler-flows/new?catalogue=deck", f"{base}/runs",
        f"{base}/runs?status=succeeded&since=2020-01-01&until=2099-01-01&environment=production&q=greet",
        f"{base}/unrouted", f"{base}/rejected", f"{base}/held",
        f"{base}/connections", f"{base}/connections/new", f"{base}/connections/new?piece=slack",
        made["connection"], made["connection"] + "/delete", f"{base}/pieces", f"{base}/settings",
        flow, f"{flow}?step=greet", f"{flow}?step=webhook", f"{flow}?step=nope", f"{flow}/json",
        f"{flow}/versions", f"{flow}/history", f"{base}/templates", f"{base}/templates/escalation",
        f"{base}/templates/escalation?step=people",
        f"{flow}/versions/1", f"{flow}/versions/1?step=by_kind", f"{flow}/samples",
        f"{flow}/samples?sample=hello",
        f"{flow}/test", f"{flow}/publish", f"{flow}/delete", made["handler"], made["handler"] + "/test",
        made["run"], made["run"] + "?step=greet", made["loop"], made["unrouted"],
    ]  # fmt: skip


def test_every_page_answers_and_is_a_whole_document(site: Site, client: httpx.Client) -> None:
    for path in pages(site):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text[:2000])
        assert answer.text.count("<h1") == 1 and "</html>" in answer.text, path
        assert len(re.findall(r' id="([^"]+)"', answer.text)) == len(
            set(re.findall(r' id="([^"]+)"', answer.text))
        )


def test_nobody_sees_a_page_without_signing_in(site: Site) -> None:
    with site.stranger() as stranger:
        for path in pages(site):
            answer = stranger.get(path)
            assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"), path


def test_an_unknown_page_says_so_kindly(site: Site, client: httpx.Client) -> None:
    for path in (
        "/nowhere",
        f"{site.base}/flows/flow_no",
        f"{site.base}/runs/run_no",
        site.made["flow"] + "/versions/9",
    ):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404 and ">Home</a>" in answer.text, path


def test_a_wrong_password_keeps_the_e_mail_and_tells_nothing_more(site: Site) -> None:
    with site.stranger() as stranger:
        answer = stranger.post("/sign-in", data={"email": site.email, "password": "wrong"})
        assert answer.status_code == 422
        assert (
            site.email in answer.text
            and "wrong" in answer.text
            and "switchyard_session" not in stranger.cookies
        )


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"]
)
def test_signing_in_leads_nowhere_else(site: Site, there: str) -> None:
    with site.stranger() as stranger:
        answer = stranger.post(
            "/sign-in", data={"email": site.email, "password": site.password, "next": there}
        )
        assert answer.headers["location"] == "/"


def test_a_used_setup_link_is_gone(client: httpx.Client) -> None:
    assert client.get("/setup/no-such-token").status_code == 404


def test_htmx_gets_the_block_alone(site: Site, client: httpx.Client) -> None:
    asked = {"HX-Request": "true", "HX-Target": "section#flows"}
    answer = client.get(f"{site.base}/flows?q=greet", headers=asked)
    assert answer.text.lstrip().startswith('<section id="flows"') and "<html" not in answer.text
    assert "Greet" in answer.text and "Activepieces events" not in answer.text


def test_the_drawing_says_which_way_the_event_went(site: Site, client: httpx.Client) -> None:
    text = client.get(site.made["run"]).text
    assert re.search(r'class="siding case in went"[^§]*?Hello', text)
    assert 'data-status="passed"' in text and "Say &lt;b&gt;hello&lt;/b&gt; &amp; more" in text
    assert "<b>hello</b>" not in text


def test_unrouted_events_are_listed_and_replayed(site: Site, client: httpx.Client) -> None:
    listed = client.get(f"{site.base}/unrouted").text
    run = site.made["unrouted"]
    assert run in listed and site.made["run"] not in listed
    again = client.post(f"{run}/retry", data={"version": "latest"})
    assert again.status_code == 303 and again.headers["location"] != run


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_text(site: Site, client: httpx.Client, name: str) -> None:
    flow = site.small_flow() | {"name": name}
    flow["steps"]["greet"]["title"] = name
    flow["steps"]["by_kind"]["branches"][0]["name"] = name
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)})
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    for page in (path, f"{path}?step=greet", f"{path}/json", f"{site.base}/flows", f"{path}/delete"):
        text = client.get(page).text
        assert "<script>alert" not in text and "<img src=x" not in text, page
        assert str(escape(name)) in text or page.endswith("/json"), page
    there = client.post(f"{path}/delete").headers["location"]
    assert there.startswith(f"{site.base}/flows?did=delete")
    deleted = client.get(f"{site.base}/flows/deleted").text
    assert "<script>alert" not in deleted and "<img src=x" not in deleted
    assert client.get(path).status_code == 404


def test_a_name_that_would_be_read_backwards_is_refused(site: Site, client: httpx.Client) -> None:
    flow = site.small_flow() | {"name": "\u202egpj.exe"}
    refused = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)})
    assert refused.status_code == 422 and "direction characters" in refused.text


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{}", '{"name": 3}', "[" * 300 + "]" * 300])
def test_a_bad_flow_file_stores_nothing(site: Site, client: httpx.Client, text: str) -> None:
    before = client.get(f"{site.base}/flows").text.count("/enabled")
    answer = client.post(f"{site.base}/flows/import", data={"text": text})
    assert answer.status_code in (400, 422), answer.text
    assert 'class="note bad"' in answer.text
    assert client.get(f"{site.base}/flows").text.count("/enabled") == before


def test_a_stale_edit_is_shown_what_it_would_overwrite(site: Site, client: httpx.Client) -> None:
    made = client.post(
        f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow() | {"name": "Mine"})}
    )
    path = made.headers["location"]
    mine = json.dumps(site.small_flow() | {"name": "Mine too"})
    assert client.post(f"{path}/json", data={"definition": mine, "revision": "1"}).status_code == 303
    theirs = json.dumps(site.small_flow() | {"name": "Theirs"})
    answer = client.post(f"{path}/json", data={"definition": theirs, "revision": "1"})
    assert answer.status_code == 409
    assert (
        "Mine too" in answer.text and "Theirs" in answer.text and 'name="revision" value="2"' in answer.text
    )
    assert client.post(f"{path}/json", data={"definition": theirs, "revision": "2"}).status_code == 303
    client.post(f"{path}/delete")


def test_a_check_stores_nothing_and_a_broken_text_is_kept_in_the_form(
    site: Site, client: httpx.Client
) -> None:
    path = site.made["flow"] + "/json"
    flow = site.small_flow()
    flow["steps"]["greet"]["next"] = "gone"
    text = json.dumps(flow)
    answer = client.post(path, data={"definition": text, "revision": "1", "do": "check"})
    assert answer.status_code == 200 and "/steps/greet/next" in answer.text and "not saved" in answer.text
    broken = client.post(path, data={"definition": '{"name": <b>', "revision": "1"})
    assert broken.status_code == 422 and "&lt;b&gt;" in broken.text


def test_secrets_never_come_back(site: Site, client: httpx.Client) -> None:
    for path in (site.made["connection"], f"{site.base}/connections", site.made["connection"] + "/delete"):
        assert "hunter2" not in client.get(path).text
    bad = client.post(
        f"{site.base}/connections", data={"piece": "email", "name": "BAD NAME", "field.password": "hunter3"}
    )
    assert bad.status_code == 422 and "hunter3" not in bad.text and 'aria-invalid="true"' in bad.text


def test_an_api_key_is_shown_once(site: Site, client: httpx.Client) -> None:
    made = client.post(f"{site.base}/settings/keys", data={"name": "ci", "role": "viewer"})
    token = re.search(r"sk_\w{40,}", made.text)
    assert token is not None
    later = client.get(f"{site.base}/settings").text
    assert token.group() not in later
    delete = re.search(r'action="([^"]+/keys/[^"]+/delete)"', later)
    assert delete is not None and client.post(delete.group(1)).status_code == 303


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/settings/members", {"email": "ada@example.com", "role": "editor"}, 409),
        ("/settings/members", {"email": "x", "role": "king"}, 422),
        ("/settings/keys", {"name": "", "role": "viewer"}, 422),
        ("/settings/name", {"name": " "}, 422),
        ("/flows", {"name": ""}, 422),
        ("/handler-flows/new", {"catalogue": "deck", "scheme": "none"}, 422),
        ("/handler-flows/new", {"catalogue": "nope", "event": "x"}, 404),
        ("/connections", {"piece": "nope", "name": "a"}, 404),
    ],
)
def test_a_form_that_cannot_be_used_comes_back_saying_why(
    site: Site, client: httpx.Client, path: str, form: dict[str, str], status: int
) -> None:
    answer = client.post(site.base + path, data=form)
    assert answer.status_code == status and "</html>" in answer.text


def test_a_post_from_another_site_is_refused(site: Site, client: httpx.Client) -> None:
    answer = client.post(f"{site.base}/flows", data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_the_theme_is_kept_in_the_browser(site: Site, client: httpx.Client) -> None:
    answer = client.post("/theme", data={"theme": "dark", "next": f"{site.base}/flows"})
    assert answer.headers["location"] == f"{site.base}/flows"
    assert 'data-theme="dark"' in client.get(f"{site.base}/flows").text
    client.post("/theme", data={"theme": "system"})
    assert "data-theme" not in client.get(f"{site.base}/flows").text


def test_an_export_is_what_an_import_takes(site: Site, client: httpx.Client) -> None:
    first = client.get(site.made["flow"] + "/export")
    assert 'filename="greet.json"' in first.headers["content-disposition"]
    files = {"file": ("greet.json", first.content, "application/json")}
    made = client.post(f"{site.base}/flows/import", files=files)
    again = client.get(made.headers["location"] + "/export").text
    assert json.loads(again) == json.loads(first.text) | {"name": json.loads(again)["name"]}
    client.post(made.headers["location"] + "/delete")


def test_the_first_page_of_flows_stays_light(site: Site, client: httpx.Client) -> None:
    """However many flows other tests have made: as it is sent, and all that is to be drawn."""
    answer = client.get(f"{site.base}/flows")
    assert answer.num_bytes_downloaded < 15_000 and len(answer.content) < 90_000
