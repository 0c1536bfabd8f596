"""One-time links under which somebody chooses a password: the first platform admin, or a new user."""

from dataclasses import dataclass

from sqlmodel import col, delete, select

from engine.base.clock import to_iso
from engine.base.errors import NotFound
from engine.store.models import SetupLink, User
from engine.store.tx import Tx

from .tokens import fingerprint, new_token

LIFETIME = 24 * 3600.0  # seconds


def link_url(base_url: str, token: str) -> str:
    """The address of a one-time link."""
    return f"{base_url}/setup/{token}"


@dataclass(frozen=True)
class LinkInfo:
    """What a one-time link is for."""

    first: bool  # makes the first platform admin, who also gives an e-mail and a name
    email: str
    name: str


def add_link(tx: Tx, user_id: str | None, now: float) -> str:
    """The token of a new link for this user, or for the first admin; makes the one before it void."""
    drop_links(tx, user_id)
    token = new_token()
    tx.session.add(SetupLink(token_hash=fingerprint(token), user_id=user_id, expires=to_iso(now + LIFETIME)))
    return token


def drop_links(tx: Tx, user_id: str | None) -> None:
    """Make the links of this user, or those for the first admin, void."""
    tx.session.execute(delete(SetupLink).where(col(SetupLink.user_id) == user_id))  # IS NULL for None


def find_link(tx: Tx, token: str, now: float) -> tuple[SetupLink, LinkInfo]:
    """The link and what it is for. Raises `NotFound` if it is unknown, used or expired."""
    gone = NotFound("This link has been used or has expired. Ask for a new one.")
    link = tx.session.get(SetupLink, fingerprint(token))
    if link is None or link.expires <= to_iso(now):
        raise gone
    if link.user_id is None:
        if has_users(tx):
            raise gone
        return link, LinkInfo(first=True, email="", name="")
    user = tx.session.get(User, link.user_id)
    if user is None or user.disabled:
        raise gone
    return link, LinkInfo(first=False, email=user.email, name=user.name)


def has_users(tx: Tx) -> bool:
    """Whether the first admin has been made."""
    return tx.session.exec(select(User.id).limit(1)).first() is not None
