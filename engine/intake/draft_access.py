"""Who may call the addresses of a flow's draft."""

from engine.base.errors import NotFound, NotSignedIn
from engine.runs.plan import Plan, PlannedTrigger

from .errors import NO_FLOW
from .request import Request
from .services import IntakeServices
from .variant import Variant

_HOW_TO_USE_DRAFT = (
    "The trigger of this draft does not verify who sends. Send the API key of an editor "
    "(`Authorization: Bearer sk_…`), sign in, or choose a verification on the trigger."
)
_HOW_TO_CAPTURE = (
    " To store what a sender without a key sends, choose “Capture a request” on the flow's Samples page."
)


class DraftAccess:
    """The rule for one of the draft's addresses."""

    def __init__(self, services: IntakeServices, variant: Variant) -> None:
        self._services = services
        self._variant = variant

    async def is_open(self, plan: Plan, trigger: PlannedTrigger) -> bool:
        """Whether anyone may call the draft's addresses: its trigger verifies who sends, or anyone may send
        events to the flow itself, or an editor waits for a request to capture."""
        if trigger.verifies:
            return True
        if self._variant.test and self._services.captures.is_open(plan.flow_id):
            return True
        live = await self._services.published(plan.flow_id)
        if live is None or not live.enabled:
            return False
        return live.plan.webhook is not None and not live.plan.webhook.verifies

    async def require_editor(self, request: Request, plan: Plan) -> None:
        """Raise `NotSignedIn`, `Forbidden` or `NotFound` unless an editor of the flow's project calls."""
        try:
            await self._services.callers.require_editor(request, plan.project_id)
        except NotSignedIn:
            how = _HOW_TO_USE_DRAFT + (_HOW_TO_CAPTURE if self._variant.test else "")
            raise NotSignedIn(how, challenge="Bearer") from None
        except NotFound:
            raise NotFound(NO_FLOW) from None
