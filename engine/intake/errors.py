"""Refusals of the intake that have a meaning of their own."""

from engine.base.errors import Conflict, SwitchyardError, Unavailable, Unforeseen

NO_FLOW = "There is no flow at this address, or it was never published."


class FlowDisabled(Conflict):
    """The flow is disabled, and its trigger says that events are rejected meanwhile."""

    code = "flow_disabled"


class NoResponseWhileDisabled(Unavailable):
    """A caller waits for the flow's response, and the flow is disabled."""

    code = "flow_disabled"


class HandshakeRefused(SwitchyardError):
    """A sender asked for the address to be confirmed, and was refused; for the list of rejected requests."""

    code = "handshake_refused"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class UnforeseenInExport(Unforeseen):
    """A defect of ours, for an exporter of OTLP: it tries again after a 503, and drops its records after a
    500."""

    status = 503
    retry_after = 5
    """Seconds."""
