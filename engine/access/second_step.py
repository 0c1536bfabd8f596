"""Between the two steps of a sign-in: a sealed text that the browser brings back with the code.

It names who knows the password, for ten minutes, and no longer fits once the password has changed.
"""

import base64
import binascii
import hmac
import json
from dataclasses import dataclass

from engine.base import clock
from engine.base.errors import NotSignedIn
from engine.base.secrets import Vault, VaultError
from engine.store.models import User

from .tokens import fingerprint

LIFETIME = 600  # seconds
START_AGAIN = "This sign-in has expired. Start again."
_LONGEST = 2000  # characters


class CodeNeeded(NotSignedIn):
    """The password is right; a code is asked for. `pending` is to be sent with it."""

    code = "code_needed"

    def __init__(self, pending: str) -> None:
        super().__init__("Enter a code of your authenticator app.")
        self.pending = pending


@dataclass(frozen=True)
class SecondStep:
    """A sign-in that waits for its code."""

    user_id: str
    password: str  # fingerprint of the hash of the password that was given

    def fits(self, user: User) -> bool:
        """Whether the password is still the one that was given."""
        return hmac.compare_digest(self.password, fingerprint(user.password_hash))


class SecondSteps:
    """Seals and opens what is between the steps."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def begin(self, user: User) -> str:
        """The sealed text for a user who knows the password."""
        facts = [user.id, fingerprint(user.password_hash), clock.now() + LIFETIME]
        return base64.urlsafe_b64encode(self._vault.seal(json.dumps(facts).encode(), "second step")).decode()

    def open(self, pending: str) -> SecondStep:
        """What was sealed. Raises `NotSignedIn` for what is no such text, or is too old."""
        try:
            sealed = base64.b64decode(pending[:_LONGEST].encode("ascii"), altchars=b"-_", validate=True)
            user_id, password, until = json.loads(self._vault.open(sealed, "second step"))
        except (VaultError, binascii.Error, UnicodeError):
            raise NotSignedIn(START_AGAIN) from None
        if until <= clock.now():
            raise NotSignedIn(START_AGAIN)
        return SecondStep(user_id, password)
