"""Pages and their blocks: the only module that knows htmx.

One name in three places: `<div id="runs">`, `{% block runs %}`, `hx-target="#runs"`. A view calls
`render()` with its page and never asks who is there; the header `HX-Target` decides whether the
answer is the whole page or that block alone.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from engine.base import clock

from . import help_links, markdown, navigation
from .assets import ASSETS, STATIC

HERE = Path(__file__).parents[1]

_HEADERS = {"Vary": "HX-Request, HX-Target, Cookie"}
THEMES = ("light", "dark")


def wants_block(request: Request) -> str | None:
    """The id that htmx will swap (it sends `tag#id`), or None when the browser needs a whole page."""
    headers = request.headers
    if headers.get("HX-Request") != "true" or "HX-Boosted" in headers:
        return None
    if "HX-History-Restore-Request" in headers:
        return None
    return headers.get("HX-Target", "").partition("#")[2] or None


def render(request: Request, name: str, status: int = 200, /, **context: Any) -> Response:
    """The template as a page, or as the block that was asked for. Undefined names raise."""
    template = environment().get_template(name)
    context = {**_of_every_page(request), **context}
    asked = wants_block(request)
    block = template.blocks.get(asked or "")
    chunks: Iterable[str] = block(template.new_context(context)) if block else template.generate(context)
    headers = dict(_HEADERS)
    if asked and not block:  # an error page, say: it takes the place of the whole page
        headers |= {"HX-Retarget": "body", "HX-Reswap": "innerHTML"}
    return HTMLResponse("".join(chunks), status, headers=headers)


def fragment(name: str, block: str, /, **context: Any) -> str:
    """One block as text, for a stream."""
    template = environment().get_template(name)
    return "".join(template.blocks[block](template.new_context(context)))


def partial(target: str, html: str) -> str:
    """HTML that a stream's message puts in the place of the element with the id `target`."""
    return f'<hx-partial hx-target="#{target}" hx-swap="outerMorph">{html}</hx-partial>'


def blocks(
    request: Request,
    name: str,
    wanted: Iterable[str],
    status: int = 200,
    /,
    *,
    url: str = "",
    more: str = "",
    **context: Any,
) -> Response:
    """Several blocks, each into its place, for htmx; `url` becomes the address of the page, and `more` is
    of partials that are made already."""
    context = {**_of_every_page(request), **context}
    html = "".join(partial(block, fragment(name, block, **context)) for block in wanted) + more
    headers = {**_HEADERS, **({"HX-Push-Url": url} if url else {})}
    return HTMLResponse(html, status, headers=headers)


def alone(request: Request, name: str, block: str, /, **context: Any) -> Response:
    """One block, for a page that has it under an id of its own."""
    html = fragment(name, block, **_of_every_page(request), **context)
    return HTMLResponse(html, headers=dict(_HEADERS))


def by_script(request: Request) -> bool:
    """Whether htmx asks, rather than the browser itself."""
    return request.headers.get("HX-Request") == "true"


def shown_page(request: Request) -> str:
    """The path of the address that the browser shows while htmx asks; whatever is sent is only a text."""
    address = request.headers.get("HX-Current-URL", "").partition("#")[0].partition("?")[0]
    return "/" + address.partition("://")[2].partition("/")[2]


def shown_query(request: Request) -> str:
    """The query of the address that the browser shows while htmx asks; whatever is sent is only a text."""
    return request.headers.get("HX-Current-URL", "").partition("#")[0].partition("?")[2]


def message(html: str = "", *, event: str = "", number: int | None = None) -> bytes:
    """One server-sent event: without a name it is swapped in, with one it is a DOM event."""
    lines = [f"event: {event}"] if event else []
    if number is not None:
        lines.append(f"id: {number}")
    lines += [f"data: {line}" for line in html.splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()


def redirect(request: Request, url: str) -> Response:
    """Go to another page after a POST."""
    if request.headers.get("HX-Request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, status_code=303)


def theme(request: Request) -> str:
    """The theme that the user has chosen, else this browser's; empty follows the system."""
    chosen = getattr(request.state, "theme", "") or request.cookies.get("theme", "")
    return chosen if chosen in THEMES else ""


def _of_every_page(request: Request) -> dict[str, Any]:
    """What every template knows of whom it is for, and what `base.html` needs: `store_problem`, which the
    application knows, is why no events are taken."""
    state = request.scope.get("state", {})
    return {
        "request": request,
        "theme": theme(request),
        "time_zone": time_zone(request),
        "store_problem": state.get("store_problem", ""),
    }


# -- what templates may call -----------------------------------------------------------------


def static(path: str) -> str:
    """The address of a static file, with its version, so that it may be cached for ever."""
    return ASSETS.url(path)


@cache
def module(path: str) -> Markup:
    """The tags that load a JavaScript module, and beside it, not after it, the modules that it imports."""
    preload = Markup('<link rel="modulepreload" href="{}">')
    preloads = [preload.format(static(each)) for each in ASSETS.find(path).imports]
    script = Markup('<script type="module" src="{}"></script>').format(static(path))
    return Markup("\n").join([*preloads, script])


@cache
def icon(name: str) -> Markup:
    """A Lucide icon as inline SVG; an unknown name shows a puzzle piece."""
    path = STATIC / "vendor" / "lucide" / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        path = STATIC / "vendor" / "lucide" / "puzzle.svg"
    shapes = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", path.read_text("utf-8"), flags=re.DOTALL)
    shapes = re.sub(r"\s+", " ", shapes).strip()
    return Markup('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>').format(
        Markup(shapes)  # noqa: S704 - a file of ours, compared with its hash by a test
    )


def drawing(svg: str) -> Markup:
    """An SVG that a library drew, from numbers only, to stand in a page as it is."""
    return Markup(svg)  # noqa: S704 - see above


def duration(milliseconds: float | None) -> str:
    """`< 1 ms`, `12 ms`, `1.3 s`, `2 min 5 s`, `3 h 4 min`."""
    if milliseconds is None:
        return ""
    if milliseconds < 1:
        return "< 1 ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def time_zone(request: Request) -> str:
    """The time zone that the user has chosen; empty for the browser's, which only a script knows."""
    return str(getattr(request.state, "time_zone", ""))


@pass_context
def moment(context: Context, iso: str | None) -> Markup:
    """A stored time as `<time>`: short, in the user's zone, else in UTC; the script shows it in the zone of
    the browser where the user has chosen none."""
    if not iso:
        return Markup("")
    zone = str(context.get("time_zone") or "UTC")
    then = datetime.fromisoformat(iso).astimezone(ZoneInfo(zone))
    same_year = then.year == clock.utc().year
    text = f"{then.day} {then:%b}{'' if same_year else f' {then.year}'}, {then:%H:%M:%S}"
    return Markup('<time datetime="{}" title="{:%Y-%m-%d %H:%M:%S} {}">{}</time>').format(
        iso, then, zone, text
    )


def sentence(text: str) -> str:
    """What a check says, as it stands by itself: with a large letter first, unless it begins with code."""
    return text[:1].upper() + text[1:]


def coded(text: str) -> Markup:
    """A sentence in which what stands in backticks is code."""
    parts = text.split("`")
    shown = [
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part) for i, part in enumerate(parts)
    ]
    return Markup("").join(shown)


def marked(text: str) -> Markup:
    """Markdown as HTML, see `markdown`."""
    return Markup(markdown.to_html(text))  # noqa: S704 - made safe there


def highlighted(pieces: Iterable[tuple[str, bool]]) -> Markup:
    """Text in which the pieces that match a search are marked."""
    return Markup("").join(
        Markup("<mark>{}</mark>").format(text) if found else escape(text) for text, found in pieces
    )


def trusted(html: str) -> Markup:
    """HTML of our own documentation, rendered by `markdown.article`."""
    return Markup(html)  # noqa: S704 - made safe there


def pretty(value: Any) -> str:
    """JSON for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def tidy(text: str) -> str:
    """A body for reading: JSON indented, anything else as it is."""
    try:
        value = json.loads(text) if text[:1] in "{[" else None
    except ValueError:
        return text
    return pretty(value) if isinstance(value, dict | list) else text


def query(current: Mapping[str, Any], **changes: Any) -> str:
    """A query string: what is there now with some changed; empty values leave."""
    values = {**current, **changes}
    text = urlencode({key: value for key, value in values.items() if value not in (None, "", [])}, doseq=True)
    return f"?{text}" if text else "?"


def number(value: int) -> str:
    """`1,234,567` with thin spaces."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def size(value: int) -> Markup:
    """A size in bytes for reading: `999 B`, `6.0 MB`, by powers of 1,000 as limits are written; the exact
    number is its title."""
    exact = text = f"{number(value)} B"
    for unit, factor in _UNITS.items():
        if round(1000 * value / factor, 1) >= 1000:  # else it is said in the unit before
            text = f"{value / factor:.1f} {unit}"
    return Markup('<span title="{}">{}</span>').format(exact, text)


_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


@cache
def mark() -> Markup:
    """Our sign: a main line and the track that leaves it."""
    shapes = '<path d="M8 2v20" opacity=".4"/><path d="M8 22v-3c0-6 9-5 9-11V2"/>'
    return Markup('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>').format(
        Markup(shapes)  # noqa: S704 - the constant above
    )


def _choice(value: str) -> str:
    return value.replace("oauth2_", "OAuth 2.0: ").replace("_", " ")


def verification(scheme: str) -> str:
    """How requests are verified, in words; the scheme is one of `engine.signatures`, or an alias of it."""
    from engine.signatures import ALIASES, SCHEMES  # what verifies signatures loads much

    if scheme == "none":
        return "no verification"
    found = SCHEMES.get(ALIASES.get(scheme, scheme))
    return f"verification: {scheme if found is None else found.title}"


@cache
def environment() -> Environment:
    """The one Jinja environment: everything escaped, nothing undefined."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"static": static, "module": module, "icon": icon, "mark": mark, "query": query}
    made.globals |= {"help_path": help_links.help_path, "main_menu": navigation.menu}
    made.filters |= {
        "pairs": lambda values: [("", ""), *((value, _choice(value)) for value in values)],
        "duration": duration,
        "moment": moment,
        "pretty": pretty,
        "tidy": tidy,
        "number": number,
        "size": size,
        "coded": coded,
        "sentence": sentence,
        "verification": verification,
        "markdown": marked,
        "highlighted": highlighted,
    }
    return made
