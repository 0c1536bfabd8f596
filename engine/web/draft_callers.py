"""Who may use the draft addresses of a flow: `/webhooks/{flow_id}/draft`, `…/draft/sync` and `…/test`.

They are addresses of the intake, which identifies nobody: a trigger verifies what comes. Where it does not,
a caller needs what the API or the pages need: a key, or a session and a page of ours that it comes from.
"""

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import Message, Scope

from engine.access import COOKIE, Access
from engine.base.actor import Permission
from engine.base.errors import Forbidden, NotSignedIn
from engine.base.settings import Settings
from engine.intake.request import Request

from .csrf import from_our_pages
from .routes import Guard


class DraftCallers:
    """Identifies who calls a draft address, as the routes of the API and of the pages do."""

    def __init__(self, access: Access, settings: Settings) -> None:
        self._guard = Guard(access, settings)
        self._settings = settings

    async def require_editor(self, request: Request, project_id: str) -> None:
        """Return for an editor of the project, by API key or by session.

        Raises `NotSignedIn` for nobody, `Forbidden` for a lesser role and for a request that a page of
        another site caused, and `NotFound` for somebody of another project.
        """
        scope: Scope = {
            "type": "http",
            "method": request.method,
            "path": request.path.decode("latin-1"),
            "query_string": request.query_string,
            "headers": request.headers,
            "path_params": {"project_id": project_id},
        }
        if request.header(b"authorization"):
            await self._guard.key(scope, "", Permission.edit)
            return
        if not _has_session(request):
            raise NotSignedIn("Sign in first.")
        # Whatever the method: a trigger may take GET, which a link on any page sends with the cookie.
        if not from_our_pages(Headers(scope=scope), self._settings):
            raise Forbidden(
                "This request did not come from a page of this server. Reload the page and try again."
            )
        await self._guard.session(scope, "", Permission.edit, _nowhere)


def _has_session(request: Request) -> bool:
    try:
        return COOKIE in SimpleCookie(request.header(b"cookie").decode("latin-1"))
    except CookieError:
        return False


async def _nowhere(_message: Message) -> None:
    """In the place of an answer, which is the intake's."""
