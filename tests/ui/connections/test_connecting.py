"""A person connects a connection at a service that gives tokens, and comes back; runs then use the token."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from engine.base.actor import Role
from tests.support.html import flat
from tests.support.oauth_server import CLIENT_ID, CLIENT_SECRET, Provider, providing

pytestmark = pytest.mark.slow  # each test has an instance, a provider and three people who sign in

COOKIE = "switchyard_session"
OURS = {"Sec-Fetch-Site": "same-origin"}
Answer = httpx.Response


@dataclass
class Scene:
    """An instance, a provider, and browsers of some people."""

    instance: Any
    provider: Provider
    browsers: dict[str, httpx.AsyncClient]
    outside: httpx.AsyncClient
    base: str = ""

    def form(
        self, name: str = "desk", kind: str = "oauth2_authorization_code", **more: str
    ) -> dict[str, str]:
        fields = {
            "kind": kind, "authorize_url": f"{self.provider.url}/authorize?prompt=consent",
            "token_url": f"{self.provider.url}/token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "hosts": "127.0.0.1",
            "scopes": "a b", "client_auth": "body", "parameters": "audience=us&state=evil", **more,
        }  # fmt: skip
        return {"piece": "http", "name": name, **{f"field.{key}": value for key, value in fields.items()}}

    async def post(self, path: str, who: str = "ann", **form: str) -> Answer:
        return await self.browsers[who].post(self.base + path, data=form, headers=OURS)

    async def get(self, path: str, who: str = "ann") -> Answer:
        path = path if path.startswith(("/p/", "/oauth")) else self.base + path
        return await self.browsers[who].get(path)

    async def made(self, **more: str) -> str:
        """The path of a new connection, below the project's."""
        answer = await self.browsers["ann"].post(
            f"{self.base}/connections", data=self.form(**more), headers=OURS
        )
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].removeprefix(self.base).partition("?")[0]

    async def sent(self, path: str, who: str = "ann") -> str:
        """Press Connect and agree (or not) at the provider: where that sends the browser."""
        there = await self.get(f"{path}/connect", who)
        assert there.status_code == 303, there.text
        assert there.headers["referrer-policy"] == "same-origin"  # the provider learns of no page of ours
        back = await self.outside.get(there.headers["location"])
        assert back.status_code == 302, back.text
        return back.headers["location"].removeprefix("http://test")

    async def arrive(self, address: str, who: str = "ann") -> Answer:
        """Follow our own redirects from an address that the provider sent the browser to."""
        answer = await self.browsers[who].get(address, follow_redirects=True)
        assert answer.url.host == "test"
        return answer

    async def run(self, name: str = "desk", times: int = 1, **step: Any) -> list[Any]:
        flow = await self.instance.publish({
            "format": 1, "name": "Ask", "start": "ask",
            "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                          "input": {"verify": {"scheme": "none"}}}],
            "steps": {"ask": {"type": "action", "piece": "http", "action": "request", "connection": name,
                              "input": {"url": f"{self.provider.url}/api/x"}, "next": None, **step}},
        })  # fmt: skip
        answers = await asyncio.gather(*(self.instance.send(flow["id"], {"n": n}) for n in range(times)))
        return await asyncio.gather(*(self.instance.ended(one.json()["run_id"]) for one in answers))

    async def state(self, path: str) -> Any:
        return await self.instance.api("GET", path)

    async def everything_said(self) -> str:
        """All that people and machines may read: pages, the API, events, exports."""
        texts = []
        api = ["/connections", "/runs", "/events", "/flows"]
        for one in api:
            texts.append(json.dumps(await self.instance.api("GET", one)))
        for flow in (await self.instance.api("GET", "/flows"))["data"]:
            texts.append(await self.instance.api("GET", f"/flows/{flow['id']}/export"))
        for run in (await self.instance.api("GET", "/runs"))["data"]:
            texts.append(json.dumps(await self.instance.api("GET", f"/runs/{run['id']}")))
            texts.append((await self.get(f"/runs/{run['id']}")).text)
        for one in (await self.instance.api("GET", "/connections"))["data"]:
            texts.append((await self.get(f"/connections/{one['id']}")).text)
        texts += [(await self.get(path)).text for path in ("/connections", "/events")]
        return "\n".join(texts)


Serve = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
async def s(tmp_path: Path, serve: Serve) -> AsyncIterator[Scene]:
    networks = (ip_network("127.0.0.0/8"),)
    async with (
        serve(tmp_path / "data", public_url="http://test", egress_allow=networks) as instance,
        providing() as provider,
        httpx.AsyncClient(verify=False) as outside,
    ):
        people = {"ann": Role.admin, "bob": Role.admin, "eve": Role.editor}
        browsers = {}
        for name, role in people.items():
            cookie = await instance.cookie_of(f"{name}@example.com", role)
            transport = httpx.ASGITransport(instance.app)
            browsers[name] = httpx.AsyncClient(
                transport=transport, base_url="http://test", cookies={COOKIE: cookie}
            )
        yield Scene(instance, provider, browsers, outside, f"/p/{instance.project.id}")
        for browser in browsers.values():
            await browser.aclose()


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def changed(address: str, **changes: str | None) -> str:
    query = {**query_of(address), **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{urlsplit(address).path}?{urlencode(kept)}"


def arrived(answer: Answer) -> bool:
    return answer.url.query == b"connected=1" and "<b>Connected</b>" in answer.text


def refused(answer: Answer) -> bool:
    return answer.url.query == b"refused=state" and "Could not connect" in answer.text


# -- there and back --------------------------------------------------------------------------------------


async def test_a_person_connects_and_runs_carry_the_token(s: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "switchyard")
    path = await s.made()
    page = await s.get(path)
    assert "http://test/oauth/callback" in page.text and "not connected" in page.text
    assert f'href="{s.base}{path}/connect"' in page.text
    (run,) = await s.run()
    assert (run["status"], run["error"]["kind"]) == ("failed", "auth_error")
    assert "Connect “desk” first" in run["error"]["message"]

    there = (await s.get(f"{path}/connect")).headers["location"]
    asked = query_of(there)
    assert asked == asked | {
        "prompt": "consent", "audience": "us", "response_type": "code", "client_id": CLIENT_ID,
        "redirect_uri": "http://test/oauth/callback", "scope": "a b", "code_challenge_method": "S256",
    }  # fmt: skip
    assert all(len(values) == 1 for values in parse_qs(urlsplit(there).query).values())
    assert len(asked["code_challenge"]) == 43 and asked["state"] != "evil"

    back = await s.arrive(await s.sent(path))
    assert back.status_code == 200 and "Connected" in back.text and "code=" not in str(back.url)
    shown = await s.state(path)
    assert shown["status"] == "works"
    assert shown["oauth2"] == shown["oauth2"] | {
        "by_person": True, "connected": True, "renewable": True, "scope": "a b",
    }  # fmt: skip
    (run,) = await s.run()
    assert run["status"] == "succeeded", run["error"]
    (access,) = s.provider.valid
    assert s.provider.calls == [access]
    said = await s.everything_said() + caplog.text
    assert not [secret for secret in s.provider.secrets if secret in said]
    events = await s.instance.api("GET", "/events?action=connection.upserted")
    assert [one["data"]["connection"]["status"] for one in events["data"]][:1] == ["WORKS"]


async def test_a_service_that_wants_the_secret_in_the_header_gets_it_there(s: Scene) -> None:
    s.provider.client_auth = "header"
    path = await s.made(client_auth="header")
    assert "Connected" in (await s.arrive(await s.sent(path))).text
    assert "client_id" not in s.provider.asked[0]


async def test_a_public_client_needs_no_secret(s: Scene) -> None:
    s.provider.client_auth = "none"
    path = await s.made(client_secret="")
    assert "Connected" in (await s.arrive(await s.sent(path))).text


async def test_whoever_says_no_is_told_in_plain_text_and_nothing_changes(s: Scene) -> None:
    path = await s.made()
    await s.arrive(await s.sent(path))
    s.provider.answers = "deny"
    back = await s.arrive(await s.sent(path))
    assert back.url.query == b"refused=provider"
    assert (
        "access_denied &lt;script&gt;alert(1)&lt;/script&gt; No." in back.text
        and "<script>alert" not in back.text
    )
    assert (await s.state(path))["status"] == "works"
    assert (await s.run())[0]["status"] == "succeeded"


async def test_testing_a_connection_asks_for_another_token(s: Scene) -> None:
    path = await s.made()
    assert not (await s.instance.api("POST", f"{path}/test"))["ok"]
    await s.arrive(await s.sent(path))
    assert (await s.instance.api("POST", f"{path}/test"))["ok"]
    s.provider.behave = "invalid_grant"
    tested = await s.instance.api("POST", f"{path}/test")
    assert not tested["ok"] and "Reconnect “desk”" in tested["message"]


async def test_reconnecting_replaces_the_tokens(s: Scene) -> None:
    path = await s.made()
    await s.arrive(await s.sent(path))
    s.provider.valid.clear()
    s.provider.refresh.clear()
    assert "Reconnect" in (await s.get(path)).text
    await s.arrive(await s.sent(path))
    assert (await s.run())[0]["status"] == "succeeded"


@pytest.mark.parametrize(
    ("behave", "says"),
    [
        ("500", "answered 500"),
        ("429", "answered 429"),
        ("302", "redirects"),
        ("404", "refused with status 404"),
        ("page", "did not answer with a JSON object"),
        ("list", "did not answer with a JSON object"),
        ("deep", "did not answer with a JSON object"),
        ("mac", "not bearer"),
        ("empty", "no usable access token"),
        ("number", "no usable access token"),
        ("header", "no usable access token"),
        ("huge", "bytes"),
        ("slow", "in time"),
        ("no with 200", "bad_code (not this one)"),
        ("invalid_client", "invalid_client"),
        ("invalid_grant", "invalid_grant"),
    ],
)
async def test_a_code_for_which_no_token_comes_is_told_of(
    s: Scene, monkeypatch: pytest.MonkeyPatch, behave: str, says: str
) -> None:
    if behave == "slow":
        monkeypatch.setattr("engine.connections.oauth2.TIMEOUT", 0.3)
    path = await s.made()
    address = await s.sent(path)
    s.provider.behave = behave
    back = await s.arrive(address)
    assert "Could not connect" in back.text and says in back.text, back.text
    assert "code=" not in str(back.url)
    assert (await s.state(path))["oauth2"]["connected"] is False
    assert not [secret for secret in s.provider.secrets if secret in back.text]


async def test_a_token_without_an_end_is_kept_until_it_is_refused(s: Scene) -> None:
    s.provider.lifetime = None
    path = await s.made()
    await s.arrive(await s.sent(path))
    assert (await s.state(path))["oauth2"]["expires"] is None
    assert (await s.run())[0]["status"] == "succeeded"
    assert s.provider.grants("refresh_token") == 0


# -- in runs -----------------------------------------------------------------------------------------------


async def test_runs_at_the_same_time_renew_a_refused_token_once(
    s: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await s.made()
    await s.arrive(await s.sent(path))
    monkeypatch.setattr("engine.connections.tokens._YOUNG", -1)
    s.provider.valid.clear()
    runs = await s.run(times=12)
    assert {run["status"] for run in runs} == {"succeeded"}
    assert s.provider.grants("refresh_token") == 1
    said = await s.everything_said()  # the service repeats each token in its answer
    assert not [secret for secret in s.provider.secrets if secret in said]


async def test_a_grant_that_is_gone_fails_the_step_at_once_and_asks_for_a_person(
    s: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await s.made()
    await s.arrive(await s.sent(path))
    monkeypatch.setattr("engine.connections.tokens._YOUNG", -1)
    s.provider.valid.clear()
    s.provider.behave = "invalid_grant"
    (run,) = await s.run(retry={"attempts": 3, "first_delay": 0.1})
    assert (run["status"], run["error"]["kind"]) == ("failed", "auth_error")
    assert run["steps"][-1]["attempts"] == 1
    assert "Reconnect “desk”" in run["error"]["message"]
    page = (await s.get(path)).text
    assert "Reconnect “desk”" in page and "failing" in page
    s.provider.behave = ""
    await s.arrive(await s.sent(path))
    assert (await s.run())[0]["status"] == "succeeded"


async def test_a_provider_that_cannot_answer_now_is_a_reason_to_try_the_step_again(
    s: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.connections.tokens._YOUNG", -1)
    path = await s.made()
    await s.arrive(await s.sent(path))
    s.provider.valid.clear()
    s.provider.behave = "500"
    (run,) = await s.run()
    assert (run["status"], run["error"]["kind"]) == ("failed", "retry")


# -- whose state it is -------------------------------------------------------------------------------------


async def test_a_state_is_good_once(s: Scene) -> None:
    path = await s.made()
    address = await s.sent(path)
    assert arrived(await s.arrive(address))
    again = await s.arrive(address)
    assert refused(again) and "already used" in again.text
    assert s.provider.grants("authorization_code") == 1


async def test_a_state_is_good_for_ten_minutes(s: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await s.made()
    address = await s.sent(path)
    monkeypatch.setattr("engine.connections.tokens.STATE_LIFETIME", -1)
    assert arrived(await s.arrive(address))  # it was begun before
    late = await s.arrive(await s.sent(path))
    assert refused(late) and "ten minutes" in late.text


async def test_another_users_state_is_refused_and_stays_good_for_its_own(s: Scene) -> None:
    path = await s.made()
    address = await s.sent(path)
    assert refused(await s.arrive(address, "bob"))
    assert (await s.arrive(address, "eve")).status_code == 403
    assert s.provider.asked == []
    assert arrived(await s.arrive(address))


async def test_a_state_of_another_connection_or_a_made_up_one_is_refused(s: Scene) -> None:
    first, second = await s.made(name="one"), await s.made(name="two")
    address, other = await s.sent(first), await s.sent(second)
    state = query_of(address)["state"]
    forged = [
        state[:-1] + ("a" if state[-1] != "a" else "b"),
        state.replace(first.rpartition("/")[2], second.rpartition("/")[2]),
        state.replace(s.instance.project.id, "prj_00000000000000000000000000"),
    ]
    for one in forged:
        answer = await s.arrive(changed(address, state=one))
        assert answer.status_code == 404 or refused(answer), one
    path = f"{s.base}{second}/connected"
    assert refused(await s.arrive(f"{path}?{urlencode(query_of(address))}"))
    for bad in ("", "x", "../../settings", f"{state}/../x", "a" * 5000, state + "\n", "//evil.example"):
        answer = await s.get("/oauth/callback?" + urlencode({"state": bad, "code": "c"}))
        assert answer.status_code == 422 and "location" not in answer.headers
    assert (await s.get("/oauth/callback")).status_code == 422
    doubled = await s.get(f"{address}&state={state}")
    assert doubled.status_code == 422
    assert s.provider.asked == []
    assert arrived(await s.arrive(address))
    assert arrived(await s.arrive(other))


async def test_a_state_begun_for_other_settings_is_worth_nothing(s: Scene) -> None:
    path = await s.made()
    address = await s.sent(path)
    assert (await s.post(path, **s.form(token_url=f"{s.provider.url}/elsewhere"))).is_redirect
    assert refused(await s.arrive(address))
    assert s.provider.asked == []


@pytest.mark.parametrize(
    ("issuer", "well"),
    [(None, True), ("own", True), ("https://evil.example", False), ("x", False), ("", False)],
)
async def test_an_answer_of_another_issuer_is_refused(s: Scene, issuer: str | None, well: bool) -> None:
    s.provider.issuer = f"{s.provider.url}/realm" if issuer == "own" else issuer
    path = await s.made()
    back = await s.sent(path)
    there = await s.arrive(back)
    assert ("Connected" in there.text, "not connected" in there.text) == (well, not well)
    assert len(s.provider.asked) == well


async def test_nobody_who_may_not_save_connections_connects_them(s: Scene) -> None:
    path = await s.made()
    assert (await s.get(f"{path}/connect", "eve")).status_code == 403
    assert '/connect"' not in (await s.get(path, "eve")).text
    stranger = await s.instance.http.get(f"{s.base}{path}/connect")
    assert stranger.status_code == 303 and stranger.headers["location"].startswith("/sign-in")


async def test_whoever_was_signed_out_meanwhile_comes_back_after_signing_in(s: Scene) -> None:
    address = await s.sent(await s.made())
    away = await s.instance.http.get(address)
    assert away.status_code == 303
    (there,) = parse_qs(urlsplit(away.headers["location"]).query)["next"]
    assert arrived(await s.arrive(there))


async def test_a_connection_without_oauth2_is_not_connected_that_way(s: Scene) -> None:
    for kind in ("bearer", "oauth2_client_credentials"):
        path = await s.made(name=f"k-{kind.replace('_', '-')}", kind=kind, secret="s")
        assert (await s.get(f"{path}/connect")).status_code == 422
        assert refused(await s.arrive(f"{s.base}{path}/connected?state=x&code=y"))


# -- without a person ------------------------------------------------------------------------------------


async def test_saving_client_credentials_gets_a_token_at_once_and_says_so(s: Scene) -> None:
    path = await s.made(kind="oauth2_client_credentials", authorize_url="")
    assert "Saved, and it works" in (await s.get(f"{path}?saved=1")).text
    assert s.provider.asked == [
        {"grant_type": "client_credentials", "scope": "a b", "client_id": CLIENT_ID,
         "client_secret": CLIENT_SECRET, "audience": "us"}
    ]  # fmt: skip
    (run,) = await s.run()
    assert run["status"] == "succeeded"
    s.provider.behave = "invalid_client"
    kept = {"kind": "oauth2_client_credentials", "authorize_url": ""}
    assert (await s.post(path, **s.form(**kept, client_secret="another secret"))).is_redirect
    page = (await s.get(f"{path}?saved=1")).text
    assert "Saved, but the service issued no token" in page and "invalid_client" in page
    s.provider.behave = ""
    assert (await s.post(path, **s.form(**kept))).is_redirect
    assert (await s.state(path))["status"] == "works"
    tested = await s.instance.api("POST", f"{path}/test")
    assert tested["ok"]
    assert not [secret for secret in s.provider.secrets if secret in await s.everything_said()]


async def test_the_api_saves_client_credentials_and_says_where_to_connect_the_others(s: Scene) -> None:
    fields = {
        name.removeprefix("field."): value
        for name, value in s.form().items()
        if name.startswith("field.") and value
    }
    made = await s.instance.api(
        "POST", "/connections",
        {"name": "machine", "piece": "http", "fields": {**fields, "kind": "oauth2_client_credentials"}}, 201,
    )  # fmt: skip
    assert (made["status"], made["oauth2"]["connected"], made["connect_url"]) == ("works", True, None)
    made = await s.instance.api("POST", "/connections", {"name": "p", "piece": "http", "fields": fields}, 201)
    assert made["connect_url"] == f"http://test{s.base}/connections/{made['id']}"
    assert made["oauth2"]["connected"] is False
    for field in ("access_token", "@oauth2", "refresh_token"):
        wrong = {"name": "q", "piece": "http", "fields": {**fields, field: "stolen"}}
        refused = await s.instance.api("POST", "/connections", wrong, 422)
        assert refused["error"]["field"] == f"fields.{field}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_url", "http://provider.example/token"),
        ("token_url", "javascript:alert(1)"),
        ("token_url", "https://user:pass@provider.example/token"),
        ("token_url", "https://[::1/token"),
        ("token_url", ""),
        ("authorize_url", "javascript:alert(1)//https://"),
        ("authorize_url", "https://provider.example/authorize#x"),
        ("authorize_url", ""),
        ("client_id", ""),
        ("client_auth", "cookie"),
    ],
)
async def test_an_address_that_no_secret_may_go_to_is_refused_by_its_field(
    s: Scene, field: str, value: str
) -> None:
    form = s.form(**{field: value})
    answer = await s.browsers["ann"].post(f"{s.base}/connections", data=form, headers=OURS)
    assert answer.status_code == 422 and f'id="e-field.{field}"' in answer.text
    assert re.search(r'<details class="fold-down" open[^>]*><summary>OAuth 2.0', flat(answer.text))
    assert CLIENT_SECRET not in answer.text
    assert (await s.instance.api("GET", "/connections"))["data"] == []


async def test_a_provider_at_a_private_address_is_not_asked(s: Scene) -> None:
    path = await s.made(kind="oauth2_client_credentials", token_url="https://10.0.0.1/token")
    shown = await s.state(path)
    assert shown["status"] == "failing" and "not a public address" in shown["error"]
