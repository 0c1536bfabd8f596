"""What the receivers of requests share: each decodes, verifies, follows lineage and stores its runs alike."""

from collections.abc import Sequence
from typing import Any

from engine.base.settings import Settings
from engine.runs.plan import Plan
from engine.runs.plans import Found
from engine.runs.queue import Accepted
from engine.store.run_store import NewRun

from .admission import LIVE, Arrival
from .repeats import Repeats
from .request import Request
from .request_parser import decode_body
from .run_starter import RunStarter
from .sender_check import SenderCheck
from .services import IntakeServices
from .variant import Variant


class RequestReceiver:
    """The base of the receivers; each has a `receive` of its own, which reads in order."""

    def __init__(
        self, services: IntakeServices, settings: Settings, variant: Variant, runs: RunStarter
    ) -> None:
        self._services = services
        self._settings = settings
        self._variant = variant
        self._runs = runs
        self._sender = SenderCheck(services, settings)
        self._repeats = Repeats()

    def _decode(self, request: Request) -> bytes:
        """The body without its content coding. Raises `TooLarge`, `UnsupportedMediaType`."""
        return decode_body(request, self._settings.max_body_bytes)

    async def _verify(
        self,
        request: Request,
        content: bytes,
        config: dict[str, Any],
        secret: dict[str, str],
        arrival: Arrival,
    ) -> dict[str, Any]:
        """Verify who sent a request, unless an admin admits it without; `config` with the certificate that it
        needed. Raises `NotSignedIn`."""
        if arrival.verifies and config.get("scheme") != "none":
            config = await self._sender.with_certificate(request, content, config, secret, arrival)
            self._sender.verify(request, content, config, secret, arrival)
        return config

    async def _lineage(self, plan: Plan, header: str | None) -> tuple[tuple[str, ...], str]:
        """The flows that led to a request, and why it starts nothing, if it must not."""
        return ((), "") if header is None else await self._runs.lineage(plan, header)

    def _note_repeat(self, runs: Sequence[NewRun], request: Request, arrival: Arrival) -> None:
        """Warn on the runs of a request without an identity when the same bytes came a moment ago."""
        if runs[0].dedupe is not None or self._variant.draft or arrival is not LIVE:
            return
        warning = self._repeats.note(runs[0].flow_id, request, runs[0].id)
        for run in runs if warning else ():
            run.warn(warning)

    async def _put_all(self, runs: list[NewRun], found: Found, arrival: Arrival) -> list[Accepted]:
        """Store the runs of one request, or hold its events: all of them or none."""
        if runs:
            await self._freeze(found)
        return await self._runs.put_all(runs, found, arrival)

    async def _freeze(self, found: Found) -> None:
        """Store the draft as a version before its first run: a run belongs to one."""
        if found.freeze is not None:
            await found.freeze()
