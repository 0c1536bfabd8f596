"""An action: one decorated function, its form, and how it is called."""

import asyncio
import inspect
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar

import httpx
from pydantic import BaseModel

from ._context import Context
from ._docs import doc_of, title_of
from ._errors import AuthError, PieceError, Retry, UnknownPiece
from ._form import Form
from ._props import Json, Option, Property
from ._service import Service

P = ParamSpec("P")
R = TypeVar("R")


class Finding(NamedTuple):
    """What a check has to say of a form's values: at `pointer`, an error or else a warning."""

    pointer: str
    message: str
    warning: bool = False


Check = Callable[[Mapping[str, Any]], Iterable[Finding]]
C = TypeVar("C", bound=Check)


class Step(Generic[P, R]):
    """What actions and triggers have in common."""

    def __init__(
        self,
        piece: Service,
        function: Callable[P, Awaitable[R]],
        *,
        skip: int,
        name: str = "",
        title: str = "",
        connection: bool | None = None,
    ) -> None:
        self.piece = piece
        self.function = function
        self.name = name or function.__name__.strip("_")
        self.title = title or title_of(self.name)
        doc = doc_of(function)
        self.summary = doc.summary
        self.help = doc.help
        self.form = Form(f"{piece.name}.{self.name}", function, skip)
        wanted = piece.auth is not None and not piece.auth.optional
        self.needs_connection = wanted if connection is None else connection
        self.takes_connection = piece.auth is not None and connection is not False
        self._check: Check | None = None

    @property
    def properties(self) -> list[Property]:
        """The fields in the order of the signature."""
        return self.form.properties

    @property
    def input_model(self) -> type[BaseModel]:
        """The pydantic model that validates the values; its aliases are the field names."""
        return self.form.model

    def check(self, function: C) -> C:
        """Decorator: further `Finding`s on values as they stand in a flow (texts may hold `{{ }}`)."""
        self._check = function
        return function

    def problems(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(JSON pointer, sentence) for each error seen before a run; a text with `{{` passes anywhere."""
        findings = [(f.pointer, f.message) for f in self._findings(values) if not f.warning]
        known = {pointer for pointer, _ in findings}  # what the piece says of a field itself is better
        return [found for found in self.form.problems(values) if found[0] not in known] + findings

    def warnings(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(JSON pointer, sentence) for what is allowed but should be seen."""
        return [(f.pointer, f.message) for f in self._findings(values) if f.warning]

    async def options(
        self, ctx: Context, field: str, values: Mapping[str, Any] | None = None, search: str = ""
    ) -> list[Option]:
        """A dropdown's entries, given the other fields' values and what was typed into it."""
        prop = next((p for p in self.properties if p.name == field), None)
        if prop is None or prop.options is None:
            raise UnknownPiece(f"{self.form.owner} has no dropdown `{field}`")
        if isinstance(prop.options, tuple):
            return list(prop.options)
        ctx.values = dict(values or {})
        searches = len(inspect.signature(prop.options).parameters) > 1
        return await called(prop.options(ctx, search) if searches else prop.options(ctx))

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return await called(self.function(*args, **kwargs))

    def _findings(self, values: Mapping[str, Any]) -> list[Finding]:
        return list(self._check(values)) if self._check is not None else []

    def _need_connection(self, ctx: Context) -> None:
        if self.needs_connection and not ctx.auth:
            raise AuthError(f"{self.form.owner} needs a connection")


class Action(Step[P, R]):
    """One thing a piece can do.

    `pure`: it has no effect and waits for nothing, so it may be done again. `internal`: its effect is on the
    run alone (the response of a `/sync` webhook), and it waits for nothing. `waits`: nothing changes but the
    time. `gate`: it decides whether the steps after it are run (`Context.stop`), and remembers what it needs
    for that in Switchyard alone.
    """

    def __init__(
        self,
        piece: Service,
        function: Callable[P, Awaitable[R]],
        *,
        pure: bool = False,
        internal: bool = False,
        waits: bool = False,
        gate: bool = False,
        **how: Any,
    ) -> None:
        super().__init__(piece, function, skip=1, **how)
        self.pure = pure
        self.internal = internal
        self.gate = gate
        self.has_effect = not (pure or waits or gate)
        """Whether a run in which it succeeds has done something."""
        self.waited = False
        """It waited for something although it could be done at once (`run_at_once`)."""

    async def run(self, ctx: Context, values: Mapping[str, Any]) -> Json:
        """Validate `values` and perform the action."""
        self._need_connection(ctx)
        arguments = self.form.read(values)
        return await called(self.function(ctx, **arguments))  # type: ignore[arg-type]

    def run_at_once(self, ctx: Context, values: Mapping[str, Any]) -> Json:
        """The same without an event loop, for an action that waits for nothing. Raises what the function
        raises, and `Waited` when it would have to wait after all: it was stopped there."""
        self._need_connection(ctx)
        call: Any = self.function(ctx, **self.form.read(values))  # type: ignore[arg-type]
        iterator = call.__await__()
        try:
            next(iterator)
        except StopIteration as done:
            return done.value
        iterator.close()
        self.waited = True
        raise Waited(f"{self.form.owner} waits")


class Waited(Exception):
    """An action that was to be done at once waits for something."""


async def called(call: Awaitable[R]) -> R:
    """Await a piece's function; what httpx raises becomes what the engine understands.

    What would end more than this call fails it: a CancelledError when nobody canceled the task that awaits it
    (a task of the piece's own, or of a library, was canceled), and SystemExit.
    """
    try:
        return await call
    except asyncio.CancelledError as error:
        if _is_canceled():
            raise
        raise PieceError("the piece was canceled from within (CancelledError)") from error
    except SystemExit as error:
        raise PieceError(f"the piece tried to end the process (SystemExit: {error.code})") from error
    except httpx.InvalidURL as error:
        raise PieceError(f"the address cannot be used: {error}") from error
    except httpx.TransportError as error:
        raise unsent(error, _host(error)) from error
    except httpx.RequestError as error:  # too many redirects, an answer that cannot be decoded
        raise PieceError(str(error) or type(error).__name__) from error


def unsent(error: httpx.TransportError, where: str) -> PieceError | Retry:
    """What a request without an answer means for its step; `where` names the request, if it is known."""
    if isinstance(error, httpx.UnsupportedProtocol):
        return PieceError(f"the address cannot be used: {error}")
    if refused := _refused_by_tls(error):  # waiting does not mend it
        return PieceError(f"{where}: {refused}" if where else refused)
    late = "no answer in time" if isinstance(error, httpx.TimeoutException) else ""
    what = str(error) or late or type(error).__name__
    return Retry(f"{where}: {what}" if where else what)


def _is_canceled() -> bool:
    """Whether somebody canceled the task that runs now, or its time is over."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # awaited by hand, without an event loop
        return True
    return task is None or task.cancelling() > 0


_UNKNOWN_ISSUER = (18, 19, 20, 21)  # X509_V_ERR_…: self-signed, or signed by nobody who is believed
_REFUSES_US = re.compile(
    r"CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED|REVOKED)"
)


def _refused_by_tls(error: BaseException) -> str:
    """What is wrong with the certificate of either side; empty if that is not why it failed."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        told = f"the certificate is not valid: {cause.verify_message}".rstrip(".")
        if cause.verify_code in _UNKNOWN_ISSUER:
            told += ". If it is signed by your own authority, a connection of the HTTP piece can name that"
        return f"{told}."
    reason = (cause.reason or "") if cause is not None else ""
    if "CERTIFICATE_REQUIRED" in reason:
        return "the server asks for a client certificate. Enter one in the connection of the HTTP piece."
    if "HANDSHAKE_FAILURE" in reason:  # TLS 1.2 has no alert of its own for a certificate that is missing
        return (
            "the server refuses the TLS handshake. It may ask for a client certificate, or for older ciphers."
        )
    if _REFUSES_US.search(reason):
        return f"the server refuses the client certificate ({reason.lower().replace('_', ' ')})."
    return ""


def _host(error: httpx.RequestError) -> str:
    try:
        return error.request.url.host
    except RuntimeError:
        return ""
