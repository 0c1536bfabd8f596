"""Which of a flow's webhook addresses a request came to."""

from typing import NamedTuple

LOGS = "v1/logs"
"""What an exporter of OTLP appends to the address that it is configured with, for logs."""


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
        """By what follows the flow's id: "" | "sync" | "draft" | "draft/sync" | "test"; `LOGS` alone, after
        "draft/" or after "test/"."""
        path = path.removesuffix(LOGS).rstrip("/")
        return cls(
            draft=path in ("draft", "draft/sync", "test"),
            sync=path in ("sync", "draft/sync"),
            test=path == "test",
        )
