"""No form field, query parameter or body leads into another project: nothing there is shown or changed.

The paths of routes are tested by `test_roles`; here are the ids and names that stand elsewhere. Each form
stands in `page_forms`, and what the API reads is in its document: a name that is not in the tables below
fails a test, so that whoever adds a field says whether it names a thing. What else a form or a page reads is
noted as it is read, and attacked as well.
"""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import SQLModel
from starlette.datastructures import FormData, ImmutableMultiDict, QueryParams

from engine.base.actor import Actor, Role
from engine.store.tx import Tx
from tests.acceptance.fixtures import Case, PlatformAdmin
from tests.acceptance.page_forms import COMMANDS, FORMS

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARK = "v1ctim-content"
"""In all that the other project holds."""

REFERENCES: dict[str, tuple[str, ...]] = {
    "branch": ("branch",),
    "catalogue": ("catalogue",),
    "connection": ("connection", "connection_id"),
    "event": ("event_id",),
    "event_id": ("event_id",),
    "flow": ("flow_id",),
    "flow_id": ("flow_id",),
    "folder": ("folder_id",),
    "ids": ("rejected_id", "held_id"),
    "in.connection": ("connection",),
    "left": ("flow_id",),
    "next": ("next",),
    "panel": ("step",),
    "passed": ("run_id",),
    "results_of": ("run_id",),
    "q": ("run_id", "flow_id"),
    "request": ("rejected_id",),
    "run": ("run_id",),
    "sample": ("sample",),
    "step": ("step",),
    "text": ("run_id", "event_id"),
    "to": ("folder_id",),
    "topic": ("topic",),
    "undo": ("flow_id",),
    "user": ("user_id",),
    "user_id": ("user_id",),
    "who": ("user_id",),
}
"""Fields and parameters that name a thing, and what to name with them."""


class Victim:
    """A project with one of each thing, all of which hold the mark."""

    def __init__(self, instance: Any) -> None:
        self.instance = instance
        self.ids: dict[str, str] = {}

    async def fill(self) -> "Victim":
        home = self.instance
        project = await home.sy.access.projects.create(Actor.system(), MARK)
        self.instance = theirs = replace(home, project=project, key=await home.key_of(Role.admin, project))
        api, ids = theirs.api, self.ids
        ids["project_id"] = project.id
        user, _ = await home.sy.access.users.create(Actor.system(project.id), "their@example.com", MARK)
        await home.sy.access.projects.add_member(Actor.system(project.id), user.email, Role.editor)
        ids["user_id"] = user.id
        ids["folder_id"] = (await api("POST", "/folders", {"name": MARK}, 201))["id"]
        fields = {"name": "their-connection", "piece": "webhook", "fields": {"secret": MARK}}
        ids["connection"] = fields["name"]  # type: ignore[assignment]
        ids["connection_id"] = (await api("POST", "/connections", fields, 201))["id"]
        catalogue = {"name": "theirs", "title": MARK, "samples": [{"type": "a", "text": MARK}]}
        ids["catalogue"] = (await api("POST", "/catalogues", catalogue, 201))["name"]
        to = {"name": MARK, "kind": "topic", "url": "theirs", "events": ["*"]}
        ids["destination_id"] = (await api("POST", "/destinations", to, 201))["id"]
        flow = await theirs.publish(self.flow())
        ids |= {"flow_id": flow["id"], "sample": "their-sample", "step": "their_step", "topic": "theirs"}
        await api("PATCH", f"/flows/{flow['id']}", {"folder": ids["folder_id"]})
        sent = await theirs.send(flow["id"], {"kind": "no branch", "text": MARK})
        ids["run_id"] = (await theirs.ended(sent.json()["run_id"]))["id"]
        ids["delivery_id"] = (await theirs.first(f"/destinations/{ids['destination_id']}/deliveries"))["id"]
        ids["event_id"] = (await api("GET", "/events"))["data"][0]["id"]
        for choice, name, of in (
            ("hold", "held_id", "holding_id"),
            ("reject", "rejected_id", "rejecting_id"),
        ):
            unrun = await theirs.publish(self.flow(while_disabled=choice))
            await api("POST", f"/flows/{unrun['id']}/disable", {})
            await theirs.send(unrun["id"], {"text": MARK})
            ids[name] = (await theirs.first(f"/{name.removesuffix('_id')}", flow_id=unrun["id"]))["id"]
            ids[of] = unrun["id"]
        # What stands for several of a kind, or in another form.
        ids["next"] = f"/p/{project.id}/rejected?flow={ids['rejecting_id']}"
        ids |= {"branch": "their_step/0"}
        return self

    def flow(self, **input: Any) -> dict[str, Any]:
        given = {"verify": {"scheme": "none"}, **input}
        return {
            "format": 1, "name": MARK, "description": MARK, "start": "their_step",
            "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch", "input": given}],
            "samples": {"their-sample": {"body": {"text": MARK}}},
            "steps": {"their_step": {
                "type": "router", "title": MARK, "key": "trigger.body.kind", "next": None,
                "branches": [{"name": MARK, "case": ["a"], "next": None}],
            }},
            "notes": [{"text": MARK, "step": "their_step"}],
        }  # fmt: skip

    async def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that is the project's, and all that is connected with it."""
        ours = frozenset(id for name, id in self.ids.items() if name.endswith("_id"))

        def read(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
            return {
                table: [row for row in tx.execute(f"SELECT * FROM {table}") if not ours.isdisjoint(row)]
                for table in sorted(SQLModel.metadata.tables)
            }

        return await self.instance.sy.db.read(read)


class Scene(PlatformAdmin):
    """Somebody who may do everything in one project, and nothing in the other."""

    def __init__(self, instance: Any) -> None:
        super().__init__(instance)
        self.victim = Victim(instance)
        self.read: defaultdict[str, set[str]] = defaultdict(set)
        """What each path has read of forms and queries."""

    @contextmanager
    def noting(self, path: str) -> Iterator[None]:
        names = self.read[path]

        def noted(method: Callable[..., Any]) -> Callable[..., Any]:
            def call(data: Any, name: Any) -> Any:
                if isinstance(data, FormData | QueryParams):
                    names.add(str(name))
                return method(data, name)

            return call

        with pytest.MonkeyPatch.context() as patch:
            for method in ("__getitem__", "__contains__", "getlist"):
                patch.setattr(ImmutableMultiDict, method, noted(getattr(ImmutableMultiDict, method)))
            yield

    async def attack(self, where: str, method: str, address: str, **sent: Any) -> list[str]:
        """What of the other project a request shows or changes, also on the page that it leads to."""
        before = await self.victim.rows()
        with self.noting(where):
            answer = await self.ask(method, address, **sent)
        shown = answer.text
        if answer.is_redirect:
            shown += (await self.ask("GET", answer.headers["location"])).text
        found = [f"{where} {sent} shows {MARK}"] if MARK in shown else []
        after = await self.victim.rows()
        changed = [table for table in after if after[table] != before[table]]
        return found + ([f"{where} {sent} changes {changed}"] if changed else [])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(instance: Any) -> AsyncIterator[Scene]:
    desk = Scene(instance)
    await desk.prepare()
    await desk.victim.fill()
    cookie = await instance.cookie_of("mallory@example.com", Role.admin)
    desk.headers["Cookie"] = f"switchyard_session={cookie}"
    await desk.settled()
    yield desk


def of_project(path: str) -> bool:
    return path.startswith("/p/{project_id}")


async def attack_form(desk: Scene, case: Case) -> list[str]:
    """Name things of the other project in each field of a form that names one, one after the other."""
    found: list[str] = []
    form = await desk.form(case)
    todo = [name for name in form if name in REFERENCES]
    done: set[str] = set()
    while todo:
        name = todo.pop(0)
        done.add(name)
        for kind in REFERENCES[name]:
            sent = {**form, name: desk.victim.ids[kind]}
            found += await desk.attack(case.path, "POST", desk.at(case), data=sent)
        todo += sorted((desk.read[case.path] & REFERENCES.keys()) - done - set(todo))
    return found


async def test_no_field_of_a_form_leads_into_another_project(scene: Scene) -> None:
    found: list[str] = []
    for case in scene.cases():
        if of_project(case.path):
            found += await attack_form(scene, case)
    bulk = f"/p/{scene.ids['project_id']}/flows/bulk"
    for deed in ("enable", "disable", "delete", "move", "add_tag", "remove_tag", "export"):
        for flow, folder in (("flow_id", "none"), ("holding_id", "none")):
            sent = {"do": deed, "flow": [scene.ids["flow_id"], scene.victim.ids[flow]], "to": folder,
                    "with": "x", "sure": "yes"}  # fmt: skip
            found += await scene.attack(bulk, "POST", bulk, data=sent)
    for deed in ("retry", "cancel", "dismiss", "admit", "admit_all", "delete"):
        for page, field in (("runs", "run"), ("rejected", "request")):
            at = f"/p/{scene.ids['project_id']}/{page}"
            ids = {"run": "run_id", "request": "rejected_id"}
            sent = {"do": deed, field: scene.victim.ids[ids[field]], "next": scene.victim.ids["next"]}
            found += await scene.attack(at, "POST", at, data=sent)
    assert found == []


async def test_no_parameter_of_a_page_leads_into_another_project(scene: Scene) -> None:
    found: list[str] = []
    for route in scene.pages():
        if not of_project(route.path):
            continue
        address = scene.address(route)
        found += await scene.attack(route.path, "GET", address)
        for name in sorted(scene.read[route.path] & REFERENCES.keys()):
            for kind in REFERENCES[name]:
                found += await scene.attack(route.path, "GET", address, params={name: scene.victim.ids[kind]})
    assert found == []


async def test_every_field_of_a_form_is_in_the_table() -> None:
    forms = (*FORMS.values(), *COMMANDS.values())
    assert {name for form in forms for name in form} - REFERENCES.keys() - PLAIN == set()


PLAIN = frozenset((
    "add", "admin", "again", "as.in.sample", "beside", "body", "case", "case.new", "clipboard", "code",
    "color", "concurrency", "current", "cursor", "days", "dedupe", "definition", "description",
    "discriminator", "do", "email", "enable", "enabled", "field", "field.bot_token", "field.hosts",
    "field.kind", "field.secret", "field.username", "format", "group", "has.case", "has.skip", "header",
    "header_name", "header_value", "here", "in.sample", "in.value", "key.delete_steps", "kind", "kinds",
    "moved", "name", "new_name", "note", "on_error", "only", "option.batch_size", "option.concurrency",
    "option.disable_after_h", "option.order_key", "option.rate_per_s", "option.timeout_s", "order_key",
    "overlap_h", "password", "pattern", "pick", "piece", "place", "plain", "platform_admin",
    "quiet_minutes", "replace", "retry.attempts", "retry.factor", "retry.first_delay", "retry.max_delay",
    "revision", "role", "router", "row", "row.0.0.field", "row.0.0.operator", "row.0.0.value", "scheme",
    "secret", "since", "skip", "status", "steps", "sure", "switch", "tag", "tags", "theme", "time_zone",
    "timeout", "title", "trigger", "until", "url.file", "url.topic", "verification", "version", "way",
    "which", "with",
))  # fmt: skip
"""Fields of forms that name no thing, or one within the flow that the path names."""


# -- the API ------------------------------------------------------------------------------------------


API_REFERENCES: dict[str, tuple[str, ...]] = {
    "catalogue": ("catalogue",),
    "event_id": ("event_id",),
    "flow_id": ("flow_id", "holding_id", "rejecting_id"),
    "folder": ("folder_id",),
    "ids": ("rejected_id", "held_id"),
    "learn_from": ("flow_id",),
    "sample": ("sample",),
    "user_id": ("user_id",),
}
"""Fields and parameters of the API that name a thing. Besides them `part.results_of`; the `url` of a
destination that is a flow, and what a definition names, are attacked in `test_crossing_names`."""

API_PLAIN = frozenset(
    [
        "action",
        "admitted",
        "args",
        "asyncapi",
        "command",
        "credentials",
        "cursor",
        "definition",
        "discriminator",
        "email",
        "enable",
        "environment",
        "event",
        "events",
        "fields",
        "force",
        "format",
        "from_failed",
        "headers",
        "hours",
        "kind",
        "kinds",
        "label",
        "limit",
        "mask",
        "name",
        "no_action",
        "note",
        "only",
        "openapi",
        "options",
        "overlap_h",
        "part",
        "piece",
        "platform_admin",
        "publish",
        "quiet_minutes",
        "reason",
        "revision",
        "role",
        "samples",
        "search",
        "second_factor",
        "since",
        "source",
        "status",
        "tag",
        "tags",
        "text",
        "title",
        "unrouted",
        "until",
        "url",
        "variant",
        "vendor",
        "verification",
        "verify",
        "verify_note",
        "version",
    ]
)


def parts_of(document: Any) -> Iterator[tuple[str, str, Any, set[str], set[str]]]:
    """Method, path, facts, parameters and fields of the body of each operation."""
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, facts in methods.items():
            given = facts.get("parameters", ())
            query = {one["name"] for one in given if one.get("in") == "query"}
            schema = (
                facts.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            )
            body = set()
            for one in (schema, *schema.get("anyOf", ())):
                found = schemas[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
                body |= found.get("properties", {}).keys()
            yield method.upper(), path, facts, query, body


async def document_of(desk: Scene) -> Any:
    return (await desk.instance.http.get("/openapi.json")).json()


async def test_every_field_and_parameter_of_the_api_is_in_the_table(scene: Scene) -> None:
    known = API_REFERENCES.keys() | API_PLAIN
    found = {name for *_, query, body in parts_of(await document_of(scene)) for name in query | body}
    assert found - known == set() and known - found == set()


async def test_no_field_and_no_parameter_of_the_api_leads_into_another_project(
    scene: Scene, good_body: Any
) -> None:
    document = await document_of(scene)
    wrong: list[str] = []
    for method, path, facts, query, body in parts_of(document):
        if path.startswith("/api/v1/platform"):
            continue
        address = re.sub(r"{(\w+)}", lambda found: scene.ids.get(found[1], "x"), path)
        good = good_body(facts, document["components"]["schemas"]) or {}
        for name in sorted(query & API_REFERENCES.keys()):
            for kind in API_REFERENCES[name]:
                wrong += await attack_api(scene, method, address, params={name: scene.victim.ids[kind]})
        for name in sorted(body & API_REFERENCES.keys()):
            for kind in API_REFERENCES[name]:
                value = scene.victim.ids[kind]
                sent = {"name": "crossing", name: value} if name == "learn_from" else {**good, name: value}
                sent |= {"ids": [value]} if name == "ids" else {}
                sent |= {"flow_id": scene.victim.ids["holding_id"]} if path.endswith("/discard") else {}
                wrong += await attack_api(scene, method, address, json=sent)
    part = {"step": "x", "results_of": scene.victim.ids["run_id"]}
    test = f"/api/v1/flows/{scene.ids['flow_id']}/test"
    wrong += await attack_api(scene, "POST", test, json={"part": part})
    assert wrong == []


async def attack_api(desk: Scene, method: str, address: str, **sent: Any) -> list[str]:
    before = await desk.victim.rows()
    answer = await desk.instance.http.request(method, address, headers=desk.api_headers, **sent)
    assert answer.status_code < 500, f"{method} {address} {sent}: {answer.text}"
    found = [f"{method} {address} {sent} shows {MARK}: {answer.text[:300]}"] if MARK in answer.text else []
    after = await desk.victim.rows()
    changed = [table for table in after if after[table] != before[table]]
    return found + ([f"{method} {address} {sent} changes {changed}"] if changed else [])
