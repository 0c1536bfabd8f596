"""How a user likes the pages: small texts by name, kept for the user and not for the browser."""

from engine.base.errors import BadInput
from engine.store.database import Database
from engine.store.models import Preference
from engine.store.tx import Tx

LONGEST = 10_000  # characters of one


class Preferences:
    """The service; one for the process."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, user_id: str | None, name: str) -> str:
        """What a user has chosen; empty where nothing was, or nobody is signed in."""
        if user_id is None:
            return ""
        found = await self._db.read(lambda tx: tx.session.get(Preference, (user_id, name)))
        return found.value if found else ""

    async def set(self, user_id: str, name: str, value: str) -> None:
        """Keep a choice; an empty one is forgotten. Raises `BadInput` for what is too long."""
        if len(value) > LONGEST:
            raise BadInput(f"The text can have at most {LONGEST:,} characters.", field=name)

        def change(tx: Tx) -> None:
            row = tx.session.get(Preference, (user_id, name))
            if row is not None and not value:
                tx.session.delete(row)
            elif row is not None:
                row.value = value
                tx.session.add(row)
            elif value:
                tx.session.add(Preference(user_id=user_id, name=name, value=value))

        await self._db.write(change)
