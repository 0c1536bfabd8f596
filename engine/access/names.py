"""What people type: names, e-mail addresses, roles."""

import re
import unicodedata

from engine.base.actor import Role
from engine.base.errors import BadInput

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>(),;:\\\"\[\]]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def check_name(text: object, field: str = "name") -> str:
    """A name shown to people: 1 to 100 visible characters, spaces trimmed. Raises `BadInput`."""
    name = " ".join(text.split()) if isinstance(text, str) else ""
    if not name:
        raise BadInput("A name is needed.", field=field)
    if len(name) > 100:
        raise BadInput("A name can have at most 100 characters.", field=field)
    # Control and direction characters can make a name look like another.
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") for character in name):
        raise BadInput("A name can contain only visible characters.", field=field)
    return name


def check_email(text: object, field: str = "email") -> str:
    """An e-mail address in lower case. Raises `BadInput`."""
    email = text.strip().lower() if isinstance(text, str) else ""
    if not _EMAIL.fullmatch(email) or ".." in email or "=?" in email:  # encoded words (RFC 2047)
        raise BadInput("This is not an e-mail address.", field=field)
    return email


def check_role(text: object, field: str = "role") -> Role:
    """One of the roles. Raises `BadInput`."""
    try:
        return Role(str(text))
    except ValueError:
        raise BadInput(f"The role must be one of {', '.join(Role)}.", field=field) from None
