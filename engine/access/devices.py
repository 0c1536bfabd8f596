"""Known devices: a cookie that says a browser was signed in to an account before.

Guesses at an account from all over the world are throttled together; a browser that knows the account is
counted by itself, so that whoever guesses does not lock its owner out
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
"""

import hmac
import re

from engine.base.secrets import Vault

from .tokens import new_token

LIFETIME = 365 * 24 * 3600  # seconds
_FORM = re.compile(r"([A-Za-z0-9]{43})\.([0-9a-f]{64})")


class Devices:
    """Issues and recognizes the cookies. None is stored: each is authenticated with the instance's key."""

    def __init__(self, vault: Vault) -> None:
        self._key = vault.key_for("known devices")

    def issue(self, email: str) -> str:
        """The cookie of a browser that has just signed in to this account."""
        name = new_token()
        return f"{name}.{self._seal(email, name)}"

    def find(self, email: str, cookie: str) -> str | None:
        """The name of the device, if the cookie is one of this account."""
        parts = _FORM.fullmatch(cookie)
        if parts is None or not hmac.compare_digest(parts[2], self._seal(email, parts[1])):
            return None
        return parts[1]

    def _seal(self, email: str, name: str) -> str:
        text = f"{email}\0{name}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256").hex()
