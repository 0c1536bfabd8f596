"""The fields of a connection as they are given: read, compared with what is stored, and checked."""

from collections.abc import Collection, Mapping, Sequence

from engine.base.errors import BadInput
from engine.signatures import key_problem
from pieces import Auth, AuthField, read_hosts

_SENDERS = "webhook"  # the piece whose connections have what senders prove themselves with
MAX_FIELD = 65_536  # characters: a private key fits, a file does not


def as_texts(fields: object, auth: Auth) -> dict[str, str]:
    """The given fields as texts, null as the empty one and line ends around a pasted value dropped. Hosts may
    come as a list."""
    if not isinstance(fields, Mapping):
        raise BadInput("Fields must be an object of texts.", field="fields")
    texts = {}
    hosts = auth.hosts.name if auth.hosts is not None else None
    for name, value in fields.items():
        if name == hosts and isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = "\n".join(value)
        if value is not None and not isinstance(value, str):
            raise BadInput(f"{name!s:.60} must be text.", field=f"fields.{name!s:.60}")
        if value is not None and (len(value) > MAX_FIELD or "\0" in value):
            raise BadInput(
                f"{name!s:.60} is too long or contains a null character.", field=f"fields.{name!s:.60}"
            )
        texts[name] = (value or "").strip("\r\n")
    return texts


def same_target(field: AuthField, before: str, now: str) -> bool:
    if not field.hosts:
        return (before or field.default) == (now or field.default)
    try:
        return set(read_hosts(before)) == set(read_hosts(now))
    except ValueError:  # `check` says what is wrong with it
        return False


def asks_for_secret(auth: Auth, values: Mapping[str, str]) -> bool:
    """Whether the form shows a secret field with these values."""
    defaults = {field.name: field.default for field in auth.fields}
    shown = {**defaults, **values}
    return any(
        f.secret and f.about == "requests" and (f.when is None or shown[f.when[0]] in f.when[1])
        for f in auth.fields
    )


def enter_again(name: str) -> str:
    return (
        f"Enter the secret of “{name}” again: it was removed because the address that it is sent to changed."
    )


def check_lost(auth: Auth, lost: Collection[str], moved: Sequence[str]) -> None:
    """Raise `BadInput` when a secret is removed that the connection cannot be without."""
    for field in auth.fields:
        if field.required and field.name in lost:
            message = f"Enter {field.title} again: it is not sent elsewhere ({', '.join(moved)} changed)."
            raise BadInput(message, field=f"fields.{field.name}")


def check_keys(piece: str, values: Mapping[str, str]) -> None:
    """Raise `BadInput` for a public key of a sender that nothing can be verified with."""
    if piece != _SENDERS:
        return
    for name in ("public_key", "secret", "previous_secret"):
        text = values.get(name, "")
        is_key = name == "public_key" or "-----BEGIN" in text or text.startswith("whpk_")
        problem = key_problem(text) if text and is_key else None
        if problem:
            raise BadInput(problem, field=f"fields.{name}")


def check(auth: Auth, values: Mapping[str, str]) -> None:
    problems = list(auth.problems(values))
    secret = any(field.secret and field.about != "proxy" and values.get(field.name) for field in auth.fields)
    if auth.hosts is not None and secret and not values.get(auth.hosts.name):
        message = "Name the hosts that may receive the secret, such as `api.example.com`."
        problems.append((auth.hosts.name, message))
    if problems:
        name, message = problems[0]
        details = [{"field": f"fields.{field}", "message": text} for field, text in problems]
        raise BadInput(message, field=f"fields.{name}", details=details)
