"""One's own two-step sign-in: setting up the authenticator app, recovery codes, turning it off."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Accounts, SecondFactor
from engine.base.actor import Permission
from engine.base.errors import BadInput, Busy, Conflict, SwitchyardError
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import actor_of, outside
from ui.shared.render import drawing, redirect, render

_SMALL = 5000
_PATH = "/account/second-factor"


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    accounts: Accounts
    second_factor: SecondFactor


def routes(services: Services) -> list[RouteSpec]:
    mine = Permission.signed_in
    return [
        route(_PATH, bind(show, services), permission=mine, name="second_factor"),
        route(_PATH, bind(begin, services), permission=mine, methods=["POST"]),
        route(_PATH + "/confirm", bind(confirm, services), permission=mine, methods=["POST"]),
        route(_PATH + "/codes", bind(replace_codes, services), permission=mine, methods=["POST"]),
        route(_PATH + "/off", bind(turn_off, services), permission=mine, methods=["POST"]),
    ]


async def show(services: Services, request: Request) -> Response:
    return await _page(services, request)


async def begin(services: Services, request: Request) -> Response:
    """Start setting up the app."""
    form = await forms.read(request, _SMALL)
    try:
        await services.accounts.confirm(actor_of(request), form.text("current"))
        await services.second_factor.begin(actor_of(request))
    except (BadInput, Busy, Conflict) as error:
        return await _page(services, request, error, "begin")
    return redirect(request, _PATH)


async def confirm(services: Services, request: Request) -> Response:
    """Turn it on by the first code, and show the recovery codes, this once."""
    form = await forms.read(request, _SMALL)
    try:
        codes = await services.second_factor.confirm(actor_of(request), form.word("code"))
    except (BadInput, Conflict) as error:
        return await _page(services, request, error, "confirm")
    return await _page(services, request, codes=codes)


async def replace_codes(services: Services, request: Request) -> Response:
    """Create recovery codes anew, and show them, this once."""
    form = await forms.read(request, _SMALL)
    try:
        await services.accounts.confirm(actor_of(request), form.text("current"))
        codes = await services.second_factor.replace_codes(actor_of(request))
    except (BadInput, Busy, Conflict) as error:
        return await _page(services, request, error, "codes")
    return await _page(services, request, codes=codes)


async def turn_off(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        await services.accounts.confirm(actor_of(request), form.text("current"))
        await services.second_factor.turn_off(actor_of(request))
    except (BadInput, Busy) as error:
        return await _page(services, request, error, "off")
    return redirect(request, "/account?saved=second_factor_off#second-factor")


async def _page(
    services: Services,
    request: Request,
    error: SwitchyardError | None = None,
    where: str = "",
    codes: Sequence[str] = (),
) -> Response:
    actor = actor_of(request)
    setup = await services.second_factor.setup(actor)
    response = render(
        request,
        "account/second_factor.html",
        error.status if error else 200,
        **outside(request),
        standing=await services.second_factor.status(actor),
        setup=setup,
        picture=qr_code(setup.uri) if setup else "",
        codes=codes,
        where=where,
        field=error.field if error else "",
        wrong=error.message if error else "",
    )
    if setup or codes:
        response.headers["Cache-Control"] = "no-store"  # neither the secret nor the codes stay in the browser
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def qr_code(text: str) -> str:
    """A QR code as inline SVG. It is dark on white in both themes: not every scanner reads the inverse."""
    import segno  # takes longer to load than most of the pages, and few ask for it

    drawn = segno.make(text, error="m", micro=False)
    picture = drawn.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return drawing(picture)
