"""A platform admin with one of each thing, and the good form of each route to send about them."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from engine.base.actor import Actor, Role
from engine.base.ids import new_id
from engine.store.tx import Tx
from tests.acceptance.page_forms import COMMANDS, FORMS, Fields, own_part
from tests.support.waiting import quiet, stored

OURS = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "a quite unusual phrase 42"
PUBLIC = ("/sign-in", "/sign-out", "/setup", "/invitations")
"""Forms of those who are not signed in yet."""
CATALOGUE = {"samples": [{"type": "a"}, {"type": "b"}]}
DEFINITION = {
    "format": 1, "name": "First", "samples": {"s": {"body": {"kind": "a", "n": 1}}},
    "triggers": [
        {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}},
        {"name": "subscribe", "piece": "topic", "trigger": "subscribe", "input": {"topic": "orders"}},
    ],
    "start": "r",
    "steps": {
        "r": {"type": "router", "key": "trigger.body.kind", "next": "x",
              "branches": [{"name": "A", "case": ["a"], "next": "later"}, {"name": "B", "case": ["b"]}]},
        "later": {"type": "action", "piece": "delay", "action": "delay_for",
                  "input": {"duration": 9, "unit": "days"}},
        "x": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": "y"},
        "y": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 2}, "next": "tell"},
        "tell": {"type": "action", "piece": "slack", "action": "send_message", "skip": True,
                 "connection": "team-slack", "input": {"channel": "#a", "text": "b"}, "next": "call"},
        "call": {"type": "action", "piece": "http", "action": "request", "skip": True,
                 "connection": "desk", "input": {"url": "https://127.0.0.1:9/"}},
    },
    "notes": [{"text": "n", "step": "x"}],
}  # fmt: skip


class Case:
    """One form: a route, and for a command of the editor its name."""

    def __init__(self, route: Any, fields: Fields, **ids: str) -> None:
        self.route, self.fields, self.ids = route, fields, ids

    @property
    def path(self) -> str:
        return str(self.route.path)

    def __repr__(self) -> str:
        return self.path + (f" {self.ids}" if self.ids else "")


async def _rows(page: Callable[[], Awaitable[Any]]) -> Any:
    return (await page()).data


class PlatformAdmin:
    """Somebody who may do everything, at an instance that has one of each thing."""

    def __init__(self, instance: Any) -> None:
        self.instance = instance
        self.ids: dict[str, str] = {}
        self.headers: dict[str, str] = {}

    async def prepare(self) -> "PlatformAdmin":
        instance = self.instance
        cookie = await instance.cookie_of("boss@example.com", "admin", platform=True)
        await instance.cookie_of("member@example.com", "viewer")
        self.headers = {**OURS, "Accept": "text/html", "Cookie": f"switchyard_session={cookie}"}
        self.ids |= {"project_id": instance.project.id, "password": PASSWORD, "number": "1", "branch": "0",
                     "template": "escalation", "topic": "orders", "trigger": "webhook", "command": "put",
                     "step": "x", "page": "webhook"}  # fmt: skip
        to = {"name": "Asked", "url": "https://127.0.0.1:9/", "events": ["piece.broken"]}
        asked = await instance.sy.destinations.create(
            self.system, instance.project.id, {**to, "kind": "webhook", "verification": "ping"}
        )
        platform = await instance.sy.destinations.create(Actor.system(), None, {
            **to, "url": "https://127.0.0.1:8/", "kind": "webhook", "verification": "ping"
        })  # fmt: skip
        self.ids |= {"asked_id": asked.record.id, "asked_of_platform_id": platform.record.id}
        slack = {"name": "team-slack", "piece": "slack", "fields": {"bot_token": "xoxb-1"}}
        await instance.api("POST", "/connections", slack, 201)
        desk = {
            "name": "desk",
            "piece": "http",
            "fields": {"kind": "bearer", "secret": "t", "hosts": ["127.0.0.1:1"]},
        }
        self.ids["desk_id"] = (await instance.api("POST", "/connections", desk, 201))["id"]
        await self.renew()
        return self

    @property
    def system(self) -> Actor:
        return Actor.system(self.instance.project.id)

    # -- things -------------------------------------------------------------------------------------

    async def renew(self, path: str = "") -> None:
        """One new of each thing that a form may use up; of those only that a route's path is about."""
        number = new_id("x")[2:]
        self.ids["fresh"] = f"a{number[-20:]}"
        if not path or "/destinations" in path:
            await self._destinations(f"F {number}")
        if not path or "/rejected" in path or "/held" in path:
            self.ids |= await self.instance.unrun()
        if not path or "/flows/" in path or "/runs/" in path:
            await self._flow()
        if not path or ("{flow_id}" not in path and "{destination_id}" not in path):
            await self._small(number)
        await self.settled()

    async def _small(self, number: str) -> None:
        sy, api = self.instance.sy, self.instance.api
        self.ids["email"] = f"{number}@example.com"
        _, self.ids["token"] = await sy.access.users.create(self.system, self.ids["email"], "New")
        self.ids["guest"] = f"guest-{number}@example.com"
        await sy.access.users.create(self.system, self.ids["guest"], "Guest")
        member = f"member-{number}@example.com"
        self.ids["user_id"] = (await sy.access.users.create(self.system, member, "Member"))[0].id
        await sy.access.projects.add_member(self.system, member, Role.viewer)
        accounts, sessions = sy.access.accounts, sy.access.sessions
        opened = await accounts.sign_in("boss@example.com", PASSWORD)
        boss = (await sessions.visit(opened)).actor
        listed = await sessions.list(str(boss.user_id), opened)
        self.ids["session_id"] = next(session.id for session in listed if session.current)
        invitations = sy.access.invitations
        invited, self.ids["invitation"] = await invitations.create(
            self.system, f"i{number}@example.com", "viewer"
        )
        self.ids["invitation_id"] = invited.id
        self.ids["platform_key_id"] = (await sy.access.keys.create_platform(Actor.system(), "k"))[0].id
        self.ids["key_id"] = (await sy.access.keys.create(self.system, "k", Role.viewer))[0].id
        kept = {"name": f"kept-{number[-20:]}", "piece": "webhook", "fields": {"secret": "s"}}
        self.ids["connection_id"] = (await api("POST", "/connections", kept, 201))["id"]
        for old in (await api("GET", "/catalogues"))["data"]:
            if old["own"]:
                await api("DELETE", f"/catalogues/{old['name']}", status=204)
        self.ids["catalogue"] = f"c{number[-20:]}"
        await api("POST", "/catalogues", {**CATALOGUE, "name": self.ids["catalogue"]}, 201)
        self.ids["folder_id"] = (await api("POST", "/folders", {"name": f"S {number}"}, 201))["id"]

    async def _flow(self) -> None:
        """A flow that was published, with a run that ended and one that waits, edits on both sides; and one
        that was deleted."""
        api = self.instance.api
        flow = await self.instance.publish(DEFINITION)
        at = f"/flows/{flow['id']}"
        run = await api("POST", f"{at}/test", {"event": {"body": {"kind": "new"}}}, 202)
        await self.instance.ended(run["run_id"])
        waits = await api("POST", f"{at}/test", {"sample": "s"}, 202)
        for name in ("Second", "Third"):
            revision = (await api("GET", at))["revision"]
            edit = {"command": "set_name", "args": {"name": name}, "revision": revision}
            await api("POST", f"{at}/commands", edit)
        await api("POST", f"{at}/undo", {"revision": (await api("GET", at))["revision"]})
        gone = await api("POST", "/flows", {"format": 1, "name": "Gone"}, 201)
        await api("DELETE", f"/flows/{gone['id']}", status=204)
        self.ids |= {"flow_id": flow["id"], "run_id": run["run_id"], "waiting_id": waits["run_id"],
                     "deleted_id": gone["id"]}  # fmt: skip

    async def _destinations(self, name: str) -> None:
        """One of the project and one of the platform, each told of a folder and of nothing since."""
        sy, made = self.instance.sy, {}
        to = {
            "name": name,
            "kind": "file",
            "url": "own.jsonl",
            "events": ["folder.created"],
            "verification": "none",
        }
        of_platform = {**to, "url": "platform.jsonl"}
        for scope, actor, spec in (
            (self.ids["project_id"], self.system, to),
            (None, Actor.system(), of_platform),
        ):
            made[scope] = (await sy.destinations.create(actor, scope, spec)).record.id
        folder = await self.instance.api("POST", "/folders", {"name": name}, 201)
        for scope, id in made.items():
            delivered = partial(sy.destinations.deliveries, scope, id, status="delivered")
            found = await stored(sy.db, partial(_rows, delivered))
            actor = self.system if scope else Actor.system()
            await sy.destinations.update(actor, scope, id, {"events": ["piece.broken"]})
            kind = "" if scope else "_of_platform"
            self.ids |= {f"destination{kind}_id": id, f"delivery{kind}_id": found[0].id,
                         "event_id": found[0].event_id}  # fmt: skip
        await self.instance.api("DELETE", f"/folders/{folder['id']}", status=204)

    async def settled(self) -> dict[str, int]:
        """How many rows each table has, once nothing is at work any more."""

        def open_(tx: Tx) -> int:
            sql = (
                "SELECT (SELECT count(*) FROM runs WHERE status IN ('queued', 'running'))"
                " + (SELECT count(*) FROM deliveries WHERE status = 'pending')"
                " + (SELECT count(*) FROM replays WHERE state = 'running')"
            )
            return int(tx.execute(sql).fetchone()[0])

        async def nothing_open() -> bool:
            return not await self.instance.sy.db.read(open_)

        before = None
        while True:
            await stored(self.instance.sy.db, nothing_open)
            await quiet(self.instance.sy.db)
            rows = await self.instance.rows()
            if rows == before:
                return dict(rows)
            before = rows

    # -- forms --------------------------------------------------------------------------------------

    def cases(self) -> Iterator[Case]:
        for route in self.posts():
            if route.path.endswith("/commands/{command}"):
                for command, fields in COMMANDS.items():
                    yield Case(route, {"revision": "{revision}", **fields}, command=command)
            else:
                yield Case(
                    route, FORMS[own_part(route.path).replace("/triggers/{step}", "/triggers/{trigger}")]
                )

    def address(self, route: Any, **ids: str) -> str:
        """Where a route is, for the things there are; `ids` names others."""
        return re.sub(
            r"{(\w+)(:\w+)?}", lambda found: ids.get(found[1], self._id(route, found[1])), route.path
        )

    def _id(self, route: Any, name: str) -> str:
        path, post = route.path, "POST" in route.methods
        if path.startswith("/platform") and name in ("destination_id", "delivery_id"):
            name = name.replace("_id", "_of_platform_id")
        if path.startswith("/platform/api-keys") and name == "key_id":
            name = "platform_key_id"
        if path.startswith("/invitations"):
            name = "invitation"
        if path.endswith("/verify"):
            name = name.replace("destination", "asked")
        if "/held/flows/" in path:
            name = name.replace("flow", "holding")
        if path.endswith("/cancel") and name == "run_id":
            name = "waiting_id"
        if "/triggers/{step}" in path and name == "step":
            name = "trigger"
        if "/steps/{step}/branches" in path and name == "step":
            return "r"
        if path.endswith("/steps/{step}/connection") and name == "step":
            return "tell"
        return "1" if name == "number" and post else self.ids[name]

    async def form(self, case: Case) -> Fields:
        """The good form of a case, about the things there are now."""
        known = dict(self.ids)
        if any("{revision}" in value for value in case.fields.values()):
            flow = await self.instance.sy.flows.get(self.ids["project_id"], self.ids["flow_id"])
            known["revision"] = str(flow.revision)
        return {name: re.sub(r"{([a-z_]+)}", lambda found: known[found[1]], value)
                for name, value in case.fields.items()}  # fmt: skip

    def at(self, case: Case) -> str:
        return self.address(case.route, **case.ids)

    # -- routes -------------------------------------------------------------------------------------

    def posts(self) -> Iterator[Any]:
        for route in self.instance.app.routes:
            if route.by == "session" and "POST" in route.methods:
                yield route

    def pages(self) -> Iterator[Any]:
        for route in self.instance.app.routes:
            if route.by == "session" and "GET" in route.methods and not route.path.endswith("/stream"):
                yield route

    async def everything(self) -> AsyncIterator[tuple[str, bytes]]:
        """Every page and every answer of the API that can be asked for, headers included, about the things
        there are."""
        for route in self.pages():
            yield f"page {route.path}", await self.content(self.address(route), self.headers)
        for route in self.instance.app.routes:
            if route.by == "key" and "GET" in route.methods:
                yield f"API {route.path}", await self.content(self.api_address(route), self.api_headers)

    @property
    def api_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.instance.key}"}

    def api_address(self, route: Any) -> str:
        """Where a route of the API is, for the things there are."""
        ids = {**self.ids, "name": self.ids["topic"]}
        return re.sub(r"{(\w+)(:\w+)?}", lambda found: ids.get(found[1], "1"), route.path)

    async def content(self, address: str, headers: dict[str, str]) -> bytes:
        """What comes back from an address, whatever the status, but never our own failure."""
        answer = await self.instance.http.get(address, headers=headers)
        self.instance.http.cookies.clear()
        assert answer.status_code < 500, f"{address}: {answer.text[:500]}"
        return b"\n".join([answer.content, *(value for _, value in answer.headers.raw)])

    async def ask(self, method: str, address: str, *, signed_in: bool = True, **sent: Any) -> Any:
        """The answer: never our own failure, never a way out of here, and refused with a page."""
        headers = {**self.headers, **sent.pop("headers", {})}
        if not signed_in:
            del headers["Cookie"]
        answer = await self.instance.http.request(method, address, headers=headers, **sent)
        self.instance.http.cookies.clear()
        what = f"{method} {address[:200]} {str(sent)[:300]}: {answer.status_code}"
        assert answer.status_code < 500, f"{what} {answer.text[:1000]}"
        if answer.is_redirect:
            there = urlsplit(answer.headers["location"])
            assert not there.netloc, f"{what} leads to {there.geturl()}"
            assert answer.headers["location"].startswith("/")
            assert not answer.headers["location"].startswith("//")
        elif answer.status_code >= 400:
            assert answer.headers["content-type"].startswith("text/html"), what
            for inside in ("Traceback", 'File "', "sqlite", "jinja2"):
                assert inside not in answer.text, what
        return answer
