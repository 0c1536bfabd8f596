"""Who has a flow open right now, as far as this process knows: a help to people, never a lock."""

from dataclasses import dataclass

from engine.base.pubsub import Live


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who looks at a flow."""

    id: str
    name: str

    @property
    def initials(self) -> str:
        """One or two letters for a small sign."""
        words = self.name.replace("@", " ").replace(".", " ").split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


class Presence:
    """Comings and goings; told to whoever follows the flow's topic."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._here: dict[str, dict[object, Person]] = {}

    def enter(self, flow_id: str, person: Person) -> object:
        """Somebody opens a flow: what `leave` is called with."""
        ticket = object()
        self._here.setdefault(flow_id, {})[ticket] = person
        self._tell(flow_id)
        return ticket

    def leave(self, flow_id: str, ticket: object) -> None:
        here = self._here.get(flow_id, {})
        here.pop(ticket, None)
        if not here:
            self._here.pop(flow_id, None)
        self._tell(flow_id)

    def changed(self, flow_id: str) -> None:
        """The flow was changed: whoever has it open hears of it."""
        self._live.publish(f"flow:{flow_id}", {"type": "changed"})

    def people(self, flow_id: str, but: str | None = None) -> list[Person]:
        """Everybody once, in the order of their coming, but for the one with the id `but`."""
        found = {person.id: person for person in self._here.get(flow_id, {}).values()}
        return [person for person in found.values() if person.id != but]

    def _tell(self, flow_id: str) -> None:
        self._live.publish(f"flow:{flow_id}", {"type": "people"})
