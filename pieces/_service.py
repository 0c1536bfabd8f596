"""What a piece declares of the service it speaks to. Actions, triggers and contexts read only this."""

from ._auth import Auth
from ._docs import title_of


class Service:
    """The name, address and credentials of one service. `Piece` adds what can be done with it."""

    def __init__(self, name: str, title: str = "", *, base_url: str = "", auth: Auth | None = None) -> None:
        self.name = name
        self.title = title or title_of(name)
        self.base_url = base_url
        self.auth = auth
