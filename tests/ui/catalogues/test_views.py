"""The pages of catalogues and of drift, as plain HTML."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.support.html import flat

Site = Any  # of conftest, which cannot be imported

ORDERS = [{"type": "order.made", "total": 1}, {"type": "order.sent", "note": "<b>x</b>"}]


def add(site: Site, client: httpx.Client, **form: str) -> httpx.Response:
    given = {"way": "samples", "do": "add", "title": "Shop", "text": json.dumps(ORDERS), **form}
    return client.post(f"{site.base}/catalogues/new", data=given)


def test_what_ships_is_browsed_event_by_event(site: Site, client: httpx.Client) -> None:
    assert f"{site.base}/catalogues/deck" in client.get(f"{site.base}/catalogues").text
    text = client.get(f"{site.base}/catalogues/activepieces?event=flow.run.finished").text
    assert "Sample of flow.run.finished" in text and "Schema of the body" in text
    assert "catalogues/activepieces/edit" not in text
    assert client.get(f"{site.base}/catalogues/nobody").status_code == 404


def test_the_guess_is_shown_before_anything_is_added(site: Site, client: httpx.Client) -> None:
    seen = add(site, client, do="look", name="guessed")
    assert seen.status_code == 200
    assert re.search(r'name="discriminator"[^>]*value="trigger.body.type"', seen.text)
    assert "order.made" in seen.text and "order.sent" in seen.text
    assert client.get(f"{site.base}/catalogues/guessed").status_code == 404


def test_an_added_catalogue_makes_a_handler_flow_and_can_be_changed(site: Site, client: httpx.Client) -> None:
    made = add(site, client, name="shop")
    assert made.headers["location"] == f"{site.base}/catalogues/shop"
    text = client.get(f"{site.base}/catalogues/shop?event=order.sent").text
    assert "&lt;b&gt;x&lt;/b&gt;" in text and "<b>x</b>" not in text
    form = {"catalogue": "shop", "event": ["order.made"], "scheme": "none", "name": "Shop events"}
    assert client.post(f"{site.base}/handler-flows/new", data=form).status_code == 303
    edit = f"{site.base}/catalogues/shop/edit"
    assert "order.made" in client.get(edit).text
    refused = client.post(edit, data={"definition": '{"title": "x"}'})
    assert refused.status_code == 422 and "discriminator: This is needed." in refused.text
    better = {"title": "Store", "discriminator": "type", "events": [{"name": "a", "sample": {"type": "b"}}]}
    assert client.post(edit, data={"definition": json.dumps(better)}).status_code == 303
    assert "cannot be distinguished from others" in client.get(f"{site.base}/catalogues/shop").text
    assert "Delete catalogue" in client.get(f"{site.base}/catalogues/shop/delete").text
    assert client.post(f"{site.base}/catalogues/shop/delete").status_code == 303
    assert client.get(f"{site.base}/catalogues/shop").status_code == 404


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"name": "Bad Name"}, "e-name"),
        ({"name": "deck"}, "comes with Switchyard"),
        ({"name": "x", "text": "oops"}, "cannot be read"),
        ({"name": "x", "discriminator": "a ||"}, "e-discriminator"),
        ({"name": "x", "discriminator": "total"}, "a name for none"),
        ({"name": "x", "way": "asyncapi"}, "not an AsyncAPI document"),
        ({"name": "x", "way": "asyncapi", "text": "asyncapi: 3.0.0"}, "No channel"),
        ({"name": "x", "way": "asyncapi", "text": "a: [1"}, "neither JSON nor YAML"),
        ({"name": "x", "way": "asyncapi", "text": "a: &a [*a]"}, "has an alias"),
    ],
)
def test_what_cannot_be_added_comes_back(
    site: Site, client: httpx.Client, form: dict[str, str], says: str
) -> None:
    answer = add(site, client, **form)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_catalogue_is_learned_from_a_flow(site: Site, client: httpx.Client) -> None:
    flow_id = site.made["flow"].rpartition("/")[2]
    seen = add(site, client, way="learned", flow=flow_id, do="look", text="")
    assert seen.status_code == 200 and "hello" in seen.text
    assert add(site, client, way="learned", flow="flow_none", text="").status_code in (404, 422)


def test_a_flow_says_what_it_does_not_know_and_takes_it_over(site: Site, client: httpx.Client) -> None:
    made = client.post(
        f"{site.base}/handler-flows/new",
        data={"catalogue": "deck", "event": ["agent.created"], "scheme": "none", "name": "Drifting"},
    ).headers["location"]
    assert client.post(f"{made}/publish", data={"revision": "1", "enable": "yes"}).status_code == 303
    sent = client.post("/webhooks/" + made.rpartition("/")[2], json={"type": "agent.<moved>"})
    block = client.get(f"{made}/drift", headers={"HX-Request": "true", "HX-Target": "section#drift"}).text
    assert "agent.&lt;moved&gt;" in block and "<html" not in block
    assert f'hx-get="{made}/drift"' in client.get(made).text
    form = {"router": "by_event", "run": sent.json()["run_id"]}
    assert client.post(f"{made}/drift", data=form).headers["location"] == made
    assert "Nothing new" in client.get(f"{made}/drift").text
    draft = client.get(f"{made}/export").json()
    assert draft["steps"]["by_event"]["branches"][-1]["case"] == ["agent.<moved>"]
    assert "agent.<moved>" in draft["samples"]
    assert client.post(f"{made}/drift", data={**form, "run": "run_none"}).status_code == 404
    other = site.made["run"].rpartition("/")[2]
    assert client.post(f"{made}/drift", data={**form, "run": other}).status_code == 404
    assert client.post(f"{made}/drift", data={**form, "router": "gone"}).status_code == 422


def test_a_flow_offers_the_branch_that_its_catalogue_gained(site: Site, client: httpx.Client) -> None:
    events: Any = [{"name": name, "sample": {"kind": name}} for name in ("a.made", "b.<made>", "c.made")]
    given: Any = {"title": "Growing", "discriminator": "kind", "events": events[:1]}
    add(site, client, name="growing", text='{"kind": "a.made"}')
    edit = f"{site.base}/catalogues/growing/edit"
    assert client.post(edit, data={"definition": json.dumps(given)}).status_code == 303
    form = {"catalogue": "growing", "event": ["a.made"], "scheme": "none", "name": "Growing"}
    made = client.post(f"{site.base}/handler-flows/new", data=form).headers["location"]
    assert "Nothing new" in client.get(f"{made}/drift").text
    client.post(edit, data={"definition": json.dumps({**given, "events": events})})
    block = client.get(f"{made}/drift", headers={"HX-Request": "true", "HX-Target": "section#drift"}).text
    assert "Growing has 2 new events" in flat(block) and "b.&lt;made&gt;" in block and "<html" not in block
    assert f'hx-get="{made}/drift"' in client.get(made).text
    assert client.post(f"{made}/drift", data={"event": "b.<made>"}).headers["location"] == made
    draft = client.get(f"{made}/export").json()
    assert draft["steps"]["by_event"]["branches"][-1]["case"] == ["b.<made>"]
    assert draft["samples"]["b.<made>"] == {"body": {"kind": "b.<made>"}}
    assert client.post(f"{made}/drift", data={"event": "b.<made>"}).status_code == 422
    assert client.post(f"{made}/drift", data={"event": "no.such"}).status_code == 422
    assert client.post(f"{made}/drift", data={"leave": "yes"}).status_code == 303
    page = client.get(f"{made}/drift").text
    assert "new event" not in page and "Left out of Growing" in page and "c.made" in page
    other = site.made["flow"]
    assert client.post(f"{other}/drift", data={"leave": "yes"}).status_code == 404
    assert client.post(f"{other}/drift", data={"event": "a.made"}).status_code in (404, 422)


def test_a_document_of_either_kind_is_looked_at_and_says_what_it_lost(
    site: Site, client: httpx.Client
) -> None:
    def webhook(schema: Any) -> Any:
        return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}

    webhooks = {
        kind: webhook({"properties": {"event": {"const": kind}, "id": {"$ref": "#/gone"}}})
        for kind in ("order.paid", "order.sent")
    }
    webhooks["other"] = webhook({"type": "object"})
    text = json.dumps({"openapi": "3.1.0", "info": {}, "webhooks": webhooks})
    seen = add(site, client, way="document", do="look", name="opened", title="", text=text)
    assert re.search(r'name="discriminator"[^>]*value="trigger.body.event"', seen.text)
    assert "1 warning<" in flat(seen.text) and "<code>#/gone</code> leads nowhere" in seen.text
    assert "cannot be distinguished from other events" in seen.text
    found = {"title": "Shop <i>", "discriminator": "trigger.body.event"}
    made = add(site, client, way="document", name="opened", text=text, **found)
    page = client.get(made.headers["location"]).text
    assert "Shop &lt;i&gt;" in page and "1 of 3 events cannot be distinguished from others" in flat(page)
    form = client.get(f"{site.base}/handler-flows/new?catalogue=opened").text
    assert re.search(r'value="other" disabled', form) and "0 chosen" in flat(form)


def test_a_handler_flow_is_generated_for_some_projects_only(site: Site, client: httpx.Client) -> None:
    path = f"{site.base}/handler-flows/new"
    assert 'name="only.projects"' in client.get(f"{path}?catalogue=switchyard").text
    form = {"catalogue": "switchyard", "event": ["flow.published"], "scheme": "none", "name": "Some projects",
            "only.projects": "prj_a,  prj_b", "only.flows": ""}  # fmt: skip
    made = client.post(path, data=form)
    assert made.status_code == 303
    flow = client.get(f"{made.headers['location']}/export").json()
    assert flow["steps"]["only_for"]["branches"][0]["name"] == "projects: prj_a, prj_b"
    refused = client.post(path, data={**form, "only.projects": "x" * 300})
    assert refused.status_code == 422 and "x" * 300 in refused.text
