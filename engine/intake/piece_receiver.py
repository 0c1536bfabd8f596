"""Receives requests for a piece's own webhook trigger: the piece verifies them and names their events."""

from engine.base.settings import Settings
from engine.runs.plan import PlannedTrigger
from engine.runs.plans import Found

from .admission import Arrival
from .answers import IntakeAnswer, accepted_all, accepted_one, as_json
from .captured_samples import store_sample
from .piece_webhooks import runs_of
from .request import Request
from .request_parser import decode_body
from .run_starter import LINEAGE, RunStarter
from .services import IntakeServices
from .variant import Variant

_HEADER = LINEAGE.encode()


class PieceReceiver:
    """The receiver behind one of the webhook addresses."""

    def __init__(
        self, services: IntakeServices, settings: Settings, variant: Variant, runs: RunStarter
    ) -> None:
        self._services = services
        self._settings = settings
        self._variant = variant
        self._runs = runs

    async def receive(
        self,
        request: Request,
        query: list[tuple[str, str]],
        found: Found,
        trigger: PlannedTrigger,
        arrival: Arrival,
    ) -> IntakeAnswer:
        """A request that the trigger's piece verifies and makes runs of."""
        plan, starter = found.plan, self._runs
        environment = "test" if self._variant.draft else "production"
        content = decode_body(request, self._settings.max_body_bytes)
        runs, keep = await runs_of(
            self._services.calls, request, content, query, plan, trigger, environment, arrival.at
        )
        if self._variant.test:
            if not runs:
                return as_json(200, {"sample": None})
            return await store_sample(self._services, plan, runs[0].event)
        header = request.header(_HEADER)
        if header:
            chain, reason = await starter.lineage(plan, header.decode("latin-1"))
            if reason:
                return as_json(202, {"run_id": None, "cut": reason})
            for run in runs:
                run.lineage = chain
        if found.freeze is not None:
            await found.freeze()
        if self._variant.sync and len(runs) == 1:
            given = await starter.response(runs[0], found)
        elif len(runs) == 1:
            given = accepted_one(await starter.put(runs[0], found, arrival))
        else:
            given = accepted_all(await starter.put_all(runs, found, arrival))
        if not self._variant.draft:
            await keep()
        return given
