"""Receives requests for a piece's own webhook trigger: the piece verifies them and names their events."""

from engine.runs.plan import PlannedTrigger
from engine.runs.plans import Found
from engine.runs.splitting import split_run

from .admission import Arrival
from .answers import IntakeAnswer, accepted_all, accepted_one, as_json
from .captured_samples import store_sample
from .piece_webhooks import runs_of
from .request import Request
from .request_receiver import RequestReceiver
from .run_starter import LINEAGE

_HEADER = LINEAGE.encode()


class PieceReceiver(RequestReceiver):
    """The receiver behind one of the webhook addresses."""

    async def receive(
        self,
        request: Request,
        query: list[tuple[str, str]],
        found: Found,
        trigger: PlannedTrigger,
        arrival: Arrival,
    ) -> IntakeAnswer:
        """A request that the trigger's piece verifies and makes runs of."""
        plan = found.plan
        environment = "test" if self._variant.draft else "production"
        content = self._decode(request)
        runs, keep = await runs_of(
            self._services.calls, request, content, query, plan, trigger, environment, arrival.at
        )
        runs = [part for run in runs for part in await split_run(run, trigger)]
        if self._variant.test:
            if not runs:
                return as_json(200, {"sample": None})
            return await store_sample(self._services, plan, runs[0].event)
        header = request.header(_HEADER)
        chain, reason = await self._lineage(plan, header.decode("latin-1") if header else None)
        if reason:
            return as_json(202, {"run_id": None, "cut": reason})
        for run in runs:
            run.lineage = chain
        await self._freeze(found)
        if self._variant.sync and len(runs) == 1:
            given = await self._runs.response(runs[0], found)
        elif len(runs) == 1:
            given = accepted_one(await self._runs.put(runs[0], found, arrival))
        else:
            given = accepted_all(await self._runs.put_all(runs, found, arrival))
        if not self._variant.draft:
            await keep()
        return given
