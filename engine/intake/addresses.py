"""The addresses of the intake: `/webhooks/{flow_id}` and its variants."""

from collections.abc import Mapping

from .webhooks import Intake

PREFIX = "/webhooks/"


class Addresses:
    """Finds what answers an address."""

    def __init__(self, intakes: Mapping[str, Intake]) -> None:
        """`intakes` by variant: what stands behind the flow's id, "" for nothing."""
        self._intakes = intakes

    def find(self, path: str) -> tuple[Intake, str] | None:
        """The intake behind a decoded path, and the id of the flow; None if the path is none of the intake's.
        A slash at the end is often added by hand; it is the same address."""
        if not path.startswith(PREFIX):
            return None
        flow_id, _, variant = path[len(PREFIX) :].removesuffix("/").partition("/")
        intake = self._intakes.get(variant)
        return (intake, flow_id) if intake is not None and flow_id else None
