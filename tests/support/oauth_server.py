"""A small provider of OAuth 2.0 that is strict with its clients and can be told to behave badly.

async with providing() as provider: …   provider.url, provider.asked, provider.behave = "500"

It holds clients to what the specifications say: the registered redirect address to the letter, S256, the
secret where it is wanted, a code once and by its verifier, a refresh token once (a used one takes all others
with it).
"""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.waiting import forever, until

CLIENT_ID = "client of ours:1"  # what has to be encoded, in a form and in basic authentication
CLIENT_SECRET = "s3cret/of+the client"


@dataclass
class Provider:
    """What the provider knows, and what it was asked. `behave` is for requests for tokens."""

    url: str = ""
    behave: str = ""
    client_auth: str = "body"
    redirect_uri: str = "http://test/oauth/callback"
    pkce: bool = True
    lifetime: Any = 3600
    """`expires_in`; None leaves it out."""
    answers: str = "agree"
    """What the person says: agree, deny."""
    issuer: str | None = None
    rotates: bool = True
    asked: list[dict[str, str]] = field(default_factory=list)
    """The forms of all requests for tokens."""
    authorizations: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    valid: set[str] = field(default_factory=set)
    """Access tokens."""
    refresh: dict[str, bool] = field(default_factory=dict)
    """Refresh tokens, and whether they are still good."""
    calls: list[str] = field(default_factory=list)
    """The tokens that calls of the API came with."""
    gate: asyncio.Event | None = None
    """What a request for tokens waits for, once it has been counted."""

    def grants(self, kind: str) -> int:
        return sum(form.get("grant_type") == kind for form in self.asked)

    @property
    def secrets(self) -> set[str]:
        """Whatever must be seen nowhere."""
        verifiers = {form["code_verifier"] for form in self.asked if "code_verifier" in form}
        return {CLIENT_SECRET, *self.valid, *self.refresh, *self.calls, *self.codes, *verifiers} - {""}

    # -- the person's browser -------------------------------------------------------------------

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.authorizations.append(asked)
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") != self.redirect_uri:
            return PlainTextResponse("unknown client or redirect address", 400)
        answer = {"state": asked["state"]}
        if self.issuer is not None:
            answer["iss"] = self.issuer
        if self.answers == "deny":
            answer |= {"error": "access_denied", "error_description": "<script>alert(1)</script> No."}
        elif asked.get("response_type") != "code" or (
            self.pkce and asked.get("code_challenge_method") != "S256"
        ):
            answer["error"] = "invalid_request"
        else:
            answer["code"] = "code-" + secrets.token_urlsafe(16)
            self.codes[answer["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    # -- tokens ---------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.asked.append(form)
        if self.gate is not None:
            await self.gate.wait()
        if self.behave:
            return await self.badly(self.behave)
        if not self.is_client(request, form):
            return refused("invalid_client", 401)
        kind = form.get("grant_type")
        if kind == "client_credentials":
            return self.given(refresh=False)
        if kind == "authorization_code":
            code = self.codes.pop(form.get("code", ""), None)
            proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            shown = base64.urlsafe_b64encode(proof).decode().rstrip("=")
            if code is None or form.get("redirect_uri") != code["redirect_uri"]:
                return refused("invalid_grant")
            if self.pkce and shown != code["code_challenge"]:
                return refused("invalid_grant", words="the verifier is wrong")
            return self.given()
        if kind == "refresh_token":
            if not self.refresh.get(form.get("refresh_token", "")):
                self.refresh = dict.fromkeys(self.refresh, False)  # a used one: somebody has stolen it
                return refused("invalid_grant", words=f"unknown token {form.get('refresh_token')}")
            if self.rotates:
                self.refresh[form["refresh_token"]] = False
            return self.given(refresh=self.rotates)
        return refused("unsupported_grant_type")

    def is_client(self, request: Request, form: dict[str, str]) -> bool:
        if self.client_auth == "none":
            return form.get("client_id") == CLIENT_ID and "client_secret" not in form
        if self.client_auth == "header":
            scheme, _, pair = request.headers.get("authorization", "").partition(" ")
            name, _, secret = base64.b64decode(pair).decode().partition(":")
            found = scheme, unquote_plus(name), unquote_plus(secret), form.get("client_secret")
            return found == ("Basic", CLIENT_ID, CLIENT_SECRET, None)
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)

    def given(self, *, refresh: bool = True) -> Response:
        token = {"access_token": "at-" + secrets.token_urlsafe(16), "token_type": "bearer", "scope": "a b"}
        self.valid.add(token["access_token"])
        if refresh:
            token["refresh_token"] = "rt-" + secrets.token_urlsafe(16)
            self.refresh[token["refresh_token"]] = True
        return JSONResponse({**token, **({"expires_in": self.lifetime} if self.lifetime is not None else {})})

    async def badly(self, how: str) -> Response:
        if how.isdigit():
            return PlainTextResponse("not now", int(how), headers={"Retry-After": "7", "Location": "/other"})
        if how == "slow":
            await forever()
        if how == "huge":
            return JSONResponse({"access_token": "a" * 200_000, "token_type": "bearer"})
        wrong: dict[str, Any] = {
            "page": PlainTextResponse("<html>Sign in</html>"),
            "list": JSONResponse(["access_token"]),
            "deep": PlainTextResponse("[" * 50_000),
            "mac": JSONResponse({"access_token": "x-token", "token_type": "mac"}),
            "empty": JSONResponse({"access_token": "", "token_type": "bearer"}),
            "number": JSONResponse({"access_token": 7, "token_type": "bearer"}),
            "header": JSONResponse({"access_token": "a\r\nX-Evil: 1", "token_type": "bearer"}),
            "no with 200": JSONResponse({"error": "bad_code", "error_description": "not\r\nthis one"}),
        }
        return wrong[how] if how in wrong else refused(how)

    # -- the API that the tokens are for ----------------------------------------------------------

    async def api(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.calls.append(token)
        if token not in self.valid:
            return JSONResponse({"error": "invalid_token", "said": token}, 401)
        return JSONResponse({"ok": True, "body": (await request.body()).decode(), "token": token})


def refused(error: str, status: int = 400, words: str = "") -> Response:
    more = {"error_description": words} if words else {}
    return JSONResponse({"error": error, **more}, status)


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test's process keeps its own."""


@asynccontextmanager
async def providing(**known: Any) -> AsyncIterator[Provider]:
    provider = Provider(**known)
    app = Starlette(
        routes=[
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
            Route("/api/{path:path}", provider.api, methods=["GET", "POST"]),
        ]
    )
    server = _Server(
        uvicorn.Config(app, port=0, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        provider.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield provider
    finally:
        # Not by `should_exit`: uvicorn looks at that ten times a second.
        for each in server.servers:
            each.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()  # type: ignore[union-attr]
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
