"""Where a browser goes to sign in, and where it comes back to afterwards: never to another server."""

from urllib.parse import quote, urlencode

from starlette.requests import Request


def local_path(text: str | None) -> str:
    """`text` if it is a path on this server, else `/`: no link leads elsewhere after signing in."""
    if not text or len(text) > 2000 or text[0] != "/" or text[1:2] in ("/", "\\"):
        return "/"
    # Browsers drop tabs and line ends and read a backslash as a slash.
    if "\\" in text or any(character <= " " or character == "\x7f" for character in text):
        return "/"
    return text


def sign_in_path(request: Request) -> str:
    """Where somebody who must sign in goes, and where they come back to: this page, if it is one."""
    if request.method not in ("GET", "HEAD"):
        return "/sign-in"
    query = request.scope.get("query_string", b"").decode("latin-1")
    here = local_path(quote(request.scope["path"]) + ("?" + query if query else ""))
    return "/sign-in" if here == "/" else "/sign-in?" + urlencode({"next": here})
