"""A browser in which somebody is signed in, without a socket between."""

from typing import Any

from tests.conftest import PASSWORD, Instance

OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


class Browser:
    """A browser in which somebody is signed in."""

    def __init__(self, instance: Instance, email: str, token: str) -> None:
        self.instance = instance
        self.email = email
        self.token = token

    async def get(self, path: str, status: int = 200) -> str:
        return str((await self.send("GET", path, status)).text)

    async def post(self, path: str, status: int = 303, **form: str) -> Any:
        return await self.send("POST", path, status, data=form)

    async def send(self, method: str, path: str, status: int, **sent: Any) -> Any:
        headers = {**OURS, "User-Agent": "Firefox/131.0 (Windows NT)", **sent.pop("headers", {})}
        cookies = f"switchyard_session={self.token}"
        answer = await self.instance.http.request(
            method, path, headers={**headers, "Cookie": cookies}, **sent
        )
        self.instance.http.cookies.clear()
        assert answer.status_code == status, answer.text[:2000]
        return answer

    async def again(self, password: str = PASSWORD) -> "Browser":
        """Another browser of the same user."""
        token = await self.instance.sy.access.accounts.sign_in(
            self.email, password, ip="192.0.2.7", agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0"
        )
        return Browser(self.instance, self.email, token)

    async def is_signed_in(self) -> bool:
        return bool((await self.instance.sy.access.sessions.visit(self.token)).actor.user_id)


async def signed_in(instance: Instance, email: str) -> Browser:
    return Browser(instance, email, await instance.cookie_of(email))
