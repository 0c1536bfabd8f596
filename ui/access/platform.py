"""Settings of the whole instance: its API keys and its mail."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Keys, LinkMail
from engine.base.actor import Permission
from engine.base.errors import BadInput, SwitchyardError
from engine.base.settings import Settings
from engine.base.version import version
from engine.mail import MailError
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import actor_of, outside
from ui.shared.render import redirect, render

_SMALL = 5000
_PATH, _KEYS = "/platform/settings", "/platform/api-keys"


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    keys: Keys
    link_mail: LinkMail
    settings: Settings


def routes(services: Services) -> list[RouteSpec]:
    platform = Permission.platform
    return [
        route(_PATH, bind(show, services), permission=platform),
        route(_KEYS, bind(add_key, services), permission=platform, methods=["POST"]),
        route(_KEYS + "/{key_id}/delete", bind(delete_key, services), permission=platform, methods=["POST"]),
        route(_PATH + "/mail", bind(send_test_mail, services), permission=platform, methods=["POST"]),
    ]


async def show(services: Services, request: Request) -> Response:
    return await _page(services, request)


async def add_key(services: Services, request: Request) -> Response:
    """Create a key and show it, this once."""
    form = await forms.read(request, _SMALL)
    try:
        _, token = await services.keys.create_platform(actor_of(request), form.word("name"))
    except BadInput as error:
        return await _page(services, request, error, "key", name=form.word("name"))
    return await _page(services, request, token=token)


async def delete_key(services: Services, request: Request) -> Response:
    await services.keys.delete(actor_of(request), request.path_params["key_id"])
    return redirect(request, _PATH)


async def send_test_mail(services: Services, request: Request) -> Response:
    """Send a mail to whoever asks for it."""
    try:
        await services.link_mail.send_test(actor_of(request))
    except MailError as error:
        return await _page(services, request, error, "mail")
    return redirect(request, _PATH + "?sent=1#mail")


async def _page(
    services: Services,
    request: Request,
    error: SwitchyardError | None = None,
    where: str = "",
    token: str = "",
    name: str = "",
) -> Response:
    status = 422 if isinstance(error, MailError) else error.status if error else 200
    return render(
        request,
        "platform/settings.html",
        status,
        **outside(request),
        keys=await services.keys.list(None),
        token=token,
        name=name,
        mail_is_sent=services.link_mail.enabled,
        sender=services.settings.mail_from,
        sent="sent" in request.query_params,
        address=services.settings.base_url,
        version=version(),
        where=where,
        wrong=error.message if error else "",
    )
