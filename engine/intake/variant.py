"""Which of a flow's webhook addresses a request came to."""

from typing import NamedTuple


class Variant(NamedTuple):
    """`/webhooks/{flow_id}` when nothing is set."""

    draft: bool = False
    """The draft receives it, not the published version."""
    sync: bool = False
    """Its sender waits for the flow's response."""
    test: bool = False
    """It is stored as a sample."""

    @classmethod
    def of(cls, path: str) -> "Variant":
        """By what follows the flow's id: "" | "sync" | "draft" | "draft/sync" | "test"."""
        return cls(
            draft=path in ("draft", "draft/sync", "test"),
            sync=path in ("sync", "draft/sync"),
            test=path == "test",
        )
