"""What a piece declares of the service it speaks to. Actions, triggers and contexts read only this."""

from collections.abc import Iterable, Mapping

from ._auth import Auth
from ._docs import title_of
from ._origins import Targets, filled_origins, origin, origin_problem, placeholders, read_hosts


class Service:
    """The name, address and credentials of one service. `Piece` adds what can be done with it.

    Credentials go to the origin of `base_url`. `origins` declares further ones, such as
    `https://uploads.example.com` or `https://*.example.com`; a field of the auth that is no secret may stand
    in braces: `https://{tenant}.example.com`, `https://{host}`, or `{url}` for one that holds an address.
    Raises ValueError for an origin that cannot be one.
    """

    def __init__(
        self,
        name: str,
        title: str = "",
        *,
        base_url: str = "",
        auth: Auth | None = None,
        origins: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.title = title or title_of(name)
        self.base_url = base_url
        self.auth = auth
        self.origins = tuple(origins)
        self._check_origins()

    def targets(self, values: Mapping[str, str]) -> Targets:
        """Where the credentials of a connection with these values may go."""
        hosts = self.auth.hosts if self.auth is not None else None
        if hosts is not None:
            return Targets(read_hosts(values.get(hosts.name, "")))
        own = origin(self.base_url) if self.base_url else None
        return Targets((*([own] if own else ()), *filled_origins(self.origins, values)))

    @property
    def target_fields(self) -> frozenset[str]:
        """The fields of a connection that decide where its secrets go."""
        declared = (
            {field.name for field in self.auth.fields if field.target} if self.auth is not None else set()
        )
        return frozenset(declared | placeholders(self.origins))

    def _check_origins(self) -> None:
        plain = {field.name for field in self.auth.fields if not field.secret} if self.auth else set()
        for template in self.origins:
            problem = origin_problem(template)
            strangers = placeholders([template]) - plain
            if strangers:
                problem = f"no field of its auth that may be shown is called {sorted(strangers)}"
            if problem:
                raise ValueError(f"{self.name}: {problem}")
